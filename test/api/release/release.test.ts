import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { startTestApp, type TestApp } from '../../support/app.js';
import { on } from '../../support/plans.js';
import { refusalCodes, rejectionCode } from '../../support/refusals.js';
import { storyOf, type Story } from '../../support/story.js';

let app: TestApp;
let world: Story;

beforeAll(async () => {
  app = await startTestApp();
  world = await storyOf(app);
});
afterAll(async () => await app.end());

describe('a release', () => {
  test('from scratch starts as a draft with an empty plan', async () => {
    const { id, number } = await world.release('Payroll 4');
    expect(number).toMatch(/^REL-\d+$/);
    expect(
      await world.read(
        id,
        'name state itupStatus kind packaging skippedStates templateVersion { id } owner { name } manager { name ' +
          '} plan { requires { backOutPlan testEvidence } } tasks { totalCount } onHold { reason } review { ' +
          'summary } acceptedAt',
      ),
    ).toEqual({
      name: 'Payroll 4',
      state: 'DRAFT',
      itupStatus: 'OPEN',
      kind: 'MINOR',
      packaging: 'PACKAGE',
      skippedStates: [],
      templateVersion: null,
      owner: { name: 'olga' },
      manager: { name: 'mona' },
      plan: { requires: { backOutPlan: true, testEvidence: false } },
      tasks: { totalCount: 0 },
      onHold: null,
      review: null,
      acceptedAt: null,
    });
  });

  test('is made once for one idempotency key', async () => {
    const input = { name: 'once', ownerId: world.owner.personId, idempotencyKey: 'release-once' };
    const first = await world.manager.attempt('releaseCreate', input, 'release');
    const again = await world.manager.attempt('releaseCreate', input, 'release');
    expect(again).toEqual({ ...first, replayed: true });
    expect(await app.count(`release where name = 'once'`)).toBe(1);
    expect(await rejectionCode(world.manager, 'releaseCreate', { ...input, name: 'twice' })).toBe(
      'IDEMPOTENCY_KEY_REUSED',
    );
  });

  test('is edited field by field, on the version that was read', async () => {
    const { id, version } = await world.release('edited', { description: 'before' });
    const edited = await world.manager.run(
      'releaseUpdate',
      { id, expectedVersion: version, name: 'edited twice' },
      'release',
      'name description version',
    );
    expect(edited).toEqual({ name: 'edited twice', description: 'before', version: version + 1 });
    expect(await rejectionCode(world.manager, 'releaseUpdate', { id, expectedVersion: version, name: 'lost' })).toBe(
      'CONFLICT',
    );
  });

  test('rejects what makes no sense', async () => {
    const input = { name: 'x', ownerId: world.owner.personId };
    expect(await rejectionCode(world.manager, 'releaseCreate', { ...input, name: '  ' })).toBe('BAD_USER_INPUT');
    expect(
      await rejectionCode(world.manager, 'releaseCreate', { ...input, ownerId: 'per_00000000000000000000000000' }),
    ).toBe('NOT_FOUND');
    expect(
      await rejectionCode(world.manager, 'releaseCreate', { ...input, plannedStart: on(5), plannedEnd: on(4) }),
    ).toBe('BAD_USER_INPUT');
    expect(await rejectionCode(world.owner, 'releaseCreate', input)).toBe('FORBIDDEN');
  });

  test('of another system is made and then edited under its reference', async () => {
    const input = {
      externalRef: { source: 'jira', key: 'PAY-4' },
      name: 'Payroll from Jira',
      ownerId: world.owner.personId,
    };
    const made = await world.manager.run('releaseUpsert', input, 'release', 'id version externalRef { source key }');
    expect(made.externalRef).toEqual(input.externalRef);
    const edited = await world.manager.run(
      'releaseUpsert',
      { ...input, name: 'Payroll, renamed' },
      'release',
      'id name',
    );
    expect(edited).toEqual({ id: made.id, name: 'Payroll, renamed' });
  });

  test('can be put on hold and resumed; a hold stops every step', async () => {
    const { id } = await world.release('held');
    const held = await world.owner.run(
      'releaseHold',
      { id, reason: 'audit' },
      'release',
      'state onHold { reason at by { name } }',
    );
    expect(held).toEqual({
      state: 'DRAFT',
      onHold: { reason: 'audit', at: expect.stringMatching(/Z$/), by: { name: 'olga' } },
    });
    expect(await refusalCodes(world.manager, 'releaseStartPlanning', { id })).toEqual(['RELEASE_ON_HOLD']);
    expect(await refusalCodes(world.manager, 'releaseHold', { id, reason: 'again' })).toEqual(['ILLEGAL_TRANSITION']);
    expect(
      (await world.manager.run('releaseResume', { id, reason: 'audit over' }, 'release', 'onHold { reason }')).onHold,
    ).toBeNull();
    expect(await refusalCodes(world.manager, 'releaseResume', { id })).toEqual(['ILLEGAL_TRANSITION']);
    expect(await world.step('releaseStartPlanning', id)).toBe('PLANNING');
  });

  test('says which commands it has and what stands in their way', async () => {
    const { id } = await world.release('why not', { backOutPlan: '' });
    await world.startTesting(id);
    const { availableCommands } = await world.read(id, 'availableCommands { command allowed blockers { code } }');
    expect(
      availableCommands.map(({ command, allowed, blockers }: any) => [
        command,
        allowed,
        blockers.map(({ code }: any) => code).sort(),
      ]),
    ).toEqual([
      [
        'releaseAccept',
        false,
        ['BACKOUT_PLAN_MISSING', 'NOT_RELEASE_OWNER', 'NO_CONTENT', 'NO_TARGETS', 'ROLE_REQUIRED', 'SELF_APPROVAL'],
      ],
      ['releaseCancel', true, []],
      ['releaseUpdate', true, []],
      ['releaseHandOver', true, []],
      ['releaseHold', true, []],
      ['releaseAddCi', true, []],
      ['releaseRemoveCi', true, []],
      ['releaseAddContent', true, []],
      ['releaseRemoveContent', true, []],
      ['releaseRemoveChange', true, []],
      ['releaseAddDependency', true, []],
      ['releaseRemoveDependency', true, []],
      ['releaseSaveAsTemplate', true, []],
    ]);
    const refused = await refusalCodes(world.owner, 'releaseAccept', { id });
    expect(refused).toEqual(['BACKOUT_PLAN_MISSING', 'NO_CONTENT', 'NO_TARGETS']);
  });

  test.each([
    ['too long', 'x'.repeat(2_001)],
    ['with control characters', 'a\u0000b'],
  ])('takes no reason that is %s, whatever the command', async (_, reason) => {
    const { id } = await world.release('reasons');
    await world.step('releaseHold', id, { reason: 'wait' });
    expect(await rejectionCode(world.manager, 'releaseResume', { id, reason })).toBe('BAD_USER_INPUT');
    expect(await rejectionCode(world.manager, 'releaseStartPlanning', { id, reason })).toBe('BAD_USER_INPUT');
    const ci = await world.ci(`reasons-${reason.length}`);
    const scope = { id, role: 'TARGET', ciIds: [ci], reason };
    expect(await rejectionCode(world.manager, 'releaseAddCi', scope)).toBe('BAD_USER_INPUT');
    expect(await rejectionCode(world.configurationManager, 'configurationItemRetire', { id: ci, reason })).toBe(
      'BAD_USER_INPUT',
    );
    const { personId } = world.auditor;
    expect(await rejectionCode(world.administrator, 'personDeactivate', { id: personId, reason })).toBe(
      'BAD_USER_INPUT',
    );
  });

  test('keeps no blank reason', async () => {
    const { id } = await world.release('blank reason');
    await world.step('releaseStartPlanning', id, { reason: '   ' });
    const { events } = await world.read(id, 'events(first: 1) { nodes { type reason } }');
    expect(events.nodes).toEqual([{ type: 'release.planning-started', reason: null }]);
  });

  test('shows its history with who did what', async () => {
    const { id } = await world.release('history');
    await world.step('releaseStartPlanning', id, { reason: 'go' });
    const { events } = await world.read(
      id,
      'events { nodes { type actor { name } reason subject { state version } data } }',
    );
    expect(events.nodes).toMatchObject([
      {
        type: 'release.planning-started',
        actor: { name: 'mona' },
        reason: 'go',
        subject: { state: 'PLANNING', version: 2 },
        data: { from: 'DRAFT', to: 'PLANNING' },
      },
      { type: 'release.created', actor: { name: 'mona' }, subject: { state: 'DRAFT', version: 1 } },
    ]);
  });
});

describe('releases', () => {
  test('are found by name, kind, state, people, dates, targets, hold', async () => {
    const ci = await world.ci('found-1');
    const a = await world.release('found a', { kind: 'PATCH', plannedStart: on(4), plannedEnd: on(5) });
    const b = await world.release('found b', { kind: 'MAJOR' });
    await world.addTargets(a.id, ci);
    await world.step('releaseStartPlanning', b.id);
    await world.manager.run('releaseHold', { id: b.id, reason: 'wait' }, 'release');
    const find = async (filter: object, orderBy: object[] = [{ field: 'NAME' }]) =>
      (
        await world.owner.ok(
          'query($filter: ReleaseFilter, $orderBy: [ReleaseOrder!]) { releases(filter: $filter, orderBy: ' +
            '$orderBy) { nodes { name } } }',
          {
            filter: { and: [{ name: { startsWith: 'found ' } }, filter] },
            orderBy,
          },
        )
      ).releases.nodes.map(({ name }: { name: string }) => name);
    expect(await find({ kind: { eq: 'PATCH' } })).toEqual(['found a']);
    expect(await find({ state: { in: ['PLANNING'] } })).toEqual(['found b']);
    expect(await find({ targetCi: { eq: ci } })).toEqual(['found a']);
    expect(await find({ onHold: true })).toEqual(['found b']);
    expect(await find({ plannedStart: { gte: on(4) } })).toEqual(['found a']);
    expect(await find({ owner: { eq: world.owner.personId }, manager: { eq: world.manager.personId } })).toEqual([
      'found a',
      'found b',
    ]);
    expect(
      await find({ or: [{ number: { eq: a.number } }, { number: { eq: b.number } }] }, [
        { field: 'NAME', direction: 'DESC' },
      ]),
    ).toEqual(['found b', 'found a']);
    expect(await find({ or: [{ onHold: true }, { onHold: false }] }, [{ field: 'PLANNED_START' }])).toEqual([
      'found a',
      'found b',
    ]);
  });
});
