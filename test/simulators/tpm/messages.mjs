/** The SOAP 1.1 messages of the simulated server, read and written. */
import { DOMParser } from '@xmldom/xmldom';

const ENVELOPE = 'http://schemas.xmlsoap.org/soap/envelope/';
const ENCODING = 'http://schemas.xmlsoap.org/soap/encoding/';
const XSI = 'http://www.w3.org/2001/XMLSchema-instance';

/** A SOAP fault to answer with. */
export class SoapFault extends Error {
  constructor(code, text) {
    super(text);
    this.code = code;
  }
}

const escaped = (text) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
const elements = (node) => Array.from(node.childNodes).filter(({ nodeType }) => nodeType === 1);
const child = (node, name) =>
  elements(node).find(({ localName, namespaceURI }) => localName === name && namespaceURI === ENVELOPE);

function rootOf(text) {
  try {
    return new DOMParser({ onError: (level) => level !== 'warning' && fail() }).parseFromString(text, 'text/xml')
      .documentElement;
  } catch {
    throw new SoapFault('Client', 'The message is not well-formed.');
  }
}
const fail = () => {
  throw new Error('not well-formed');
};

/** The operation of a message, its parts by name, and its header. As strict as a server that knows its WSDL. */
export function readMessage(config, headers, text) {
  if (!/^text\/xml\b/.test(headers['content-type'] ?? ''))
    throw new SoapFault('Client', 'The content is not text/xml.');
  if (!/^".*"$/.test(headers['soapaction'] ?? '')) throw new SoapFault('Client', 'The header SOAPAction is missing.');
  const envelope = rootOf(text);
  if (envelope.localName !== 'Envelope' || envelope.namespaceURI !== ENVELOPE)
    throw new SoapFault('VersionMismatch', 'The message is not SOAP 1.1.');
  const [operation, ...others] = elements(child(envelope, 'Body') ?? envelope);
  if (operation === undefined || others.length > 0 || operation.namespaceURI !== config.namespace)
    throw new SoapFault('Client', `There is no operation ${operation?.localName} in ${operation?.namespaceURI}.`);
  const encoded = config.style === 'rpc-encoded';
  if (encoded !== (operation.getAttributeNS(ENVELOPE, 'encodingStyle') === ENCODING))
    throw new SoapFault('Client', `The message is not ${config.style}.`);
  const qualified = config.style === 'document-literal' && config.qualified === true ? config.namespace : null;
  const parts = elements(operation).map((part) => {
    if ((part.namespaceURI || null) !== qualified) throw new SoapFault('Client', `${part.localName} is not expected.`);
    if (encoded && !part.getAttributeNS(XSI, 'type')) throw new SoapFault('Client', `${part.localName} has no type.`);
    return [part.localName, part.textContent];
  });
  return {
    operation: operation.localName,
    parts: Object.fromEntries(parts),
    header: child(envelope, 'Header'),
  };
}

const envelopeOf = (content) =>
  '<?xml version="1.0" encoding="UTF-8"?>' +
  `<soapenv:Envelope xmlns:soapenv="${ENVELOPE}" xmlns:xsd="http://www.w3.org/2001/XMLSchema" xmlns:xsi="${XSI}">` +
  `<soapenv:Body>${content}</soapenv:Body></soapenv:Envelope>`;

/** The response of an operation. With `multiRef`, its values stand beside it, as some encoders write them. */
export function answerMessage({ namespace, style, multiRef = false }, operation, fields) {
  const encoded = style === 'rpc-encoded';
  const present = Object.entries(fields).filter(([, value]) => value !== undefined);
  const type = encoded ? ' xsi:type="xsd:string"' : '';
  const apart = multiRef && encoded;
  const parts = present.map(([name, value], index) =>
    apart ? `<${name} href="#id${index}"/>` : `<${name}${type}>${escaped(String(value))}</${name}>`,
  );
  const beside = present.map(
    ([, value], index) => `<multiRef id="id${index}"${type}>${escaped(String(value))}</multiRef>`,
  );
  const style1 = encoded ? ` soapenv:encodingStyle="${ENCODING}"` : '';
  return envelopeOf(
    `<ns1:${operation}Response xmlns:ns1="${namespace}"${style1}>${parts.join('')}</ns1:${operation}Response>` +
      (apart ? beside.join('') : ''),
  );
}

export const faultMessage = ({ code, message }) =>
  envelopeOf(
    `<soapenv:Fault><faultcode>soapenv:${code}</faultcode><faultstring>${escaped(message)}</faultstring>` +
      '<detail><hostname>tpm</hostname></detail></soapenv:Fault>',
  );

/** The WSDL 1.1 of the service, with as much as a client needs to find its operations. */
export function wsdlOf({ namespace, operations }) {
  const names = ['executeDeploymentRequest', ...Object.values(operations)];
  const port = names.map((name) => `<wsdl:operation name="${name}"/>`).join('');
  return (
    `<wsdl:definitions xmlns:wsdl="http://schemas.xmlsoap.org/wsdl/" targetNamespace="${namespace}">` +
    `<wsdl:portType name="TpmLiteSoapService">${port}</wsdl:portType>` +
    '<wsdl:service name="TpmLiteSoapService"><wsdl:port name="TpmLiteSoapService"/></wsdl:service></wsdl:definitions>'
  );
}
