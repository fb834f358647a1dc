/**
 * The one place where text becomes part of a shell script. Scripts go to a host over standard input, so no text ever
 * stands in the arguments of a program, here or there.
 */

/**
 * The text as one word of a POSIX shell, to be read as it is. In single quotes nothing has a meaning but the quote
 * itself.
 * @throws RangeError when the text has the character U+0000, which no shell can hold.
 */
export function quote(text: string): string {
  if (text.includes('\0')) throw new RangeError('A text for a shell must not contain U+0000.');
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

/** Several words of a shell. */
export const words = (texts: readonly string[]): string => texts.map(quote).join(' ');

/** Lines that give values to variables of a shell. The names are ours, or have been checked. */
export const assignments = (values: Readonly<Record<string, string>>): string =>
  Object.entries(values)
    .map(([name, value]) => `${name}=${quote(value)}\n`)
    .join('');
