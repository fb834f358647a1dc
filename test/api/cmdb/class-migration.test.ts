import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { SYSTEM } from '../../../src/domain/actor.js';
import { fromNodeId } from '../../../src/domain/node-id.js';
import { classMigrationSweep } from '../../../src/jobs/cmdb/class-migration.sweep.js';
import { stepMigration } from '../../../src/services/cmdb/class-migration-run.service.js';
import { transact } from '../../../src/services/unit-of-work.js';
import { startTestApp, type TestApp } from '../../support/app.js';
import { castOf } from '../../support/cast.js';
import type { TestClient } from '../../support/client.js';
import { importFile, ndjson, rowResults } from '../../support/files.js';
import { instant } from '../../support/instant.js';
import { expectRefused, refusalCodes, rejectionCode } from '../../support/refusals.js';

let app: TestApp;
let manager: TestClient;

beforeAll(async () => {
  app = await startTestApp();
  ({ configurationManager: manager } = await castOf(app, 'configurationManager'));
});
afterAll(async () => await app.end());

const CLASS = 'id key version state schema effectiveSchema schemaVersion parent { key }';
const define = async (key: string, more: object = {}) =>
  await manager.run('customClassDefine', { key, name: key, ciClass: 'SERVER', ...more }, 'customClass', CLASS);
const of = (properties: object, more: object = {}) => ({ type: 'object', properties, ...more });

const ITEM = 'id version attributes customClass { key }';
const register = async (name: string, more: object) =>
  await manager.run('configurationItemRegister', { name, ciClass: 'SERVER', ...more }, 'configurationItem', ITEM);
const paths = (errors: readonly { code: string; path: readonly string[] | null }[]) =>
  errors.map(({ code, path }) => `${code} ${path?.join('.')}`).sort();

describe('the migration of a class', () => {
  const MIGRATION = 'id state items migrated misfits version';
  const start = async (of: { id: string; version: number }, more: object) =>
    await manager.run(
      'classMigrationStart',
      { customClassId: of.id, expectedVersion: of.version, ...more },
      'classMigration',
      MIGRATION,
    );
  const read = async (id: string, selection: string) =>
    (
      await manager.ok(
        `query($id: ID!) { node(id: $id) { ... on ClassMigration { ${selection} }
          ... on CustomClass { schemaVersion version effectiveSchema }
          ... on ConfigurationItem { version attributes } } }`,
        { id },
      )
    ).node;
  const REPORT = `${MIGRATION} misfitItems(first: 2) { totalCount nodes { reason stands violations ci { name } } }`;
  const run = async (id: string) => {
    await classMigrationSweep.run(app.services, new AbortController().signal);
    return await read(id, REPORT);
  };
  const step = async (id: string) =>
    await transact(
      app.services,
      { actor: SYSTEM, requestId: 'test' },
      async (uow) => await stepMigration(uow, fromNodeId('ClassMigration', id, 'id')),
    );
  const before = of({ ram: { type: 'number', unit: 'GiB', indexed: true }, slot: { type: 'string', maxLength: 9 } });
  const after = of(
    {
      memory: { type: 'number', minimum: 8, unit: 'GiB', indexed: true },
      slot: { type: 'string', maxLength: 9, indexed: true },
      tier: { type: 'string', enum: ['gold', 'iron'] },
    },
    { required: ['memory', 'tier'], additionalProperties: false },
  );
  const moves = { schema: after, renames: { ram: 'memory' }, defaults: { tier: 'iron' } };

  test('reports, is refused or accepted, moves the items as facts, and leaves protected ones alone', async () => {
    const made = await define('moving', { schema: before });
    await define('moving-below', { parentId: made.id, schema: of({ deep: { type: 'integer' } }) });
    const fits = await register('m-fits', { customClass: 'moving', attributes: { ram: 64, slot: 'A' } });
    const small = await register('m-small', { customClass: 'moving-below', attributes: { ram: 4, deep: 1 } });
    await register('m-odd', { customClass: 'moving', attributes: { ram: 16, colour: 'red' } });
    await register('m-protected', {
      customClass: 'moving',
      attributes: { ram: 32 },
      lifecycleState: 'PRODUCTION',
    });
    const dry = await start(made, moves);
    expect(await run(dry.id)).toMatchObject({
      state: 'CHECKED',
      items: 4,
      migrated: 0,
      misfits: 2,
      misfitItems: {
        totalCount: 2,
        nodes: [
          {
            reason: 'DOES_NOT_FIT',
            stands: false,
            violations: ['attributes.memory must be >= 8 (in GiB)'],
            ci: { name: 'm-small' },
          },
          { violations: ['attributes.colour is no attribute of the class'], ci: { name: 'm-odd' } },
        ],
      },
    });
    const refused = await start(made, { ...moves, dryRun: false });
    expect(await run(refused.id)).toMatchObject({ state: 'REFUSED', misfits: 2 });
    expect(await read(made.id, 'id')).toMatchObject({ schemaVersion: 1, effectiveSchema: { required: [] } });

    const then = await instant(app);
    const { version } = await read(made.id, 'id');
    const accepted = await start({ id: made.id, version }, { ...moves, dryRun: false, acceptsMisfits: true });
    const other = { customClassId: made.id, expectedVersion: version + 1, schema: before, dryRun: false };
    expect(await refusalCodes(manager, 'classMigrationStart', other)).toEqual(['CLASS_MIGRATING']);
    const below = { key: 'moving-late', name: 'x', ciClass: 'SERVER', parentId: made.id };
    expect(await refusalCodes(manager, 'customClassDefine', below)).toEqual(['CLASS_MIGRATING']);
    expect(await step(accepted.id)).toBe(true); // the class has changed, and its items have not
    expect(await refusalCodes(manager, 'classMigrationCancel', { id: accepted.id })).toEqual(['ILLEGAL_TRANSITION']);
    const filter = { attributes: { of: 'moving', where: [{ name: 'memory', number: { gte: 1 } }] } };
    const found = async (by: object) =>
      await manager.send(
        'query($filter: ConfigurationItemFilter) { configurationItems(filter: $filter) { nodes { name } } }',
        {
          filter: by,
        },
      );
    expect((await found(filter)).errors?.[0]?.message).toMatch(/is being migrated/);
    expect(await run(accepted.id)).toMatchObject({
      state: 'COMPLETED',
      items: 4,
      migrated: 3,
      misfits: 3,
      misfitItems: { totalCount: 3 },
    });
    const names = async (by: object) =>
      (await found(by)).data.configurationItems.nodes.map(({ name }: { name: string }) => name);
    expect(await names(filter)).toEqual(['m-fits', 'm-small', 'm-odd']);
    expect(await names({ fitsClass: false })).toEqual(['m-small', 'm-odd', 'm-protected']);
    expect(await read(fits.id, 'id')).toEqual({ version: 2, attributes: { memory: 64, slot: 'A', tier: 'iron' } });
    const { snapshot, node } = await manager.ok(
      `query($id: ID!, $misfits: ID!, $at: DateTime!) {
        snapshot(asOf: $at) { configurationItem(id: $id) { attributes } }
        node(id: $misfits) { ... on ClassMigration { misfitItems(filter: { reason: { eq: PROTECTED } }) {
          nodes { stands ci { name attributes } migration { id } } } } } }`,
      { id: fits.id, misfits: accepted.id, at: then },
    );
    expect(snapshot.configurationItem.attributes).toEqual({ ram: 64, slot: 'A' });
    expect(node.misfitItems.nodes).toEqual([
      { stands: true, ci: { name: 'm-protected', attributes: { ram: 32 } }, migration: { id: accepted.id } },
    ]);
    // What does not fit has to at its next edit, whatever that is about.
    const edit = async (fields: object) => ({ id: small.id, expectedVersion: 2, ...fields });
    expect(paths(await expectRefused(manager, 'configurationItemUpdate', await edit({ description: 'x' })))).toEqual([
      'ATTRIBUTES_INVALID attributes.memory',
    ]);
    const corrected = await edit({ attributes: { memory: 8, tier: 'gold', deep: 1 } });
    await manager.run('configurationItemUpdate', corrected, 'configurationItem');
    expect(await names({ fitsClass: false })).toEqual(['m-odd', 'm-protected']);
    const row = { externalRef: null, id: fits.id, name: 'm-fits', ciClass: 'SERVER', attributes: { memory: 1 } };
    const file = await importFile(manager, 'configuration-items', ndjson([row]));
    expect((await rowResults(manager, file.body.import.id))[0]).toMatchObject({ code: 'ATTRIBUTES_INVALID' });
  });

  test('takes any number of items in short transactions, each item once', async () => {
    const made = await define('many', { schema: before });
    await app.readDatabase.pool.query(
      `insert into configuration_item (id, name, ci_class, custom_class_id, attributes, created_at, updated_at)
       select gen_random_uuid(), 'many-' || n, 'SERVER', (select id from custom_class where key = 'many'),
         jsonb_build_object('ram', n), now(), now() from generate_series(1, 1201) n`,
    );
    const { id } = await start(made, { ...moves, dryRun: false, acceptsMisfits: true });
    const steps = [];
    for (let more = true; more;) steps.push((more = await step(id)));
    expect(steps).toHaveLength(6); // three to look, with the change in the last one, and three to move
    expect(await read(id, REPORT)).toMatchObject({ state: 'COMPLETED', items: 1201, migrated: 1201, misfits: 7 });
    const moved = `configuration_item where name like 'many-%' and version = 2 and attributes ->> 'tier' = 'iron'`;
    expect(await app.count(moved)).toBe(1201);
    expect(await app.count(`ci_attribute where name = 'memory' and number = 1201`)).toBe(1);
    expect(
      await app.count(`ci_attribute a join configuration_item c on c.id = a.ci_id
      where c.name like 'many-%' and a.name = 'ram'`),
    ).toBe(0);
  });

  test('has items that are written meanwhile fit both schemas, and is cancelled before anything changes', async () => {
    const made = await define('meanwhile', { schema: before });
    await register('w-1', { customClass: 'meanwhile', attributes: { ram: 16 } });
    const { id } = await start(made, { ...moves, dryRun: false });
    const item = { name: 'w-2', ciClass: 'SERVER', customClass: 'meanwhile' };
    const small = { ...item, attributes: { ram: 4 } };
    expect(await expectRefused(manager, 'configurationItemRegister', small)).toMatchObject([
      { code: 'ATTRIBUTES_INVALID', message: expect.stringContaining('is being migrated to') },
    ]);
    await register('w-2', { ...item, attributes: { ram: 32 } });
    expect(await manager.run('classMigrationCancel', { id }, 'classMigration', 'state')).toEqual({
      state: 'CANCELLED',
    });
    await register('w-3', small);
    expect(await run(id)).toMatchObject({ state: 'CANCELLED', items: 0 });
    expect(
      await app.count(
        `custom_class where key = 'meanwhile' and (migration_id is not null or pending_schema is not null)`,
      ),
    ).toBe(0);
  });

  // Does something while a transaction holds rows, and ends that as soon as it is waited for.
  const whileHeld = async <T>(statements: readonly string[], act: () => Promise<T>): Promise<T> => {
    const holder = await app.readDatabase.pool.connect();
    try {
      await holder.query('begin');
      for (const statement of statements) await holder.query(statement);
      const acting = act();
      const waiting = `pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()`;
      for (let tries = 0; tries < 200 && (await app.count(waiting)) === 0; tries += 1)
        await new Promise((resolve) => setTimeout(resolve, 20));
      await holder.query('commit');
      return await acting;
    } finally {
      holder.release();
    }
  };

  test('judges what waits for its start, and leaves alone what leaves the class', async () => {
    const made = await define('held', { schema: before });
    await define('held-not', { schema: before });
    const item = { name: 'r-1', ciClass: 'SERVER', customClass: 'held', attributes: { ram: 4 } };
    const [id, json] = ['019c0000-0000-7000-8000-000000000001', JSON.stringify(after)];
    const started = [
      `select from custom_class where key = 'held' for update`,
      `insert into class_migration (id, custom_class_id, schema, renames, dry_run, accepts_misfits, schema_version,
         started_by_id, created_at, updated_at)
       select '${id}', c.id, '${json}', '{"ram":"memory"}', false, false, 1, p.id, now(), now()
       from custom_class c, person p where c.key = 'held' limit 1`,
      `update custom_class set migration_id = '${id}', pending_schema = '${json}' where key = 'held'`,
    ];
    const attempt = async () => await manager.attempt('configurationItemRegister', item, 'configurationItem');
    expect(paths((await whileHeld(started, attempt)).userErrors)).toEqual([
      'ATTRIBUTES_INVALID attributes.memory',
      'ATTRIBUTES_INVALID attributes.tier',
    ]);
    await app.readDatabase.pool.query(
      `update custom_class set migration_id = null, pending_schema = null where key = 'held';
       delete from class_migration where id = '${id}'`,
    );

    await register('r-2', { customClass: 'held', attributes: { ram: 16 } });
    const { id: moving } = await start(made, { ...moves, dryRun: false });
    expect(await step(moving)).toBe(true);
    const left = [
      `update configuration_item set custom_class_id = (select id from custom_class where key = 'held-not')
       where name = 'r-2'`,
    ];
    expect(await whileHeld(left, async () => await step(moving))).toBe(false);
    expect(await read(moving, 'state migrated')).toEqual({ state: 'COMPLETED', migrated: 0 });
    expect(await app.count(`configuration_item where name = 'r-2' and attributes = '{"ram": 16}'`)).toBe(1);
  });

  test('ends a dry run whose schema a class below contradicts by then', async () => {
    const made = await define('dry', { schema: before });
    const { id } = await start(made, { schema: of({ slot: { type: 'string', maxLength: 3 } }) });
    await define('dry-below', { parentId: made.id, schema: of({ slot: { type: 'string', maxLength: 4 } }) });
    expect(await run(id)).toMatchObject({ state: 'REFUSED', misfits: 0 });
  });

  test('is refused if it makes no sense, and to others', async () => {
    const made = await define('strict', { schema: before });
    await define('strict-below', { parentId: made.id, schema: of({ slot: { type: 'string', maxLength: 4 } }) });
    const input = { customClassId: made.id, expectedVersion: 1, schema: before };
    const bad: readonly object[] = [
      { schema: { type: 'array' } },
      { schema: of({ slot: { type: 'string', maxLength: 3 } }) }, // wider below
      { schema: of({ ram: { type: 'number', unit: 'MiB' } }) },
      { renames: { ram: 'nothing' } },
      { renames: { ram: 'slot' } },
      // A number would change what it says.
      { schema: of({ size: { type: 'number', unit: 'MiB' } }), renames: { ram: 'size' } },
      // What is written in the new form meanwhile would be renamed once more.
      { schema: of({ slot: { type: 'string' }, spot: { type: 'string' } }), renames: { slot: 'spot', spot: 'slot' } },
      { schema: of({ slot: { type: 'string' } }), renames: { ram: 'slot', other: 'slot' } },
      { renames: { slot: 7 } },
      { defaults: { nothing: 1 } },
      { defaults: { ram: 'much' } },
      { defaults: { constructor: 1 } },
    ];
    for (const more of bad)
      expect([more, await rejectionCode(manager, 'classMigrationStart', { ...input, ...more })]).toEqual([
        more,
        'BAD_USER_INPUT',
      ]);
    expect(await rejectionCode(manager, 'classMigrationStart', { ...input, expectedVersion: 9 })).toBe('CONFLICT');
    const { id } = await start(made, { schema: before });
    const other = await app.as('oskar', 'RELEASE_MANAGER', 'AUDITOR');
    expect(await rejectionCode(other, 'classMigrationStart', input)).toBe('FORBIDDEN');
    expect(await rejectionCode(other, 'classMigrationCancel', { id })).toBe('FORBIDDEN');
    const { classMigrations } = await other.ok(
      `query($of: ID!) { classMigrations(filter: { customClass: { eq: $of }, dryRun: true }) { nodes {
        id startedBy { name } customClass { key migrations { totalCount } } } } }`,
      { of: made.id },
    );
    expect(classMigrations.nodes).toEqual([
      { id, startedBy: { name: expect.any(String) }, customClass: { key: 'strict', migrations: { totalCount: 1 } } },
    ]);
  });
});
