import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { SYSTEM } from '../../../src/domain/actor.js';
import { parseNodeId } from '../../../src/domain/node-id.js';
import {
  lockDistribution,
  runOfAttempt,
  type Run,
} from '../../../src/services/distribution/distribution-run.service.js';
import { recordObservation } from '../../../src/services/distribution/observation.service.js';
import { transact } from '../../../src/services/unit-of-work.js';
import { startTestApp, type TestApp } from '../../support/app.js';
import { TestClock } from '../../support/clock.js';
import { expectRefused, refusalCodes } from '../../support/refusals.js';
import { storyOf, type ReadyRelease, type Story } from '../../support/story.js';

/** Line 6: no end of a release, a distribution or a change that the observations contradict. */

const clock = new TestClock();
let app: TestApp;
let world: Story;
let contents: [first: string, second: string];

beforeAll(async () => {
  const adapters = ['simulator', 'manual'].map((name) => ({ instance: name, module: name }));
  app = await startTestApp({ clock: clock.now, adapters });
  world = await storyOf(app, clock);
  contents = [
    await world.media(await world.item('ledger'), '1.0'),
    await world.media(await world.item('viewer'), '1.0'),
  ];
});
afterAll(async () => await app.end());

interface Delivered extends ReadyRelease {
  /** The change that names every target of the release. */
  readonly change: string;
}

let count = 0;

/** Late enough for what was sent before it to end. */
const soon = () => ({ scheduledStart: new Date(clock.now().getTime() + 10_000).toISOString() });

/** A release with both contents that is ready to be distributed; one change names all of its targets. */
async function ready(targets: readonly string[], content: readonly string[] = contents): Promise<Delivered> {
  const n = ++count;
  const cis: Record<string, string> = {};
  for (const name of targets) cis[name] = await world.ci(`${name}-${n}`);
  const { id } = await world.release(`False end ${n}`);
  const change = await world.authorised(`Change ${n}`, Object.values(cis));
  await world.join(change.id, id);
  await world.addContent(id, ...content);
  await world.startTesting(id);
  await world.step('releaseAccept', id, {}, world.owner);
  const at = (minutes: number) => new Date(clock.now().getTime() + minutes * 60_000).toISOString();
  await world.step('releaseSchedule', id, { startsAt: at(0), endsAt: at(600) });
  await world.step('releaseCommunicate', id, { audience: 'Everybody', message: 'The ledger will be down.' });
  return { id, cis, change: change.id };
}

/** Starts a distribution and lets it end. */
async function send(release: ReadyRelease, more: Record<string, unknown> = {}): Promise<string> {
  const id = await world.started(release, more);
  await world.pass(4);
  return id;
}

const backOut = async (distribution: string): Promise<string> => {
  await world.act('StartBackOut', distribution, { reason: 'It loses orders.' });
  await world.pass(4);
  return await world.state(distribution);
};
/** Has an operator report a target of a distribution that people work on. */
const report = async (distribution: string, name: string, input: Record<string, unknown>): Promise<void> => {
  const { id } = (await world.targets(distribution, 'id'))[name];
  await world.operator.run('targetExecutionReport', { id, ...input }, 'targetExecution');
};
const startBackOut = async (release: string) =>
  await world.step('releaseStartBackOut', release, { reason: 'It loses orders.' });
const outcome = async (change: string) => {
  const { node } = await world.changeManager.ok(
    'query($id: ID!) { node(id: $id) { ... on Change { state outcome } } }',
    { id: change },
  );
  return `${node.state} ${node.outcome}`;
};
const eventsOf = async (type: 'Release' | 'Change', id: string, event: string) => {
  await app.relay();
  const { node } = await world.changeManager.ok(
    `query($id: ID!) { node(id: $id) { ... on ${type} { events(first: 100) { nodes { type reason data } } } } }`,
    { id },
  );
  return node.events.nodes.filter(({ type: name }: { type: string }) => name === event);
};

describe('what was sent is counted over target and content', () => {
  test('a release is not DEPLOYED while one of its contents was not sent', async () => {
    const release = await ready(['web']);
    await send(release, { contentIds: [contents[0]] });
    expect(await world.state(release.id)).toBe('PARTIALLY_DEPLOYED');
    expect(await outcome(release.change)).toBe('IMPLEMENTED UNSUCCESSFUL');
    await send(release, { contentIds: [contents[1]] });
    expect(await world.state(release.id)).toBe('DEPLOYED');
    expect(await outcome(release.change)).toBe('IMPLEMENTED SUCCESSFUL');
  });

  test('a release is not DEPLOYED while one of its targets was in no distribution', async () => {
    const release = await ready(['web', 'db']);
    await send(release, { targetIds: [release.cis['web']] });
    expect(await world.state(release.id)).toBe('PARTIALLY_DEPLOYED');
    expect(await outcome(release.change)).toBe('IMPLEMENTED UNSUCCESSFUL');
    expect(await eventsOf('Release', release.id, 'release.partially-deployed')).toMatchObject([
      { data: { targets: 2, succeeded: 1, cells: 4, delivered: 2 } },
    ]);
  });

  test('a verification that finds the content is no failure', async () => {
    const release = await ready(['web']);
    await send(release, { operation: 'VERIFY' });
    expect(await world.state(release.id)).toBe('DEPLOYED');
    expect(await outcome(release.change)).toBe('IMPLEMENTED SUCCESSFUL');
  });

  test('a verification that fails contradicts the success that was reported before', async () => {
    const release = await ready(['web']);
    const install = await world.started(release);
    const check = await world.plan(release, {
      operation: 'VERIFY',
      parameters: world.simulate('fail'),
      ...soon(),
    });
    await world.act('Schedule', check);
    await world.pass(4);
    expect([await world.state(install), await world.state(release.id)]).toEqual(['SUCCEEDED', 'DISTRIBUTING']);
    await world.pass(12);
    expect(await world.state(release.id)).toBe('FAILED');
    expect(await outcome(release.change)).toBe('IMPLEMENTED UNSUCCESSFUL');
  });

  test('what was installed and then removed is not deployed, what was to be removed is', async () => {
    const release = await ready(['web']);
    await world.started(release);
    const removal = await world.plan(release, { operation: 'REMOVE', ...soon() });
    await world.act('Schedule', removal);
    await world.pass(16);
    expect(await world.state(release.id)).toBe('FAILED');
    expect(await outcome(release.change)).toBe('IMPLEMENTED BACKED_OUT');

    const retirement = await ready(['web']);
    await send(retirement, { operation: 'REMOVE' });
    expect(await world.state(retirement.id)).toBe('DEPLOYED');
    expect(await outcome(retirement.change)).toBe('IMPLEMENTED SUCCESSFUL');
  });
});

describe('a back-out is complete when everything delivered is returned', () => {
  test('with nothing undone it is refused and names what is left', async () => {
    const release = await ready(['web', 'db']);
    const id = await send(release);
    await startBackOut(release.id);
    const [error, ...others] = await expectRefused(world.manager, 'releaseCompleteBackOut', { id: release.id });
    expect(others).toEqual([]);
    expect(error).toMatchObject({
      code: 'BACK_OUT_INCOMPLETE',
      subject: { __typename: 'Distribution', id },
      resolvableBy: ['DEPLOYMENT_OPERATOR', 'RELEASE_OWNER'],
    });
    expect(error?.message).toContain('2 targets');
    expect(error?.message).toContain(`db-${count}, web-${count}`);
    const { availableCommands } = await world.read(
      release.id,
      'availableCommands { command allowed blockers { code message } }',
    );
    expect(
      availableCommands.find(({ command }: { command: string }) => command === 'releaseCompleteBackOut'),
    ).toMatchObject({ allowed: false, blockers: [{ code: 'BACK_OUT_INCOMPLETE', message: error?.message }] });
    expect(await outcome(release.change)).toBe('IMPLEMENTED SUCCESSFUL');

    expect(await backOut(id)).toBe('BACKED_OUT');
    expect(await world.step('releaseCompleteBackOut', release.id)).toBe('BACKED_OUT');
    expect(await outcome(release.change)).toBe('IMPLEMENTED BACKED_OUT');
  });

  test('with one of two distributions undone it names the other', async () => {
    const release = await ready(['web']);
    const first = await world.started(release, { contentIds: [contents[0]] });
    const second = await world.started(release, { contentIds: [contents[1]] });
    await world.pass(4);
    expect(await world.state(release.id)).toBe('DEPLOYED');
    await startBackOut(release.id);
    expect(await backOut(first)).toBe('BACKED_OUT');
    const errors = await expectRefused(world.manager, 'releaseCompleteBackOut', { id: release.id });
    expect(errors).toMatchObject([{ code: 'BACK_OUT_INCOMPLETE', subject: { id: second } }]);
    await backOut(second);
    expect(await world.step('releaseCompleteBackOut', release.id)).toBe('BACKED_OUT');
  });

  test('what stays is recorded by the owner of the release, with a reason', async () => {
    const release = await ready(['web', 'db']);
    const first = await world.started(release, { targetIds: [release.cis['web']] });
    await world.started(release, { targetIds: [release.cis['db']] });
    await world.pass(4);
    await startBackOut(release.id);
    await backOut(first);
    const residual = { residualReason: 'The database stays as it is: its data are converted.' };
    const input = { id: release.id, ...residual };
    expect(await refusalCodes(world.manager, 'releaseCompleteBackOut', input)).toEqual(['NOT_RELEASE_OWNER']);
    expect(await refusalCodes(world.otherOwner, 'releaseCompleteBackOut', input)).toContain('NOT_RELEASE_OWNER');
    expect(await world.state(release.id)).toBe('BACKING_OUT');
    expect(await world.step('releaseCompleteBackOut', release.id, residual, world.owner)).toBe('BACKED_OUT');
    expect(await world.read(release.id, 'backOutResidual { reason targetCount at by { id } }')).toEqual({
      backOutResidual: {
        reason: residual.residualReason,
        targetCount: 1,
        at: clock.now().toISOString(),
        by: { id: world.owner.personId },
      },
    });
    expect(await eventsOf('Release', release.id, 'release.backed-out')).toMatchObject([
      { data: { residual: { reason: residual.residualReason, targets: 1, distributions: [{ targets: 1 }] } } },
    ]);
    expect(await outcome(release.change)).toBe('IMPLEMENTED BACKED_OUT');
  });

  test('a change of which nothing was returned is neither successful nor backed out', async () => {
    const release = await ready(['web']);
    await send(release);
    await startBackOut(release.id);
    await world.step('releaseCompleteBackOut', release.id, { residualReason: 'Restored by hand.' }, world.owner);
    expect(await outcome(release.change)).toBe('IMPLEMENTED UNSUCCESSFUL');
  });

  test('nothing is recorded as left when nothing is left', async () => {
    const release = await ready(['web']);
    const id = await send(release);
    await startBackOut(release.id);
    await backOut(id);
    await world.step('releaseCompleteBackOut', release.id, { residualReason: 'Just in case.' }, world.owner);
    expect(await world.read(release.id, 'backOutResidual { reason }')).toEqual({ backOutResidual: null });
  });

  test('a check is nothing that a back-out can take back', async () => {
    const release = await ready(['web']);
    const check = await send(release, { operation: 'VERIFY' });
    await startBackOut(release.id);
    expect(await world.refusal('StartBackOut', check)).toEqual(['NO_TARGETS']);
    // The release put nothing there, so there is nothing to return.
    expect(await world.step('releaseCompleteBackOut', release.id)).toBe('BACKED_OUT');
  });

  test('a late report corrects the outcome of a release on hold, or whose owner has to accept it again', async () => {
    const release = await ready(['rack', 'shelf']);
    const id = await world.started(release, {}, 'manual');
    await world.pass(2);
    for (const target of ['rack', 'shelf']) await report(id, target, { state: 'FAILED', reason: 'It does not start.' });
    expect(await world.state(release.id)).toBe('FAILED');
    await world.step('releaseHold', release.id, { reason: 'The vendor warns.' });
    await report(id, 'rack', { state: 'SUCCEEDED', evidence: 'It was the cable.' });
    expect(await world.read(release.id, 'state onHold { reason }')).toMatchObject({
      state: 'PARTIALLY_DEPLOYED',
      onHold: { reason: 'The vendor warns.' },
    });
    await world.handOver(release.id, world.owner, { ownerId: world.otherOwner.personId });
    // Another attempt is planned, but has not begun: the release goes on until that is over.
    const other = await world.plan(release, {}, 'manual');
    await report(id, 'shelf', { state: 'SUCCEEDED', evidence: 'It was the other cable.' });
    expect(await world.state(release.id)).toBe('DISTRIBUTING');
    await world.act('Cancel', other, { reason: 'It works.' });
    expect(await world.state(release.id)).toBe('DEPLOYED');
    expect(await outcome(release.change)).toBe('IMPLEMENTED SUCCESSFUL');
    expect(await eventsOf('Release', release.id, 'release.outcome-reopened')).toHaveLength(2);
  });

  test('a late report that something is on a target reopens a back-out that was complete', async () => {
    const release = await ready(['rack']);
    const id = await world.started(release, {}, 'manual');
    await world.pass(2);
    await report(id, 'rack', { state: 'FAILED', reason: 'It does not start.' });
    expect(await world.state(release.id)).toBe('FAILED');
    await startBackOut(release.id);
    expect(await world.step('releaseCompleteBackOut', release.id)).toBe('BACKED_OUT');
    await report(id, 'rack', { state: 'SUCCEEDED', evidence: 'It was the cable.' });
    expect(await world.state(release.id)).toBe('BACKING_OUT');
    expect(await eventsOf('Release', release.id, 'release.back-out-reopened')).toMatchObject([
      { reason: expect.stringContaining('late report'), data: { distributions: [{ targets: 1 }] } },
    ]);
    expect(await refusalCodes(world.manager, 'releaseCompleteBackOut', { id: release.id })).toEqual([
      'BACK_OUT_INCOMPLETE',
    ]);
    await world.act('StartBackOut', id);
    await world.pass(2);
    await report(id, 'rack', { state: 'SUCCEEDED', evidence: 'Taken out of the rack.' });
    expect(await world.state(id)).toBe('BACKED_OUT');
    expect(await world.step('releaseCompleteBackOut', release.id)).toBe('BACKED_OUT');
    expect(await outcome(release.change)).toBe('IMPLEMENTED BACKED_OUT');
  });

  test('a retry that fails does not settle an attempt before of which nobody knows how it ended', async () => {
    const release = await ready(['rack', 'shelf']);
    const id = await world.started(release, {}, 'manual');
    await world.pass(2);
    await report(id, 'rack', { state: 'UNKNOWN', reason: 'By telephone.' });
    // Of this one somebody finds out before the retry.
    await report(id, 'shelf', { state: 'UNKNOWN', reason: 'By telephone.' });
    await report(id, 'shelf', { state: 'FAILED', reason: 'By telephone.' });
    await world.act('RetryFailed', id);
    await world.pass(2);
    await report(id, 'rack', { state: 'FAILED', reason: 'By telephone.' });
    await report(id, 'shelf', { state: 'FAILED', reason: 'By telephone.' });
    expect(await world.state(release.id)).toBe('FAILED');
    await startBackOut(release.id);
    const errors = await expectRefused(world.manager, 'releaseCompleteBackOut', { id: release.id });
    expect(errors).toMatchObject([
      { code: 'BACK_OUT_INCOMPLETE', subject: { id }, message: expect.stringContaining('1 target (rack-') },
    ]);
    const removal = await world.plan(release, { operation: 'REMOVE', targetIds: [release.cis['rack']] }, 'manual');
    await world.act('Schedule', removal);
    await world.act('Start', removal);
    await world.pass(2);
    await report(removal, 'rack', { state: 'SUCCEEDED', evidence: 'Taken out of the rack.' });
    expect(await world.step('releaseCompleteBackOut', release.id)).toBe('BACKED_OUT');
    expect(await outcome(release.change)).toBe('IMPLEMENTED BACKED_OUT');
  });

  test('a success of an earlier attempt that comes after its retry opens a back-out that was complete', async () => {
    const release = await ready(['rack']);
    const id = await world.started(release, {}, 'manual');
    await world.pass(2);
    await report(id, 'rack', { state: 'FAILED', reason: 'It does not start.' });
    await world.act('RetryFailed', id);
    await world.pass(2);
    await report(id, 'rack', { state: 'FAILED', reason: 'It does not start.' });
    await startBackOut(release.id);
    expect(await world.step('releaseCompleteBackOut', release.id)).toBe('BACKED_OUT');
    const [distribution, ciId] = [parseNodeId(id)?.uuid ?? '', parseNodeId(release.cis['rack'] ?? '')?.uuid ?? ''];
    await transact(app.services, { actor: SYSTEM, requestId: 'late' }, async (uow) => {
      const held = await lockDistribution(uow, distribution);
      const run = (await runOfAttempt(uow, distribution, 1)) as Run;
      const late = { ciId, state: 'SUCCEEDED', nativeStatus: 'done', at: uow.now, payload: {} } as const;
      await recordObservation(uow, { ...held, run }, { reports: [late] });
    });
    expect(await world.state(release.id)).toBe('BACKING_OUT');
  });

  test('a decision covers what it was made about, not what is reported later', async () => {
    const release = await ready(['rack', 'shelf']);
    const id = await world.started(release, {}, 'manual');
    await world.pass(2);
    await report(id, 'rack', { state: 'SUCCEEDED', evidence: 'serial 1' });
    await report(id, 'shelf', { state: 'UNKNOWN', reason: 'The site does not answer.' });
    await startBackOut(release.id);
    clock.advance(1_000);
    await world.step('releaseCompleteBackOut', release.id, { residualReason: 'Both are to be scrapped.' }, world.owner);
    expect(await world.read(release.id, 'backOutResidual { targetCount }')).toEqual({
      backOutResidual: { targetCount: 2 },
    });
    clock.advance(1_000);
    await report(id, 'shelf', { state: 'SUCCEEDED', evidence: 'serial 2' });
    expect(await world.state(release.id)).toBe('BACKING_OUT');
    const errors = await expectRefused(world.manager, 'releaseCompleteBackOut', { id: release.id });
    expect(errors).toMatchObject([{ message: expect.stringContaining('1 target (shelf-') }]);
  });
});

describe('a distribution that is backed out while its release goes on', () => {
  test('lets the release end by what is there', async () => {
    const release = await ready(['web']);
    const first = await world.started(release, { contentIds: [contents[0]] });
    const second = await world.plan(release, { contentIds: [contents[1]], ...soon() });
    await world.act('Schedule', second);
    await world.pass(10.5);
    await world.act('StartBackOut', first);
    await world.pass(6);
    expect([await world.state(first), await world.state(second)]).toEqual(['BACKED_OUT', 'SUCCEEDED']);
    expect(await world.state(release.id)).toBe('PARTIALLY_DEPLOYED');
    expect(await outcome(release.change)).toBe('IMPLEMENTED UNSUCCESSFUL');
  });
});

describe('the record of a change does not stay false', () => {
  test('a change that was closed as successful is revised when its release is backed out', async () => {
    const release = await ready(['web']);
    const id = await send(release);
    for (const step of ['StartReview', 'Close'])
      await world.changeManager.run(`change${step}`, { id: release.change }, 'change');
    expect(await outcome(release.change)).toBe('CLOSED SUCCESSFUL');
    await startBackOut(release.id);
    await backOut(id);
    await world.step('releaseCompleteBackOut', release.id);
    expect(await outcome(release.change)).toBe('CLOSED BACKED_OUT');
    expect(await eventsOf('Change', release.change, 'change.outcome-revised')).toMatchObject([
      { data: { outcome: 'BACKED_OUT', before: 'SUCCESSFUL', releaseId: release.id }, reason: expect.any(String) },
    ]);
  });
});
