import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { startTestApp, type TestApp } from '../../support/app.js';
import { on } from '../../support/plans.js';
import { expectRefused, refusalCodes, rejectionCode } from '../../support/refusals.js';
import { storyOf, type Story } from '../../support/story.js';

let app: TestApp;
let world: Story;
let releaseId: string;
let plan: string;
let build: string;

beforeAll(async () => {
  app = await startTestApp();
  world = await storyOf(app);
});
afterAll(async () => await app.end());

let n = 0;
beforeEach(async () => {
  releaseId = (await world.release(`flow ${++n}`)).id;
  plan = await addPhase('Plan', 'PLANNING');
  build = await addPhase('Build', 'BUILDING');
});

const addPhase = async (name: string, releaseState: string, more: Record<string, unknown> = {}) =>
  (await world.manager.run('phaseAdd', { releaseId, name, releaseState, ...more }, 'phase')).id as string;
const add = async (phaseId: string, name: string, more: Record<string, unknown> = {}) =>
  await world.manager.run('taskAdd', { phaseId, name, ...more }, 'task', 'id version');
const phases = async () =>
  (await world.read(releaseId, 'phases { nodes { name position } }')).phases.nodes.map(
    ({ name, position }: any) => `${position} ${name}`,
  );
const order = async (phaseId: string) =>
  (
    await world.manager.ok(`query($id: ID!) { node(id: $id) { ... on Phase { tasks { nodes { name } } } } }`, {
      id: phaseId,
    })
  ).node.tasks.nodes.map(({ name }: { name: string }) => name);

describe('a plan under way', () => {
  test('takes new tasks, moved tasks, other orders; readiness follows at once', async () => {
    const scope = await add(plan, 'scope');
    const risks = await add(plan, 'risks', { predecessorIds: [scope.id] });
    await world.step('releaseStartPlanning', releaseId);
    const late = await add(plan, 'late idea');
    expect(await world.tasks(releaseId)).toMatchObject({
      scope: { state: 'READY' },
      risks: { state: 'BLOCKED' },
      'late idea': { state: 'READY' },
    });
    await world.manager.run(
      'taskSetPredecessors',
      { id: risks.id, expectedVersion: (await world.tasks(releaseId))['risks'].version, predecessorIds: [] },
      'task',
    );
    expect((await world.tasks(releaseId))['risks'].state).toBe('READY');
    await world.manager.run(
      'taskSetPredecessors',
      { id: risks.id, expectedVersion: (await world.tasks(releaseId))['risks'].version, predecessorIds: [late.id] },
      'task',
    );
    expect((await world.tasks(releaseId))['risks'].state).toBe('BLOCKED');
    await world.manager.run('taskRemove', { id: late.id, reason: 'not needed' }, 'release');
    expect((await world.tasks(releaseId))['risks'].state).toBe('READY');
    await world.manager.run(
      'taskMove',
      { id: risks.id, expectedVersion: (await world.tasks(releaseId))['risks'].version, phaseId: build },
      'task',
    );
    expect(await refusalCodes(world.manager, 'taskStart', { id: risks.id })).toEqual(['TASK_PHASE_NOT_REACHED']);
    await world.manager.run('taskSkip', { id: scope.id, reason: 'known' }, 'task');
    await world.step('releaseStartBuilding', releaseId);
    expect((await world.tasks(releaseId))['risks'].state).toBe('READY');
  });

  test('keeps what has been started where it is', async () => {
    const scope = await add(plan, 'scope');
    await world.step('releaseStartPlanning', releaseId);
    await world.manager.run('taskStart', { id: scope.id }, 'task');
    const { version } = (await world.tasks(releaseId))['scope'];
    expect(await refusalCodes(world.manager, 'taskRemove', { id: scope.id })).toEqual(['ILLEGAL_TRANSITION']);
    expect(
      await refusalCodes(world.manager, 'taskMove', { id: scope.id, expectedVersion: version, phaseId: build }),
    ).toEqual(['ILLEGAL_TRANSITION']);
    expect(
      await refusalCodes(world.manager, 'taskSetPredecessors', {
        id: scope.id,
        expectedVersion: version,
        predecessorIds: [],
      }),
    ).toEqual(['ILLEGAL_TRANSITION']);
    expect(
      await refusalCodes(world.manager, 'taskUpdate', { id: scope.id, expectedVersion: version, kind: 'TEST' }),
    ).toEqual(['ILLEGAL_TRANSITION']);
    expect(await refusalCodes(world.manager, 'phaseRemove', { id: plan })).toEqual(['ILLEGAL_TRANSITION']);
    expect(
      (
        await world.manager.run(
          'taskUpdate',
          { id: scope.id, expectedVersion: version, description: 'What belongs to it.' },
          'task',
          'description',
        )
      ).description,
    ).toBe('What belongs to it.');
  });

  test('is fixed once the release is over', async () => {
    const scope = await add(plan, 'scope');
    await world.step('releaseCancel', releaseId, { reason: 'given up' });
    expect(await refusalCodes(world.manager, 'phaseAdd', { releaseId, name: 'x', releaseState: 'TESTING' })).toEqual([
      'ILLEGAL_TRANSITION',
    ]);
    expect(await refusalCodes(world.manager, 'taskAdd', { phaseId: plan, name: 'x' })).toEqual(['ILLEGAL_TRANSITION']);
    expect(await refusalCodes(world.manager, 'taskRemove', { id: scope.id })).toEqual(['ILLEGAL_TRANSITION']);
  });

  test('lets mandatory tasks go only with a waiver of the owner', async () => {
    const locked = await add(plan, 'locked', { mandatory: true });
    expect(await refusalCodes(world.manager, 'taskRemove', { id: locked.id })).toEqual(['WAIVER_REQUIRED']);
    expect(
      await refusalCodes(world.manager, 'taskUpdate', {
        id: locked.id,
        expectedVersion: locked.version,
        mandatory: false,
      }),
    ).toEqual(['WAIVER_REQUIRED']);
    expect(await refusalCodes(world.manager, 'phaseRemove', { id: plan })).toEqual(['WAIVER_REQUIRED']);
    const waiver = { releaseId, code: 'WAIVER_REQUIRED', subjectId: locked.id, reason: 'Done in the release before.' };
    const expiresAt = new Date(Date.now() + 3_600_000).toISOString();
    await world.owner.run('waiverGrant', { ...waiver, expiresAt }, 'waiver');
    const release = await world.manager.run(
      'taskRemove',
      { id: locked.id },
      'release',
      'tasks { totalCount } waivers { nodes { reason subject { id } } }',
    );
    expect(release).toEqual({
      tasks: { totalCount: 0 },
      waivers: { nodes: [{ reason: 'Done in the release before.', subject: null }] },
    });
  });
});

describe('the critical path', () => {
  test('runs through the longest tasks and past the states between phases', async () => {
    const hours = (from: number, to: number) => ({ plannedStart: on(4, from), plannedEnd: on(4, to) });
    const scope = await add(plan, 'scope', hours(8, 9));
    await add(plan, 'risks', { predecessorIds: [scope.id], ...hours(9, 12) });
    await add(plan, 'people', hours(8, 9));
    await add(build, 'package', hours(12, 14));
    await add(await addPhase('Back out', 'BACKING_OUT'), 'restore', hours(12, 14));
    const slack = async () =>
      Object.fromEntries(
        Object.values(await world.tasks(releaseId, 'slackMinutes')).map(({ name, slackMinutes }) => [
          name,
          slackMinutes,
        ]),
      );
    expect(await slack()).toEqual({ scope: 0, risks: 0, people: 180, package: 0, restore: null });
    // What is done takes no more time.
    await world.step('releaseStartPlanning', releaseId);
    await world.manager.run('taskSkip', { id: scope.id, reason: 'known' }, 'task');
    expect(await slack()).toMatchObject({ risks: 0, people: 120 });
  });
});

describe('the order of a plan', () => {
  test('is refused when tasks would wait for one another, and the circle is named', async () => {
    const [a, b, c] = [await add(plan, 'a'), await add(plan, 'b'), await add(plan, 'c')];
    await world.manager.run('taskSetPredecessors', { id: b.id, expectedVersion: 1, predecessorIds: [a.id] }, 'task');
    await world.manager.run('taskSetPredecessors', { id: c.id, expectedVersion: 1, predecessorIds: [b.id] }, 'task');
    const [error] = await expectRefused(world.manager, 'taskSetPredecessors', {
      id: a.id,
      expectedVersion: 1,
      predecessorIds: [c.id],
    });
    expect(error).toMatchObject({
      code: 'PLAN_INVALID',
      path: ['predecessorIds'],
      message: expect.stringMatching(
        /"a" after "c" after "b" after "a"|"b" after "a" after "c" after "b"|"c" after "b" after "a" after "c"/,
      ),
    });
    expect(
      await refusalCodes(world.manager, 'taskSetPredecessors', {
        id: a.id,
        expectedVersion: 1,
        predecessorIds: [a.id],
      }),
    ).toEqual(['PLAN_INVALID']);
    expect(
      await rejectionCode(world.manager, 'taskSetPredecessors', { id: b.id, expectedVersion: 1, predecessorIds: [] }),
    ).toBe('CONFLICT');
  });

  test('does not let two people close a circle at the same moment', async () => {
    const [a, b] = [await add(plan, 'a'), await add(plan, 'b')];
    const ownerToo = await app.as('olga', 'RELEASE_MANAGER');
    const answers = await Promise.all([
      world.manager.attempt('taskSetPredecessors', { id: a.id, expectedVersion: 1, predecessorIds: [b.id] }, 'task'),
      ownerToo.attempt('taskSetPredecessors', { id: b.id, expectedVersion: 1, predecessorIds: [a.id] }, 'task'),
    ]);
    expect(answers.map(({ userErrors }) => userErrors.map(({ code }: { code: string }) => code).join()).sort()).toEqual(
      ['', 'PLAN_INVALID'],
    );
  });

  test('follows phases and dates', async () => {
    const early = await add(plan, 'early', { plannedStart: on(4, 8), plannedEnd: on(4, 10) });
    const later = await add(build, 'later', {
      predecessorIds: [early.id],
      plannedStart: on(4, 10),
      plannedEnd: on(4, 12),
    });
    // Everything that is wrong with it at once: a circle, a phase that comes later, dates.
    const problems = await expectRefused(world.manager, 'taskSetPredecessors', {
      id: early.id,
      expectedVersion: 1,
      predecessorIds: [later.id],
    });
    expect(problems.map(({ path, message }) => `${path?.join()}: ${message}`)).toEqual([
      expect.stringMatching(/^predecessorIds: The tasks would wait for one another/),
      expect.stringMatching(/^predecessorIds: .* Each would wait for the other/),
      expect.stringMatching(/^plannedStart: /),
    ]);
    expect(
      await expectRefused(world.manager, 'taskUpdate', { id: later.id, expectedVersion: 1, plannedStart: on(4, 9) }),
    ).toMatchObject([{ code: 'PLAN_INVALID', path: ['plannedStart'], subject: { id: early.id } }]);
    expect(
      await expectRefused(world.manager, 'taskUpdate', { id: early.id, expectedVersion: 1, plannedEnd: on(4, 11) }),
    ).toMatchObject([{ code: 'PLAN_INVALID', path: ['plannedEnd'], subject: { id: later.id } }]);
    expect(
      await refusalCodes(world.manager, 'taskUpdate', { id: later.id, expectedVersion: 1, plannedEnd: on(4, 9) }),
    ).toEqual(['PLAN_INVALID']);
    expect(
      await refusalCodes(world.manager, 'taskAdd', { phaseId: plan, name: 'wrong way', predecessorIds: [later.id] }),
    ).toEqual(['PLAN_INVALID']);
    // Only what is given changes.
    const moved = await world.manager.run(
      'taskUpdate',
      { id: later.id, expectedVersion: 1, plannedEnd: on(4, 13) },
      'task',
      'name plannedStart plannedEnd',
    );
    expect(moved).toEqual({ name: 'later', plannedStart: on(4, 10), plannedEnd: on(4, 13) });
  });

  test('of a task of another release is not found', async () => {
    const mine = await add(plan, 'mine');
    const other = await world.release('another');
    const phase = await world.manager.run(
      'phaseAdd',
      { releaseId: other.id, name: 'Plan', releaseState: 'PLANNING' },
      'phase',
    );
    const foreign = await add(phase.id, 'foreign');
    expect(
      await rejectionCode(world.manager, 'taskSetPredecessors', {
        id: mine.id,
        expectedVersion: 1,
        predecessorIds: [foreign.id],
      }),
    ).toBe('NOT_FOUND');
    expect(await rejectionCode(world.manager, 'taskMove', { id: mine.id, expectedVersion: 1, phaseId: phase.id })).toBe(
      'NOT_FOUND',
    );
  });

  test('of tasks in a phase is theirs to change', async () => {
    for (const name of ['a', 'b', 'c']) await add(plan, name);
    await add(plan, 'd', { position: 1 });
    expect(await order(plan)).toEqual(['a', 'd', 'b', 'c']);
    const tasks = await world.tasks(releaseId);
    await world.manager.run(
      'taskMove',
      { id: tasks['c'].id, expectedVersion: tasks['c'].version, position: 0 },
      'task',
    );
    expect(await order(plan)).toEqual(['c', 'a', 'd', 'b']);
    // The others were not decided about: whoever read them before may still edit them.
    await world.manager.run(
      'taskUpdate',
      { id: tasks['b'].id, expectedVersion: tasks['b'].version, name: 'b2' },
      'task',
    );
    await world.manager.run(
      'taskMove',
      { id: tasks['a'].id, expectedVersion: tasks['a'].version, phaseId: build },
      'task',
    );
    expect([await order(plan), await order(build)]).toEqual([['c', 'd', 'b2'], ['a']]);
  });

  test('of phases stays that of their states', async () => {
    const pilot = await addPhase('Pilot', 'BUILDING');
    await addPhase('Prepare', 'PLANNING');
    expect(await phases()).toEqual(['0 Plan', '1 Prepare', '2 Build', '3 Pilot']);
    await world.manager.run('phaseUpdate', { id: pilot, expectedVersion: 1, name: 'Trial', position: 2 }, 'phase');
    expect(await phases()).toEqual(['0 Plan', '1 Prepare', '2 Trial', '3 Build']);
    expect(
      await expectRefused(world.manager, 'phaseUpdate', { id: pilot, expectedVersion: 2, position: 0 }),
    ).toMatchObject([{ code: 'PLAN_INVALID', path: ['position'] }]);
    expect(
      await refusalCodes(world.manager, 'phaseAdd', { releaseId, name: 'x', releaseState: 'TESTING', position: 0 }),
    ).toEqual(['PLAN_INVALID']);
    expect(await rejectionCode(world.manager, 'phaseAdd', { releaseId, name: 'x', releaseState: 'CLOSED' })).toBe(
      'BAD_USER_INPUT',
    );
    await world.manager.run('phaseRemove', { id: pilot }, 'release');
    expect(await phases()).toEqual(['0 Plan', '1 Prepare', '2 Build']);
  });
});
