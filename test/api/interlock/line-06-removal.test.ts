import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { startTestApp, type TestApp } from '../../support/app.js';
import { TestClock } from '../../support/clock.js';
import { expectRefused, refusalCodes } from '../../support/refusals.js';
import { storyOf, type ReadyRelease, type Story } from '../../support/story.js';
import { reworked } from '../../support/tools.js';

/** Line 6: a release that is being backed out can take away what it delivered, and nothing else begins then. */

const clock = new TestClock();
let app: TestApp;
let world: Story;

const adapters = [
  { instance: 'simulator', module: 'simulator' },
  { instance: 'no-undo', module: reworked('no-undo', () => ({}), { operations: ['install', 'remove', 'verify'] }) },
];

beforeAll(async () => {
  app = await startTestApp({ clock: clock.now, adapters });
  world = await storyOf(app, clock);
});
afterAll(async () => await app.end());

const REMOVE = { operation: 'REMOVE', scheduledStart: null };
const backOut = async (release: string) =>
  await world.step('releaseStartBackOut', release, { reason: 'It loses orders.' });

/** A release whose distribution by a tool that cannot undo was delivered to the named targets. */
async function delivered(names: readonly string[], more: Record<string, unknown> = {}, options = {}) {
  const release = await world.ready(names, options);
  const { to, ...rest } = more as { to?: string };
  const chosen = to === undefined ? {} : { targetIds: [release.cis[to]] };
  const id = await world.started(release, { ...chosen, ...rest }, 'no-undo');
  await world.passUntil(id, 'SUCCEEDED', 60);
  return { release, id };
}

async function refusedPlan(release: ReadyRelease, more: Record<string, unknown>, tool = 'no-undo') {
  const input = { releaseId: release.id, deploymentToolId: await world.tool(tool), ...more };
  return await expectRefused(world.operator, 'distributionPlan', input);
}

describe('a release whose tool cannot undo', () => {
  test('is backed out from facts by a removal, at any time and also on hold', async () => {
    const { release, id } = await delivered(['web', 'db']);
    clock.advance(13 * 3_600_000); // its slot is over
    await backOut(release.id);
    expect(await world.refusal('StartBackOut', id)).toContain('ADAPTER_UNSUPPORTED');
    expect(await refusalCodes(world.manager, 'releaseCompleteBackOut', { id: release.id })).toEqual([
      'BACK_OUT_INCOMPLETE',
    ]);
    await world.step('releaseHold', release.id, { reason: 'The vendor warns.' });
    const removal = await world.plan(release, REMOVE, 'no-undo');
    expect(await refusalCodes(world.manager, 'releaseCompleteBackOut', { id: release.id })).toEqual(
      expect.arrayContaining(['DISTRIBUTION_NOT_ENDED']),
    );
    const { availableCommands } = await world.read(removal, 'availableCommands { command allowed }');
    expect(availableCommands).toContainEqual({ command: 'distributionSchedule', allowed: true });
    await world.act('Schedule', removal);
    expect(await world.act('Start', removal)).toBe('STARTING');
    await world.passUntil(removal, 'SUCCEEDED', 60);
    expect(await world.step('releaseCompleteBackOut', release.id)).toBe('BACKED_OUT');
    const { backOutResidual } = await world.read(release.id, 'backOutResidual { reason }');
    expect(backOutResidual).toBeNull();
  });

  test('stays where the removal failed, until a retry succeeds', async () => {
    const { release } = await delivered(['web', 'db']);
    const db = release.cis['db'] ?? '';
    await backOut(release.id);
    const removal = await world.plan(
      release,
      { ...REMOVE, parameters: world.simulate('succeed', { [db]: 'fail-once' }) },
      'no-undo',
    );
    await world.act('Schedule', removal);
    await world.act('Start', removal);
    await world.passUntil(removal, 'PARTIALLY_SUCCEEDED', 60);
    expect(await expectRefused(world.manager, 'releaseCompleteBackOut', { id: release.id })).toMatchObject([
      { code: 'BACK_OUT_INCOMPLETE', message: expect.stringContaining('1 target (db-') },
    ]);
    expect(await world.act('RetryFailed', removal)).toBe('STARTING');
    await world.passUntil(removal, 'SUCCEEDED', 60);
    expect(await world.step('releaseCompleteBackOut', release.id)).toBe('BACKED_OUT');
  });

  test('is scheduled for later, and the server starts it then', async () => {
    const { release } = await delivered(['web']);
    await backOut(release.id);
    const scheduledStart = new Date(clock.now().getTime() + 60_000).toISOString();
    const removal = await world.plan(release, { ...REMOVE, scheduledStart }, 'no-undo');
    expect(await world.act('Schedule', removal)).toBe('SCHEDULED');
    await world.pass(70, 10_000);
    await world.passUntil(removal, 'SUCCEEDED', 60);
    expect(await world.step('releaseCompleteBackOut', release.id)).toBe('BACKED_OUT');
  });
});

describe('while a release is being backed out', () => {
  test('nothing is installed, checked or committed', async () => {
    const { release } = await delivered(['web']);
    await backOut(release.id);
    for (const operation of ['INSTALL', 'VERIFY', 'COMMIT']) {
      const [error, ...others] = await refusedPlan(
        release,
        { operation, targetIds: [release.cis['web']] },
        'simulator',
      );
      expect(others).toEqual([]);
      expect(error).toMatchObject({ code: 'BACK_OUT_ONLY', path: ['operation'], subject: { id: release.id } });
    }
  });

  test('nothing is taken from a target that the release did not deliver to', async () => {
    const { release } = await delivered(['web', 'db'], { to: 'web' });
    const foreign = await world.ci('foreign');
    await backOut(release.id);
    const ids = (name: string) => ({ ...REMOVE, targetIds: [release.cis[name]] });
    expect(await refusedPlan(release, ids('db'))).toMatchObject([{ code: 'NOTHING_TO_RETURN' }]);
    expect(await refusedPlan(release, { ...REMOVE, targetIds: [foreign] })).toMatchObject([
      { code: 'NOTHING_TO_RETURN', subject: { id: foreign } },
    ]);
    // All targets are all from which there is something to take.
    const removal = await world.plan(release, REMOVE, 'no-undo');
    expect(Object.keys(await world.targets(removal))).toEqual(['web']);
  });

  test('nothing is taken of a content that the release did not put there', async () => {
    const contents = [
      await world.media(await world.item('ledger'), '1.0'),
      await world.media(await world.item('viewer'), '1.0'),
    ];
    const { release } = await delivered(['web'], { contentIds: [contents[0]] }, { content: contents });
    await backOut(release.id);
    const targetIds = [release.cis['web']];
    expect(await refusedPlan(release, { ...REMOVE, targetIds, contentIds: [contents[1]] })).toMatchObject([
      { code: 'NOTHING_TO_RETURN', subject: { id: contents[1] } },
    ]);
    const removal = await world.plan(release, { ...REMOVE, targetIds, contentIds: [contents[0]] }, 'no-undo');
    expect(await world.state(removal)).toBe('PLANNED');
  });

  test('nothing is taken twice: the start asks again', async () => {
    const { release, id: delivery } = await delivered(['web']);
    await backOut(release.id);
    const first = await world.plan(release, REMOVE, 'no-undo');
    const second = await world.plan(release, REMOVE, 'no-undo');
    for (const id of [first, second]) await world.act('Schedule', id);
    await world.act('Start', first);
    expect(await world.refusal('Start', second)).toEqual(['DISTRIBUTION_NOT_ENDED']);
    await world.passUntil(first, 'SUCCEEDED', 60);
    expect(await world.refusal('Start', second)).toEqual(['NOTHING_TO_RETURN']);
    // To back out a removal would bring everything back.
    for (const id of [first, delivery]) expect(await world.refusal('StartBackOut', id)).toContain('NOTHING_TO_RETURN');
    await world.act('Cancel', second, { reason: 'Done already.' });
    expect(await world.step('releaseCompleteBackOut', release.id)).toBe('BACKED_OUT');
  });

  test('a removal that was the work itself is no return, and its undo is', async () => {
    const release = await world.ready(['web']);
    const id = await world.started(release, { operation: 'REMOVE' });
    await world.passUntil(id, 'SUCCEEDED', 60);
    await backOut(release.id);
    expect(await refusedPlan(release, { ...REMOVE, targetIds: [release.cis['web']] })).toMatchObject([
      { code: 'NOTHING_TO_RETURN' },
    ]);
    const undo = await world.plan(release, { ...REMOVE, operation: 'UNDO' });
    await world.act('Schedule', undo);
    await world.act('Start', undo);
    await world.passUntil(undo, 'SUCCEEDED', 60);
    expect(await world.step('releaseCompleteBackOut', release.id)).toBe('BACKED_OUT');
  });

  test('a removal from a critical target is approved by somebody else', async () => {
    const { release } = await delivered(['web']);
    const web = release.cis['web'] ?? '';
    const { version } = await world.read(web, 'version', world.configurationManager);
    const more = { expectedVersion: version, criticality: 'CRITICAL' };
    await world.configurationManager.run('configurationItemUpdate', { id: web, ...more }, 'configurationItem');
    await backOut(release.id);
    const removal = await world.plan(release, REMOVE, 'no-undo');
    expect(await world.refusal('Schedule', removal)).toEqual(['APPROVAL_MISSING']);
    await world.act('RequestApproval', removal);
    await world.act('Approve', removal, {}, world.owner);
    expect(await world.act('Start', removal)).toBe('STARTING');
    await world.passUntil(removal, 'SUCCEEDED', 60);
  });

  test('what waited when the back-out began stays cancelled', async () => {
    const { release } = await delivered(['web', 'db'], { to: 'web' });
    const waiting = await world.plan(release, { targetIds: [release.cis['db']] }, 'no-undo');
    await backOut(release.id);
    expect(await world.state(waiting)).toBe('STOPPED');
    expect(await world.refusal('RetryFailed', waiting)).toEqual(expect.arrayContaining(['BACK_OUT_ONLY']));
  });
});
