import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import pg from 'pg';
import { newId } from '../../src/database/new-id.js';
import { TRACKED_TABLES } from '../../src/facts/past.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { Chance } from '../support/random-input.js';

/** How many random histories are played. */
const ROUNDS = Number(process.env['INTERLOCK_TEST_ROUNDS'] ?? 6);

// The history of rows that raw SQL writes, behind the back of every use case.
let database: TestDatabase;
let db: pg.Client;
let second: pg.Client;

beforeAll(async () => {
  database = await createTestDatabase();
  [db, second] = [1, 2].map(() => new pg.Client({ connectionString: database.url })) as [pg.Client, pg.Client];
  await Promise.all([db.connect(), second.connect()]);
});
afterAll(async () => {
  await Promise.all([db.end(), second.end()]);
  await database.drop();
});

const rows = async <T extends object>(text: string, values: unknown[] = [], on = db): Promise<T[]> =>
  (await on.query<T>(text, values)).rows;
/** An instant after all that was written, and before all that follows: histories count in milliseconds. */
const clock = async (): Promise<string> => {
  const [row] = await rows<{ at: string }>(
    'select clock_timestamp()::text as at from pg_sleep(0.001) union all select null from pg_sleep(0.001)',
  );
  return (row as { at: string }).at;
};

const insert = (id: string, name: string) =>
  [
    `insert into configuration_item (id, name, description, ci_class, attributes, bindings, created_at, updated_at)
     values ($1, $2, '', 'SERVER', '{}', '{}', now(), now())`,
    [id, name],
  ] as const;

/** Runs statements in a transaction of their own. @param since the instant from which on what they write was so. */
async function write(statements: readonly (readonly [string, readonly unknown[]])[], since?: string): Promise<void> {
  await db.query('begin');
  if (since !== undefined) await db.query(`select set_config('interlock.since', $1, true)`, [since]);
  for (const [text, values] of statements) await db.query(text, values as unknown[]);
  await db.query('commit');
}

/** Name and description of an item at an instant, as known at another; undefined when it was not there. */
async function stateAt(id: string, at: string, known = 'infinity'): Promise<string | undefined> {
  const found = await rows<{ state: string }>(
    `select name || '/' || description as state from configuration_item_history
     where id = $1 and valid @> least($2::timestamptz, $3::timestamptz) and known @> $3::timestamptz`,
    [id, at, known],
  );
  expect(found.length).toBeLessThan(2);
  return found[0]?.state;
}

describe('a row that is written by SQL alone', () => {
  test('is known at each instant, from its insert to its deletion', async () => {
    const id = newId();
    const before = await clock();
    await write([insert(id, 'one')]);
    const first = await clock();
    await write([[`update configuration_item set name = 'two' where id = $1`, [id]]]);
    const changed = await clock();
    await write([['delete from configuration_item where id = $1', [id]]]);
    const gone = await clock();
    const seen = [];
    for (const at of [before, first, changed, gone]) seen.push(await stateAt(id, at));
    expect(seen).toEqual([undefined, 'one/', 'two/', undefined]);
    // What was believed at an instant about a later one is what was so then.
    expect([await stateAt(id, gone, first), await stateAt(id, changed, before)]).toEqual(['one/', undefined]);
  });

  test('shows no state that its own transaction replaced, and none for a write that changes nothing', async () => {
    const id = newId();
    const set = (name: string) => [`update configuration_item set name = $2 where id = $1`, [id, name]] as const;
    await write([insert(id, 'one'), set('two'), set('three')]);
    await write([set('three')]);
    await write([set('four'), set('five')]);
    await write([set('six'), ['delete from configuration_item where id = $1', [id]]]);
    const states = await rows<{ name: string }>(
      'select name from configuration_item_history where id = $1 order by valid',
      [id],
    );
    expect(states.map(({ name }) => name)).toEqual(['three', 'five']);
  });

  test('of a transaction that waited for a younger one comes after it', async () => {
    const id = newId();
    await write([insert(id, 'one')]);
    await db.query('begin');
    await rows('select now()');
    await second.query(`update configuration_item set name = 'younger' where id = $1`, [id]);
    await db.query(`update configuration_item set name = 'older' where id = $1`, [id]);
    await db.query('commit');
    const states = await rows<{ name: string; ends: boolean }>(
      'select name, upper_inf(valid) as ends from configuration_item_history where id = $1 order by valid',
      [id],
    );
    expect(states).toEqual([
      { name: 'one', ends: false },
      { name: 'younger', ends: false },
      { name: 'older', ends: true },
    ]);
  });

  test('is closed by truncate, and written by many rows with one statement', async () => {
    const [a, b] = [newId(), newId()];
    await write([insert(a, 'one'), insert(b, 'two')]);
    const at = await clock();
    await write([['update configuration_item set description = $1', ['all']]]);
    await write([['truncate configuration_item cascade', []]]);
    expect([await stateAt(a, at), await stateAt(b, at)]).toEqual(['one/', 'two/']);
    expect([await stateAt(a, await clock()), await stateAt(b, await clock())]).toEqual([undefined, undefined]);
  });
});

test('a history is written by its triggers only', async () => {
  for (const statement of [
    `update configuration_item_history set name = 'other'`,
    'delete from configuration_item_history',
    'truncate configuration_item_history',
  ])
    await expect(db.query(statement)).rejects.toThrow('is written by the triggers of its table only');
});

test('each tracked table and its history have the same columns, but for the three of the history', async () => {
  const columns = await rows<{ name: string; live: string[]; past: string[] }>(
    `select c.relname as name,
       array(select attname || ' ' || format_type(atttypid, atttypmod) from pg_attribute
         where attrelid = c.oid and attnum > 0 and not attisdropped order by 1) as live,
       array(select attname || ' ' || format_type(atttypid, atttypmod) from pg_attribute
         where attrelid = (c.relname || '_history')::regclass and attnum > 0 and not attisdropped
           and attname not in ('valid', 'known', 'xid') order by 1) as past
     from pg_class c join pg_trigger t on t.tgrelid = c.oid and t.tgname = 'history_update'`,
  );
  expect(columns.map(({ name }) => name).sort()).toEqual([...TRACKED_TABLES].sort());
  for (const { name, live, past } of columns) expect([name, past]).toEqual([name, live]);
});

test('random facts, also late ones, are found as in a notebook of facts and times', async () => {
  const chance = new Chance(Number(process.env['INTERLOCK_TEST_SEED'] ?? 20261128));
  for (let round = 0; round < ROUNDS; round++) {
    const id = newId();
    const instants: string[] = [await clock()];
    // A fact counts from `from` on, until a later one about the same column; it is known from `known` on. Both are
    // numbers of instants; what is written now lies between two of them.
    const notes: { known: number; from: number; set: Record<string, string> | 'begin' | 'end' }[] = [];
    for (let step = 0; step < 14 && notes.at(-1)?.set !== 'end'; step++) {
      const late = chance.next() < 0.35 ? chance.below(instants.length) : undefined;
      const since = late === undefined ? undefined : instants[late];
      const known = instants.length - 0.5;
      const note = (set: (typeof notes)[number]['set']) => notes.push({ known, from: late ?? known, set });
      if (step === 0) {
        await write([insert(id, 'n0')], since);
        note('begin');
      } else if (step > 6 && chance.next() < 0.15) {
        await write([['delete from configuration_item where id = $1', [id]]], since);
        note('end');
      } else {
        const column = chance.pick(['name', 'description'] as const);
        const value = `${column[0]}${round}.${step}`;
        await write([[`update configuration_item set ${column} = $2 where id = $1`, [id, value]]], since);
        note({ [column]: value });
      }
      instants.push(await clock());
    }
    const noted = (at: number, known: number): string | undefined => {
      let state: Record<string, string> | undefined;
      for (const { set } of notes.filter((one) => one.known < known && one.from <= Math.min(at, known))) {
        if (set === 'begin') state = { name: 'n0', description: '' };
        else if (set === 'end') state = undefined;
        else if (state) state = { ...state, ...set };
      }
      return state && `${state['name']}/${state['description']}`;
    };
    for (const [k, known] of instants.entries())
      for (const [t, at] of instants.entries())
        expect([round, t, k, await stateAt(id, at, known)]).toEqual([round, t, k, noted(t, k)]);
  }
});
