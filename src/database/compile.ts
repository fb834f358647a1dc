import {
  DummyDriver,
  Kysely,
  PostgresAdapter,
  PostgresIntrospector,
  PostgresQueryCompiler,
  type RawBuilder,
} from 'kysely';

// Kysely writes the SQL; node-postgres runs it, under a name, so that PostgreSQL plans each text once per connection.
const compiler = new Kysely<never>({
  dialect: {
    createAdapter: () => new PostgresAdapter(),
    createDriver: () => new DummyDriver(),
    createIntrospector: (db) => new PostgresIntrospector(db),
    createQueryCompiler: () => new PostgresQueryCompiler(),
  },
});

/** A statement ready for node-postgres. */
export interface CompiledStatement {
  readonly text: string;
  readonly values: readonly unknown[];
}

/** Turns a Kysely `sql` fragment into text and values without a connection. */
export function compile(fragment: RawBuilder<unknown>): CompiledStatement {
  const { sql: text, parameters } = fragment.compile(compiler);
  return { text, values: parameters };
}
