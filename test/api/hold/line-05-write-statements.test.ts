import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { startTestApp, type TestApp } from '../../support/app.js';
import type { Cast } from '../../support/cast.js';
import type { TestClient } from '../../support/client.js';
import { TestClock } from '../../support/clock.js';
import { largeRelease, type LargeRelease } from '../../support/large-release.js';
import { signatureOf } from '../../support/random-input.js';
import { storyOf, type Story } from '../../support/story.js';
import { writeStatements } from '../../support/write-statements.js';

const SMALL = 10;
// Above what the ORM would write at once. By hand: INTERLOCK_TEST_LARGE=1000.
const LARGE = Number(process.env['INTERLOCK_TEST_LARGE'] ?? 320);

let app: TestApp;
let world: Story;
let releases: readonly LargeRelease[];
const clock = new TestClock();

beforeAll(async () => {
  app = await startTestApp({ clock: clock.now });
  world = await storyOf(app, clock);
  releases = [await largeRelease(app, world, SMALL), await largeRelease(app, world, LARGE)];
}, 120_000);
afterAll(async () => await app.end());

type Input = Record<string, unknown>;
/** Makes the input for the small release (n = 0) and the large one (n = 1). */
type Make = (release: LargeRelease, n: 0 | 1) => Input | Promise<Input>;
type Step = readonly [mutation: string, client: keyof Cast, input: Make];

const on = (hours: number) => new Date(clock.now().getTime() + hours * 3_600_000).toISOString();
const most = <T>(items: readonly T[]) => items.slice(0, 500);
const versioned = async (id: string, more: Input = {}, client?: TestClient): Promise<Input> => ({
  id,
  expectedVersion: (await world.read(id, 'version', client)).version,
  ...more,
});
const release =
  (more: Input = {}): Make =>
  ({ id }) => ({ id, ...more });

/** What each command made, for the small and the large release. */
const made = new Map<string, string[]>();
const ofMade =
  (mutation: string, more: Input = {}): Make =>
  (_, n) => ({ id: made.get(mutation)?.[n], ...more });
const slot = (n: number) => ({ startsAt: on(1 + 50 * n), endsAt: on(40 + 50 * n) });

/** Commands in the order of a release's life. What follows from a command is part of it. */
const STEPS: readonly Step[] = [
  ['releaseAddCi', 'manager', ({ id, spare }) => ({ id, role: 'TARGET', ciIds: most(spare) })],
  ['releaseRemoveCi', 'manager', ({ id, spare }) => ({ id, role: 'TARGET', ciIds: most(spare) })],
  ['releaseAddContent', 'manager', ({ id, media }) => ({ id, dmlItemVersionIds: media })],
  ['releaseRemoveContent', 'manager', ({ id, media }) => ({ id, dmlItemVersionIds: media })],
  ['releaseRemoveChange', 'manager', ({ id, change }) => ({ id, changeId: change, reason: 'Later.' })],
  [
    'changeCreate',
    'requester',
    ({ spare }, n) => ({ title: `Large ${n}`, backOutPlan: 'x', targetCiIds: most(spare) }),
  ],
  [
    'changeRemoveCi',
    'requester',
    ({ spare }, n) => ({ id: made.get('changeCreate')?.[n], role: 'TARGET', ciIds: most(spare) }),
  ],
  [
    'changeAddCi',
    'requester',
    ({ spare }, n) => ({ id: made.get('changeCreate')?.[n], role: 'TARGET', ciIds: most(spare) }),
  ],
  [
    'changeReleaseRequestApprove',
    'owner',
    async ({ id, spare }) => {
      const change = await world.authorised('To join', most(spare));
      const input = { changeId: change.id, releaseId: id, mode: 'SPECIFIC_RELEASE' };
      return { id: (await world.requester.run('changeReleaseRequestSubmit', input, 'changeReleaseRequest')).id };
    },
  ],
  [
    'scheduleWindowCreate',
    'changeManager',
    ({ spare }, n) => ({
      name: `Window ${n}`,
      kind: 'BLACKOUT',
      startsAt: on(5_000),
      endsAt: on(5_001),
      ciIds: spare.slice(0, 200),
    }),
  ],
  [
    'scheduleWindowUpdate',
    'changeManager',
    async (_, n) => await versioned(made.get('scheduleWindowCreate')?.[n] as string, { ciIds: [] }),
  ],
  ['taskAdd', 'manager', ({ phase, tasks }) => ({ phaseId: phase, name: 'More', predecessorIds: tasks.slice(0, 100) })],
  [
    'taskSetPredecessors',
    'manager',
    async (_, n) => await versioned(made.get('taskAdd')?.[n] as string, { predecessorIds: [] }),
  ],
  ['taskMove', 'manager', async (_, n) => await versioned(made.get('taskAdd')?.[n] as string, { position: 0 })],
  ['taskRemove', 'manager', ofMade('taskAdd', { reason: 'No.' })],
  ['phaseAdd', 'manager', ({ id }) => ({ releaseId: id, name: 'More', releaseState: 'IN_REVIEW', position: 0 })],
  ['releaseUpdate', 'manager', async ({ id }) => await versioned(id, { planStart: on(1) })],
  ['releaseUpdate', 'manager', async ({ id }) => await versioned(id, { planStart: on(3) })],
  ['releaseSaveAsTemplate', 'manager', ({ id }, n) => ({ releaseId: id, name: `Template ${n}` })],
  ['releaseStartBuilding', 'manager', release()],
  ['releaseStartTesting', 'manager', release()],
  ['releaseHold', 'manager', release({ reason: 'Wait.' })],
  ['releaseResume', 'manager', release()],
  ['releaseAccept', 'owner', release()],
  ['releaseSchedule', 'manager', ({ id }, n) => ({ id, ...slot(n) })],
  ['releaseUnschedule', 'manager', release({ reason: 'Another day.' })],
  ['releaseSchedule', 'manager', ({ id }, n) => ({ id, ...slot(n) })],
  [
    'releaseMoveSchedule',
    'manager',
    ({ id }, n) => ({ id, startsAt: on(2 + 50 * n), endsAt: on(41 + 50 * n), reason: 'x' }),
  ],
  ['releaseCommunicate', 'manager', release({ audience: 'All', message: 'Soon.' })],
  [
    'distributionPlan',
    'operator',
    async ({ id }, n) => ({
      releaseId: id,
      deploymentToolId: await world.tool('simulator'),
      allTargets: true,
      approvalRequired: true,
      scheduledStart: on(10 + 50 * n),
    }),
  ],
  [
    'distributionUpdate',
    'operator',
    async ({ targets }, n) =>
      await versioned(made.get('distributionPlan')?.[n] as string, { targetIds: targets.slice(0, targets.length / 2) }),
  ],
  [
    'distributionUpdate',
    'operator',
    async (_, n) => await versioned(made.get('distributionPlan')?.[n] as string, { allTargets: true }),
  ],
  [
    'distributionPlanWaves',
    'operator',
    async (_, n) =>
      await versioned(made.get('distributionPlan')?.[n] as string, { by: 'PERCENT', sizes: [10], soakMinutes: 5 }),
  ],
  [
    'distributionPlanWaves',
    'operator',
    async (_, n) => await versioned(made.get('distributionPlan')?.[n] as string, { by: 'REDUNDANCY' }),
  ],
  ['distributionRequestApproval', 'operator', ofMade('distributionPlan')],
  ['distributionApprove', 'owner', ofMade('distributionPlan')],
  ['distributionReplan', 'operator', ofMade('distributionPlan')],
  ['distributionRequestApproval', 'operator', ofMade('distributionPlan')],
  ['distributionApprove', 'owner', ofMade('distributionPlan')],
  [
    'releaseMoveSchedule',
    'manager',
    ({ id }, n) => ({ id, startsAt: on(3 + 50 * n), endsAt: on(42 + 50 * n), reason: 'x', moveDistributions: true }),
  ],
  ['distributionCancel', 'operator', ofMade('distributionPlan', { reason: 'No.' })],
  ['releaseUnschedule', 'manager', release({ reason: 'No.' })],
  ['releaseCancel', 'manager', release({ reason: 'No.' })],
];

describe('the number of statements does not depend on the size of the release', () => {
  test.each(STEPS)('%s', async (mutation, client, input) => {
    const statements: string[][] = [];
    const { field } = signatureOf(mutation);
    const ids: string[] = [];
    for (const n of [0, 1] as const) {
      const given = await input(releases[n] as LargeRelease, n);
      const sent = await writeStatements(app, async () => {
        ids.push((await world[client].run(mutation, given, field)).id);
      });
      statements.push(sent);
    }
    made.set(mutation, ids);
    expect(statements[0]?.length).toBeGreaterThan(2);
    expect(statements[1]?.length).toBe(statements[0]?.length); // a hole shows here as more `insert` or `update`
  });
});
