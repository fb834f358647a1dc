import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { fromNodeId } from '../../../src/domain/node-id.js';
import { startTestApp, type TestApp } from '../../support/app.js';
import type { TestClient } from '../../support/client.js';
import { TestClock } from '../../support/clock.js';
import { sha256 } from '../../support/media.js';
import { expectRefused, refusalCodes, rejectionCode } from '../../support/refusals.js';
import { storyOf, type ReadyRelease, type Story } from '../../support/story.js';

const clock = new TestClock();
let app: TestApp;
let world: Story;
let administrator: TestClient;

beforeAll(async () => {
  app = await startTestApp({ clock: clock.now });
  world = await storyOf(app, clock);
  ({ administrator } = world);
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
    expect(await offered()).toEqual(['distributionStart', 'distributionCancel', 'distributionReplan']);
    expect(await edit()).toEqual(['ILLEGAL_TRANSITION']);
    await world.act('Start', id);
    expect(await offered()).toEqual([]);
    await app.jobs.runOnce();
    expect(await offered()).toEqual(['distributionStop']);
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

describe('reading', () => {
  test('walks from a configuration item to the approvals behind what runs on it', async () => {
    const release = await world.ready(['web']);
    const id = await world.started(release);
    await world.pass(3);
    const { node } = await world.operator.ok(
      `query($ci: ID!) { node(id: $ci) { ... on ConfigurationItem {
        targetExecutions { nodes { state distribution { id runs { nodes { id state distribution { id } } } }
          reports(first: 1) { nodes { id state run { key } targetExecution { state } reportedBy { name } } } } }
        installations(current: true) { totalCount nodes { id validFrom validTo assurance dmlItem { name }
          dmlItemVersion { label installations { totalCount } } ci { id } release { id installations { totalCount }
          distributions { totalCount } } distribution { id } targetExecution { state } previous { id } changes {
          totalCount } } } } } }`,
      { ci: release.cis['web'] },
    );
    expect(node.targetExecutions.nodes).toEqual([
      {
        state: 'SUCCEEDED',
        distribution: {
          id,
          runs: { nodes: [{ id: expect.stringMatching(/^run_/), state: 'FINISHED', distribution: { id } }] },
        },
        reports: {
          nodes: [
            {
              id: expect.stringMatching(/^rpt_/),
              state: expect.any(String),
              run: { key: expect.stringMatching(/-1$/) },
              targetExecution: { state: 'SUCCEEDED' },
              reportedBy: null,
            },
          ],
        },
      },
    ]);
    expect(node.installations).toMatchObject({
      totalCount: 1,
      nodes: [
        {
          assurance: 'VERIFIED',
          validTo: null,
          dmlItem: { name: 'payroll' },
          ci: { id: release.cis['web'] },
          release: { id: release.id, installations: { totalCount: 1 }, distributions: { totalCount: 1 } },
          distribution: { id },
          previous: null,
          changes: { totalCount: 0 },
        },
      ],
    });
    const all = await world.operator.ok(`query($ids: [ID!]!) { nodes(ids: $ids) { id __typename } }`, {
      ids: [
        node.installations.nodes[0].id,
        node.targetExecutions.nodes[0].distribution.runs.nodes[0].id,
        node.targetExecutions.nodes[0].reports.nodes[0].id,
        id,
      ],
    });
    expect(all.nodes.map(({ __typename }: { __typename: string }) => __typename)).toEqual([
      'Installation',
      'DistributionRun',
      'TargetReport',
      'Distribution',
    ]);
  });

  test('lists distributions by what they are, where they go and what they deliver', async () => {
    const release = await world.ready(['web', 'db']);
    const id = await world.plan(release, { name: 'Special delivery' });
    const list = async (filter: Record<string, unknown>) =>
      (
        await world.operator.ok(
          `query($filter: DistributionFilter) { distributions(filter: $filter) { nodes { id } } }`,
          { filter },
        )
      ).distributions.nodes.map((node: { id: string }) => node.id);
    expect(await list({ name: { contains: 'special' } })).toEqual([id]);
    expect(await list({ release: { eq: release.id }, state: { in: ['PLANNED'] } })).toEqual([id]);
    expect(await list({ target: { eq: release.cis['web'] } })).toEqual([id]);
    expect(await list({ target: { eq: release.cis['web'] }, state: { eq: 'RUNNING' } })).toEqual([]);
    expect(
      await list({
        and: [
          { deploymentTool: { eq: await world.tool('simulator') } },
          { not: { name: { eq: 'Special delivery' } } },
          { release: { eq: release.id } },
        ],
      }),
    ).toEqual([]);
    const { distributions } = await world.operator.ok(
      '{ distributions(first: 200, orderBy: [{ field: SCHEDULED_START, direction: DESC }]) { nodes { ' +
        'scheduledStart } } }',
    );
    const times = distributions.nodes.map(({ scheduledStart }: { scheduledStart: string | null }) => scheduledStart);
    expect(times).toEqual([...times].sort((a, b) => ((b ?? '9') < (a ?? '9') ? -1 : 1)));
  });

  test('takes the same number of statements for few and for many', async () => {
    // They are scheduled, so that a few of them ask for everything that many ask for.
    for (let i = 0; i < 3; i++) await world.act('Schedule', await world.plan(await world.ready(['web', 'db', 'app'])));
    const list = async (first: number) =>
      await world.operator
        .ok(`{ distributions(first: ${first}, filter: { state: { in: [SCHEDULED, RUNNING] } }) { nodes { name release { name } deploymentTool { name }
          plannedBy { name } approvedBy { name } contents { dmlItemVersion { label } }
          progress { percent counts { state count } }
        targets(first: 2) { nodes { state ci { name } installations(first: 2) { nodes { digest } } reports(first: 1) {
          nodes { state } } } } runs(first: 1) { nodes { state } } availableCommands { command allowed blockers { code
          } } } } }`);
    const few = await app.statements(async () => await list(1));
    expect(await app.statements(async () => await list(12))).toBe(few);
    expect(few).toBeLessThan(40);
  });
});

describe('deployment tools', () => {
  const read = async (name: string, selection: string) =>
    (
      await world.operator.ok(
        `query($name: String!) { deploymentTools(filter: { name: { eq: $name } }) { nodes { ${selection} } } }`,
        { name },
      )
    ).deploymentTools.nodes[0];

  test('say what they are and what they can do, never how they are configured', async () => {
    expect(
      await read(
        'simulator',
        'adapterId title state configured capabilities { submit observe cancel pause operations verifiesDigest ' +
          'maxTargets }',
      ),
    ).toEqual({
      adapterId: 'simulator',
      title: 'Simulator',
      state: 'READY',
      configured: true,
      capabilities: {
        submit: 'IDEMPOTENT',
        observe: ['POLL'],
        cancel: 'CONFIRMED',
        pause: false,
        operations: ['INSTALL', 'REMOVE', 'VERIFY', 'UNDO', 'COMMIT'],
        verifiesDigest: false,
        maxTargets: null,
      },
    });
    const { targetSchema, packageSchema } = await read('directory', 'targetSchema packageSchema');
    expect(targetSchema).toMatchObject({ required: ['directory'] });
    expect(packageSchema).toMatchObject({ type: 'object' });
    const { __type } = await world.operator.ok(`{ __type(name: "DeploymentTool") { fields { name } } }`);
    expect(__type.fields.map(({ name }: { name: string }) => name)).not.toContain('config');
    expect(await app.count(`deployment_tool where row_to_json(deployment_tool)::text like '%INSTALL_ROOT%'`)).toBe(0);
  });

  test('are taken out of use by an administrator, but not while they have something in hand', async () => {
    const tool = await world.tool('simulator');
    const release = await world.ready(['web']);
    const waiting = await world.plan(await world.ready(['web']));
    const id = await world.started(release);
    await app.jobs.runOnce();
    expect(await refusalCodes(administrator, 'deploymentToolDisable', { id: tool })).toContain('TOOL_IN_USE');
    await world.pass(90, 5_000);
    expect(await world.state(id)).toBe('SUCCEEDED');
    expect(await rejectionCode(world.manager, 'deploymentToolDisable', { id: tool })).toBe('FORBIDDEN');
    expect(
      await administrator.run('deploymentToolProbe', { id: tool }, 'deploymentTool', 'availableCommands { command }'),
    ).toEqual({ availableCommands: [{ command: 'deploymentToolProbe' }, { command: 'deploymentToolDisable' }] });
    expect(
      await administrator.run(
        'deploymentToolDisable',
        { id: tool, reason: 'Upgrade.' },
        'deploymentTool',
        'state availableCommands { command }',
      ),
    ).toEqual({ state: 'DISABLED', availableCommands: [{ command: 'deploymentToolEnable' }] });
    await world.act('Schedule', waiting);
    expect(await world.refusal('Start', waiting)).toEqual(['ADAPTER_UNHEALTHY']);
    expect(await refusalCodes(administrator, 'deploymentToolProbe', { id: tool })).toEqual(['ILLEGAL_TRANSITION']);
    await app.jobs.runOnce();
    expect(await read('simulator', 'state')).toEqual({ state: 'DISABLED' });
    await administrator.run('deploymentToolEnable', { id: tool }, 'deploymentTool');
    await app.jobs.runOnce();
    expect(await read('simulator', 'state')).toEqual({ state: 'READY' });
    // Its time had come meanwhile, so it did not wait for a person.
    expect(await world.state(waiting)).toBe('RUNNING');
  });
});
