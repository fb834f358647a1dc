import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { newId } from '../../../src/database/new-id.js';
import type { CiClass } from '../../../src/domain/cmdb/configuration-item.machine.js';
import { identify, type Identifier, type IdentifierField } from '../../../src/domain/cmdb/identification.js';
import { SYSTEM } from '../../../src/domain/actor.js';
import { duplicateSweep } from '../../../src/jobs/cmdb/duplicate.sweep.js';
import { compareSweep, overdueSweep } from '../../../src/jobs/cmdb/drift.sweep.js';
import { BARE_ITEM, insertItems, type NewItem } from '../../../src/services/cmdb/configuration-item-rows.js';
import { identifyObserved, SeveralFit } from '../../../src/services/cmdb/identify-observed.js';
import { wellFormed } from '../../../src/services/cmdb/observation-input.js';
import { transact } from '../../../src/services/unit-of-work.js';
import { startTestApp, type TestApp } from '../../support/app.js';
import type { TestClient } from '../../support/client.js';
import { TestClock } from '../../support/clock.js';
import { rejectionCode, writingNothing } from '../../support/refusals.js';
import { storyOf, type Story } from '../../support/story.js';

let app: TestApp;
let story: Story;
let manager: TestClient;
let administrator: TestClient;
let discovery: TestClient;
const clock = new TestClock(new Date(Date.now() + 3_600_000).toISOString());

beforeAll(async () => {
  app = await startTestApp({ clock: clock.now });
  story = await storyOf(app, clock);
  manager = story.cast.configurationManager;
  administrator = await app.as('root', 'ADMINISTRATOR', 'AUDITOR');
  discovery = await app.as('scanner', 'DISCOVERY');
});
afterAll(async () => await app.end());

type Given = Record<string, unknown>;

const RECORD = `mutation($input: CiObservationsRecordInput!) { ciObservationsRecord(input: $input) {
  driftsFound results { index status code configurationItemId candidates } } }`;

/** What one source says. @returns the results, in order */
async function says(source: string, observations: Given[], more: Given = {}): Promise<any[]> {
  return (await discovery.ok(RECORD, { input: { source, observations, ...more } })).ciObservationsRecord.results;
}

const setRule = async (ciClass: CiClass, ...identifiers: (readonly [readonly IdentifierField[], string])[]) =>
  await administrator.run(
    'identificationRuleSet',
    { ciClass, identifiers: identifiers.map(([fields, comparison]) => ({ fields, comparison })) },
    'identificationRule',
    'id version isDefault identifiers { fields comparison }',
  );

const setOrder = async (input: Given) =>
  await administrator.run('sourcePrecedenceSet', input, 'sourcePrecedence', 'id version ciClass field sources');

const itemOf = async (id: string): Promise<any> =>
  await story.read(
    id,
    `name state drift(filter: { closedAt: { isNull: true } }) { nodes { source aspect name observed } }
     provenance { nodes { field origin source person { name } disagreeing } }
     sourceStatements { nodes { field source observed agrees overruledBy } }`,
    manager,
  );

const compared = async (): Promise<void> => await compareSweep.run(app.services, new AbortController().signal);

describe('identification', () => {
  test('a retired CI discovered again', async () => {
    await setRule(
      'LAPTOP',
      [['EXTERNAL_REF'], 'EXACT'],
      [['SERIAL_NUMBER', 'MANUFACTURER'], 'FOLDED'],
      [['NAME'], 'FOLDED'],
    );
    const known = { ciClass: 'LAPTOP', serialNumber: 'SN-77', manufacturer: 'Lenovo' };
    const laptop = await story.ci('Laptop Ada', known);
    await manager.run('configurationItemRetire', { id: laptop }, 'configurationItem');
    // Its serial number belongs to it for ever, whatever it is called now.
    const [again] = await says('mdm', [{ ...known, key: 'L-1', name: 'laptop-0815', serialNumber: 'sn-77' }]);
    expect(again).toMatchObject({ status: 'NEW', configurationItemId: laptop });
    expect(await itemOf(laptop)).toMatchObject({ state: 'RETIRED', drift: { nodes: [{ aspect: 'ITEM' }] } });
    // Its name can have been given to another one: that is registered, and stays one by its key.
    const named = { key: 'L-2', ciClass: 'LAPTOP', name: 'LAPTOP ADA' };
    const [other] = await says('mdm', [named]);
    expect(other.configurationItemId).not.toBe(laptop);
    expect(await says('mdm', [named])).toMatchObject([
      { status: 'UNCHANGED', configurationItemId: other.configurationItemId },
    ]);
    // Only the key is left: the retired one is known by that, too.
    expect(await says('mdm', [{ key: 'L-1' }])).toMatchObject([{ status: 'CHANGED', configurationItemId: laptop }]);
    expect(await itemOf(other.configurationItemId)).toMatchObject({
      provenance: {
        nodes: expect.arrayContaining([
          { field: 'name', origin: 'OBSERVATION', source: 'mdm', person: { name: 'scanner' }, disagreeing: [] },
        ]),
      },
    });
  });

  test('a CI renamed while a release names it', async () => {
    const ci = await story.ci('shop-1');
    const release = await story.release('Autumn');
    await story.addTargets(release.id, ci);
    await says('scan', [{ ciId: ci, key: 'S-1', name: 'shop-1' }]);
    const { version } = await story.read(ci, 'version', manager);
    await manager.run(
      'configurationItemUpdate',
      { id: ci, expectedVersion: version, name: 'shop-berlin-1' },
      'configurationItem',
    );
    const { targetCis } = await story.read(release.id, 'targetCis { nodes { id name } }');
    expect(targetCis.nodes).toEqual([{ id: ci, name: 'shop-berlin-1' }]);
    // The source still knows it by its key, and another one by the name of today, in any case.
    await compared();
    expect(await says('scan', [{ key: 'S-1', name: 'shop-1' }])).toMatchObject([{ configurationItemId: ci }]);
    expect(await itemOf(ci)).toMatchObject({
      drift: { nodes: [{ source: 'scan', name: 'name', observed: 'shop-1' }] },
      provenance: {
        nodes: expect.arrayContaining([
          { field: 'name', origin: 'COMMAND', source: null, person: { name: 'carl' }, disagreeing: ['scan'] },
        ]),
      },
    });
    await setRule('SERVER', [['EXTERNAL_REF'], 'EXACT'], [['NAME'], 'FOLDED']);
    expect(await says('other', [{ name: 'SHOP-BERLIN-1' }])).toMatchObject([
      { status: 'NEW', configurationItemId: ci },
    ]);
    // By its old name it is nobody: neither the item nor the release changes.
    expect(await says('third', [{ name: 'shop-1' }])).toMatchObject([{ code: 'NOT_FOUND', configurationItemId: null }]);
    expect((await story.read(release.id, 'targetCis { nodes { id } }')).targetCis.nodes).toEqual([{ id: ci }]);
    await administrator.run('identificationRuleReset', { ciClass: 'SERVER' }, 'identificationRule');
  });

  test('several that fit are told and nothing changes; a key belongs to its source', async () => {
    const [one, two] = [
      await story.ci('printer', { location: 'Bonn' }),
      await story.ci('printer', { location: 'Köln' }),
    ];
    const [unclear] = await writingNothing(
      app,
      async () => await says('scan', [{ name: 'printer', ciClass: 'SERVER' }]),
    );
    expect(unclear).toMatchObject({ code: 'AMBIGUOUS', configurationItemId: null, candidates: [one, two].sort() });
    // What is ambiguous to sources is a suspicion for people.
    await duplicateSweep.run(app.services, new AbortController().signal);
    const { suspectedDuplicates } = await story.read(
      one,
      'suspectedDuplicates { nodes { signs other { id } } }',
      manager,
    );
    expect(suspectedDuplicates.nodes).toEqual([{ signs: ['IDENTIFIER'], other: { id: two } }]);
    await setRule('SERVER', [['EXTERNAL_REF'], 'EXACT'], [['NAME', 'LOCATION'], 'FOLDED']);
    expect(await says('scan', [{ key: 'P-2', name: 'PRINTER', location: 'KÖLN' }])).toMatchObject([
      { configurationItemId: two },
    ]);
    // A value that is not there identifies nothing.
    expect(await says('late', [{ name: 'printer' }])).toMatchObject([{ code: 'NOT_FOUND' }]);
    // Another source that claims the key gets no further by it, and cannot move it.
    expect(await says('rogue', [{ key: 'P-2' }])).toMatchObject([{ code: 'NOT_FOUND' }]);
    expect(await says('rogue', [{ key: 'P-2', name: 'printer', location: 'Bonn' }])).toMatchObject([
      { configurationItemId: one },
    ]);
    expect(await says('scan', [{ key: 'P-2' }])).toMatchObject([{ configurationItemId: two }]);
    await administrator.run('identificationRuleReset', { ciClass: 'SERVER' }, 'identificationRule');
  });

  test('in the database finds what the rules of the domain find among all items', async () => {
    const words = ['web', 'WEB', 'Straße', 'ｗｅｂ', 'db', null];
    let seed = 7;
    const pick = <T>(all: readonly T[]): T => all[(seed = (seed * 48_271) % 2_147_483_647) % all.length] as T;
    const texts = () => ({
      name: pick(words) ?? 'x',
      serialNumber: pick(words),
      manufacturer: pick(words),
      location: pick(words),
      environment: pick([null, 'test']),
    });
    const classes: CiClass[] = ['STORAGE', 'PERIPHERAL'];
    const origin = { actor: { ...SYSTEM, id: undefined } as never, requestId: 'test' };
    const items = Array.from({ length: 80 }, (_, at): NewItem => {
      const ref = pick([{}, { externalSource: 'src', externalKey: `K${at}` }]);
      const state = pick(['DISCOVERED', 'RETIRED'] as const);
      return {
        id: newId(),
        ...BARE_ITEM,
        ciClass: pick(classes),
        externalSource: null,
        externalKey: null,
        ...texts(),
        state,
        ...ref,
      };
    });
    await transact(app.services, origin, async (uow) => {
      await insertItems(uow, items, () => ({ o: 'IMPORT', at: uow.now.toISOString() }));
    });
    const rules: Identifier[][] = [
      [
        { fields: ['SERIAL_NUMBER', 'MANUFACTURER'], comparison: 'FOLDED' },
        { fields: ['NAME', 'LOCATION'], comparison: 'EXACT' },
      ],
      [
        { fields: ['EXTERNAL_REF'], comparison: 'EXACT' },
        { fields: ['NAME', 'SERIAL_NUMBER', 'ENVIRONMENT'], comparison: 'FOLDED' },
      ],
      [
        { fields: ['SERIAL_NUMBER'], comparison: 'EXACT' },
        { fields: ['NAME'], comparison: 'FOLDED' },
      ],
    ];
    const known = items.map((item) => ({
      ...item,
      isRetired: item.state === 'RETIRED',
      texts: item,
      refKey: item.externalKey,
      toldKey: null,
    }));
    let found = 0;
    for (const [storage, peripheral] of [
      [rules[0], rules[1]],
      [rules[2], rules[0]],
    ] as [Identifier[], Identifier[]][]) {
      const own: Partial<Record<CiClass, Identifier[]>> = { STORAGE: storage, PERIPHERAL: peripheral };
      for (const ciClass of classes)
        await setRule(ciClass, ...(own[ciClass] ?? []).map(({ fields, comparison }) => [fields, comparison] as const));
      const observations = Array.from({ length: 200 }, () => {
        const key = pick([null, `K${pick([1, 2, 3, 40, 99])}`]);
        const { name, ...more } = texts();
        return wellFormed({ key, name, ciClass: pick([null, ...classes]), ...more }, clock.now(), clock.now());
      });
      const answers = await transact(
        app.services,
        origin,
        async (uow) => await identifyObserved(uow, 'src', observations),
      );
      for (const [at, { ciId, key, ciClass, fields }] of observations.entries()) {
        const expected = identify({ ciId, key, ciClass, texts: fields }, known, (name) => own[name as CiClass] ?? []);
        const answer = answers[at];
        const ids =
          answer instanceof SeveralFit ? answer.ids : answer === undefined || 'code' in answer ? [] : [answer.id];
        if (answer !== undefined && 'code' in answer && answer.code === 'CLASS_FIXED') continue;
        expect({ at, ids: [...ids].sort() }).toEqual({ at, ids: expected.map(({ id }) => id).sort() });
        found += ids.length;
      }
    }
    expect(found).toBeGreaterThan(200);
    for (const ciClass of classes)
      await administrator.run('identificationRuleReset', { ciClass }, 'identificationRule');
  });
});

describe('the order of sources', () => {
  test('two sources that disagree', async () => {
    const ci = await story.ci('db-1', { location: 'Berlin', attributes: { rack: 'R1' } });
    await says('scan', [{ ciId: ci, key: 'D-1', location: 'Bonn', attributes: { rack: 'R2' } }]);
    await says('agent', [{ ciId: ci, key: 'x', location: 'Köln', attributes: { rack: 'R3' } }], {
      nextWithinMinutes: 5,
    });
    const drifting = async () =>
      (await itemOf(ci)).drift.nodes.map(({ source, name, observed }: any) => `${source} ${name} ${observed}`).sort();
    // Without an order both count.
    expect(await drifting()).toEqual(['agent location Köln', 'agent rack R3', 'scan location Bonn', 'scan rack R2']);
    const general = await setOrder({ sources: ['agent', 'scan'] });
    await compared();
    expect(await drifting()).toEqual(['agent location Köln', 'agent rack R3']);
    await setOrder({ ciClass: 'SERVER', field: 'attributes.rack', sources: ['scan'] });
    await compared();
    expect(await drifting()).toEqual(['agent location Köln', 'scan rack R2']);
    const { nodes } = (await itemOf(ci)).sourceStatements;
    const nameOf = ({ field, source }: any) => `${field} ${source}`;
    expect(nodes.sort((a: any, b: any) => (nameOf(a) < nameOf(b) ? -1 : 1))).toEqual([
      { field: 'attributes.rack', source: 'agent', observed: 'R3', agrees: false, overruledBy: 'scan' },
      { field: 'attributes.rack', source: 'scan', observed: 'R2', agrees: false, overruledBy: null },
      { field: 'location', source: 'agent', observed: 'Köln', agrees: false, overruledBy: null },
      { field: 'location', source: 'scan', observed: 'Bonn', agrees: false, overruledBy: 'agent' },
    ]);
    // What is accepted keeps who said it, and who accepted it.
    const { drift } = await story.read(
      ci,
      'drift(filter: { name: { eq: "location" }, state: { eq: OPEN } }) { nodes { id } }',
      manager,
    );
    await manager.run('driftAccept', { id: drift.nodes[0].id }, 'drift');
    const { provenance } = await itemOf(ci);
    expect(provenance.nodes.find(({ field }: any) => field === 'location')).toEqual({
      field: 'location',
      origin: 'ACCEPTANCE',
      source: 'agent',
      person: { name: 'carl' },
      disagreeing: ['scan'],
    });
    expect(provenance.nodes.find(({ field }: any) => field === 'name')).toMatchObject({
      origin: 'COMMAND',
      source: null,
    });
    expect(await drifting()).toEqual(['scan rack R2']);
    // One that falls silent has no precedence.
    clock.advance(6 * 60_000);
    await overdueSweep.run(app.services, new AbortController().signal);
    expect(await drifting()).toEqual(['agent  [object Object]', 'scan location Bonn', 'scan rack R2']);
    const { sources } = await administrator.run(
      'sourcePrecedenceReset',
      { id: general.id },
      'sourcePrecedence',
      'sources',
    );
    expect(sources).toBeNull();
  });

  test('imports and upserts say where values come from, field by field', async () => {
    const externalRef = { source: 'erp', key: 'E-1' };
    const row = { externalRef, name: 'erp-1', ciClass: 'SERVER', location: 'Bonn', attributes: { rack: 'R1', cpu: 4 } };
    const rows = { rows: [row], errorPolicy: 'REJECT_EVERYTHING' };
    await manager.run('configurationItemsImport', rows, 'results', '__typename');
    const upserted = { ...row, attributes: { rack: 'R2', cpu: 4 } };
    const { id } = await manager.run('configurationItemUpsert', upserted, 'configurationItem');
    const changed = { ...row, location: 'Köln', attributes: { rack: 'R2', cpu: 4 } };
    await manager.run('configurationItemsImport', { ...rows, rows: [changed] }, 'results', '__typename');
    const { provenance } = await itemOf(id);
    const brief = Object.fromEntries(provenance.nodes.map((one: any) => [one.field, `${one.origin} ${one.source}`]));
    expect(brief).toMatchObject({
      name: 'IMPORT erp',
      location: 'IMPORT erp',
      'attributes.cpu': 'IMPORT erp',
      'attributes.rack': 'COMMAND erp',
    });
  });

  test('is read with its item in one statement', async () => {
    const query = `{ configurationItems(first: 50) { nodes { name
      provenance(first: 5, filter: { origin: { in: [COMMAND, ACCEPTANCE] } }) {
        totalCount nodes { field at person { name } disagreeing } }
      sourceStatements(filter: { agrees: false }) { nodes { field observed overruledBy } } } } }`;
    await manager.ok(query);
    const statements = await app.statements(async () => await manager.ok(query));
    // By graphql-js each list is a statement.
    expect(statements).toBe(process.env['INTERLOCK_TEST_EXECUTOR'] === 'graphql-js' ? 5 : 1);
  });
});

describe('who may decide how things are identified', () => {
  const rule = { ciClass: 'SERVER', identifiers: [{ fields: ['NAME'], comparison: 'FOLDED' }] };
  const order = { sources: ['a'] };

  test.each([
    ['identificationRuleSet', rule],
    ['identificationRuleReset', { ciClass: 'SERVER' }],
    ['sourcePrecedenceSet', order],
  ])('%s is for administrators', async (mutation, input) => {
    for (const other of [manager, discovery, story.cast.owner])
      expect(await rejectionCode(other, mutation, input)).toBe('FORBIDDEN');
  });

  test('a revoked token decides nothing', async () => {
    const gone = await app.as('rita', 'ADMINISTRATOR');
    await administrator.run('personDeactivate', { id: gone.personId }, 'person');
    await writingNothing(app, async () => {
      expect(await gone.code('identificationRuleSet', rule, 'identificationRule')).toBe('UNAUTHENTICATED');
      expect(await gone.code('sourcePrecedenceSet', order, 'sourcePrecedence')).toBe('UNAUTHENTICATED');
    });
  });

  test('bad rules and orders are refused and change nothing', async () => {
    const code = async (mutation: string, input: Given) => await rejectionCode(administrator, mutation, input);
    expect(await code('identificationRuleSet', { ...rule, identifiers: [] })).toBe('BAD_USER_INPUT');
    expect(await code('identificationRuleSet', { ...rule, identifiers: [{ fields: ['LOCATION'] }] })).toBe(
      'BAD_USER_INPUT',
    );
    expect(await code('identificationRuleSet', { ...rule, expectedVersion: 99 })).toBe('CONFLICT');
    expect(await code('sourcePrecedenceSet', { sources: ['a', 'a'] })).toBe('BAD_USER_INPUT');
    expect(await code('sourcePrecedenceSet', { sources: [' '] })).toBe('BAD_USER_INPUT');
    expect(await code('sourcePrecedenceSet', { sources: ['a'], field: 'criticality' })).toBe('BAD_USER_INPUT');
    expect(await code('sourcePrecedenceReset', { id: 'spr_x' })).toBe('BAD_USER_INPUT');
  });

  test('rules are listed, a reset one with the default, and events tell who changed them', async () => {
    const { identificationRules } = await manager.ok(
      '{ identificationRules { nodes { ciClass isDefault identifiers { fields comparison } } } }',
    );
    expect(identificationRules.nodes.find(({ ciClass }: any) => ciClass === 'SERVER')).toEqual({
      ciClass: 'SERVER',
      isDefault: true,
      identifiers: [
        { fields: ['EXTERNAL_REF'], comparison: 'EXACT' },
        { fields: ['NAME'], comparison: 'EXACT' },
      ],
    });
    const { rows } = await app.readDatabase.pool.query(
      `select actor_name from domain_event
       where type = 'identification-rule.updated' and payload->>'ciClass' = 'LAPTOP'`,
    );
    expect(rows).toEqual([{ actor_name: 'root' }]);
  });
});

test('many that are called the same do not hide the one that is meant', async () => {
  await setRule('PERIPHERAL', [['EXTERNAL_REF'], 'EXACT'], [['SERIAL_NUMBER'], 'EXACT'], [['NAME'], 'EXACT']);
  const known = { ciClass: 'PERIPHERAL', name: 'localhost' };
  await says(
    'crowd',
    Array.from({ length: 51 }, (_, n) => ({ ...known, key: `C-${n}` })),
  );
  const door = await story.ci('Printer at the door', { ciClass: 'PERIPHERAL', serialNumber: 'P-1' });
  const desk = await story.ci('localhost', { ciClass: 'PERIPHERAL', serialNumber: 'P-2' });
  // Another source knows none of them: the serial number counts before the name.
  expect(await says('walk', [{ ...known, key: 'W-1', serialNumber: 'P-1' }])).toMatchObject([
    { status: 'NEW', configurationItemId: door },
  ]);
  // The source knows all others under other keys: only one is left.
  expect(
    await says('crowd', [
      { ...known, key: 'C-51', serialNumber: 'P-1' },
      { ...known, key: 'C-52' },
    ]),
  ).toMatchObject([{ configurationItemId: door }, { configurationItemId: desk }]);
});
