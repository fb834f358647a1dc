import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import pg from 'pg';
import { newId } from '../../src/database/new-id.js';
import { CHANGE_STATES, COVERING_CHANGE_STATES, type ChangeState } from '../../src/domain/change/change.machine.js';
import { isProtectedState, LIFECYCLE_STATES } from '../../src/domain/cmdb/configuration-item.machine.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';

// What writers do that ask no rule: the database refuses what a command would refuse.
let database: TestDatabase;
let db: pg.Client;
let person: string;

beforeAll(async () => {
  database = await createTestDatabase();
  db = new pg.Client({ connectionString: database.url });
  await db.connect();
  person = newId();
  await db.query(
    `insert into person (id, name, email, subject, created_at, updated_at) values ($1, 'p', 'p', 'p', now(), now())`,
    [person],
  );
});
afterAll(async () => {
  await db.end();
  await database.drop();
});

/** Runs statements in one transaction and says with which state of SQL it was refused; null when it was not. */
async function write(text: string, values: unknown[] = [], since?: string): Promise<string | null> {
  await db.query('begin');
  try {
    if (since !== undefined) await db.query(`select set_config('interlock.since', $1, true)`, [since]);
    await db.query(text, values);
    await db.query('commit');
    return null;
  } catch (error) {
    await db.query('rollback');
    return String((error as { code?: string }).code);
  }
}

async function item(lifecycle: string, state = 'AUTHORISED'): Promise<string> {
  const id = newId();
  await db.query(
    `insert into configuration_item
       (id, name, description, ci_class, state, lifecycle_state, attributes, bindings, created_at, updated_at)
     values ($1, 'plain', '', 'SERVER', $2, $3, '{}', '{}', now(), now())`,
    [id, state, lifecycle],
  );
  return id;
}

async function change(ci: string, state: ChangeState = 'AUTHORISED', role = 'TARGET'): Promise<void> {
  const id = newId();
  await db.query(
    `insert into change (id, title, type, state, risk, requested_by_id, created_at, updated_at)
     values ($1, 'c', 'NORMAL', $2, 'LOW', $3, now(), now())`,
    [id, state, person],
  );
  await db.query(
    `insert into change_ci (id, change_id, ci_id, role, created_at) values (gen_random_uuid(), $1, $2, $3, now())`,
    [id, ci, role],
  );
}

const RENAME = `update configuration_item set name = 'renamed' where id = $1`;
const RELATE = `insert into ci_relation (id, source_id, kind, target_id, created_at)
  values (gen_random_uuid(), $1, 'USES', $2, now())`;
const UNRELATE = 'delete from ci_relation where source_id = $1 and target_id = $2';
const REFUSED = 'IL001';

describe('a write that asks no rule', () => {
  test('is refused where commands are: by the states of items and of changes', async () => {
    for (const state of LIFECYCLE_STATES)
      expect([state, await write(RENAME, [await item(state)])]).toEqual([
        state,
        isProtectedState(state) ? REFUSED : null,
      ]);
    for (const state of CHANGE_STATES) {
      const id = await item('PRODUCTION');
      await change(id, state);
      const covers = (COVERING_CHANGE_STATES as readonly ChangeState[]).includes(state);
      expect([state, await write(RENAME, [id])]).toEqual([state, covers ? null : REFUSED]);
    }
  });

  test('needs a change that names the item itself, as target', async () => {
    const [id, other] = [await item('PRODUCTION'), await item('PRODUCTION')];
    await change(other);
    await change(id, 'AUTHORISED', 'SOURCE');
    expect(await write(RENAME, [id])).toBe(REFUSED);
    // One statement about many is refused for one of them.
    expect(await write(`update configuration_item set name = 'all' where id = any($1)`, [[id, other]])).toBe(REFUSED);
    const alone = await item('PRODUCTION');
    expect(await write('delete from configuration_item where id = $1', [alone])).toBe(REFUSED);
    expect(await write(`update configuration_item set lifecycle_state = 'TEST' where id = $1`, [id])).toBe(REFUSED);
    expect(await write(`update configuration_item set state = 'RETIRED' where id = $1`, [id])).toBe(REFUSED);
  });

  test('of a relation needs one for each protected end', async () => {
    const [live, plain, retired] = [await item('PRODUCTION'), await item('TEST'), await item('PRODUCTION', 'RETIRED')];
    expect([await write(RELATE, [live, plain]), await write(RELATE, [plain, live])]).toEqual([REFUSED, REFUSED]);
    expect(await write(RELATE, [plain, retired])).toBeNull();
    expect(await write('update ci_relation set target_id = $1 where source_id = $2', [live, plain])).toBe(REFUSED);
    await change(live);
    expect(await write(RELATE, [live, plain])).toBeNull();
    await db.query(`update change set state = 'CLOSED'`);
    expect(await write(UNRELATE, [live, plain])).toBe(REFUSED);
    const away = 'update ci_relation set source_id = $1 where source_id = $2';
    expect(await write(away, [await item('TEST'), live])).toBe(REFUSED);
  });

  test('of a fact that comes late looks at the time that the fact is about', async () => {
    const [id, other] = [await item('PRODUCTION'), await item('TEST')];
    const { rows } = await db.query<{ at: string }>('select now()::text as at from pg_sleep(0.002)');
    const during = (rows[0] as { at: string }).at;
    await change(id);
    await write(`update configuration_item set lifecycle_state = 'INVENTORY' where id = $1`, [id]);
    await db.query(`update change set state = 'CLOSED'`);
    await db.query('select pg_sleep(0.002)');
    expect(await write(RENAME, [id], during)).toBe(REFUSED);
    expect(await write(RELATE, [other, id], during)).toBe(REFUSED);
    expect(await write(RELATE, [other, id])).toBeNull();
    expect(await write(UNRELATE, [other, id], during)).toBe(REFUSED);
    expect(await write(RENAME, [id])).toBeNull();
  });

  test('passes where nothing of the item changes, where its record is authorised, and for a repair', async () => {
    const id = await item('PRODUCTION', 'DISCOVERED');
    expect(
      await write(`update configuration_item set state = 'AUTHORISED', version = 2 where id = $1`, [id]),
    ).toBeNull();
    expect(await write('update configuration_item set version = 3, updated_at = now() where id = $1', [id])).toBeNull();
    expect(await write(RENAME, [id])).toBe(REFUSED);
    await db.query(`set interlock.protection = 'open'`);
    expect(await write(RENAME, [id])).toBeNull();
    await db.query('reset interlock.protection');
  });
});
