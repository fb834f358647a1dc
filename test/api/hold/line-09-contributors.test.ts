import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { startTestApp, type TestApp } from '../../support/app.js';
import { makeItem, upload } from '../../support/media.js';
import { patchPlan } from '../../support/plans.js';
import { refusalCodes } from '../../support/refusals.js';
import { storyOf, type Story } from '../../support/story.js';

// Only the last person who edited an object counted as its author. Somebody who had written it could approve it as soon
// as a colleague had touched it.

let app: TestApp;
let world: Story;

beforeAll(async () => {
  app = await startTestApp();
  world = await storyOf(app);
});
afterAll(async () => await app.end());

describe('who wrote a part of it does not approve it, also after somebody else edited it', () => {
  test('a distribution', async () => {
    const first = await app.as('ophelia', 'DEPLOYMENT_OPERATOR', 'RELEASE_OWNER');
    const release = await world.ready(['web']);
    const ownPlan = {
      releaseId: release.id,
      deploymentToolId: await world.tool('simulator'),
      allTargets: true,
      approvalRequired: true,
      scheduledStart: new Date(Date.now() + 60_000).toISOString(),
    };
    const { id: planned, version } = await first.run('distributionPlan', ownPlan, 'distribution', 'id version');
    const edit = { id: planned, expectedVersion: version, deadlineMinutes: 77 };
    await world.operator.run('distributionUpdate', edit, 'distribution');
    await world.operator.run('distributionRequestApproval', { id: planned }, 'distribution');
    expect(await refusalCodes(first, 'distributionApprove', { id: planned })).toContain('SELF_APPROVAL');
    // A plan that was taken back and requested again has both as its planners.
    await world.operator.run('distributionReplan', { id: planned }, 'distribution');
    await world.operator.run('distributionRequestApproval', { id: planned }, 'distribution');
    expect(await refusalCodes(first, 'distributionApprove', { id: planned })).toContain('SELF_APPROVAL');
    expect(await world.act('Approve', planned, {}, world.owner)).toBe('SCHEDULED');
  });

  test('a version of a template', async () => {
    const { manager, secondManager } = world;
    const third = await app.as('mira', 'RELEASE_MANAGER');
    const input = { name: 'Edited by two', plan: patchPlan };
    const template = await manager.run(
      'releaseTemplateCreate',
      input,
      'releaseTemplate',
      'versions { nodes { id version } }',
    );
    const { id, version } = template.versions.nodes[0];
    const plan = { ...patchPlan, skipRules: [] };
    await secondManager.run(
      'releaseTemplateVersionUpdate',
      { id, expectedVersion: version, plan },
      'releaseTemplateVersion',
    );
    for (const author of [manager, secondManager])
      expect(await refusalCodes(author, 'releaseTemplateVersionPublish', { id })).toEqual(['SELF_APPROVAL']);
    await third.run('releaseTemplateVersionPublish', { id }, 'releaseTemplateVersion');
  });

  test('a change', async () => {
    const both = await app.as('chandra', 'CHANGE_MANAGER', 'CHANGE_AUTHORITY');
    const { id, version } = await world.change('Patch the wiki', { targetCiIds: [await world.ci('wiki')] });
    await both.run('changeUpdate', { id, expectedVersion: version, description: 'And the payments.' }, 'change');
    await world.changeManager.run('changeAccept', { id }, 'change');
    await world.changeManager.run('changeAssess', { id, assessment: 'Harmless.', risk: 'LOW' }, 'change');
    expect(await refusalCodes(both, 'changeAuthorise', { id })).toEqual(['SELF_APPROVAL']);
    await world.authority.run('changeAuthorise', { id }, 'change');
  });

  test('the targets of a change', async () => {
    const both = await app.as('chandra', 'CHANGE_MANAGER', 'CHANGE_AUTHORITY');
    const { id } = await world.change('Patch the wiki', { targetCiIds: [await world.ci('wiki-2')] });
    await both.run('changeAddCi', { id, role: 'TARGET', ciIds: [await world.ci('payments')] }, 'change');
    await world.changeManager.run('changeAccept', { id }, 'change');
    await world.changeManager.run('changeAssess', { id, assessment: 'Harmless.', risk: 'LOW' }, 'change');
    expect(await refusalCodes(both, 'changeAuthorise', { id })).toEqual(['SELF_APPROVAL']);
  });

  test('a judgement of the risk is no part of the change', async () => {
    const both = await app.as('chandra', 'CHANGE_MANAGER', 'CHANGE_AUTHORITY');
    const { id } = await world.change('Patch the wiki', { targetCiIds: [await world.ci('wiki-3')] });
    await both.run('changeAccept', { id }, 'change');
    await both.run('changeAssess', { id, assessment: 'Harmless.', risk: 'LOW' }, 'change');
    await both.run('changeAuthorise', { id }, 'change');
  });

  test('a medium', async () => {
    const { librarian, secondLibrarian } = world;
    const itemId = await makeItem(librarian, 'edited-by-two');
    const selection = 'id version';
    const { id, version } = await librarian.run(
      'dmlItemVersionRegister',
      { itemId, label: '1.0' },
      'dmlItemVersion',
      selection,
    );
    const source = 'https://builds.example/7';
    await secondLibrarian.run('dmlItemVersionUpdate', { id, expectedVersion: version, source }, 'dmlItemVersion');
    expect((await upload(librarian, id, 'the bytes')).status).toBe(201);
    await app.jobs.runOnce();
    for (const author of [librarian, secondLibrarian])
      expect(await refusalCodes(author, 'dmlItemVersionAuthorise', { id })).toEqual(['SELF_APPROVAL']);
    const third = await app.as('lee', 'DML_LIBRARIAN');
    await third.run('dmlItemVersionAuthorise', { id }, 'dmlItemVersion');
  });
});
