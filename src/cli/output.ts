import { styleText } from 'node:util';

/** What a command prints as JSON, for scripts. */
export const printJson = (value: unknown): void => void process.stdout.write(`${JSON.stringify(value, null, 2)}\n`);

/** A text with a colour, where standard output is a terminal that has them. `NO_COLOR` and `FORCE_COLOR` are obeyed. */
export const coloured = (colour: 'green' | 'yellow' | 'red' | 'dim', text: string): string =>
  styleText(colour, text, { stream: process.stdout });

// Wide letters count as one: only names have them, and names stand last.
const widthOf = (text: string): number => [...text].length;

/** Columns that begin at the same place in each row, two spaces apart. */
export function table(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => widthOf(row[column] ?? ''))));
  return rows
    .map((row) =>
      row
        .map((cell, at) => cell + ' '.repeat((widths[at] ?? 0) - widthOf(cell)))
        .join('  ')
        .trimEnd(),
    )
    .map((line) => `${line}\n`)
    .join('');
}

/** Ends the process in silence when the reader of its output has gone, as `| head` does. */
export function endWithReader(): void {
  for (const stream of [process.stdout, process.stderr])
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') throw error;
      process.exit(0);
    });
}
