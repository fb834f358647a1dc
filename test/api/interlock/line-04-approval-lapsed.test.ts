import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { startTestApp, type TestApp } from '../../support/app.js';
import { TestClock } from '../../support/clock.js';
import { expectRefused } from '../../support/refusals.js';
import { storyOf, type ReadyRelease, type Story } from '../../support/story.js';

const clock = new TestClock();
let app: TestApp;
let story: Story;

beforeAll(async () => {
  app = await startTestApp({ clock: clock.now });
  story = await storyOf(app, clock);
});
afterAll(async () => await app.end());

const HOUR = 3_600_000;
const times = (from: number, to: number) => ({
  startsAt: new Date(clock.now().getTime() + from * HOUR).toISOString(),
  endsAt: new Date(clock.now().getTime() + to * HOUR).toISOString(),
});

async function edit(id: string, fields: Record<string, unknown>): Promise<void> {
  const { version } = await story.read(id, 'version', story.configurationManager);
  const input = { id, expectedVersion: version, ...fields };
  await story.configurationManager.run('configurationItemUpdate', input, 'configurationItem');
}

async function giveTo(id: string, { personId }: { readonly personId: string }): Promise<void> {
  await story.handOver(id, story.owner.personId === personId ? story.otherOwner : story.owner, { ownerId: personId });
}

/** Books the next hours for an accepted release and tells its stakeholders. */
async function book(id: string): Promise<void> {
  await story.step('releaseSchedule', id, times(0, 6));
  await story.step('releaseCommunicate', id, { audience: 'Everybody', message: 'Payroll will be down.' });
}

/** A release to one target that is communicated, and a distribution of it that is scheduled and due. */
async function due(name: string, ci: string): Promise<{ release: ReadyRelease; distribution: string }> {
  const release = { id: await story.accepted(name, [ci]), cis: {} };
  await book(release.id);
  const distribution = await story.plan(release);
  await story.act('Schedule', distribution);
  clock.advance(60_000);
  return { release, distribution };
}

/** Messages with which a command is refused because an approval lapsed. */
async function stale(command: string, id: string): Promise<string[]> {
  const errors = await expectRefused(story.operator, command, { id });
  return errors.filter(({ code }) => code === 'APPROVAL_STALE').map(({ message }) => message);
}

const said = (text: string) => expect.stringContaining(text);

describe('at the start, everything that the approval stood on is asked again', () => {
  test('a target that counts for more than it did', async () => {
    const ci = await story.ci('desk-1', { criticality: 'LOW' });
    const { release, distribution } = await due('More critical', ci);
    await edit(ci, { criticality: 'HIGH' });
    const because = said('criticality of desk-1 was LOW and is HIGH');
    expect(await stale('distributionStart', distribution)).toEqual([because, because]);
    expect(await story.read(release.id, 'acceptanceIsStale')).toEqual({ acceptanceIsStale: true });
    // The clock does not start it either.
    await story.pass(60, 20_000);
    expect(await story.state(distribution)).toBe('SCHEDULED');
    await edit(ci, { criticality: 'LOW' });
    expect(await story.act('Start', distribution)).toBe('STARTING');
  });

  test('a target in another lifecycle state, or with another binding', async () => {
    const ci = await story.ci('desk-2', { lifecycleState: 'TEST', bindings: { simulator: {} } });
    const { distribution } = await due('Elsewhere', ci);
    await edit(ci, { lifecycleState: 'BUILD' });
    const because = said('lifecycle state of desk-2 was TEST and is BUILD');
    expect(await stale('distributionStart', distribution)).toEqual([because, because]);
    await edit(ci, { lifecycleState: 'TEST', bindings: { simulator: { address: 'another-machine' } } });
    expect(await stale('distributionStart', distribution)).toEqual([
      said('binding for the deployment tool of desk-2 was edited'),
    ]);
  });

  test('another owner, whom the manager named: the new one accepts', async () => {
    const { release, distribution } = await due('New owner', await story.ci('desk-3'));
    await giveTo(release.id, story.otherOwner);
    const { name: was } = await story.read(story.owner.personId, 'name', story.administrator);
    const { name: is } = await story.read(story.otherOwner.personId, 'name', story.administrator);
    const because = said(`the owner was ${was} and is ${is}`);
    expect(await stale('distributionStart', distribution)).toEqual([because, because]);
    // Nor does the old owner renew it.
    await story.step('releaseUnschedule', release.id, { reason: 'New owner.' });
    expect((await expectRefused(story.owner, 'releaseAccept', { id: release.id })).map(({ code }) => code)).toEqual([
      'NOT_RELEASE_OWNER',
    ]);
    expect(await story.step('releaseAccept', release.id, {}, story.otherOwner)).toBe('ACCEPTED');
    await book(release.id);
    // The distribution left the schedule together with its release, and with it what it stood on.
    const { state, version } = await story.read(distribution, 'state version');
    expect(state).toBe('PLANNED');
    const scheduledStart = clock.now().toISOString();
    await story.act('Update', distribution, { expectedVersion: version, scheduledStart });
    await story.act('Schedule', distribution);
    expect(await story.act('Start', distribution)).toBe('STARTING');
  });

  test('an edit that came with a bulk import', async () => {
    const externalRef = { source: 'scan', key: 'desk-9' };
    const ci = await story.ci('desk-9', { criticality: 'LOW', externalRef });
    const { distribution } = await due('Imported', ci);
    const row = { externalRef, name: 'desk-9', ciClass: 'SERVER' };
    const load = async (fields: Record<string, unknown>) =>
      (
        await story.configurationManager.ok(
          `mutation($input: ConfigurationItemsImportInput!) {
             configurationItemsImport(input: $input) { results { status code } } }`,
          { input: { rows: [{ ...row, ...fields }], errorPolicy: 'IGNORE_FAILED' } },
        )
      ).configurationItemsImport.results;
    expect(await load({ lifecycleState: 'PRODUCTION', criticality: 'HIGH' })).toEqual([
      { status: 'UPDATED', code: null },
    ]);
    const blockers = await expectRefused(story.operator, 'distributionStart', { id: distribution });
    expect(new Set(blockers.map(({ code }) => code))).toEqual(new Set(['APPROVAL_STALE', 'CI_PROTECTED']));
    // Each approval lapsed for two reasons; the target is refused once.
    expect(blockers).toHaveLength(5);
    // From now on the import is refused, too.
    expect(await load({ lifecycleState: 'TEST' })).toEqual([{ status: 'FAILED', code: 'CI_PROTECTED' }]);
  });

  test('another owner before the release is scheduled', async () => {
    const id = await story.accepted('Handed over early', [await story.ci('desk-4')]);
    await giveTo(id, story.otherOwner);
    const errors = await expectRefused(story.manager, 'releaseSchedule', { id, ...times(0, 6) });
    expect(errors).toMatchObject([{ code: 'APPROVAL_STALE', subject: { id: story.otherOwner.personId } }]);
  });

  test('scope and plan, each by name', async () => {
    const [ci, more] = [await story.ci('desk-5'), await story.ci('desk-6')];
    const id = await story.accepted('Grows', [ci]);
    await story.addTargets(id, more);
    const { version } = await story.read(id, 'version');
    await story.manager.run('releaseUpdate', { id, expectedVersion: version, backOutPlan: 'Pray.' }, 'release');
    const errors = await expectRefused(story.manager, 'releaseSchedule', { id, ...times(0, 6) });
    expect(errors.map(({ code, message }) => [code, message])).toEqual([
      ['APPROVAL_STALE', said('the back-out plan was edited')],
      ['APPROVAL_STALE', said('target desk-6 was added')],
    ]);
  });
});

describe('a target that became critical', () => {
  test('needs an approval by somebody else, although the plan was made without one', async () => {
    const ci = await story.ci('desk-7', { criticality: 'LOW' });
    const release = { id: await story.accepted('Became critical', [ci]), cis: {} };
    await book(release.id);
    const distribution = await story.plan(release);
    await edit(ci, { criticality: 'CRITICAL' });
    expect(await story.refusal('Schedule', distribution)).toEqual(['APPROVAL_MISSING']);
    await story.act('RequestApproval', distribution);
    expect(await story.act('Approve', distribution, {}, story.owner)).toBe('SCHEDULED');
  });

  test('is not retried without one', async () => {
    const ci = await story.ci('desk-8', { criticality: 'LOW' });
    const release = { id: await story.accepted('Fails first', [ci]), cis: {} };
    await book(release.id);
    const distribution = await story.started(release, { parameters: story.simulate('fail') });
    await story.passUntil(release.id, 'FAILED', 600);
    await edit(ci, { criticality: 'CRITICAL' });
    const because = said('criticality of desk-8 was LOW and is CRITICAL');
    expect(await stale('distributionRetryFailed', distribution)).toEqual([
      because,
      said('has to be approved'),
      because,
    ]);
    // Another distribution to the rest is the way on.
    const other = await story.plan(release, { targetIds: [ci] });
    expect(await story.state(other)).toBe('PLANNED');
  });
});
