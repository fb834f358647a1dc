import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { duplicateSweep } from '../../../src/jobs/cmdb/duplicate.sweep.js';
import { startTestApp, type TestApp } from '../../support/app.js';
import type { TestClient } from '../../support/client.js';
import { refusalCodes, rejectionCode } from '../../support/refusals.js';
import { storyOf, type Story } from '../../support/story.js';
import { writeStatements } from '../../support/write-statements.js';

let app: TestApp;
let story: Story;
let manager: TestClient;

beforeAll(async () => {
  app = await startTestApp();
  story = await storyOf(app);
  manager = story.cast.configurationManager;
});
afterAll(async () => await app.end());

const searched = async (): Promise<void> => {
  do await duplicateSweep.run(app.services, new AbortController().signal);
  while ((await app.count('duplicate_stale')) > 0);
};

const FIELDS = `id version state signs reason ci { id name } other { id name } decidedBy { name }
  availableCommands { command allowed }`;

/** The suspicions that have not ended about an item. */
async function about(id: string): Promise<any[]> {
  const query = `query($id: ID!) { node(id: $id) { ... on ConfigurationItem {
    suspectedDuplicates(filter: { closedAt: { isNull: true } }) { nodes { ${FIELDS} } } } } }`;
  return (await manager.ok(query, { id })).node.suspectedDuplicates.nodes;
}

const edit = async (id: string, input: Record<string, unknown>) => {
  const { version } = await story.read(id, 'version', manager);
  await manager.run('configurationItemUpdate', { id, expectedVersion: version, ...input }, 'configurationItem');
};

test('two items with one name or serial number are suspected, dismissed, and suspected again', async () => {
  const web = await story.ci('web-1', { serialNumber: 'SN-1' });
  const twin = await story.ci('WEB-1');
  const laptop = await story.ci('web-1', { ciClass: 'LAPTOP', serialNumber: 'sn-1' });
  await searched();
  const [byName, bySerial] = await about(web);
  expect(byName).toMatchObject({ signs: ['IDENTIFIER'], state: 'OPEN', ci: { id: web }, other: { id: twin } });
  // Another class has other names, and no other serial numbers.
  expect(bySerial).toMatchObject({ signs: ['SERIAL_NUMBER'], ci: { id: web }, other: { id: laptop } });
  expect(await about(twin)).toEqual([byName]);
  const dismissal = { id: byName.id, reason: 'Two blades of one chassis.' };
  for (const other of [story.cast.owner, story.cast.requester])
    expect(await rejectionCode(other, 'suspectedDuplicateDismiss', dismissal)).toBe('FORBIDDEN');
  expect(await rejectionCode(manager, 'suspectedDuplicateDismiss', { id: byName.id, reason: ' ' })).toBe(
    'BAD_USER_INPUT',
  );
  const stale = { ...dismissal, expectedVersion: 99 };
  expect(await rejectionCode(manager, 'suspectedDuplicateDismiss', stale)).toBe('CONFLICT');
  await manager.run('suspectedDuplicateDismiss', dismissal, 'suspectedDuplicate');
  expect(await refusalCodes(manager, 'suspectedDuplicateDismiss', dismissal)).toEqual(['ILLEGAL_TRANSITION']);
  // What identifies neither of them changes nothing.
  await edit(twin, { description: 'A blade.' });
  await edit(web, { attributes: { rack: 'R1' } });
  await searched();
  expect((await about(twin))[0]).toMatchObject({ state: 'DISMISSED', decidedBy: { name: 'carl' } });
  await edit(twin, { serialNumber: 'SN-2' });
  await searched();
  expect((await about(twin))[0]).toMatchObject({ id: byName.id, state: 'OPEN', reason: null, decidedBy: null });
  await edit(laptop, { serialNumber: null });
  await manager.run('configurationItemRetire', { id: twin }, 'configurationItem');
  await searched();
  expect(await about(web)).toEqual([]);
  const { rows } = await app.readDatabase.pool.query(
    `select replace(type, 'suspected-duplicate.', '') as verb, count(*)::int as n from domain_event
     where aggregate_type = 'SuspectedDuplicate' group by 1 order by 1`,
  );
  expect(rows).toEqual([
    { verb: 'dismissed', n: 1 },
    { verb: 'found', n: 2 },
    { verb: 'reopened', n: 1 },
    { verb: 'resolved', n: 2 },
  ]);
});

test('many that are alike are paired with their neighbours, and close up when one leaves', async () => {
  const [a, b, c] = [await story.ci('many'), await story.ci('many'), await story.ci('many')];
  await searched();
  const pairs = async () => [...(await about(a)), ...(await about(c))].map(({ ci, other }: any) => [ci.id, other.id]);
  expect(await pairs()).toEqual([
    [a, b],
    [b, c],
  ]);
  await edit(b, { name: 'few' });
  await searched();
  expect(await pairs()).toEqual([
    [a, c],
    [a, c],
  ]);
  // It comes back between them: the pair that is kept stays.
  await edit(b, { name: 'many' });
  await searched();
  expect((await about(a)).map(({ other }: any) => other.id).sort()).toEqual([b, c].sort());
});

test('a rule of the class decides what is alike, and a source that claims the key of another is found', async () => {
  const identifiers = [{ fields: ['NAME', 'LOCATION'], comparison: 'EXACT' }];
  const administrator = await app.as('root', 'ADMINISTRATOR');
  const more = { ciClass: 'PERIPHERAL' };
  const bonn = await story.ci('printer', { ...more, location: 'Bonn' });
  const cologne = await story.ci('printer', { ...more, location: 'Köln' });
  await searched();
  expect(await about(bonn)).toHaveLength(1);
  await administrator.run('identificationRuleSet', { ciClass: 'PERIPHERAL', identifiers }, 'identificationRule');
  await searched();
  expect(await about(bonn)).toEqual([]);
  await edit(cologne, { location: 'BONN' });
  await searched();
  expect(await about(bonn)).toMatchObject([{ signs: ['IDENTIFIER'], other: { id: cologne } }]);

  const referred = { externalRef: { source: 'erp', key: '4711' } };
  const [one, other] = [await story.ci('one', referred), await story.ci('other')];
  const scanner = await app.as('scanner', 'DISCOVERY');
  const observations = [{ ciId: other, key: '4711', name: 'other' }];
  await scanner.run('ciObservationsRecord', { source: 'erp', observations }, 'results', '__typename');
  await searched();
  expect(await about(one)).toMatchObject([{ signs: ['EXTERNAL_REF'], ci: { id: one }, other: { id: other } }]);
});

test('a search takes as many statements for many items as for few', async () => {
  const counts: number[] = [];
  for (const [n, size] of [3, 60].entries()) {
    const rows = Array.from({ length: size }, (_, at) => ({
      name: `bulk ${n} ${at % 2}`,
      ciClass: 'STORAGE',
      externalRef: { source: `bulk-${n}`, key: `${at}` },
    }));
    const input = { rows, errorPolicy: 'REJECT_EVERYTHING' };
    await manager.run('configurationItemsImport', input, 'results', '__typename');
    counts.push((await writeStatements(app, searched)).length);
    expect(
      await app.count(`suspected_duplicate d join configuration_item c on c.id = d.ci_id
      where c.external_source = 'bulk-${n}'`),
    ).toBe(size - 2);
  }
  expect(counts[1]).toBe(counts[0]);
});
