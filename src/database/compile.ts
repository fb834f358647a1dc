import {
  DummyDriver,
  Kysely,
  PostgresAdapter,
  PostgresIntrospector,
  PostgresQueryCompiler,
  type RawBuilder,
} from 'kysely';
import { idList } from './expressions.js';

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

const ONE_OF = /= any\(\$(\d+)::uuid\[\]\)/g;

/**
 * {@link compile} for a statement that runs once with these values: a list of one id is asked for as that id.
 * PostgreSQL reckons with ten rows for a list that it does not know. A plan that serves all values then looks so much
 * worse than one for this list that it would plan the statement each time, which takes longer than to run it.
 */
export function compileToRun(fragment: RawBuilder<unknown>): CompiledStatement {
  const { text, values } = compile(fragment);
  const one = (place: string, n: string) => {
    const list = values[Number(n) - 1];
    return Array.isArray(list) && list.length === 1 ? `= ($${n}::uuid[])[1]` : place;
  };
  return { text: text.replace(ONE_OF, one), values: values.map(asIdList) };
}

const ID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** From how many ids on a list is joined here. */
const LONG = 100;

/** A long list of ids as the text that the driver would make of it, which looks in each for what to escape. */
const asIdList = (value: unknown): unknown =>
  Array.isArray(value) && value.length >= LONG && value.every((id) => typeof id === 'string' && ID.test(id))
    ? idList(value)
    : value;
