import type { Wire } from './wire.js';

/** A statement without values, prepared under its name. */
export interface FixedStatement {
  readonly name: string;
  readonly text: string;
}

/** The values of one row as PostgreSQL writes them. */
export type TextRow = readonly (string | null)[];

/**
 * Statements that always have the same text, in one round trip and one transaction: all of them happen, or none. Each
 * sees what was committed until it began. PostgreSQL parses and plans them once for a connection; a text of several
 * statements it would parse and plan each time. The client runs it in turn with its other queries.
 */
export class Pipeline {
  readonly #rows: TextRow[] = [];
  #wire: Wire | undefined;

  /** @param callback what came: an error, or the rows of all statements. The client may replace it. */
  constructor(
    readonly statements: readonly FixedStatement[],
    public callback: (error: unknown, rows?: readonly TextRow[]) => void,
  ) {}

  /** The client calls this when it is the pipeline's turn. */
  submit(connection: unknown): void {
    this.#wire = connection as Wire;
    const { stream, parsedStatements } = this.#wire;
    stream.cork();
    try {
      for (const { name, text } of this.statements) {
        if (parsedStatements[name] === undefined) {
          // One that failed may have left the name behind. To close what is not there is no error.
          this.#wire.close({ type: 'S', name });
          this.#wire.parse({ name, text });
        }
        this.#wire.bind({ statement: name });
        this.#wire.execute();
      }
      this.#wire.sync();
    } finally {
      stream.uncork();
    }
  }

  handleRowDescription(): void {}

  handleDataRow({ fields }: { readonly fields: TextRow }): void {
    this.#rows.push(fields);
  }

  handleCommandComplete(): void {}

  handleEmptyQuery(): void {}

  handlePortalSuspended(): void {}

  /** Also called when the connection breaks. */
  handleError(error: unknown): void {
    this.callback(error);
  }

  handleReadyForQuery(): void {
    for (const { name, text } of this.statements) (this.#wire as Wire).parsedStatements[name] = text;
    this.callback(null, this.#rows);
  }
}
