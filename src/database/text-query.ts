import { createRequire } from 'node:module';
import type { Wire } from './wire.js';

// The public entry of node-postgres does not offer how it writes values, such as lists.
const { prepareValue } = createRequire(import.meta.url)('pg/lib/utils') as {
  prepareValue: (value: unknown) => unknown;
};

/**
 * A query for the one text of one row, for the smallest requests: node-postgres would ask what the columns are, each
 * time, and make an object of the row. The client runs it in turn with its other queries.
 */
export class TextQuery {
  readonly #values: readonly unknown[];
  #found: string | null = null;

  /**
   * @param name of the prepared statement; '' for a statement that is not prepared.
   * @param callback what came: an error, or the text, which is null when there is none. The client may replace it.
   */
  constructor(
    readonly name: string,
    readonly text: string,
    values: readonly unknown[],
    public callback: (error: unknown, found?: string | null) => void,
  ) {
    this.#values = values;
  }

  /** The client calls this when it is the query's turn. */
  submit(connection: unknown): void {
    const wire = connection as Wire;
    wire.stream.cork();
    try {
      if (this.name === '' || wire.parsedStatements[this.name] === undefined)
        wire.parse({ text: this.text, name: this.name });
      wire.bind({ statement: this.name, values: this.#values, valueMapper: prepareValue });
      wire.execute();
      wire.sync();
    } finally {
      wire.stream.uncork();
    }
  }

  handleRowDescription(): void {}

  handleDataRow({ fields }: { readonly fields: readonly (string | null)[] }): void {
    this.#found = fields[0] ?? null;
  }

  handleCommandComplete(): void {}

  handleEmptyQuery(): void {}

  handlePortalSuspended(): void {}

  /** Also called when the connection breaks. After what PostgreSQL says of a statement it gets ready again. */
  handleError(error: unknown): void {
    this.callback(error);
  }

  handleReadyForQuery(): void {
    this.callback(null, this.#found);
  }
}
