import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { startTestApp, type TestApp } from '../../support/app.js';
import { TestClock } from '../../support/clock.js';
import { refusalCodes, rejectionCode } from '../../support/refusals.js';
import { storyOf, type ReadyRelease, type Story } from '../../support/story.js';

let app: TestApp;
let world: Story;
const clock = new TestClock();

beforeAll(async () => {
  app = await startTestApp({ clock: clock.now });
  world = await storyOf(app, clock);
});
afterAll(async () => await app.end());

const at = (hours: number) => new Date(clock.now().getTime() + hours * 3_600_000).toISOString();
const slot = (from: number, to: number) => ({ startsAt: at(from), endsAt: at(to) });
const add = async (id: string, predecessorId: string) =>
  await world.manager.run('releaseAddDependency', { id, predecessorId }, 'release', 'version');
const around = async (id: string) => {
  const { predecessors, successors } = await world.read(
    id,
    'predecessors { nodes { name } } successors { nodes { name } }',
  );
  return [predecessors, successors].map(({ nodes }) => nodes.map(({ name }: { name: string }) => name));
};

describe('a dependency of a release', () => {
  test('is shown at both releases, is told, and is kept once', async () => {
    const [first, second] = [await world.release('one'), await world.release('two')];
    const { version } = await add(second.id, first.id);
    expect(await add(second.id, first.id)).toEqual({ version });
    expect([await around(first.id), await around(second.id)]).toEqual([
      [[], ['two']],
      [['one'], []],
    ]);
    const { snapshot } = await world.manager.ok(
      `query($id: ID!) { snapshot { release(id: $id) { predecessors { nodes { name deployedAt } } } } }`,
      { id: second.id },
    );
    expect(snapshot.release.predecessors.nodes).toEqual([{ name: 'one', deployedAt: null }]);
    const remove = { id: second.id, predecessorId: first.id, reason: 'Not needed.' };
    await world.manager.run('releaseRemoveDependency', remove, 'release');
    expect(await around(first.id)).toEqual([[], []]);
    expect(await rejectionCode(world.manager, 'releaseRemoveDependency', remove)).toBe('NOT_FOUND');
    await app.relay();
    const { events } = await world.read(first.id, 'events(first: 2) { nodes { type reason data } }');
    expect(events.nodes.map(({ type, reason }: any) => [type, reason])).toEqual([
      ['release.dependency-removed', 'Not needed.'],
      ['release.dependency-added', null],
    ]);
  });

  test('is no circle, of any length; the refusal names the way', async () => {
    const [a, b, c] = [await world.release('a'), await world.release('b'), await world.release('c')];
    await add(b.id, a.id);
    await add(c.id, b.id);
    const { releaseAddDependency } = await world.manager.ok(
      `mutation($input: ReleaseAddDependencyInput!) { releaseAddDependency(input: $input) {
        userErrors { code message ... on Blocker { via { id } } } } }`,
      { input: { id: a.id, predecessorId: c.id } },
    );
    expect(releaseAddDependency.userErrors).toEqual([
      {
        code: 'DEPENDENCY_CYCLE',
        message: expect.stringContaining([a, c, b, a].map(({ number }) => number).join(' > ')),
        via: [c, b, a].map(({ id }) => ({ id })),
      },
    ]);
    expect(await refusalCodes(world.manager, 'releaseAddDependency', { id: a.id, predecessorId: a.id })).toEqual([
      'DEPENDENCY_CYCLE',
    ]);
  });

  test('of two opposite ones at the same moment, one is refused', async () => {
    for (let round = 0; round < 5; round++) {
      const [a, b] = [await world.release(`left ${round}`), await world.release(`right ${round}`)];
      const both = await Promise.all([
        world.manager.attempt('releaseAddDependency', { id: a.id, predecessorId: b.id }, 'release'),
        world.manager.attempt('releaseAddDependency', { id: b.id, predecessorId: a.id }, 'release'),
      ]);
      expect(both.flatMap(({ userErrors }: any) => userErrors.map(({ code }: any) => code))).toEqual([
        'DEPENDENCY_CYCLE',
      ]);
    }
  });

  test('is set by the people of the release only, on a release that can still be deployed', async () => {
    const [mine, other, over] = [
      await world.release('mine'),
      await world.release('other'),
      await world.release('over'),
    ];
    const input = { id: mine.id, predecessorId: other.id };
    expect(await refusalCodes(world.secondManager, 'releaseAddDependency', input)).toEqual(['NOT_RELEASE_OWNER']);
    expect(await rejectionCode(world.auditor, 'releaseAddDependency', input)).toBe('FORBIDDEN');
    const nobody = { ...input, predecessorId: Buffer.from('x').toString('base64') };
    expect(await rejectionCode(world.manager, 'releaseAddDependency', nobody)).toBe('BAD_USER_INPUT');
    await world.step('releaseCancel', over.id, { reason: 'No money.' });
    expect(await refusalCodes(world.manager, 'releaseAddDependency', { ...input, predecessorId: over.id })).toEqual([
      'RELEASE_PREDECESSOR',
    ]);
    expect(await around(mine.id)).toEqual([[], []]);
  });
});

describe('the calendar', () => {
  test('tells of a release that begins before one that it depends on has ended', async () => {
    const cis = [await world.ci('d-one'), await world.ci('d-two')] as const;
    const [first, second] = [await world.accepted('d first', [cis[0]]), await world.accepted('d second', [cis[1]])];
    await add(second, first);
    await world.step('releaseSchedule', first, slot(30, 34));
    const early = { id: second, ...slot(32, 33) };
    expect(await refusalCodes(world.manager, 'releaseSchedule', early)).toEqual(['DEPENDENCY_ORDER']);

    const found = await world.manager.ok(
      `query($cis: [ID!]!, $release: ID!) {
        scheduleFindTime(durationMinutes: 60, ciIds: $cis, release: $release, days: 2, first: 1) {
          slots { startsAt }
        }
        none: scheduleFindTime(durationMinutes: 60, ciIds: $cis, release: $release, days: 1) {
          slots { startsAt }
          obstacles { kind work { release { name } } }
        }
      }`,
      { cis: [cis[1]], release: second },
    );
    expect(found.scheduleFindTime.slots).toEqual([{ startsAt: at(34) }]);
    expect(found.none).toEqual({
      slots: [],
      obstacles: [{ kind: 'DEPENDENCY_ORDER', work: { release: { name: 'd first' } } }],
    });

    // Who plans the release cannot waive it; the change authority can, for a time.
    const waiver = { releaseId: second, code: 'DEPENDENCY_ORDER', reason: 'Only a shared host.', expiresAt: at(90) };
    expect(await rejectionCode(world.manager, 'waiverGrant', waiver)).toBe('FORBIDDEN');
    const { id: waiverId } = await world.authority.run('waiverGrant', waiver, 'waiver');
    expect(await world.step('releaseSchedule', second, slot(32, 33))).toBe('SCHEDULED');
    const listed = async () =>
      (
        await world.auditor.ok(
          `query($from: DateTime!, $to: DateTime!) {
            scheduleConflicts(from: $from, to: $to, kinds: [DEPENDENCY_ORDER]) {
            nodes { kind severity waivable startsAt endsAt rule message left { release { name } }
              right { release { name } } } } }`,
          { from: at(24), to: at(48) },
        )
      ).scheduleConflicts.nodes;
    expect(await listed()).toEqual([
      {
        kind: 'DEPENDENCY_ORDER',
        severity: 'HIGH',
        waivable: true,
        ...slot(32, 34),
        rule: 'A release begins before a release that it depends on has ended.',
        message: expect.stringMatching(/d second" begins before "REL-\d+ d first" has ended/),
        left: { release: { name: 'd second' } },
        right: { release: { name: 'd first' } },
      },
    ]);

    const { releaseSimulateMove } = await world.manager.ok(
      `query($id: ID!, $startsAt: DateTime!, $endsAt: DateTime!) {
        releaseSimulateMove(id: $id, startsAt: $startsAt, endsAt: $endsAt) { fixes { kind } breaks { kind } } }`,
      { id: second, ...slot(36, 37) },
    );
    expect(releaseSimulateMove).toEqual({ fixes: [{ kind: 'DEPENDENCY_ORDER' }], breaks: [] });
    await world.step('releaseMoveSchedule', second, { ...slot(36, 37), reason: 'After the first.' });
    expect(await listed()).toEqual([]);
    // Who depends on the first one does not hold it up: to its people, the conflict is a notice.
    await world.authority.run('waiverRevoke', { id: waiverId, reason: 'Done.' }, 'waiver');
    const late = { id: first, ...slot(35, 40), reason: 'Later.' };
    expect(await world.step('releaseMoveSchedule', first, late)).toBe('SCHEDULED');
    expect(await listed()).toMatchObject([
      { severity: 'HIGH', ...slot(36, 40), left: { release: { name: 'd second' } } },
    ]);
    const { scheduleConflicts } = await world.auditor.ok(
      `query($id: ID!) { scheduleConflicts(release: $id) { nodes { kind severity } } }`,
      { id: first },
    );
    expect(scheduleConflicts.nodes).toEqual([{ kind: 'DEPENDENCY_ORDER', severity: 'LOW' }]);
    const again = { id: second, ...slot(37, 38), reason: 'A little later.' };
    expect(await refusalCodes(world.manager, 'releaseMoveSchedule', again)).toEqual(['DEPENDENCY_ORDER']);
    const free = { id: second, predecessorId: first, reason: 'Independent.' };
    await world.manager.run('releaseRemoveDependency', free, 'release');
    expect(await listed()).toEqual([]);
    expect(await world.step('releaseMoveSchedule', second, again)).toBe('SCHEDULED');
  });
});

describe('a distribution', () => {
  test('starts when the release before it is deployed, and not again once that is backed out', async () => {
    const [first, second]: ReadyRelease[] = [await world.ready(['early']), await world.ready(['late'])];
    const id = await world.plan(second!, { parameters: world.simulate('fail') });
    await world.act('Schedule', id);
    await add(second!.id, first!.id);
    // Both releases are booked for the same hours, too.
    expect(await world.refusal('Start', id)).toEqual(['DEPENDENCY_ORDER', 'RELEASE_PREDECESSOR']);
    const { availableCommands } = await world.read(
      id,
      'availableCommands { command blockers { code subject { id } } }',
    );
    expect(availableCommands.find(({ command }: any) => command === 'distributionStart').blockers).toContainEqual({
      code: 'RELEASE_PREDECESSOR',
      subject: { id: first!.id },
    });
    // The server does not start it by itself either.
    await world.pass(30, 5_000);
    expect(await world.state(id)).toBe('SCHEDULED');

    await world.started(first!);
    await world.passUntil(first!.id, 'DEPLOYED', 120);
    expect((await world.read(first!.id, 'deployedAt')).deployedAt).toEqual(expect.any(String));
    await world.begin(id);
    await world.passUntil(second!.id, 'FAILED', 120);
    await world.step('releaseStartBackOut', first!.id, { reason: 'It leaks.' });
    expect((await world.read(first!.id, 'deployedAt')).deployedAt).toBeNull();
    expect(await world.refusal('RetryFailed', id)).toContain('RELEASE_PREDECESSOR');
  });
});
