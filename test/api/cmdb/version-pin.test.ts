import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { startTestApp, type TestApp } from '../../support/app.js';
import { TestClock } from '../../support/clock.js';
import { expectRefused, refusalCodes, rejectionCode } from '../../support/refusals.js';
import { storyOf, type Story } from '../../support/story.js';

const clock = new TestClock();
let app: TestApp;
let world: Story;
let item: string;
let n = 0;

beforeAll(async () => {
  app = await startTestApp({ clock: clock.now });
  world = await storyOf(app, clock);
  item = await world.item('ledger');
});
afterAll(async () => await app.end());

const PINS =
  'versionPins { nodes { reason liftedAt liftReason dmlItemVersion { label } distribution { number } ' +
  'pinnedBy { name } } }';
const pinsOf = async (ci: string): Promise<any[]> => (await world.read(ci, PINS)).versionPins.nodes;

const lift = async (id: string, more: object = {}) =>
  await world.manager.run('dmlItemVersionLiftPins', { id, reason: 'The cause is fixed.', ...more }, 'dmlItemVersion');

/** A release of a version of its own, or of the given one, that was delivered to its targets and backed out again. */
async function backedOut(cis: Readonly<Record<string, string>>): Promise<{ version: string; id: string }> {
  const version = await world.media(item, `${++n}.0`);
  const release = await world.ready([], { content: [version], cis });
  const id = await world.started(release);
  await world.passUntil(id, 'SUCCEEDED', 60);
  await world.step('releaseStartBackOut', release.id, { reason: 'It loses orders.' });
  await world.act('StartBackOut', id);
  await world.passUntil(id, 'BACKED_OUT', 60);
  await world.step('releaseCompleteBackOut', release.id);
  clock.advance(13 * 3_600_000); // its slot is over
  return { version, id };
}

test('what was backed out is not installed again before somebody lifts the pin', async () => {
  const cis = { web: await world.ci('web'), db: await world.ci('db') };
  const { version, id } = await backedOut(cis);
  const { number } = await world.read(id, 'number');
  const pin = {
    liftedAt: null,
    liftReason: null,
    dmlItemVersion: { label: '1.0' },
    distribution: { number },
    pinnedBy: null,
  };
  expect(await pinsOf(cis.web)).toEqual([{ ...pin, reason: expect.stringContaining(`Backed out by ${number}`) }]);

  // The next release plans it, and nobody can schedule it, not even for one of the targets.
  const other = await world.media(await world.item('agent'), '1.0');
  const release = await world.ready([], { content: [version, other], cis });
  const plan = await world.plan(release, { contentIds: [version] });
  const { availableCommands } = await world.read(
    plan,
    'availableCommands { command allowed blockers { code message } }',
  );
  const schedule = availableCommands.find(({ command }: { command: string }) => command === 'distributionSchedule');
  expect(schedule).toMatchObject({ allowed: false, blockers: [{ code: 'VERSION_PINNED' }] });
  expect(schedule.blockers[0].message).toContain('ledger 1.0 from db, web (Backed out by');
  expect(await world.refusal('Schedule', plan)).toEqual(['VERSION_PINNED']);

  // Something else goes to the same targets at any time.
  expect(await world.act('Schedule', await world.plan(release, { contentIds: [other] }))).toBe('SCHEDULED');

  await lift(version, { ciIds: [cis.web] });
  expect(await world.refusal('Schedule', plan)).toEqual(['VERSION_PINNED']);
  await lift(version);
  expect(await world.act('Schedule', plan)).toBe('SCHEDULED');
  expect(await pinsOf(cis.web)).toEqual([
    expect.objectContaining({ liftedAt: expect.any(String), liftReason: 'The cause is fixed.' }),
  ]);
  expect(await refusalCodes(world.manager, 'dmlItemVersionLiftPins', { id: version, reason: 'Again.' })).toEqual([
    'ILLEGAL_TRANSITION',
  ]);
  const { events } = await world.read(version, 'events { nodes { type reason } }');
  expect(events.nodes.slice(0, 2)).toEqual([
    { type: 'dml-item-version.pins-lifted', reason: 'The cause is fixed.' },
    { type: 'dml-item-version.pins-lifted', reason: 'The cause is fixed.' },
  ]);
});

test('a pin that a person sets holds between the plan and the start, and for installations only', async () => {
  const version = await world.media(item, `${++n}.0`);
  const release = await world.ready(['app', 'mail'], { content: [version] });
  const { app: one } = release.cis as { app: string };
  const plan = await world.plan(release, { scheduledStart: new Date(clock.now().getTime() + 3_600_000).toISOString() });
  await world.act('Schedule', plan);
  const input = { id: version, ciIds: [one, one], reason: 'It needs the other kernel.' };
  expect(await rejectionCode(world.auditor, 'dmlItemVersionPin', input)).toBe('FORBIDDEN');
  await world.operator.run('dmlItemVersionPin', input, 'dmlItemVersion');
  await world.operator.run('dmlItemVersionPin', input, 'dmlItemVersion');
  expect(await pinsOf(one)).toHaveLength(1);
  clock.advance(3_600_000);
  expect(await world.refusal('Start', plan)).toEqual(['VERSION_PINNED']);
  await app.jobs.runOnce();
  expect((await world.read(plan, 'state stateReason')).stateReason).toContain('Pins keep ledger');
  // An operator can pin, and not lift.
  expect(await rejectionCode(world.operator, 'dmlItemVersionLiftPins', input)).toBe('FORBIDDEN');
  await lift(version);
  expect(await world.act('Start', plan)).toBe('STARTING');
  await world.passUntil(plan, 'SUCCEEDED', 60);
  await world.operator.run('dmlItemVersionPin', { ...input, reason: 'Later.' }, 'dmlItemVersion');
  const check = await world.plan({ ...release }, { operation: 'VERIFY', scheduledStart: null });
  expect(await world.act('Schedule', check)).toBe('SCHEDULED');
});

test('nothing is pinned without a reason, an item or an existing one', async () => {
  const version = await world.media(item, `${++n}.0`);
  const ciIds = [await world.ci('lonely')];
  const code = async (more: object) =>
    await rejectionCode(world.operator, 'dmlItemVersionPin', { id: version, ciIds, reason: 'Why not.', ...more });
  expect(await code({ reason: ' ' })).toBe('BAD_USER_INPUT');
  expect(await code({ ciIds: [] })).toBe('BAD_USER_INPUT');
  expect(await code({ ciIds: [version] })).toBe('BAD_USER_INPUT');
  expect(await code({ ciIds: [(ciIds[0] as string).replace(/.{4}$/, '0000')] })).toBe('NOT_FOUND');
  expect(await pinsOf(ciIds[0] as string)).toEqual([]);
  const fresh = await world.media(item, `${++n}.0`);
  await world.secondLibrarian.run('dmlItemVersionRecall', { id: fresh, reason: 'Harmful.' }, 'dmlItemVersion');
  await expectRefused(world.operator, 'dmlItemVersionPin', { id: fresh, ciIds, reason: 'Too late.' });
});
