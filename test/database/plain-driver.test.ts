import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { LockMode } from '@mikro-orm/postgresql';
import { ROLES } from '../../src/domain/roles.js';
import { openDatabase, type Database } from '../../src/entities/database.js';
import { ConfigurationItem } from '../../src/entities/cmdb/configuration-item.entity.js';
import { Person } from '../../src/entities/people/person.entity.js';
import { Transaction, inTransaction } from '../../src/entities/transaction.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';

let database: TestDatabase;
let orm: Database;
const { query } = Transaction.prototype;
let sent: string[] = [];

beforeAll(async () => {
  database = await createTestDatabase();
  orm = openDatabase(database.url, { poolSize: 2, statementTimeoutMs: 10_000 });
  Transaction.prototype.query = async function (text, values) {
    sent.push(text);
    return await query.call(this, text, values);
  };
});
afterAll(async () => {
  Transaction.prototype.query = query;
  await orm.close(true);
  await database.drop();
});

/** The statements that some work sends. */
async function texts(work: () => Promise<unknown>): Promise<string[]> {
  sent = [];
  await work();
  return sent;
}

const ODD = [
  { name: `it's "quoted" \\ ? ?? $1 {x}`, attributes: { 'a"b': [1, null, { c: '\\' }], ü: 'é' }, description: '' },
  { name: 'second', attributes: {}, description: 'two\nlines' },
  { name: 'third', attributes: { n: 1.5, t: true }, description: 'x'.repeat(10_000) },
];
const item = (values: (typeof ODD)[number]) => ({ ...values, ciClass: 'SERVER' as const, bindings: { t: ['a,b'] } });

const insert = async (rows: typeof ODD): Promise<ConfigurationItem[]> =>
  await inTransaction(orm, async (em) => {
    const made = rows.map((values) => em.create(ConfigurationItem, item(values)));
    await em.flush();
    return made;
  });

const stored = async (id: string) =>
  await inTransaction(orm, async (em) => await em.findOneOrFail(ConfigurationItem, { id }));

describe('statements of commands', () => {
  test('insert one row by one text, whatever its values are', async () => {
    for (const values of ODD) {
      const made: ConfigurationItem[] = [];
      const [text, ...more] = await texts(async () => made.push(...(await insert([values]))));
      expect([text, more]).toEqual([expect.stringMatching(/^insert into "configuration_item" .* values \(\$1, /), []]);
      const row = await stored(made[0]?.id as string);
      expect(row).toMatchObject(item(values));
      expect(made[0]).toMatchObject({ number: row.number, version: 1 });
    }
  });

  test('insert many rows by one text, however many there are', async () => {
    const all = new Set<string>();
    for (const count of [2, 3]) {
      const made: ConfigurationItem[] = [];
      for (const text of await texts(async () => made.push(...(await insert(ODD.slice(0, count)))))) all.add(text);
      for (const [n, { id, number }] of made.entries())
        expect(await stored(id)).toMatchObject({ ...item(ODD[n] as (typeof ODD)[0]), number, version: 1 });
    }
    expect([...all]).toEqual([expect.stringMatching(/jsonb_to_recordset\(\$1::jsonb\)/)]);
  });

  test('keep lists and instants', async () => {
    const at = new Date('2026-11-28T10:00:00.123Z');
    const people = [1, 2].map((n) => ({ name: `P${n}`, email: `p${n}@test`, roles: ROLES.slice(0, 2) }));
    const ids = await inTransaction(orm, async (em) => {
      const made = people.map((values) => em.create(Person, { ...values, createdAt: at, updatedAt: at }));
      await em.flush();
      return made.map(({ id }) => id);
    });
    await inTransaction(orm, async (em) => {
      for (const [n, id] of ids.entries())
        expect(await em.findOneOrFail(Person, { id })).toMatchObject({ ...people[n], createdAt: at });
    });
  });

  test('find, lock and change a row by fixed texts, and count its version up', async () => {
    const [made] = await insert([ODD[0] as (typeof ODD)[0]]);
    const id = made?.id as string;
    const lines = await texts(
      async () =>
        await inTransaction(orm, async (em) => {
          const row = await em.findOneOrFail(ConfigurationItem, { id }, { lockMode: LockMode.PESSIMISTIC_WRITE });
          Object.assign(row, { name: "o'clock", ownerTeamId: null, attributes: { a: [1] }, externalSource: 's' });
          row.externalKey = 'k';
          await em.flush();
          expect(row.version).toBe(2);
        }),
    );
    expect(lines).toEqual([
      expect.stringMatching(/^select .* where "id" = \$1 limit 1 for update$/),
      expect.stringMatching(/^update "configuration_item" set .* where "id" = \$\d+ and "version" = \$\d+ returning/),
    ]);
    expect(await stored(id)).toMatchObject({ name: "o'clock", attributes: { a: [1] }, externalKey: 'k', version: 2 });
    expect(await inTransaction(orm, async (em) => await em.findOne(ConfigurationItem, { externalKey: 'none' }))).toBe(
      null,
    );
  });

  test('refuse to change a row that somebody else has changed', async () => {
    const [made] = await insert([ODD[1] as (typeof ODD)[0]]);
    const change = inTransaction(orm, async (em) => {
      const row = await em.findOneOrFail(ConfigurationItem, { id: made?.id as string });
      await inTransaction(orm, async (other) => {
        (await other.findOneOrFail(ConfigurationItem, { id: row.id })).name = 'theirs';
        await other.flush();
      });
      row.name = 'ours';
      await em.flush();
    });
    await expect(change).rejects.toMatchObject({ name: 'OptimisticLockError' });
    expect(await stored(made?.id as string)).toMatchObject({ name: 'theirs', version: 2 });
  });

  test('leave conditions to the ORM', async () => {
    const rows = await insert(ODD);
    const ids = rows.map(({ id }) => id);
    await inTransaction(orm, async (em) => {
      expect(await em.findOne(ConfigurationItem, { id: { $in: ids }, name: 'third' })).toMatchObject({ name: 'third' });
      expect(await em.findOne(ConfigurationItem, { id: ids[0] as string, ownerTeamId: null })).not.toBe(null);
      expect(await em.findOne(ConfigurationItem, { id: { $in: ids } }, { orderBy: { name: 'desc' } })).toMatchObject({
        name: 'third',
      });
    });
  });
});
