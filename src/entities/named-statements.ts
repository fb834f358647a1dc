import type pg from 'pg';
import { PreparedStatements } from '../database/prepared-statements.js';
import { TransactionEnds } from './transaction-ends.js';

/** A statement with its values. */
interface Asked {
  readonly text: string;
  readonly values: readonly unknown[];
}

/** A statement that reads what has just been committed. */
export interface Afterwards extends Asked {
  /** How its values are read. */
  readonly types: pg.CustomTypesConfig;
}

type Finish = (statement: Asked, reading: Afterwards | undefined) => Promise<readonly object[] | undefined>;

const finishing = new WeakMap<pg.ClientBase, Finish>();

/**
 * Runs the last statement of a transaction on a connection of the write pool, and commits in the same round trip. The
 * `commit` that follows finds that done.
 * @param reading a statement that runs after the commit, in the same round trip, too.
 * @returns the rows of that statement; undefined when it could not be read. The transaction is committed all the same.
 */
export async function finishTransaction(
  client: pg.ClientBase,
  statement: Asked,
  reading?: Afterwards,
): Promise<readonly object[] | undefined> {
  const finish = finishing.get(client);
  if (!finish) throw new Error('This connection is not one of the write pool.');
  return await finish(statement, reading);
}

type Query = (this: pg.ClientBase, ...args: unknown[]) => unknown;

/**
 * Runs statements that come again by name, so that PostgreSQL parses and plans them once for each connection: commands
 * run the same few statements again and again. The query builder cannot name statements itself. The ends of
 * transactions travel with statements ({@link TransactionEnds}).
 */
export function nameStatements(pool: pg.Pool): void {
  const statements = new PreparedStatements();
  const prepared = new WeakSet<pg.ClientBase>();
  const endsOf = new WeakMap<pg.ClientBase, TransactionEnds>();
  Object.assign(pool.options, {
    onConnect: async (client: pg.ClientBase) => {
      if (await TransactionEnds.prepare(client)) prepared.add(client);
    },
  });
  pool.on('release', (_error, client) => endsOf.get(client)?.forget());
  pool.on('connect', (client) => {
    const { query } = client as unknown as { query: Query };
    const ends = new TransactionEnds((sent) => query.call(client, sent));
    endsOf.set(client, ends);
    const naming = ({ text, values }: Asked) => ({ name: statements.nameFor(client, text), text, values: [...values] });
    finishing.set(client, async (statement, reading) => {
      if (prepared.has(client))
        return await ends.finish(naming(statement), reading && { ...naming(reading), types: reading.types });
      await client.query(statement.text, [...statement.values]);
      await client.query('commit');
      return undefined;
    });
    const sendPlain = async (args: unknown[]) => {
      await ends.begin();
      return await (query.apply(client, args) as Promise<unknown>);
    };
    // A statement without values may be several in one text, which cannot be prepared.
    const named: Query = function (...args) {
      const [text, values, ...rest] = args;
      const isPlain = typeof text !== 'string' || rest.length > 0;
      const hasValues = Array.isArray(values) && values.length > 0;
      const answer = isPlain || hasValues || !prepared.has(client) ? undefined : ends.answer(text);
      if (answer) return Promise.resolve(answer);
      if (ends.isCommitted)
        return Promise.reject(new Error('A statement follows the one that committed its transaction'));
      if (!isPlain && hasValues) {
        const name = statements.nameFor(this, text);
        const sent = prepared.has(client) ? ends.run({ name, text, values }) : undefined;
        if (sent) return sent;
        return name === undefined ? query.apply(this, args) : query.call(this, { name, text, values });
      }
      return ends.isBeginning ? sendPlain(args) : query.apply(this, args);
    };
    Object.assign(client, { query: named });
  });
}
