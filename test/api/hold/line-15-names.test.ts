import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import pg from 'pg';
import { Migration20261126212300_one_name } from '../../../migrations/Migration20261126212300_one_name.js';
import { ROLES } from '../../../src/domain/roles.js';
import { startTestApp, type TestApp } from '../../support/app.js';
import type { TestClient } from '../../support/client.js';
import { createEmptyDatabase } from '../../support/database.js';

let app: TestApp;
let client: TestClient;
let repositoryId: string;

beforeAll(async () => {
  app = await startTestApp({ env: { INTERLOCK_MAX_BODY_BYTES: '20000' } });
  client = await app.as('everything', ...ROLES);
  repositoryId = (await client.run('dmlRepositoryCreate', { name: 'Artifacts' }, 'dmlRepository')).id;
});
afterAll(async () => await app.end());

const REGISTER = { ciClass: 'SERVER' };

describe('a name', () => {
  test.each<[string, string]>([
    ['a line break', 'a\nb'],
    ['a carriage return', 'a\rb'],
    ['a tab', 'a\tb'],
    ['a C1 control', 'a\u009b31mb'],
    ['an override of the direction', 'invoice\u202Efdp.exe'],
    ['an isolate', '\u2066a\u2069'],
    ['a line separator', 'a\u2028b'],
    ['nothing that can be seen', '\u200b'],
    ['zero width in the middle', 'pay\u200bments'],
    ['a soft hyphen', 'pay\u00adments'],
    ['a blank letter', 'a\u3164'],
    ['a byte order mark', 'a\ufeffb'],
    ['a variation of nothing', 'a\ufe0fb'],
    ['a joiner between Latin letters', 'a\u200db'],
  ])('with %s is refused', async (_, name) => {
    const code = async (mutation: string, input: object, field: string) =>
      await client.code(mutation, { ...input }, field);
    expect(await code('configurationItemRegister', { ...REGISTER, name }, 'configurationItem')).toBe('BAD_USER_INPUT');
    expect(await code('teamCreate', { name }, 'team')).toBe('BAD_USER_INPUT');
    const externalRef = { source: 'cmdb', key: name };
    expect(await code('teamCreate', { name: 'Keyed', externalRef }, 'team')).toBe('BAD_USER_INPUT');
  });

  test.each<[string, string, string]>([
    ['in NFC', 'Cafe\u0301', 'Caf\u00e9'],
    ['without blanks around it', ' \u00a0Blank\u3000 ', 'Blank'],
    ['with plain spaces', 'a\u00a0b', 'a b'],
    ['with the joiners of emoji', '👩‍💻 Ops ❤️', '👩‍💻 Ops ❤️'],
    ['with the joiners of its script', 'می‌خواهم', 'می‌خواهم'],
  ])('is stored %s', async (_, given, stored) => {
    const input = { ...REGISTER, name: given };
    const { name } = await client.run('configurationItemRegister', input, 'configurationItem', 'name');
    expect(name).toBe(stored);
  });

  test('of a token cannot forge a row of the list', async () => {
    const create = async (name: string) =>
      await client.send(
        'mutation($i: AccessTokenCreateInput!) { accessTokenCreate(input: $i) { userErrors { code } } }',
        { i: { name, roles: ['AUDITOR'] } },
      );
    expect((await create('harmless')).errors).toBeUndefined();
    const answer = await create('x\ntok_1\tvalid');
    expect(answer.errors?.[0]?.extensions.code).toBe('BAD_USER_INPUT');
  });
});

describe('a twin of a name', () => {
  test.each<[string, string, string]>([
    ['another case', 'Größe A', 'GRÖßE a'],
    ['another form of Unicode', 'Cafe\u0301 1', 'Caf\u00e9 1'],
    ['compatible letters', 'Ｆｕｌｌ', 'full'],
  ])('in %s is refused', async (_, first, twin) => {
    const versions = async (itemId: string, label: string) => ({ itemId, label });
    const team = await client.run('teamCreate', { name: first }, 'team');
    expect(await client.code('teamCreate', { name: twin }, 'team')).toBe('ALREADY_EXISTS');
    const other = await client.run('teamCreate', { name: `${first} other` }, 'team', 'id version');
    const renamed = { id: other.id, expectedVersion: other.version, name: twin };
    expect(await client.code('teamUpdate', renamed, 'team')).toBe('ALREADY_EXISTS');
    // Its own name in another case is no twin.
    const version = (await client.ok('query($id: ID!) { node(id: $id) { ... on Team { version } } }', { id: team.id }))
      .node.version;
    const own = await client.run('teamUpdate', { id: team.id, expectedVersion: version, name: twin }, 'team', 'name');
    expect(own.name).toBe(twin.normalize('NFC'));

    await client.run('dmlRepositoryCreate', { name: first }, 'dmlRepository');
    expect(await client.code('dmlRepositoryCreate', { name: twin }, 'dmlRepository')).toBe('ALREADY_EXISTS');
    const item = await client.run('dmlItemCreate', { repositoryId, name: first }, 'dmlItem');
    expect(await client.code('dmlItemCreate', { repositoryId, name: twin }, 'dmlItem')).toBe('ALREADY_EXISTS');
    await client.run('dmlItemVersionRegister', await versions(item.id, `1.0-RC ${first}`), 'dmlItemVersion');
    expect(
      await client.code('dmlItemVersionRegister', await versions(item.id, `1.0-rc ${twin}`), 'dmlItemVersion'),
    ).toBe('ALREADY_EXISTS');
  });
});

describe('a key of another system', () => {
  test('is one key in each form of Unicode, and its case counts', async () => {
    const upsert = async (key: string) =>
      (
        await client.run(
          'configurationItemUpsert',
          { ...REGISTER, name: key, externalRef: { source: 'cmdb', key } },
          'configurationItem',
        )
      ).id;
    const id = await upsert('n\u0303-1');
    expect(await upsert(' \u00f1-1 ')).toBe(id);
    // 001D000000IRFma and 001D000000IRFMa are two objects to some systems.
    expect(await upsert('\u00d1-1')).not.toBe(id);
  });
});

test('names that were twins already get a number when the database is migrated', async () => {
  const database = await createEmptyDatabase();
  const db = new pg.Client({ connectionString: database.url });
  await db.connect();
  try {
    for (const [table, column, within] of [
      ['team', 'name', 'x'],
      ['release_template', 'name', 'x'],
      ['dml_repository', 'name', 'x'],
      ['dml_item', 'name', 'repository_id'],
      ['dml_item_version', 'label', 'item_id'],
    ] as const) {
      await db.query(`create table ${table} (id int primary key, ${within} int default 1, ${column} text,
        version int default 1, created_at timestamptz default now(), updated_at timestamptz)`);
      await db.query(`insert into ${table} (id, ${column}) values (1, 'Web'), (2, 'WEB'), (3, 'web'), (4, 'web (2)'),
        (5, 'we\u200bb'), (6, 'Db')`);
    }
    for (const table of ['configuration_item', 'release'])
      await db.query(`create table ${table} (id int, owner_team_id int, name text);
        create index ${table}_name_id_index on ${table} (name, id);
        create index ${table}_owner_team_id_name_id_index on ${table} (owner_team_id, name, id)`);
    const migration = new Migration20261126212300_one_name({} as never, {} as never);
    await migration.up();
    for (const query of migration.getQueries()) await db.query(String(query));
    const { rows } = await db.query('select id, name from team order by id');
    expect(rows[0]).toEqual({ id: 1, name: 'Web' });
    expect(rows.find(({ id }) => id === 6)).toEqual({ id: 6, name: 'Db' });
    const folded = await db.query('select count(distinct folded_name(name)) as n, count(*) as all from team');
    expect(folded.rows).toEqual([{ n: '6', all: '6' }]);
    const versions = await db.query(`select label from dml_item_version where id in (2, 3) order by id`);
    expect(versions.rows.map(({ label }) => label)).toEqual(['WEB (2)', 'web (3)']);
  } finally {
    await db.end();
    await database.drop();
  }
});

test.each(['with its length', 'in chunks'])(
  'a body that is too large, sent %s, is answered 413 and not cut off',
  async (how) => {
    const body = randomBytes(4_000_000).toString('base64');
    for (let time = 0; time < 3; time++) {
      const response = await fetch(`${app.url}/graphql`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...client.headers },
        ...(how === 'in chunks'
          ? {
              body: new ReadableStream({
                start(controller) {
                  for (let at = 0; at < body.length; at += 65_536)
                    controller.enqueue(new TextEncoder().encode(body.slice(at, at + 65_536)));
                  controller.close();
                },
              }),
              duplex: 'half',
            }
          : { body }),
      } as RequestInit);
      expect([response.status, ((await response.json()) as any).errors[0].extensions.code]).toEqual([
        413,
        'PAYLOAD_TOO_LARGE',
      ]);
    }
  },
);
