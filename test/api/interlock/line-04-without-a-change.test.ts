import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { startTestApp, type TestApp } from '../../support/app.js';
import type { TestUserError } from '../../support/client.js';
import { TestClock } from '../../support/clock.js';
import { expectRefused, refusalCodes } from '../../support/refusals.js';
import { storyOf, type Story } from '../../support/story.js';

const clock = new TestClock();
let app: TestApp;
let story: Story;

beforeAll(async () => {
  app = await startTestApp({ clock: clock.now });
  story = await storyOf(app, clock);
});
afterAll(async () => await app.end());

const live = { lifecycleState: 'PRODUCTION', criticality: 'HIGH' };
const HOURS = 3_600_000;

/** Edits a configuration item, whatever its version is. */
async function edit(id: string, fields: Record<string, unknown>): Promise<void> {
  const { version } = await story.read(id, 'version', story.configurationManager);
  const input = { id, expectedVersion: version, ...fields };
  await story.configurationManager.run('configurationItemUpdate', input, 'configurationItem');
}

/** A release in TESTING with a package and the changes, before its acceptance. */
async function tested(name: string, changeIds: readonly string[], byHand: readonly string[] = []): Promise<string> {
  const { id } = await story.release(name);
  for (const changeId of changeIds) await story.join(changeId, id);
  if (byHand.length > 0) await story.addTargets(id, ...byHand);
  await story.addContent(id);
  await story.startTesting(id);
  return id;
}

const accept = async (id: string) => await story.step('releaseAccept', id, {}, story.owner);

/** Books the next hours for a release and tells its stakeholders. */
async function book(id: string): Promise<void> {
  const at = (hours: number) => new Date(clock.now().getTime() + hours * HOURS).toISOString();
  await story.step('releaseSchedule', id, { startsAt: at(0), endsAt: at(4) });
  await story.step('releaseCommunicate', id, { audience: 'Everybody', message: 'Payroll will be down.' });
  clock.advance(60_000);
}

const about = (errors: readonly TestUserError[]) =>
  errors.map(({ code, subject, message }) => ({ code, subject: subject?.id, message }));

describe('a protected target without a change', () => {
  test('is refused at acceptance, at scheduling and at a move, with what helps', async () => {
    const ci = await story.ci('till-1', live);
    const id = await tested('No change', [], [ci]);
    expect(about(await expectRefused(story.owner, 'releaseAccept', { id }))).toEqual([
      {
        code: 'CI_PROTECTED',
        subject: ci,
        message: expect.stringContaining('till-1 is in lifecycle state PRODUCTION'),
      },
    ]);
    const change = await story.authorised('Patch till-1', [ci]);
    expect(about(await expectRefused(story.owner, 'releaseAccept', { id }))).toMatchObject([
      { code: 'CI_PROTECTED', message: expect.stringContaining(`Have change ${change.number} join`) },
    ]);
    await story.join(change.id, id);
    expect(await accept(id)).toBe('ACCEPTED');
  });

  test('is not covered by a change of another release, nor by one that has it as source only', async () => {
    const ci = await story.ci('till-2', live);
    const elsewhere = await story.authorised('Patch till-2 elsewhere', [ci]);
    await tested('The other one', [elsewhere.id]);
    const own = await story.authorised('Read from till-2', [await story.ci('copy-2')], { sourceCiIds: [ci] });
    const id = await tested('Borrowed change', [own.id], [ci]);
    expect(await refusalCodes(story.owner, 'releaseAccept', { id })).toEqual(['CI_PROTECTED']);
  });

  test('is not covered by a standard change that nobody has authorised', async () => {
    const ci = await story.ci('till-3', live);
    const change = await story.change('Standard patch', { type: 'STANDARD', risk: 'LOW', targetCiIds: [ci] });
    const id = await tested('Not authorised', [change.id]);
    const refused = about(await expectRefused(story.owner, 'releaseAccept', { id }));
    expect(refused.map(({ code }) => code).sort()).toEqual(['CHANGE_NOT_AUTHORISED', 'CI_PROTECTED']);
    expect(refused.find(({ code }) => code === 'CI_PROTECTED')?.message).toContain(`Have change ${change.number}`);
  });

  test('that became protected after the acceptance is refused at scheduling, and at the start', async () => {
    const [early, late] = [await story.ci('till-4'), await story.ci('till-5')];
    const unbooked = await tested('Live before its booking', [], [early]);
    await accept(unbooked);
    await edit(early, { lifecycleState: 'PRODUCTION' });
    const times = { startsAt: '2037-01-01T10:00:00Z', endsAt: '2037-01-01T11:00:00Z' };
    expect(await refusalCodes(story.manager, 'releaseSchedule', { id: unbooked, ...times })).toContain('CI_PROTECTED');

    const booked = await tested('Live after its booking', [], [late]);
    await accept(booked);
    await book(booked);
    const distribution = await story.plan({ id: booked, cis: {} });
    await story.act('Schedule', distribution);
    await edit(late, { lifecycleState: 'PRODUCTION' });
    clock.advance(60_000);
    expect(
      await refusalCodes(story.manager, 'releaseMoveSchedule', { id: booked, reason: 'Later.', ...times }),
    ).toContain('CI_PROTECTED');
    expect(await story.refusal('Start', distribution)).toContain('CI_PROTECTED');
    // The clock starts nothing either.
    await story.pass(120, 30_000);
    expect(await story.state(distribution)).toBe('SCHEDULED');
    expect(await story.state(booked)).toBe('COMMUNICATED');
  });

  test('is refused when a distribution to it is scheduled', async () => {
    const ci = await story.ci('till-6');
    const id = await tested('Live before its distribution', [], [ci]);
    await accept(id);
    await book(id);
    const distribution = await story.plan({ id, cis: {} });
    await edit(ci, { lifecycleState: 'PRODUCTION' });
    expect(await story.refusal('Schedule', distribution)).toContain('CI_PROTECTED');
  });

  test('whose change was cancelled after the acceptance is refused at the start', async () => {
    const ci = await story.ci('till-7', live);
    const change = await story.authorised('Patch till-7', [ci]);
    const id = await tested('Cancelled change', [change.id], [ci]);
    await accept(id);
    await book(id);
    const distribution = await story.plan({ id, cis: {} });
    await story.act('Schedule', distribution);
    await story.changeManager.run('changeCancel', { id: change.id, reason: 'Not needed.' }, 'change');
    clock.advance(60_000);
    expect(await story.refusal('Start', distribution)).toContain('CI_PROTECTED');
  });

  test('that somebody adds by hand beside the change of another target is refused', async () => {
    const [named, smuggled] = [await story.ci('till-8', live), await story.ci('till-9', live)];
    const change = await story.authorised('Patch till-8', [named]);
    const id = await tested('Smuggled target', [change.id]);
    await accept(id);
    await story.addTargets(id, smuggled);
    expect(about(await expectRefused(story.owner, 'releaseAccept', { id }))).toMatchObject([
      { code: 'CI_PROTECTED', subject: smuggled },
    ]);
  });

  test('stays without the change that leaves the release, when it was added by hand, too', async () => {
    const ci = await story.ci('till-10', live);
    const change = await story.authorised('Patch till-10', [ci]);
    const id = await tested('Leaving change', [change.id], [ci]);
    await accept(id);
    await story.manager.run('releaseRemoveChange', { id, changeId: change.id, reason: 'Later.' }, 'release');
    expect(await refusalCodes(story.owner, 'releaseAccept', { id })).toEqual(['CI_PROTECTED']);
  });

  test('availableCommands says the same', async () => {
    const ci = await story.ci('till-11', live);
    const id = await tested('Offered', [], [ci]);
    const { availableCommands } = await story.read(
      id,
      'availableCommands { command blockers { code resolvableBy subject { id } } }',
      story.owner,
    );
    expect(availableCommands.find(({ command }: { command: string }) => command === 'releaseAccept').blockers).toEqual([
      {
        code: 'CI_PROTECTED',
        resolvableBy: ['CHANGE_AUTHORITY', 'RELEASE_OWNER', 'RELEASE_MANAGER'],
        subject: { id: ci },
      },
    ]);
  });
});

describe('a protected target with its change', () => {
  test('is delivered, tried again after a failure, and backed out', async () => {
    const [good, bad] = [await story.ci('shop-1', live), await story.ci('shop-2', live)];
    const first = await story.authorised('Patch shop-1', [good]);
    const second = await story.authorised('Patch shop-2', [bad]);
    const id = await tested('Both covered', [first.id, second.id]);
    await accept(id);
    await book(id);
    const parameters = story.simulate('succeed', { 'shop-2': 'fail' });
    const distribution = await story.started({ id, cis: {} }, { parameters });
    await story.passUntil(id, 'PARTIALLY_DEPLOYED', 600);
    // Its outcome is recorded, so neither change is in progress: what failed can be tried again all the same.
    expect(await story.state(first.id)).toBe('IMPLEMENTED');
    expect(await story.act('RetryFailed', distribution)).toBe('STARTING');
    expect(await story.state(second.id)).toBe('IN_PROGRESS');
    await story.passUntil(id, 'PARTIALLY_DEPLOYED', 600);
    expect(await story.step('releaseStartBackOut', id, { reason: 'Give up.' })).toBe('BACKING_OUT');
    expect(await story.act('StartBackOut', distribution)).toBe('BACKING_OUT');
  });

  test('that went live after it got the release does not keep the others from another attempt', async () => {
    const [good, bad] = [await story.ci('shop-3'), await story.ci('shop-4')];
    const id = await tested('Goes live', [], [good, bad]);
    await accept(id);
    await book(id);
    const parameters = story.simulate('succeed', { 'shop-4': 'fail' });
    const distribution = await story.started({ id, cis: {} }, { parameters });
    await story.passUntil(id, 'PARTIALLY_DEPLOYED', 600);
    await edit(good, { lifecycleState: 'PRODUCTION' });
    expect(await story.act('RetryFailed', distribution)).toBe('STARTING');
    await story.passUntil(id, 'PARTIALLY_DEPLOYED', 600);
    await edit(bad, { lifecycleState: 'PRODUCTION' });
    expect(await story.refusal('RetryFailed', distribution)).toContain('CI_PROTECTED');
    // What was put there can always be taken away.
    await story.step('releaseStartBackOut', id, { reason: 'Give up.' });
    expect(await story.act('StartBackOut', distribution)).toBe('BACKING_OUT');
  });
});
