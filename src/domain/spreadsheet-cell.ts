// A spreadsheet takes a cell that begins with one of these characters for a formula, wherever the file came from.
const FORMULA = /^[=+\-@\t\r\uFF1D\uFF0B\uFF0D\uFF20]/;

// A number is shown as it is.
const NUMBER = /^[+-]?\d+(?:[.,]\d+)?(?:[eE][+-]?\d{1,3})?$/;

/** Whether a spreadsheet would evaluate a cell. */
export const isFormula = (cell: string): boolean => FORMULA.test(cell) && !NUMBER.test(cell);

// Cells that an apostrophe stands before, or has to: formulas, and what would be mistaken for one that has it.
const needsApostrophe = (cell: string): boolean => isFormula(cell.replace(/^'+/, ''));

/** A cell as it is written into a CSV file: an apostrophe before a formula makes a spreadsheet show it as text. */
export const writeCell = (text: string): string => (needsApostrophe(text) ? `'${text}` : text);

/** A cell as it was before {@link writeCell}. @returns undefined for a formula without its apostrophe */
export function readCell(cell: string): string | undefined {
  if (isFormula(cell)) return undefined;
  return cell.startsWith("'") && needsApostrophe(cell) ? cell.slice(1) : cell;
}
