/**
 * What a query of node-postgres sees of its connection: the messages of PostgreSQL's extended query protocol. The types
 * of node-postgres leave it out.
 */
export interface Wire {
  /** Texts of the prepared statements of the connection, by name. */
  readonly parsedStatements: Record<string, string>;
  readonly stream: { cork(): void; uncork(): void };
  parse(statement: { readonly name: string; readonly text: string }): void;
  bind(values: {
    readonly statement: string;
    readonly values?: readonly unknown[];
    readonly valueMapper?: (value: unknown) => unknown;
  }): void;
  execute(): void;
  describe(what: { readonly type: 'P'; readonly name: string }): void;
  close(what: { readonly type: 'S'; readonly name: string }): void;
  sync(): void;
}
