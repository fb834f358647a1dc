import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { fromNodeId } from '../../../src/domain/node-id.js';
import { startTestApp, type TestApp } from '../../support/app.js';
import { TestClock } from '../../support/clock.js';
import { sha256 } from '../../support/media.js';
import { expectRefused, refusalCodes, rejectionCode } from '../../support/refusals.js';
import { storyOf, type ReadyRelease, type Story } from '../../support/story.js';

const clock = new TestClock();
let app: TestApp;
let world: Story;

beforeAll(async () => {
  app = await startTestApp({ clock: clock.now });
  world = await storyOf(app, clock);
});
afterAll(async () => await app.end());

const input = async (release: ReadyRelease, tool = 'simulator', more: Record<string, unknown> = {}) => ({
  releaseId: release.id,
  deploymentToolId: await world.tool(tool),
  allTargets: true,
  ...more,
});

describe('planning', () => {
  test('takes exactly the targets that were named, and what the release contains', async () => {
    const release = await world.ready(['web', 'db']);
    const distribution = await world.operator.run(
      'distributionPlan',
      {
        ...(await input(release)),
        allTargets: false,
        targetIds: [release.cis['db']],
        name: 'Database first',
        deadlineMinutes: 15,
        maxParallel: 2,
        stopAfterFailures: 1,
        parameters: { simulator: { script: 'succeed' } },
      },
      'distribution',
      'number name state operation deadlineMinutes maxParallel stopAfterFailures parameters approvalRequired ' +
        'attempt percent version contents { digest dmlItemVersion { label } } targets { totalCount nodes { id ' +
        'state attempt ci { id } } } release { id } deploymentTool { name } plannedBy { name }',
    );
    expect(distribution).toEqual({
      number: expect.stringMatching(/^DST-\d+$/),
      name: 'Database first',
      state: 'PLANNED',
      operation: 'INSTALL',
      deadlineMinutes: 15,
      maxParallel: 2,
      stopAfterFailures: 1,
      parameters: { simulator: { script: 'succeed' } },
      approvalRequired: false,
      attempt: 0,
      percent: 0,
      version: 1,
      contents: [{ digest: sha256('the bytes'), dmlItemVersion: { label: '4.0' } }],
      targets: {
        totalCount: 1,
        nodes: [{ id: expect.stringMatching(/^tgt_/), state: 'PENDING', attempt: 0, ci: { id: release.cis['db'] } }],
      },
      release: { id: release.id },
      deploymentTool: { name: 'simulator' },
      plannedBy: { name: 'oskar' },
    });
  });

  test('names every target that the tool could not reach, and writes nothing', async () => {
    const release = await world.ready(['web', 'db']);
    await world.configurationManager.run(
      'configurationItemUpdate',
      { id: release.cis['db'], expectedVersion: 2, bindings: { directory: { directory: '../escape' } } },
      'configurationItem',
    );
    const errors = await expectRefused(world.operator, 'distributionPlan', await input(release, 'directory'));
    expect(errors).toEqual(
      Object.values(release.cis).map((id) =>
        expect.objectContaining({
          code: 'BINDING_INVALID',
          path: ['targetIds'],
          subject: { id, __typename: 'ConfigurationItem' },
          resolvableBy: ['CONFIGURATION_MANAGER'],
        }),
      ),
    );
    expect(
      await refusalCodes(
        world.operator,
        'distributionPlan',
        await input(release, 'directory', { operation: 'COMMIT' }),
      ),
    ).toEqual(['ADAPTER_UNSUPPORTED', 'BINDING_INVALID', 'BINDING_INVALID']);
  });

  test('refuses two versions of one product at once, and a release that is over', async () => {
    const item = await world.item('twin');
    const release = await world.ready(['web'], { content: [await world.media(item, '1.0')] });
    // No package takes both any more, but one of earlier days can hold them.
    await app.readDatabase.pool.query(
      `insert into release_content (id, release_id, dml_item_version_id, added_by_id, created_at)
       select gen_random_uuid(), release_id, $2, added_by_id, now() from release_content where release_id = $1`,
      [fromNodeId('Release', release.id, 'id'), fromNodeId('DmlItemVersion', await world.media(item, '2.0'), 'id')],
    );
    expect(await refusalCodes(world.operator, 'distributionPlan', await input(release))).toEqual(['PLAN_INVALID']);
    await world.manager.run('releaseCancel', { id: release.id, reason: 'Enough.' }, 'release');
    expect(await refusalCodes(world.operator, 'distributionPlan', await input(release))).toEqual([
      'PLAN_INVALID',
      'RELEASE_NOT_READY',
    ]);
  });

  test.each([
    { deadlineMinutes: 0 },
    { maxParallel: 0 },
    { stopAfterFailures: -1 },
    { name: '' },
    { scheduledEnd: '2031-11-22T10:00:00Z' },
    { scheduledStart: '2031-11-22T10:00:00Z', scheduledEnd: '2031-11-22T10:00:00Z' },
    { allTargets: true, targetIds: [] },
  ])('rejects %j', async (more) => {
    const release = await world.ready(['web']);
    expect(await rejectionCode(world.operator, 'distributionPlan', await input(release, 'simulator', more))).toBe(
      'BAD_USER_INPUT',
    );
  });

  test('is for operators and release managers, starting for operators only', async () => {
    const release = await world.ready(['web']);
    const id = await world.plan(release);
    for (const role of ['REQUESTER', 'AUDITOR', 'ADMINISTRATOR', 'ADAPTER', 'RELEASE_OWNER'] as const) {
      const client = await app.as(`only-${role.toLowerCase()}`, role);
      expect(await rejectionCode(client, 'distributionPlan', await input(release))).toBe('FORBIDDEN');
      expect(await rejectionCode(client, 'distributionSchedule', { id })).toBe('FORBIDDEN');
      expect(await rejectionCode(client, 'distributionStart', { id })).toBe('FORBIDDEN');
    }
    expect(await rejectionCode(world.manager, 'distributionStart', { id })).toBe('FORBIDDEN');
  });
});

describe('commands', () => {
  test('are offered by the very rules that refuse them', async () => {
    const id = await world.plan(await world.ready(['web']));
    const offered = async () =>
      (await world.read(id, 'availableCommands { command allowed }')).availableCommands
        .filter(({ allowed }: { allowed: boolean }) => allowed)
        .map(({ command }: { command: string }) => command);
    expect(await offered()).toEqual([
      'distributionUpdate',
      'distributionPlanWaves',
      'distributionPreflight',
      'distributionRequestApproval',
      'distributionSchedule',
      'distributionCancel',
    ]);
    const edit = async () => {
      const { version } = await world.read(id, 'version');
      return await world.refusal('Update', id, { expectedVersion: version, name: 'Night shift' });
    };
    const { version } = await world.read(id, 'version');
    const { userErrors } = await world.operator.attempt(
      'distributionUpdate',
      { id, expectedVersion: version, name: 'Night shift' },
      'distribution',
    );
    expect(userErrors).toEqual([]);
    await world.act('Schedule', id);
    expect(await offered()).toEqual([
      'distributionPreflight',
      'distributionStart',
      'distributionCancel',
      'distributionReplan',
    ]);
    expect(await edit()).toEqual(['ILLEGAL_TRANSITION']);
    await world.act('Start', id);
    expect(await offered()).toEqual([]);
    await app.jobs.runOnce();
    expect(await offered()).toEqual(['distributionStop', 'distributionFollowLog']);
  });

  test('keep their release where they are: it does not move away from a scheduled distribution', async () => {
    const release = await world.ready(['web']);
    const { plannedStart, plannedEnd } = await world.read(release.id, 'plannedStart plannedEnd');
    const id = await world.plan(release, { scheduledStart: plannedStart, scheduledEnd: plannedEnd });
    await world.act('Schedule', id);
    const later = (instant: string) => new Date(Date.parse(instant) + 3_600_000).toISOString();
    const move = { id: release.id, startsAt: later(plannedStart), endsAt: later(plannedEnd), reason: 'an hour later' };
    const [refused] = await expectRefused(world.manager, 'releaseMoveSchedule', move);
    expect(refused).toMatchObject({ code: 'DISTRIBUTION_OUTSIDE_RELEASE', resolvableBy: ['DEPLOYMENT_OPERATOR'] });
    await world.act('Cancel', id);
    expect(
      await world.step('releaseMoveSchedule', release.id, {
        startsAt: move.startsAt,
        endsAt: move.endsAt,
        reason: move.reason,
      }),
    ).toBe('SCHEDULED');
  });

  test('with an idempotency key take effect once', async () => {
    const id = await world.plan(await world.ready(['web']));
    await world.act('Schedule', id);
    const start = async (more = {}) =>
      await world.operator.attempt(
        'distributionStart',
        { id, idempotencyKey: 'go-1', ...more },
        'distribution',
        'attempt',
      );
    expect(await start()).toMatchObject({ replayed: false, distribution: { attempt: 1 } });
    expect(await start()).toMatchObject({ replayed: true, distribution: { attempt: 1 } });
    expect(
      await rejectionCode(world.operator, 'distributionStart', { id, idempotencyKey: 'go-1', reason: 'other' }),
    ).toBe('IDEMPOTENCY_KEY_REUSED');
    expect(await world.read(id, 'runs { totalCount }')).toEqual({ runs: { totalCount: 1 } });
  });

  test('decided on an older version are rejected', async () => {
    const id = await world.plan(await world.ready(['web']));
    await world.act('Schedule', id, { expectedVersion: 1 });
    expect(await rejectionCode(world.operator, 'distributionStart', { id, expectedVersion: 1 })).toBe('CONFLICT');
  });
});
