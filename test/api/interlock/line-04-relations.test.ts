import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { startTestApp, type TestApp } from '../../support/app.js';
import type { TestClient } from '../../support/client.js';
import { expectRefused, refusalCodes } from '../../support/refusals.js';
import { storyOf, type Story } from '../../support/story.js';

let app: TestApp;
let story: Story;
let configurationManager: TestClient;

beforeAll(async () => {
  app = await startTestApp();
  story = await storyOf(app);
  ({ configurationManager } = story);
});
afterAll(async () => await app.end());

const live = { lifecycleState: 'PRODUCTION' };
const relation = (sourceId: string, targetId: string, kind = 'DEPENDS_ON') => ({ sourceId, kind, targetId });
const relate = async (sourceId: string, targetId: string, kind?: string): Promise<string> =>
  (await configurationManager.run('configurationItemRelate', relation(sourceId, targetId, kind), 'ciRelation')).id;
const retire = async (id: string) =>
  await configurationManager.run('configurationItemRetire', { id }, 'configurationItem');

async function edit(id: string, fields: Record<string, unknown>): Promise<void> {
  const { version } = await story.read(id, 'version', configurationManager);
  const input = { id, expectedVersion: version, ...fields };
  await configurationManager.run('configurationItemUpdate', input, 'configurationItem');
}

/** Names of the items that work on an item impacts. */
async function impacted(id: string): Promise<string[]> {
  const { impactedCis } = await story.read(id, 'impactedCis { nodes { ci { name } } }', configurationManager);
  return impactedCis.nodes.map(({ ci }: { ci: { name: string } }) => ci.name);
}

describe('relations of a protected item', () => {
  test('are neither made nor removed without a change, at whichever end it stands', async () => {
    const [service, host] = [await story.ci('payroll', live), await story.ci('host')];
    for (const input of [relation(service, host), relation(host, service), relation(host, service, 'DOCUMENTS')])
      expect(await expectRefused(configurationManager, 'configurationItemRelate', input)).toMatchObject([
        { code: 'CI_PROTECTED', message: expect.stringContaining('payroll') },
      ]);
    const later = await story.ci('later');
    const id = await relate(later, host);
    await edit(host, live);
    expect(await refusalCodes(configurationManager, 'configurationItemUnrelate', { id })).toEqual(['CI_PROTECTED']);
    await edit(later, live);
    // Each end is protected for itself.
    expect(await refusalCodes(configurationManager, 'configurationItemUnrelate', { id })).toEqual([
      'CI_PROTECTED',
      'CI_PROTECTED',
    ]);
  });

  test('are made and removed under an authorised change that names it, not one that is waiting', async () => {
    const [service, host] = [await story.ci('mail', live), await story.ci('mail-host', live)];
    const waiting = await story.change('Move mail', { targetCiIds: [service, host] });
    const refused = await expectRefused(configurationManager, 'configurationItemRelate', relation(service, host));
    expect(refused.map(({ code, subject }) => [code, subject?.id])).toEqual([
      ['CI_PROTECTED', waiting.id],
      ['CI_PROTECTED', waiting.id],
    ]);
    await story.authorised('Move mail now', [service]);
    expect(await refusalCodes(configurationManager, 'configurationItemRelate', relation(service, host))).toEqual([
      'CI_PROTECTED',
    ]);
    await story.authorised('Move its host, too', [host]);
    const id = await relate(service, host);
    await configurationManager.run('configurationItemUnrelate', { id }, 'configurationItem');
  });

  test('that are there already can be recorded again', async () => {
    const [service, host] = [await story.ci('wiki'), await story.ci('wiki-host')];
    const id = await relate(service, host);
    await edit(service, live);
    expect(await relate(service, host)).toBe(id);
  });
});

describe('a retired item', () => {
  test('takes no new relations at either end', async () => {
    const [old, other] = [await story.ci('old'), await story.ci('other')];
    await retire(old);
    for (const input of [relation(old, other), relation(other, old)])
      expect(await expectRefused(configurationManager, 'configurationItemRelate', input)).toMatchObject([
        { code: 'CI_NOT_AUTHORISED', subject: { id: old } },
      ]);
  });

  test('neither is impacted nor passes impact on', async () => {
    const [host, middle, service] = [await story.ci('i-host'), await story.ci('i-middle'), await story.ci('i-service')];
    const first = await relate(middle, host);
    await relate(service, middle);
    expect(await impacted(host)).toEqual(['i-middle', 'i-service']);
    await retire(middle);
    expect(await impacted(host)).toEqual([]);
    expect(await impacted(middle)).toEqual([]);
    // The record can still be corrected.
    await configurationManager.run('configurationItemUnrelate', { id: first }, 'configurationItem');
  });

  test('connects no work in the schedule', async () => {
    const [host, middle, service] = [await story.ci('s-host'), await story.ci('s-middle'), await story.ci('s-service')];
    await relate(middle, host);
    await relate(service, middle);
    const times = { startsAt: '2036-01-01T10:00:00Z', endsAt: '2036-01-01T12:00:00Z' };
    await story.step('releaseSchedule', await story.accepted('Work on the host', [host]), times);
    const id = await story.accepted('Work on the service', [service]);
    const input = { id, ...times };
    expect(await refusalCodes(story.manager, 'releaseSchedule', input)).toEqual(['IMPACTED_CI_CONFLICT']);
    await retire(middle);
    expect(await story.step('releaseSchedule', id, times)).toBe('SCHEDULED');
  });
});

describe('a decommissioned item', () => {
  const gone = { lifecycleState: 'DECOMMISSIONED' };

  test('is no target of a change, a request or a release', async () => {
    const [ci, dying] = [await story.ci('gone-1', gone), await story.ci('dying-1')];
    const { manager, requester, owner } = story;
    const draft = await story.release('For what is gone');
    const change = await story.change('Patch what is gone');
    const refusals = [
      await refusalCodes(requester, 'changeCreate', { title: 'No', targetCiIds: [ci] }),
      await refusalCodes(requester, 'changeAddCi', { id: change.id, role: 'TARGET', ciIds: [ci] }),
      await refusalCodes(manager, 'releaseAddCi', { id: draft.id, role: 'TARGET', ciIds: [ci] }),
    ];
    expect(refusals).toEqual([['CI_DECOMMISSIONED'], ['CI_DECOMMISSIONED'], ['CI_DECOMMISSIONED']]);
    // Content can still come from it.
    await requester.run('changeAddCi', { id: change.id, role: 'SOURCE', ciIds: [ci] }, 'change');

    const authorised = await story.authorised('Patch what is dying', [dying]);
    const { id } = await requester.run(
      'changeReleaseRequestSubmit',
      { changeId: authorised.id, releaseId: draft.id, mode: 'SPECIFIC_RELEASE' },
      'changeReleaseRequest',
    );
    await edit(dying, gone);
    expect(await refusalCodes(owner, 'changeReleaseRequestApprove', { id })).toEqual(['CI_DECOMMISSIONED']);
  });

  test('is refused at acceptance, and when a distribution is planned and scheduled', async () => {
    const [early, late] = [await story.ci('gone-2'), await story.ci('gone-3')];
    const { id } = await story.release('Goes while it is planned');
    await story.addTargets(id, early, late);
    await story.addContent(id);
    await story.startTesting(id);
    await edit(early, gone);
    expect(await expectRefused(story.owner, 'releaseAccept', { id })).toMatchObject([
      { code: 'CI_DECOMMISSIONED', subject: { id: early } },
    ]);
    await story.removeTargets(id, early);
    const scheduledStart = '2036-02-01T10:00:00Z';
    const input = { releaseId: id, deploymentToolId: await story.tool('simulator'), allTargets: true, scheduledStart };
    const { id: planned } = await story.operator.run('distributionPlan', input, 'distribution');
    await edit(late, gone);
    expect(await story.refusal('Schedule', planned)).toContain('CI_DECOMMISSIONED');
    expect(await refusalCodes(story.operator, 'distributionPlan', input)).toContain('CI_DECOMMISSIONED');
  });

  test('a target that is not authorised, or retired, is refused when a distribution is planned', async () => {
    const raw = await story.ci('raw-1', { authorised: false });
    const { id } = await story.release('With a raw target');
    await story.addTargets(id, raw);
    await story.addContent(id);
    const input = { releaseId: id, deploymentToolId: await story.tool('simulator'), allTargets: true };
    expect(await refusalCodes(story.operator, 'distributionPlan', input)).toEqual(['CI_NOT_AUTHORISED']);
  });
});
