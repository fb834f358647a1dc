import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { classMigrationSweep } from '../../../src/jobs/cmdb/class-migration.sweep.js';
import { startTestApp, type TestApp } from '../../support/app.js';
import { castOf } from '../../support/cast.js';
import type { TestClient } from '../../support/client.js';
import { runSnippet, snippetsOf } from '../../support/snippets.js';
import { exported, exportFile, importCsv, importFile, ndjson, rowResults } from '../../support/files.js';
import { instant } from '../../support/instant.js';
import { expectRefused, refusalCodes, rejectionCode, writingNothing } from '../../support/refusals.js';

let app: TestApp;
let manager: TestClient;
let administrator: TestClient;

beforeAll(async () => {
  app = await startTestApp();
  ({ configurationManager: manager, administrator } = await castOf(app, 'configurationManager', 'administrator'));
});
afterAll(async () => await app.end());

const CLASS = 'id key version state schema effectiveSchema schemaVersion parent { key }';
const define = async (key: string, more: object = {}) =>
  await manager.run('customClassDefine', { key, name: key, ciClass: 'SERVER', ...more }, 'customClass', CLASS);
const of = (properties: object, more: object = {}) => ({ type: 'object', properties, ...more });

const MEMORY = { type: 'integer', minimum: 8, unit: 'GiB', indexed: true };
const CLOSED = of({ memory: MEMORY, bay: { type: 'string' } }, { required: ['memory'], additionalProperties: false });
const ITEM = 'id version attributes customClass { key }';
const register = async (name: string, more: object) =>
  await manager.run('configurationItemRegister', { name, ciClass: 'SERVER', ...more }, 'configurationItem', ITEM);
const paths = (errors: readonly { code: string; path: readonly string[] | null }[]) =>
  errors.map(({ code, path }) => `${code} ${path?.join('.')}`).sort();

describe('a class of one’s own', () => {
  test('is defined below a built-in class or another one, edited, retired and reactivated', async () => {
    const rack = await define('rack-server', { schema: CLOSED });
    expect(rack).toMatchObject({ state: 'ACTIVE', version: 1, schemaVersion: 1, parent: null });
    const { effectiveSchema } = rack;
    expect(effectiveSchema).toEqual({ ...CLOSED });
    const schema = of({ memory: { type: 'integer', minimum: 16 }, height: { type: 'integer', unit: 'U' } });
    const blade = await define('blade', { parentId: rack.id, schema });
    expect(blade.parent).toEqual({ key: 'rack-server' });
    expect(blade.effectiveSchema.properties).toEqual({
      ...CLOSED.properties,
      memory: { ...MEMORY, minimum: 16 },
      height: { type: 'integer', unit: 'U' },
    });
    const { customClasses, none } = await manager.ok(
      `query($id: ID!) {
        customClasses(filter: { within: { eq: $id } }, orderBy: [{ field: KEY }]) {
          totalCount nodes { key below { nodes { key } } availableCommands { command blockers { code } } } }
        none: customClasses(filter: { parent: { eq: $id }, state: { eq: RETIRED } }) { totalCount } }`,
      { id: rack.id },
    );
    expect(none.totalCount).toBe(0);
    expect(customClasses).toMatchObject({
      totalCount: 2,
      nodes: [{ key: 'blade' }, { key: 'rack-server', below: { nodes: [{ key: 'blade' }] } }],
    });
    expect(await refusalCodes(manager, 'customClassRetire', { id: rack.id })).toEqual(['CLASS_IN_USE']);
    const retired = { id: blade.id, expectedVersion: 1, reason: 'Sold.' };
    expect(await manager.run('customClassRetire', retired, 'customClass', 'state')).toEqual({ state: 'RETIRED' });
    await manager.run('customClassRetire', { id: rack.id }, 'customClass');
    expect(await refusalCodes(manager, 'customClassReactivate', { id: blade.id })).toEqual(['CLASS_RETIRED']);
    expect(
      await refusalCodes(manager, 'customClassDefine', {
        key: 'below-retired',
        name: 'x',
        ciClass: 'SERVER',
        parentId: rack.id,
      }),
    ).toEqual(['CLASS_RETIRED']);
    for (const id of [rack.id, blade.id]) await manager.run('customClassReactivate', { id }, 'customClass');
    expect(await rejectionCode(manager, 'customClassUpdate', { id: rack.id, expectedVersion: 1, name: 'y' })).toBe(
      'CONFLICT',
    );
    const edited = { id: rack.id, expectedVersion: 3, name: 'Rack server' };
    expect(await manager.run('customClassUpdate', edited, 'customClass', 'name version')).toEqual({
      name: 'Rack server',
      version: 4,
    });
    await app.relay();
    const { events } = await manager.ok(
      '{ events(first: 200, filter: { type: { startsWith: "custom-class" } }) { nodes { type subject { id } } } }',
    );
    const mine = events.nodes.filter(({ subject }: { subject: { id: string } | null }) => subject?.id === rack.id);
    expect(mine.map(({ type }: { type: string }) => type).sort()).toEqual([
      'custom-class.defined',
      'custom-class.reactivated',
      'custom-class.retired',
      'custom-class.updated',
    ]);
  });

  test('is refused if it is malformed, and what it is below is checked', async () => {
    const base = { name: 'x', ciClass: 'SERVER' };
    const parent = await define('parent', { schema: CLOSED });
    const bad: readonly object[] = [
      { key: 'Upper' },
      { key: 'a--b' },
      { key: 'a'.repeat(51) },
      { key: 'ok-1', name: '' },
      { key: 'ok-2', schema: { type: 'object', properties: { a: { type: 'string', pattern: '^(a+)+$' } } } },
      { key: 'ok-3', parentId: parent.id, ciClass: 'DATABASE' },
      { key: 'ok-4', parentId: parent.id, schema: of({ memory: { type: 'integer', minimum: 1 } }) },
      { key: 'ok-5', schema: of({ a: { type: 'string', description: 'x'.repeat(70_000) } }) },
    ];
    for (const input of bad)
      expect([input, await rejectionCode(manager, 'customClassDefine', { ...base, ...input })]).toEqual([
        input,
        'BAD_USER_INPUT',
      ]);
    expect(await rejectionCode(manager, 'customClassDefine', { ...base, key: 'parent' })).toBe('ALREADY_EXISTS');
    const cyclic = { ...base, key: 'ok-6', parentId: 'ccl_00000000000000000000000000' };
    expect(await rejectionCode(manager, 'customClassDefine', cyclic)).toBe('NOT_FOUND');
    // What a class is below never changes, so there is no cycle to be made.
    const moved = await manager.send(
      'mutation($input: CustomClassUpdateInput!) { customClassUpdate(input: $input) { customClass { id } } }',
      { input: { id: parent.id, expectedVersion: 1, parentId: parent.id } },
    );
    expect(moved.errors?.[0]?.extensions.code).toBe('BAD_USER_INPUT');
    let id: string | undefined;
    for (let depth = 1; depth <= 8; depth++)
      ({ id } = await define(`deep-${depth}`, id === undefined ? {} : { parentId: id }));
    expect(await rejectionCode(manager, 'customClassDefine', { ...base, key: 'deep-9', parentId: id })).toBe(
      'BAD_USER_INPUT',
    );
  });

  test('is left alone by others and by a revoked token', async () => {
    const { id } = await define('guarded');
    const other = await app.as('olga', 'RELEASE_MANAGER', 'CHANGE_MANAGER');
    const calls: readonly [string, object][] = [
      ['customClassDefine', { key: 'foreign', name: 'x', ciClass: 'SERVER' }],
      ['customClassUpdate', { id, expectedVersion: 1, name: 'x' }],
      ['customClassRetire', { id }],
      ['customClassReactivate', { id }],
    ];
    const auditor = await app.as('otto', 'AUDITOR');
    for (const client of [other, auditor, administrator])
      for (const [mutation, input] of calls)
        expect(await rejectionCode(client, mutation, input as Record<string, unknown>)).toBe('FORBIDDEN');
    const gone = await app.as('carla', 'CONFIGURATION_MANAGER');
    await administrator.run('personDeactivate', { id: gone.personId }, 'person');
    for (const [mutation, input] of calls)
      await writingNothing(app, async () => {
        expect(await gone.code(mutation, input as Record<string, unknown>, 'customClass')).toBe('UNAUTHENTICATED');
      });
  });
});

describe('an item of a class', () => {
  beforeAll(async () => {
    await define('host', { schema: CLOSED });
    await define('host-wide', {
      schema: of({
        memory: { type: 'integer' },
        hot: { type: 'boolean' },
        clock: { type: 'number' },
        tag: { type: 'string' },
      }),
    });
    await define('store', { ciClass: 'STORAGE' });
  });

  test('has attributes that fit, whoever writes them', async () => {
    const ci = await register('h-1', { customClass: 'host', attributes: { memory: 64 } });
    expect(ci).toMatchObject({ attributes: { memory: 64 }, customClass: { key: 'host' } });
    const empty = await instant(app);
    const edit = async (fields: object) => ({
      id: ci.id,
      expectedVersion: (
        await manager.ok('query($id: ID!) { node(id: $id) { ... on ConfigurationItem { version } } }', { id: ci.id })
      ).node.version,
      ...fields,
    });
    const wrong = { memory: 4, rack: 'R7' };
    expect(paths(await expectRefused(manager, 'configurationItemUpdate', await edit({ attributes: wrong })))).toEqual([
      'ATTRIBUTES_INVALID attributes.memory',
      'ATTRIBUTES_INVALID attributes.rack',
    ]);
    const upsert = { name: 'h-2', ciClass: 'SERVER', customClass: 'host', externalRef: { source: 's', key: '2' } };
    expect(
      await refusalCodes(manager, 'configurationItemRegister', { name: 'x', ciClass: 'SERVER', customClass: 'host' }),
    ).toEqual(['ATTRIBUTES_INVALID']);
    expect(await refusalCodes(manager, 'configurationItemUpsert', upsert)).toEqual(['ATTRIBUTES_INVALID']);
    for (const customClass of ['nothing', 'store'])
      expect(await rejectionCode(manager, 'configurationItemUpdate', await edit({ customClass }))).toBe(
        'BAD_USER_INPUT',
      );
    // A class that fits what is there; then none, which takes anything.
    await manager.run('configurationItemUpdate', await edit({ customClass: 'host-wide' }), 'configurationItem');
    await manager.run('configurationItemUpdate', await edit({ attributes: { rack: 'R7' } }), 'configurationItem');
    expect(await refusalCodes(manager, 'configurationItemUpdate', await edit({ customClass: 'host' }))).toEqual([
      'ATTRIBUTES_INVALID',
      'ATTRIBUTES_INVALID',
    ]);
    const bare = await manager.run(
      'configurationItemUpdate',
      await edit({ customClass: null, attributes: wrong }),
      'configurationItem',
      ITEM,
    );
    expect(bare).toMatchObject({ attributes: wrong, customClass: null });
    const { snapshot, now } = await manager.ok(
      `query($id: ID!, $at: DateTime!) {
        snapshot(asOf: $at) { configurationItem(id: $id) { attributes customClass { key } } }
        now: configurationItems(filter: { id: { eq: $id }, customClass: { isNull: true } }) { totalCount } }`,
      { id: ci.id, at: empty },
    );
    expect(snapshot.configurationItem).toEqual({ attributes: { memory: 64 }, customClass: { key: 'host' } });
    expect(now.totalCount).toBe(1);
  });

  test('comes by a file and goes back, with the types of its class in a CSV', async () => {
    const row = (key: string, more: object) => ({
      externalRef: { source: 'file', key },
      name: `f-${key}`,
      ciClass: 'SERVER',
      ...more,
    });
    const rows = [
      row('1', { customClass: 'host', attributes: { memory: 16 } }),
      row('2', { customClass: 'host', attributes: { memory: 'much' } }),
      row('3', { customClass: 'store' }),
      row('4', { customClass: 'host' }),
    ];
    const results = await manager.run(
      'configurationItemsImport',
      { errorPolicy: 'IGNORE_FAILED', rows },
      'results',
      'status code field',
    );
    const expected = [
      { status: 'CREATED', code: null, field: null },
      { status: 'FAILED', code: 'ATTRIBUTES_INVALID', field: 'attributes' },
      { status: 'FAILED', code: 'BAD_USER_INPUT', field: 'customClass' },
      { status: 'FAILED', code: 'ATTRIBUTES_INVALID', field: 'attributes' },
    ];
    expect(results).toEqual(expected);
    const csv =
      'externalRef.source,externalRef.key,name,ciClass,customClass,attributes.memory,attributes.hot,' +
      'attributes.clock,attributes.tag\n' +
      'file,5,f-5,SERVER,host-wide,32,true,2.50,32\nfile,6,f-6,SERVER,host,32x,,,\n';
    const answer = await importCsv(manager, 'configuration-items', csv, 'errorPolicy=IGNORE_FAILED');
    const found = await rowResults(manager, answer.body.import.id);
    expect(found.map(({ status, code }) => [status, code])).toEqual([
      ['CREATED', undefined],
      ['FAILED', 'ATTRIBUTES_INVALID'],
    ]);
    const back = (await exported(manager, 'configuration-items')).find(({ name }) => name === 'f-5');
    expect(back).toMatchObject({
      customClass: 'host-wide',
      attributes: { memory: 32, hot: true, clock: 2.5, tag: '32' },
    });
    const again = await importFile(manager, 'configuration-items', ndjson([back]));
    expect(again.body.import).toMatchObject({ unchanged: 1, failed: 0 });
    const cells = (await exportFile(manager, 'configuration-items?format=csv')).text;
    expect(cells.split('\n')[0]).toContain(',customClass,attributes');
    const none = await importFile(manager, 'configuration-items', ndjson([row('5', { customClass: null })]));
    expect(none.body.import).toMatchObject({ updated: 1 });
  });

  test('keeps a class that is retired, which takes no other one', async () => {
    const retired = await define('old-host', { schema: CLOSED });
    const ci = await register('o-1', { customClass: 'old-host', attributes: { memory: 8 } });
    await manager.run('customClassRetire', { id: retired.id }, 'customClass');
    const edited = { id: ci.id, expectedVersion: 1, customClass: 'old-host', attributes: { memory: 9 } };
    await manager.run('configurationItemUpdate', edited, 'configurationItem');
    const other = { name: 'o-2', ciClass: 'SERVER', customClass: 'old-host', attributes: { memory: 8 } };
    expect(paths(await expectRefused(manager, 'configurationItemRegister', other))).toEqual([
      'CLASS_RETIRED customClass',
    ]);
    expect(
      await manager.run(
        'configurationItemsImport',
        { errorPolicy: 'IGNORE_FAILED', rows: [{ ...other, externalRef: { source: 'o', key: '2' } }] },
        'results',
        'code field',
      ),
    ).toEqual([{ code: 'CLASS_RETIRED', field: 'customClass' }]);
  });

  test('accepts a drift of an attribute only if it fits', async () => {
    const ci = await register('d-1', { customClass: 'host', attributes: { memory: 64 } });
    const tool = await app.as('dora', 'DISCOVERY');
    const observe = async (memory: number, bay: string) =>
      await tool.run(
        'ciObservationsRecord',
        { source: 'scan', observations: [{ ciId: ci.id, attributes: { memory, bay } }] },
        'results',
        'status',
      );
    await observe(4, 'B1');
    const drifts = async () =>
      (
        await manager.ok(
          'query($ci: ID!) { drift(filter: { ci: { eq: $ci }, state: { eq: OPEN } }) { nodes { id name } } }',
          { ci: ci.id },
        )
      ).drift.nodes;
    const byName = Object.fromEntries((await drifts()).map(({ id, name }: { id: string; name: string }) => [name, id]));
    expect(paths(await expectRefused(manager, 'driftAccept', { id: byName['memory'] }))).toEqual([
      'ATTRIBUTES_INVALID attributes.memory',
    ]);
    await manager.run('driftAccept', { id: byName['bay'] }, 'drift');
    expect(
      await app.count(`configuration_item where name = 'd-1' and attributes = '{"memory": 64, "bay": "B1"}'`),
    ).toBe(1);
  });
});

describe('lists of items by attributes', () => {
  const SCHEMA = of({
    memory: { type: 'number', unit: 'GiB', indexed: true },
    slot: { type: 'string', maxLength: 40, indexed: true },
    bought: { type: 'string', format: 'date', indexed: true },
    seen: { type: 'string', format: 'date-time', indexed: true },
    spare: { type: 'boolean', indexed: true },
    note: { type: 'string' },
  });
  const ROWS: readonly Record<string, unknown>[] = [
    { memory: 8, slot: 'b', bought: '2026-01-31', seen: '2026-11-01T10:00:00+01:00', spare: true },
    { memory: 16, slot: 'A', bought: '2026-02-01', seen: '2026-11-01T09:30:00Z', spare: false },
    { memory: 16, slot: 'ä', note: 'x' },
    { memory: -2.5, slot: 'B' },
    {},
    { memory: 8, slot: '' },
    { memory: 1e21, spare: true },
    { slot: 'Zoo', bought: '2025-12-31' },
  ];
  let child: { id: string };

  beforeAll(async () => {
    const { id } = await define('listed', { schema: SCHEMA });
    child = await define('listed-below', { parentId: id, schema: of({ deep: { type: 'integer', indexed: true } }) });
    for (const [i, attributes] of ROWS.entries())
      await register(`l-${i}`, { customClass: i % 2 === 0 ? 'listed' : 'listed-below', attributes });
    // Of no class, or of another one: never found, whatever they have.
    await register('l-none', { attributes: { memory: 16, slot: 'A' } });
  });

  const DOCUMENT = `query($filter: ConfigurationItemFilter, $orderBy: [ConfigurationItemOrder!], $first: Int,
      $after: String,      $last: Int, $before: String) {
    configurationItems(filter: $filter, orderBy: $orderBy, first: $first, after: $after, last: $last, before: $before) {
      totalCount nodes { name } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }`;
  const list = async (variables: object) => (await manager.ok(DOCUMENT, { ...variables })).configurationItems;
  const names = async (where: readonly object[], key = 'listed') =>
    (await list({ filter: { attributes: { of: key, where } } })).nodes.map(({ name }: { name: string }) => name);
  const all = (keep: (row: Record<string, unknown>) => boolean) =>
    ROWS.flatMap((row, i) => (keep(row) ? [`l-${i}`] : []));

  test('find what comparisons of each kind say, and nothing of other classes', async () => {
    const found: readonly [object, (row: any) => boolean][] = [
      [{ number: { eq: 16 } }, (row) => row.memory === 16],
      [{ number: { ne: 16 } }, (row) => row.memory !== 16],
      [{ number: { in: [8, 1e21] } }, (row) => [8, 1e21].includes(row.memory)],
      [{ number: { notIn: [8] } }, (row) => row.memory !== 8],
      [{ number: { lt: 8 } }, (row) => row.memory < 8],
      [{ number: { gte: 8, lte: 16 } }, (row) => row.memory >= 8 && row.memory <= 16],
      [{ number: { gt: -1e300 } }, (row) => row.memory !== undefined],
      [{ isNull: true }, (row) => row.memory === undefined],
      [{ isNull: false }, (row) => row.memory !== undefined],
    ];
    for (const [condition, keep] of found)
      expect([condition, await names([{ name: 'memory', ...condition }])]).toEqual([condition, all(keep)]);
    const texts: readonly [object, (slot: string | undefined) => boolean][] = [
      [{ eq: 'A' }, (slot) => slot === 'A'],
      [{ ne: 'A' }, (slot) => slot !== 'A'],
      [{ in: ['A', ''] }, (slot) => slot === 'A' || slot === ''],
      [{ contains: 'O' }, (slot) => slot?.toLowerCase().includes('o') === true],
      [{ startsWith: 'Ä' }, (slot) => slot === 'ä'],
      [{ isNull: true }, (slot) => slot === undefined],
      [{ eq: 'A'.repeat(201) }, () => false],
    ];
    for (const [text, keep] of texts)
      expect([text, await names([{ name: 'slot', text }])]).toEqual([text, all(({ slot }) => keep(slot as string))]);
    expect(await names([{ name: 'spare', flag: true }])).toEqual(all(({ spare }) => spare === true));
    expect(await names([{ name: 'spare', flag: false }])).toEqual(all(({ spare }) => spare === false));
    const date = { gte: '2026-01-01T00:00:00Z', lt: '2026-02-01T00:00:00Z' };
    expect(await names([{ name: 'bought', date }])).toEqual(['l-0']);
    expect(await names([{ name: 'seen', date: { lt: '2026-11-01T09:30:00Z' } }])).toEqual(['l-0']);
    expect(await names([{ name: 'seen', date: { isNull: false } }])).toEqual(['l-0', 'l-1']);
    expect(
      await names([
        { name: 'memory', number: { gte: 16 } },
        { name: 'slot', text: { eq: 'A' } },
      ]),
    ).toEqual(['l-1']);
    expect(await names([], 'listed-below')).toEqual(['l-1', 'l-3', 'l-5', 'l-7']);
    const { totalCount } = await list({
      filter: { not: { attributes: { of: 'listed' } }, name: { startsWith: 'l-' } },
    });
    expect(totalCount).toBe(1);
  });

  test('are paged in the order of an attribute, with ties and absent values, in both directions', async () => {
    const filter = { attributes: { of: 'listed' }, name: { startsWith: 'l-' } };
    const collator = new Intl.Collator('und');
    const orders: Readonly<Record<string, (a: any, b: any) => number>> = {
      memory: (a, b) => (a ?? -Infinity) - (b ?? -Infinity) || 0,
      slot: (a, b) =>
        a === undefined || b === undefined ? Number(b === undefined) - Number(a === undefined) : collator.compare(a, b),
    };
    for (const [attribute, compare] of Object.entries(orders))
      for (const direction of ['ASC', 'DESC']) {
        const expected = ROWS.map((row, i) => ({ i, value: row[attribute] })).sort(
          (a, b) => (compare(a.value, b.value) || a.i - b.i) * (direction === 'ASC' ? 1 : -1),
        );
        const orderBy = [{ field: 'ATTRIBUTE', attribute, direction }];
        const forward: string[] = [];
        for (let after: string | undefined; ;) {
          const page = await list({ filter, orderBy, first: 3, after });
          expect(page.totalCount).toBe(ROWS.length);
          forward.push(...page.nodes.map(({ name }: { name: string }) => name));
          if (!page.pageInfo.hasNextPage) break;
          after = page.pageInfo.endCursor;
        }
        expect(forward).toEqual(expected.map(({ i }) => `l-${i}`));
        const backward: string[] = [];
        for (let before: string | undefined; ;) {
          const page = await list({ filter, orderBy, last: 3, before });
          backward.unshift(...page.nodes.map(({ name }: { name: string }) => name));
          if (!page.pageInfo.hasPreviousPage) break;
          before = page.pageInfo.startCursor;
        }
        expect(backward).toEqual(forward);
      }
  });

  test('refuse what no class declares, wherever it stands, and orders that have no class', async () => {
    const refused = async (variables: object) => (await manager.send(DOCUMENT, { ...variables })).errors?.[0];
    const where = (...conditions: object[]) => ({ attributes: { of: 'listed', where: conditions } });
    const bad: readonly [object, RegExp][] = [
      [{ attributes: { of: 'nothing' } }, /no class/],
      [where({ name: 'cpu', number: { eq: 1 } }), /declares no attribute "cpu"/],
      [where({ name: '__proto__', isNull: true }), /declares no attribute/],
      [where({ name: 'deep', isNull: true }), /declares no attribute "deep"/],
      [where({ name: 'note', text: { eq: 'x' } }), /without an index/],
      [where({ name: 'memory', text: { eq: 'x' } }), /compared by "number", not by "text"/],
      [where({ name: 'memory' }), /needs one of/],
      [where({ name: 'memory', number: { eq: 1 }, isNull: true }), /needs one of/],
      [where({ name: 'memory', number: {} }), /no condition/],
      [{ attributes: { of: 'listed', where: null } }, /is null/],
      [where(...Array.from({ length: 21 }, () => ({ name: 'memory', isNull: true }))), /more than 20/],
      // Also where no row would be looked at.
      [{ or: [{ name: { eq: 'nobody' } }, { not: where({ name: 'cpu', isNull: true }) }] }, /declares no attribute/],
      [{ and: [{ name: { eq: 'nobody' } }, where({ name: 'cpu', number: { eq: 1 } })] }, /declares no attribute/],
    ];
    for (const [filter, message] of bad) {
      const error = await refused({ filter });
      expect(error?.message).toMatch(message);
      expect(['BAD_USER_INPUT', 'LIMIT_EXCEEDED']).toContain(error?.extensions.code);
      expect(error?.extensions['field']).toMatch(/^filter/);
    }
    const by = (attribute?: string) => ({ field: 'ATTRIBUTE', attribute });
    const filter = { attributes: { of: 'listed' } };
    for (const variables of [
      { orderBy: [by('memory')] },
      { orderBy: [by('memory')], filter: { or: [filter] } },
      { orderBy: [by()], filter },
      { orderBy: [by('cpu')], filter },
      { orderBy: [by('note')], filter },
      { orderBy: [by('memory'), by('slot')], filter },
      { orderBy: [{ field: 'NAME', attribute: 'memory' }], filter },
    ])
      expect([variables, (await refused(variables))?.extensions]).toMatchObject([
        variables,
        { code: 'BAD_USER_INPUT', field: 'orderBy' },
      ]);
    const { pageInfo } = await list({ filter, orderBy: [by('memory')], first: 1 });
    const other = await refused({ filter, orderBy: [by('slot')], first: 1, after: pageInfo.endCursor });
    expect(other?.message).toMatch(/not a cursor/);
  });

  test('are one statement, follow each edit, and show the past', async () => {
    const filter = { attributes: { of: 'listed', where: [{ name: 'memory', number: { gte: 16 } }] } };
    const orderBy = [{ field: 'ATTRIBUTE', attribute: 'memory' }];
    expect(await app.statements(async () => await list({ filter, orderBy }))).toBeLessThanOrEqual(2);
    const bare = await instant(app);
    const ci = await register('l-new', { customClass: 'listed', attributes: { memory: 17 } });
    const found = async () => (await list({ filter, orderBy })).nodes.map(({ name }: { name: string }) => name);
    expect(await found()).toEqual(['l-1', 'l-2', 'l-new', 'l-6']);
    const edit = async (expectedVersion: number, fields: object) =>
      await manager.run('configurationItemUpdate', { id: ci.id, expectedVersion, ...fields }, 'configurationItem');
    await edit(1, { attributes: { memory: 99 } });
    await edit(2, { customClass: 'listed-below' });
    const full = await instant(app);
    expect(await found()).toEqual(['l-1', 'l-2', 'l-new', 'l-6']);
    await edit(3, { customClass: null });
    expect(await found()).toEqual(['l-1', 'l-2', 'l-6']);
    expect(await app.count(`ci_attribute a join configuration_item c on c.id = a.ci_id where c.name = 'l-new'`)).toBe(
      0,
    );
    const past = await manager.ok(
      `query($bare: DateTime!, $full: DateTime!, $filter: ConfigurationItemFilter,
          $orderBy: [ConfigurationItemOrder!]) {
        bare: snapshot(asOf: $bare) { configurationItems(filter: $filter, orderBy: $orderBy) { nodes { name } } }
        full: snapshot(asOf: $full) { configurationItems(filter: $filter, orderBy: $orderBy) { nodes { name } } } }`,
      { bare, full, filter, orderBy },
    );
    const shown = ({ configurationItems }: { configurationItems: { nodes: { name: string }[] } }) =>
      configurationItems.nodes.map(({ name }) => name);
    expect([shown(past.bare), shown(past.full)]).toEqual([
      ['l-1', 'l-2', 'l-6'],
      ['l-1', 'l-2', 'l-new', 'l-6'],
    ]);
    const edge = await manager.ok(
      `query($id: ID!, $filter: ConfigurationItemFilter, $orderBy: [ConfigurationItemOrder!]) {
        node(id: $id) { ... on CustomClass {
        configurationItems(filter: $filter, orderBy: $orderBy) { totalCount nodes { name } } } } }`,
      { id: child.id, filter, orderBy },
    );
    expect(edge.node.configurationItems).toEqual({ totalCount: 1, nodes: [{ name: 'l-1' }] });
  });

  test('choose the members of a target group, which checks the attributes when it is saved', async () => {
    const operator = await app.as('omar', 'DEPLOYMENT_OPERATOR');
    const filter = (name: string) => ({ attributes: { of: 'listed', where: [{ name, number: { gte: 16 } }] } });
    const group = await operator.run(
      'targetGroupCreate',
      { name: 'Big', filter: filter('memory') },
      'targetGroup',
      'version members { totalCount }',
    );
    expect(group).toEqual({ version: 1, members: { totalCount: 3 } });
    expect(await rejectionCode(operator, 'targetGroupCreate', { name: 'None', filter: filter('cpu') })).toBe(
      'BAD_USER_INPUT',
    );
    // Once the class ceases to declare an attribute, they have no members, also not those that have no such value.
    const gone = await define('gone', { schema: of({ memory: MEMORY }) });
    await register('g-1', { customClass: 'gone' });
    const where = (more: object) => ({ attributes: { of: 'gone', where: [{ name: 'memory', ...more }] } });
    const filters = [where({ isNull: true }), where({ number: { ne: 9 } }), { not: where({ number: { eq: 9 } }) }];
    const groups: string[] = [];
    for (const [i, kept] of filters.entries()) {
      const input = { name: `Gone ${i}`, filter: { name: { eq: 'g-1' }, ...kept } };
      groups.push((await operator.run('targetGroupCreate', input, 'targetGroup', 'id')).id);
    }
    const members = async () =>
      await Promise.all(
        groups.map(
          async (id) =>
            (
              await operator.ok('query($id: ID!) { node(id: $id) { ... on TargetGroup { members { totalCount } } } }', {
                id,
              })
            ).node.members.totalCount,
        ),
      );
    expect(await members()).toEqual([1, 1, 1]);
    const without = { customClassId: gone.id, expectedVersion: 1, schema: of({}), dryRun: false };
    await manager.run('classMigrationStart', without, 'classMigration');
    await classMigrationSweep.run(app.services, new AbortController().signal);
    expect(await members()).toEqual([0, 0, 0]);
  });
});

test('the operations of the document work', async () => {
  const [defineIt, registerIt, find, tryIt, report, ...more] = snippetsOf('docs/classes.md') as string[];
  expect(more).toEqual([]);
  const { customClass } = await runSnippet(manager, defineIt as string);
  for (const source of [registerIt, find]) await runSnippet(manager, source as string);
  const asked = await runSnippet(manager, tryIt as string, { class: customClass.id, version: 1 });
  await classMigrationSweep.run(app.services, new AbortController().signal);
  const { state, misfits } = await runSnippet(manager, report as string, { migration: asked.classMigration.id });
  expect([state, misfits]).toEqual(['CHECKED', 0]);
});
