/** Commands and plan documents from the templates of a profile. Pure. */
import { AdapterError } from '../../src/adapters/adapter.js';
import type { Command, PlanDocument } from './profile-format.js';

/** The only names that are sent: of packages, endpoints, labels and runs. None begins like an option. */
export const SAFE_NAME = '^(?!-)[A-Za-z0-9._^#-]{1,200}$';
const SAFE = new RegExp(SAFE_NAME, 'u');
const PLACEHOLDER = /\{([a-z][A-Za-z]*)\}/gu;

/** What placeholders stand for: one text, or a list that becomes one argument per item. */
export type Values = Readonly<Record<string, string | readonly string[]>>;

/** The placeholders in a text. */
export function placeholdersIn(text: string): string[] {
  return [...text.matchAll(PLACEHOLDER)].map(([, name = '']) => name);
}

/** The name, if it can be sent. @throws AdapterError INVALID_ARGUMENT */
export function safeName(name: string, what: string): string {
  if (SAFE.test(name)) return name;
  throw new AdapterError(
    'INVALID_ARGUMENT',
    `The ${what} ${JSON.stringify(name)} cannot be sent: it may have letters, digits and ._^#- only, at most 200, ` +
      'and must not begin with a hyphen.',
  );
}

/** How the product spells an endpoint. Sure: public Perl module `Tivoli::Fwk`. */
export function spelledTarget(endpoint: string): string {
  return `@Endpoint:${endpoint}`;
}

/** How the product spells a software package. Sure: IBM manuals of Software Distribution. */
export function spelledPackage({ name, version }: { readonly name: string; readonly version: string }): string {
  return `${name}^${version}`;
}

function valueOf(values: Values, name: string): string | readonly string[] {
  const value = values[name];
  if (value !== undefined) return value;
  throw new AdapterError('FAILED_PRECONDITION', `The profile uses {${name}}, which has no value there.`);
}

function filled(text: string, values: Values): string {
  return text.replace(PLACEHOLDER, (_whole, name: string) => {
    const value = valueOf(values, name);
    if (typeof value === 'string') return value;
    throw new AdapterError('FAILED_PRECONDITION', `The profile uses the list {${name}} inside an argument.`);
  });
}

/** The arguments of a command. @throws AdapterError FAILED_PRECONDITION for a placeholder without a value. */
export function argvOf({ argv }: Pick<Command, 'argv'>, values: Values): [string, ...string[]] {
  const words = argv.flatMap((item) => {
    const [, only] = /^\{([a-z][A-Za-z]*)\}$/u.exec(item) ?? [];
    const value = only === undefined ? undefined : valueOf(values, only);
    return typeof value === 'object' ? [...value] : [filled(item, values)];
  });
  return words as [string, ...string[]];
}

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&apos;',
  '\t': '&#9;',
  '\n': '&#10;',
  '\r': '&#13;',
};

/** Whether XML 1.0 can hold the character. */
function isXmlCharacter(character: string): boolean {
  const code = character.codePointAt(0) ?? 0;
  return code < 0x20 ? '\t\n\r'.includes(character) : code !== 0xfffe && code !== 0xffff;
}

/** Text for an element or an attribute. Characters that XML 1.0 cannot hold become U+FFFD. */
export function escapedXml(text: string): string {
  const held = [...text.toWellFormed()].map((character) => (isXmlCharacter(character) ? character : '\ufffd'));
  return held.join('').replace(/[&<>"'\t\n\r]/gu, (character) => ESCAPES[character] as string);
}

/** The plan definition of an order, with every value escaped. */
export function planText(
  { document, target }: PlanDocument,
  values: Readonly<Record<string, string>>,
  endpoints: readonly string[],
): string {
  const escaped = (more: Readonly<Record<string, string>>): Record<string, string> =>
    Object.fromEntries(Object.entries({ ...values, ...more }).map(([name, value]) => [name, escapedXml(value)]));
  const targets = endpoints.map((endpoint) =>
    target.map((line) => filled(line, escaped({ endpoint, target: spelledTarget(endpoint) }))).join('\n'),
  );
  const general = escaped({});
  return `${document.map((line) => filled(line, { ...general, targets: targets.join('\n') })).join('\n')}\n`;
}
