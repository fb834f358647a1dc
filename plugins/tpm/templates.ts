/** Texts with placeholders: `{target.deviceId}` becomes the value of that name, and nothing else is special. */

const PLACEHOLDER = /\{([a-zA-Z][a-zA-Z0-9]*(?:\.[a-zA-Z][a-zA-Z0-9]*)?)\}/g;

/** The names of the placeholders of a text. */
export function placeholdersOf(template: string): string[] {
  return [...template.matchAll(PLACEHOLDER)].map(([, name]) => name as string);
}

/** The text between the placeholders. */
export function literalOf(template: string): string {
  return template.replaceAll(PLACEHOLDER, '');
}

/** The text with its values. A value is inserted as it is: placeholders in it stay text. */
export function filled(template: string, valueOf: (name: string) => string): string {
  return template.replaceAll(PLACEHOLDER, (_whole, name: string) => valueOf(name));
}

/** Why a text cannot be sent at all; undefined when it can. */
export function unsendable(text: string): string | undefined {
  if (text === '') return 'is empty';
  if (text !== text.trim()) return 'begins or ends with white space';
  if (!text.isWellFormed()) return 'has an unpaired surrogate';
  // eslint-disable-next-line no-control-regex -- control characters are what is looked for
  if (/[\u0000-\u001f\u007f-\u009f\u2028\u2029\ufffe\uffff]/.test(text)) return 'has a control character';
  return undefined;
}

/** Why a text cannot be the value of a request parameter: no rule is known by which `,` and `=` could be escaped. */
export function unsendableValue(text: string): string | undefined {
  return unsendable(text) ?? (/[,=]/.test(text) ? 'has a comma or an equals sign' : undefined);
}
