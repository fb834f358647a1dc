/** The little XML that SOAP needs: text is escaped, answers are read strictly, and tricks are refused. */
import { DOMParser, onWarningStopParsing, type Element } from '@xmldom/xmldom';

/** An answer that is not the XML that was expected. Its message is for people and holds nothing of the answer. */
export class XmlProblem extends Error {
  override readonly name = 'XmlProblem';
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&apos;',
};

/** A text as content of an element or an attribute. */
export function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ENTITIES[character] as string);
}

/** An element whose content is already XML. */
export function element(name: string, content: string, attributes: Readonly<Record<string, string>> = {}): string {
  const list = Object.entries(attributes).map(([attribute, value]) => ` ${attribute}="${escaped(value)}"`);
  return `<${name}${list.join('')}>${content}</${name}>`;
}

/**
 * The root element of a document in UTF-8.
 * @throws XmlProblem when it is not well-formed, or has a document type: SOAP 1.1, section 3, forbids one, and without
 *   it there are no entities to expand and nothing to fetch.
 */
export function parseXml(bytes: Uint8Array): Element {
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new XmlProblem('it is not UTF-8');
  }
  try {
    const document = new DOMParser({ onError: onWarningStopParsing, locator: false }).parseFromString(text, 'text/xml');
    if (document.doctype === null && document.documentElement !== null) return document.documentElement;
  } catch {
    throw new XmlProblem('it is not well-formed XML');
  }
  throw new XmlProblem('it has a document type');
}

/** The elements directly below an element. */
export function childrenOf(parent: Element): Element[] {
  return [...parent.childNodes].filter((node): node is Element => node.nodeType === node.ELEMENT_NODE);
}

const XSI = 'http://www.w3.org/2001/XMLSchema-instance';

/**
 * The text of the first element with content that a path of local names leads to. References of encoded messages
 * (SOAP 1.1, section 5.4.1) are followed once per step.
 * @param path see `SoapCall` in profile-format.ts.
 * @returns undefined when there is none, or it is nil or has elements instead of text.
 */
export function textAt(body: Element, path: string): string | undefined {
  const roots = childrenOf(body);
  const resolved = (node: Element): Element => {
    const href = node.getAttribute('href');
    const target = href?.startsWith('#') ? roots.find((root) => root.getAttribute('id') === href.slice(1)) : undefined;
    return target ?? node;
  };
  let found = [body];
  for (const step of path.split('/'))
    found = found
      .flatMap(childrenOf)
      .filter(({ localName }) => step === '*' || localName === step)
      .map(resolved);
  const texts = found
    .filter((node) => childrenOf(node).length === 0 && node.getAttributeNS(XSI, 'nil') !== 'true')
    .map((node) => (node.textContent ?? '').trim());
  return texts.find((text) => text !== '');
}
