/** SOAP 1.1 messages as text: what is sent for a call of a profile, and what an answer says. Pure. */
import { createHash } from 'node:crypto';
import type { Element } from '@xmldom/xmldom';
import {
  SUBMIT_OPERATION,
  SUBMIT_PARTS,
  type CallName,
  type SoapArgument,
  type SoapCall,
  type SoapTransport,
} from './profile-format.js';
import { filled } from './templates.js';
import { childrenOf, element, escaped, parseXml, XmlProblem } from './xml.js';

/** Namespace of the envelope and of the encoding. Source: W3C Note "SOAP 1.1", sections 3 and 5. */
const ENVELOPE = 'http://schemas.xmlsoap.org/soap/envelope/';
const ENCODING = 'http://schemas.xmlsoap.org/soap/encoding/';
const XSD = 'http://www.w3.org/2001/XMLSchema';
const XSI = 'http://www.w3.org/2001/XMLSchema-instance';
/** Source: OASIS "Web Services Security: UsernameToken Profile 1.0" and "SOAP Message Security 1.0". */
const WSS = 'http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-';
const SECEXT = `${WSS}wssecurity-secext-1.0.xsd`;
const UTILITY = `${WSS}wssecurity-utility-1.0.xsd`;
const TOKEN = `${WSS}username-token-profile-1.0`;

/** Who calls. */
export interface Caller {
  readonly username: string;
  readonly password: string;
  readonly now: Date;
  readonly nonce: Uint8Array;
}

/** A call as an HTTP message. */
export interface SoapMessage {
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly envelope: string;
}

/** The values of a call's placeholders. */
export type Values = Readonly<Record<string, string>>;

function securityHeader(auth: SoapTransport['auth'], { username, password, now, nonce }: Caller): string {
  if (auth === 'basic') return '';
  const created = now.toISOString();
  const digest = createHash('sha1').update(nonce).update(created).update(password).digest('base64');
  const proof =
    auth === 'wsse-text'
      ? element('wsse:Password', escaped(password), { Type: `${TOKEN}#PasswordText` })
      : element('wsse:Password', digest, { Type: `${TOKEN}#PasswordDigest` }) +
        element('wsse:Nonce', Buffer.from(nonce).toString('base64')) +
        element('wsu:Created', created);
  const token = element('wsse:UsernameToken', element('wsse:Username', escaped(username)) + proof);
  const security = element('wsse:Security', token, {
    'xmlns:wsse': SECEXT,
    'xmlns:wsu': UTILITY,
    'soapenv:mustUnderstand': '1',
  });
  return element('soapenv:Header', security);
}

/** The arguments of a call, in their order. */
function argumentsOf(name: CallName, call: SoapCall): readonly SoapArgument[] {
  if (name === 'submit') return SUBMIT_PARTS.map((part) => ({ name: part, value: `{${part}}` }));
  return call.arguments ?? [];
}

/** The message of a call. Throws nothing: a profile that was checked has every placeholder. */
export function soapMessage(transport: SoapTransport, name: CallName, values: Values, caller: Caller): SoapMessage {
  const call = transport.calls[name] as SoapCall;
  const encoded = transport.style === 'rpc-encoded';
  const prefix = transport.style === 'document-literal' && transport.qualified === true ? 'tpm:' : '';
  const parts = argumentsOf(name, call).map(({ name: part, value, type = 'xsd:string' }) => {
    const content = filled(value, (placeholder) => values[placeholder] ?? '');
    return element(`${prefix}${part}`, escaped(content), encoded ? { 'xsi:type': type } : {});
  });
  const operation = element(`tpm:${call.operation ?? SUBMIT_OPERATION}`, parts.join(''), {
    'xmlns:tpm': transport.namespace,
    ...(encoded && { 'soapenv:encodingStyle': ENCODING }),
  });
  const content = securityHeader(transport.auth, caller) + element('soapenv:Body', operation);
  const envelope = element('soapenv:Envelope', content, {
    'xmlns:soapenv': ENVELOPE,
    ...(encoded && { 'xmlns:xsd': XSD, 'xmlns:xsi': XSI }),
  });
  return {
    path: transport.path,
    headers: { soapaction: `"${call.soapAction ?? ''}"`, accept: 'text/xml' },
    envelope: `<?xml version="1.0" encoding="UTF-8"?>\n${envelope}`,
  };
}

/** What a fault says. */
export interface SoapFault {
  /** The fault code without its prefix, for example `Server.userException`. */
  readonly code: string;
  /** The fault string and the text of the detail. */
  readonly text: string;
}

/** What an answer holds. */
export type SoapAnswer = { readonly body: Element } | { readonly fault: SoapFault };

function inEnvelope(parent: Element, name: string): Element | undefined {
  return childrenOf(parent).find(({ localName, namespaceURI }) => localName === name && namespaceURI === ENVELOPE);
}

/** Reads an answer. @throws XmlProblem when it is no SOAP 1.1 message. */
export function readSoap(bytes: Uint8Array): SoapAnswer {
  const envelope = parseXml(bytes);
  const isEnvelope = envelope.localName === 'Envelope' && envelope.namespaceURI === ENVELOPE;
  const body = isEnvelope ? inEnvelope(envelope, 'Body') : undefined;
  if (body === undefined) throw new XmlProblem('it is no SOAP 1.1 message');
  const fault = inEnvelope(body, 'Fault');
  if (fault === undefined) return { body };
  const part = (name: string): string =>
    (childrenOf(fault).find(({ localName }) => localName === name)?.textContent ?? '').trim();
  const code = part('faultcode').replace(/^.*:/, '');
  return { fault: { code, text: [part('faultstring'), part('detail')].filter((words) => words !== '').join('\n') } };
}
