import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { startTestApp, type TestApp } from '../../support/app.js';
import { TestClock } from '../../support/clock.js';
import { refusalCodes, rejectionCode } from '../../support/refusals.js';
import { names, ROLLOUT_TOOLS, Rollouts } from '../../support/rollouts.js';
import { storyOf, type Story } from '../../support/story.js';

const clock = new TestClock();
let app: TestApp;
let world: Story;

beforeAll(async () => {
  app = await startTestApp({
    clock: clock.now,
    adapters: [...ROLLOUT_TOOLS, { instance: 'manual', module: 'manual' }],
  });
  world = await storyOf(app, clock);
});
afterAll(async () => await app.end());

const reason = 'The machine was scrapped.';

const offered = async (id: string) =>
  (await world.read(id, 'availableCommands { command allowed }')).availableCommands.find(
    ({ command }: { command: string }) => command === 'distributionEndTarget',
  )?.allowed;

describe('a single target that never answers', () => {
  test('is ended by an operator once it is silent, and stays kept while the run goes on', async () => {
    const release = await world.ready(['web', 'lab', 'desk']);
    const id = await world.started(release, {
      parameters: world.simulate('hang', { [release.cis['desk']!]: 'succeed' }),
    });
    await world.passUntil(id, 'RUNNING', 30, 500);
    await world.pass(60, 5_000);
    const targets = await world.targets(id, 'id');
    const of = (name: string, more = {}) => ({ targetExecutionId: targets[name].id, reason, ...more });
    expect(await offered(id)).toBe(false);
    expect(await world.refusal('EndTarget', id, of('web'))).toEqual(['TARGET_NOT_SILENT']);
    await world.pass(720, 30_000);
    expect(await offered(id)).toBe(true);
    // What it says of others is no reason to end them, and nobody ends a target without a word.
    expect(await world.refusal('EndTarget', id, of('desk'))).toEqual(['TARGET_NOT_SILENT']);
    expect(await world.refusal('EndTarget', id, of('web', { reason: null }))).toEqual(['EVIDENCE_MISSING']);
    expect(await rejectionCode(world.manager, 'distributionEndTarget', { id, ...of('web') })).toBe('FORBIDDEN');
    const other = await world.plan(await world.ready(['till']));
    const foreign = (await world.targets(other, 'id'))['till'].id;
    expect(
      await rejectionCode(world.operator, 'distributionEndTarget', { id, ...of('web'), targetExecutionId: foreign }),
    ).toBe('NOT_FOUND');
    expect(
      await refusalCodes(world.operator, 'distributionEndTarget', {
        id: other,
        ...of('web'),
        targetExecutionId: foreign,
      }),
    ).toEqual(['ILLEGAL_TRANSITION']);

    expect(await world.act('EndTarget', id, of('web'))).toBe('RUNNING');
    const ended = { state: 'UNKNOWN', reasonCode: 'TARGET_ENDED', reasonMessage: reason };
    const shown = 'state reasonCode reasonMessage';
    expect(await world.targets(id, shown)).toMatchObject({ web: ended, lab: { state: 'INSTALLING' } });
    expect(await world.refusal('EndTarget', id, of('web'))).toEqual(['TARGET_NOT_SILENT']);
    await app.relay();
    const { events } = await world.read(id, 'events(first: 50) { nodes { type reason actor { name } } }');
    expect(events.nodes).toContainEqual({
      type: 'distribution.target-unknown',
      reason,
      actor: { name: 'oskar' },
    });
    // Another distribution may not work on what the tool may still be working on.
    const again = await world.plan(release, { targetIds: [release.cis['web']] });
    await world.act('Schedule', again);
    expect(await world.refusal('Start', again)).toContain('DISTRIBUTION_NOT_ENDED');

    expect(await world.act('EndTarget', id, of('lab'))).toBe('PARTIALLY_SUCCEEDED');
    expect(await world.refusal('EndTarget', id, of('lab'))).toEqual(['ILLEGAL_TRANSITION']);
    expect(await world.act('Start', again)).toBe('STARTING');
  });

  test('counts as failed in its wave, and has the time of a stop', async () => {
    const rollouts = new Rollouts(world);
    const id = await rollouts.start(await world.ready(names(2)), { by: 'COUNT', sizes: [1] }, { s01: 'hang' });
    await world.passUntil(id, 'RUNNING', 30, 500);
    await world.pass(660, 30_000);
    const targetExecutionId = (await world.targets(id, 'id'))['s01'].id;
    expect(await world.act('EndTarget', id, { targetExecutionId, reason })).toBe('AWAITING_DECISION');
    expect(await world.targets(id)).toMatchObject({ s01: { state: 'UNKNOWN' }, s02: { state: 'PENDING' } });

    const hang = { parameters: world.simulate('hang') };
    const stopped = await world.started(await world.ready(['mill']), hang, 'polite');
    await world.passUntil(stopped, 'RUNNING', 30, 500);
    await world.act('Stop', stopped);
    const mill = { targetExecutionId: (await world.targets(stopped, 'id'))['mill'].id, reason };
    await world.pass(500, 20_000);
    expect(await world.refusal('EndTarget', stopped, mill)).toContain('RUN_STOPPABLE');
    await world.pass(150, 20_000);
    expect(await world.act('EndTarget', stopped, mill)).toBe('FAILED');
  });

  test('can still be reported: the later report is what happened', async () => {
    const id = await world.started(await world.ready(['rack', 'switch']), {}, 'manual');
    await world.pass(660, 30_000);
    const targets = await world.targets(id, 'id');
    await world.act('EndTarget', id, { targetExecutionId: targets['rack'].id, reason });
    const report = { id: targets['rack'].id, state: 'SUCCEEDED', evidence: 'Serial 4711' };
    await world.assignee.run('targetExecutionReport', report, 'targetExecution');
    expect(await world.targets(id, 'state reasonCode')).toEqual({
      rack: { state: 'SUCCEEDED', reasonCode: null },
      switch: { state: 'SENT', reasonCode: null },
    });
    expect(await world.state(id)).toBe('RUNNING');
  });
});
