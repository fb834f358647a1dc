import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { startTestApp, type TestApp } from '../../support/app.js';
import { TestClock } from '../../support/clock.js';
import { refusalCodes } from '../../support/refusals.js';
import { storyOf, type Story } from '../../support/story.js';

// Candidates for a change know the calendar, and a change that is over has none.

const HOUR = 3_600_000;
const clock = new TestClock();
let app: TestApp;
let world: Story;

beforeAll(async () => {
  app = await startTestApp({ clock: clock.now });
  world = await storyOf(app, clock);
});
afterAll(async () => await app.end());

const inHours = (hours: number) => new Date(clock.now().getTime() + hours * HOUR).toISOString();

interface Candidate {
  readonly release: { readonly id: string; readonly name: string };
  readonly score: number;
  readonly reasons: readonly { readonly code: string; readonly message: string }[];
}

const candidates = async (id: string): Promise<Candidate[]> => {
  const query = `query($id: ID!) {
    changeReleaseCandidates(changeId: $id, limit: 50) { release { id name } score reasons { code message } }
  }`;
  return (await world.requester.ok(query, { id })).changeReleaseCandidates;
};

describe('candidates for a change', () => {
  test('rank a release whose time conflicts with work on the targets below a free one, and say why', async () => {
    const web = await world.ci('web');
    const change = await world.authorised('Patch', [web]);
    await world.release('In the freeze', { plannedStart: inHours(24), plannedEnd: inHours(28) });
    await world.release('In a free night', { plannedStart: inHours(48), plannedEnd: inHours(52) });
    const before = await candidates(change.id);
    expect(new Set(before.map(({ score }) => score)).size).toBe(1);

    const times = { startsAt: inHours(20), endsAt: inHours(30) };
    await world.changeManager.run(
      'scheduleWindowCreate',
      { name: 'Freeze', kind: 'BLACKOUT', ...times, ciIds: [web] },
      'scheduleWindow',
    );
    const [best, worse, ...others] = await candidates(change.id);
    expect(others).toEqual([]);
    expect([best?.release.name, worse?.release.name]).toEqual(['In a free night', 'In the freeze']);
    expect((best?.score ?? 0) - (worse?.score ?? 0)).toBe(30);
    expect(worse?.reasons).toContainEqual({
      code: 'CALENDAR_CONFLICT',
      message: expect.stringContaining('during blackout "Freeze"'),
    });
    expect(best?.reasons.map(({ code }) => code)).not.toContain('CALENDAR_CONFLICT');
  });

  test('can all be joined, in whatever state they are', async () => {
    const [target, owner] = [await world.ci('joinable'), world.owner];
    const at = { startsAt: inHours(100), endsAt: inHours(104) };
    const { id: planning } = await world.release('Joinable in planning');
    await world.step('releaseStartPlanning', planning);
    await world.accepted('Joinable when accepted', [await world.ci('joinable-2')]);
    const scheduled = await world.accepted('Joinable when scheduled', [await world.ci('joinable-3')]);
    await world.step('releaseSchedule', scheduled, at);
    const told = await world.accepted('Told', [await world.ci('joinable-4')]);
    await world.step('releaseSchedule', told, { startsAt: inHours(110), endsAt: inHours(112) });
    await world.step('releaseCommunicate', told, { audience: 'Everybody', message: 'Soon.' });
    const { id: gone } = await world.release('Given up');
    await world.step('releaseCancel', gone, { reason: 'No need.' });
    const change = await world.authorised('Joins', [target]);
    const found = (await candidates(change.id)).map(({ release }) => release);
    const names = found.map(({ name }) => name);
    for (const state of ['in planning', 'when accepted', 'when scheduled'])
      expect(names).toContain(`Joinable ${state}`);
    expect(names).not.toContain('Told');
    expect(names).not.toContain('Given up');
    for (const release of found) {
      await world.join(change.id, release.id, owner);
      // It belongs to one release, so that no other is a candidate.
      expect(await candidates(change.id)).toEqual([]);
      const remove = { id: release.id, changeId: change.id, reason: 'On to the next.' };
      await world.manager.run('releaseRemoveChange', remove, 'release');
    }
  });

  test('are not offered once they are past a step that a target asks for', async () => {
    const template = (await world.template('Desktop patch')).versionId;
    const desk = await world.ci('desk-1', { ciClass: 'DESKTOP', criticality: 'LOW' });
    const { id } = await world.release('Past its test', { templateVersionId: template, kind: 'PATCH' });
    await world.addTargets(id, desk);
    await world.addContent(id);
    await world.step('releaseStartPlanning', id);
    const joins = async (name: string, more: Record<string, unknown>) => {
      const change = await world.authorised(name, [await world.ci(name, more)]);
      return { id: change.id, offered: (await candidates(change.id)).some(({ release }) => release.id === id) };
    };
    const server = { ciClass: 'SERVER', criticality: 'HIGH' };
    const early = await joins('before', server);
    expect(early.offered).toBe(true);
    const ask = (changeId: string) => ({ changeId, releaseId: id, mode: 'SPECIFIC_RELEASE' });
    const asked = await world.requester.run('changeReleaseRequestSubmit', ask(early.id), 'changeReleaseRequest');
    const { scope } = await world.tasks(id);
    await world.manager.run('taskStart', { id: scope.id }, 'task');
    await world.manager.run('taskComplete', { id: scope.id }, 'task');
    await world.step('releaseAccept', id, {}, world.owner);
    expect(await world.read(id, 'plan { skippedStates }').then(({ plan }) => plan.skippedStates)).toEqual([
      'BUILDING',
      'TESTING',
    ]);
    expect((await joins('another-desk', { ciClass: 'DESKTOP', criticality: 'LOW' })).offered).toBe(true);
    const late = await joins('too-late', server);
    expect(late.offered).toBe(false);
    // What is not offered is refused: the request, and the approval of one that was in time.
    expect(await refusalCodes(world.requester, 'changeReleaseRequestSubmit', ask(late.id))).toEqual([
      'RELEASE_NOT_OPEN_FOR_SCOPE',
    ]);
    const blockers = 'availableCommands { command allowed blockers { code subject { id } } }';
    const { availableCommands } = await world.read(asked.id, blockers, world.owner);
    expect(availableCommands).toContainEqual({
      command: 'changeReleaseRequestApprove',
      allowed: false,
      blockers: [{ code: 'RELEASE_NOT_OPEN_FOR_SCOPE', subject: { id } }],
    });
    expect(await refusalCodes(world.owner, 'changeReleaseRequestApprove', { id: asked.id })).toEqual([
      'RELEASE_NOT_OPEN_FOR_SCOPE',
    ]);
  });

  test('are not offered to a change that no release would take', async () => {
    expect(await candidates((await world.change('Not authorised')).id)).toEqual([]);
    const standard = await world.change('Standard', { type: 'STANDARD', risk: 'LOW' });
    expect((await candidates(standard.id)).length).toBeGreaterThan(0);
    const old = await world.ci('old');
    const change = await world.authorised('Old target', [old]);
    expect((await candidates(change.id)).length).toBeGreaterThan(0);
    const { version } = await world.read(old, 'version');
    const input = { id: old, expectedVersion: version, lifecycleState: 'DECOMMISSIONED' };
    await world.configurationManager.run('configurationItemUpdate', input, 'configurationItem');
    expect(await candidates(change.id)).toEqual([]);
    // Nor is a request taken that nobody could approve.
    const { id: releaseId } = await world.release('Waiting');
    const request = { changeId: change.id, releaseId, mode: 'SPECIFIC_RELEASE' };
    expect(await refusalCodes(world.requester, 'changeReleaseRequestSubmit', request)).toEqual(['CI_DECOMMISSIONED']);
  });

  test('are not offered once the change is over', async () => {
    const change = await world.authorised('Given up', [await world.ci('desk')]);
    expect((await candidates(change.id)).length).toBeGreaterThan(0);
    await world.requester.run('changeCancel', { id: change.id, reason: 'Not needed.' }, 'change');
    expect(await candidates(change.id)).toEqual([]);
  });
});
