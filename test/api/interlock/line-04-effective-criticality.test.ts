import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { fromNodeId } from '../../../src/domain/node-id.js';
import { acceptanceLapses } from '../../../src/facts/release/acceptance.facts.js';
import { startTestApp, type TestApp } from '../../support/app.js';
import { TestClock } from '../../support/clock.js';
import { expectRefused } from '../../support/refusals.js';
import { storyOf, type Story } from '../../support/story.js';

/** Line 4 with line 7: an approval judged how much work on a target can harm, not what the target says of itself. */

const clock = new TestClock();
let app: TestApp;
let world: Story;

beforeAll(async () => {
  app = await startTestApp({ clock: clock.now });
  world = await storyOf(app, clock);
});
afterAll(async () => await app.end());

const HOUR = 3_600_000;
const at = (hours: number) => new Date(clock.now().getTime() + hours * HOUR).toISOString();
const relate = async (sourceId: string, kind: string, targetId: string): Promise<string> =>
  (await world.configurationManager.run('configurationItemRelate', { sourceId, kind, targetId }, 'ciRelation', 'id'))
    .id;
const unrelate = async (id: string) =>
  await world.configurationManager.run('configurationItemUnrelate', { id }, 'configurationItem');
const rate = async (id: string, criticality: string) => {
  const { version } = await world.read(id, 'version');
  const input = { id, expectedVersion: version, criticality };
  await world.configurationManager.run('configurationItemUpdate', input, 'configurationItem');
};
const service = async (name: string, criticality: string) =>
  await world.ci(name, { criticality, ciClass: 'BUSINESS_SERVICE' });
const lapses = async (id: string) =>
  (await world.read(id, 'acceptanceLapses { message subject { id } }')).acceptanceLapses as {
    message: string;
    subject: { id: string };
  }[];

describe('an acceptance', () => {
  test('lapses with a new relation that makes a target critical, and names the item that forces it', async () => {
    const server = await world.ci('acc-server', { criticality: 'LOW' });
    const payroll = await service('acc-payroll', 'CRITICAL');
    const id = await world.accepted('Accepted as LOW', [server]);
    expect(await lapses(id)).toEqual([]);
    const relation = await relate(payroll, 'RUNS_ON', server);
    const words = 'criticality of acc-server was LOW and is CRITICAL, forced by acc-payroll';
    expect(await lapses(id)).toMatchObject([{ message: expect.stringContaining(words), subject: { id: server } }]);
    const errors = await expectRefused(world.manager, 'releaseSchedule', { id, startsAt: at(1), endsAt: at(3) });
    expect(errors).toMatchObject([
      { code: 'TEST_EVIDENCE_MISSING' },
      { code: 'APPROVAL_STALE', message: expect.stringContaining(words), subject: { id: server } },
    ]);
    await unrelate(relation);
    expect(await lapses(id)).toEqual([]);
    await world.step('releaseSchedule', id, { startsAt: at(1), endsAt: at(3) });
  });

  test('lapses with what happens far away, and holds while the highest criticality stays the same', async () => {
    const server = await world.ci('far-server', { criticality: 'LOW' });
    const application = await world.ci('far-app', { criticality: 'MEDIUM', ciClass: 'APPLICATION' });
    const payroll = await service('far-payroll', 'HIGH');
    await relate(application, 'RUNS_ON', server);
    await relate(payroll, 'DEPENDS_ON', application);
    const id = await world.accepted('Accepted as HIGH', [server]);
    const other = await world.accepted('Accepted as HIGH, too', [server]);
    // It counted as HIGH when it was accepted, so that nothing new is known of it.
    await rate(server, 'HIGH');
    await rate(application, 'HIGH');
    expect(await lapses(id)).toEqual([]);
    await rate(payroll, 'CRITICAL');
    const words = 'criticality of far-server was HIGH and is CRITICAL, forced by far-payroll';
    expect((await lapses(id)).map(({ message }) => message)).toEqual([expect.stringContaining(words)]);
    // Releases that are asked about together, with a target in common: each tells of it once.
    const ids = [id, other].map((one) => fromNodeId('Release', one, 'id'));
    const together = await acceptanceLapses(app.readDatabase, ids);
    expect(ids.map((one) => together.get(one)?.map(({ message }) => message))).toEqual([[words], [words]]);
    await rate(payroll, 'HIGH');
    expect(await lapses(id)).toEqual([]);
  });

  test('keeps what was judged in the log, so that its replay gives the same', async () => {
    const server = await world.ci('log-server', { criticality: 'LOW' });
    const billing = await service('log-billing', 'HIGH');
    await relate(billing, 'RUNS_ON', server);
    const id = await world.accepted('Logged', [server]);
    await app.relay();
    const { events } = await world.read(id, 'events(first: 10) { nodes { type changes { field after } } }');
    const accepted = events.nodes.find(({ type }: { type: string }) => type === 'release.accepted');
    const basis = accepted.changes.find(({ field }: { field: string }) => field === 'acceptedBasis').after;
    expect(basis.find(({ kind }: { kind: string }) => kind === 'TARGET')).toMatchObject({
      id: server,
      judged: { criticality: 'HIGH' },
      forcedBy: 'log-billing',
    });
  });
});

describe('the approval of a distribution', () => {
  test('lapses with a new relation, too, and the clock does not start it', async () => {
    const release = await world.ready(['dist-server'], { ci: { criticality: 'LOW' } });
    const distribution = await world.plan(release, { scheduledStart: at(1), scheduledEnd: at(2) });
    await world.act('Schedule', distribution);
    const server = release.cis['dist-server'] as string;
    const relation = await relate(await service('dist-orders', 'HIGH'), 'RUNS_ON', server);
    clock.advance(HOUR + 60_000);
    const errors = await expectRefused(world.operator, 'distributionStart', { id: distribution });
    const words = /criticality of dist-server-\d+ was LOW and is HIGH, forced by dist-orders/;
    expect(errors.filter(({ code }) => code === 'APPROVAL_STALE').map(({ message }) => message)).toEqual([
      expect.stringMatching(words),
      expect.stringMatching(words),
    ]);
    await world.pass(60, 20_000);
    expect(await world.state(distribution)).toBe('SCHEDULED');
    await unrelate(relation);
    expect(await world.act('Start', distribution)).toBe('STARTING');
  });
});
