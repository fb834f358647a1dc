import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { startTestApp, type TestApp } from '../../support/app.js';
import { TestClock } from '../../support/clock.js';
import { storyOf, type Story } from '../../support/story.js';

const clock = new TestClock();
let app: TestApp;
let world: Story;

beforeAll(async () => {
  app = await startTestApp({ clock: clock.now });
  world = await storyOf(app, clock);
});
afterAll(async () => await app.end());

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
      await world.operator.ok(`{
        distributions(first: ${first}, filter: { state: { in: [SCHEDULED, RUNNING] } }) { nodes {
          name release { name } deploymentTool { name }
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
