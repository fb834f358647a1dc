import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { startTestApp, type TestApp } from '../../support/app.js';
import { expectRefused, refusalCodes } from '../../support/refusals.js';
import { storyOf, type Story } from '../../support/story.js';

let app: TestApp;
let world: Story;

beforeAll(async () => {
  app = await startTestApp();
  world = await storyOf(app);
});
afterAll(async () => await app.end());

const evidence = 'The service answered; the serial number of the new disk was read.';

describe('a change that no release delivered', () => {
  test('is successful only with evidence, and by the word of somebody else than its requester', async () => {
    const { id } = await world.authorised('Replace the disk', [await world.ci('lab', { lifecycleState: 'TEST' })]);
    const implement = { id, outcome: 'SUCCESSFUL' };
    expect(await refusalCodes(world.changeManager, 'changeImplement', implement)).toEqual(['EVIDENCE_MISSING']);
    expect(await refusalCodes(world.changeManager, 'changeImplement', { ...implement, evidence: '  ' })).toEqual([
      'EVIDENCE_MISSING',
    ]);
    const both = await app.as('rita', 'REQUESTER', 'CHANGE_MANAGER');
    expect(both.personId).toBe(world.requester.personId);
    expect(await refusalCodes(both, 'changeImplement', { ...implement, evidence })).toEqual(['SELF_APPROVAL']);
    expect(await refusalCodes(world.changeManager, 'changeImplement', { id, outcome: 'BACKED_OUT' })).toEqual([
      'EVIDENCE_MISSING',
    ]);
    await world.changeManager.run('changeImplement', { ...implement, evidence }, 'change');
    await app.relay();
    const { events } = await world.read(id, 'events { nodes { type data } }');
    expect(events.nodes[0]).toMatchObject({ type: 'change.implemented', data: { assurance: 'CLAIMED', evidence } });
  });

  test('is never successful on a protected target, but it is not stuck', async () => {
    const ci = await world.ci('live', { lifecycleState: 'PRODUCTION' });
    const claimed = await world.authorised('Patch by hand', [ci]);
    const [problem] = await expectRefused(world.changeManager, 'changeImplement', {
      id: claimed.id,
      outcome: 'SUCCESSFUL',
      evidence,
    });
    expect(problem).toMatchObject({ code: 'CHANGE_NOT_IN_RELEASE', subject: { id: ci } });
    expect(
      await world.changeManager.run(
        'changeImplement',
        { id: claimed.id, outcome: 'UNSUCCESSFUL' },
        'change',
        'state outcome',
      ),
    ).toEqual({ state: 'IMPLEMENTED', outcome: 'UNSUCCESSFUL' });
    const given = await world.authorised('Patch by hand again', [ci]);
    await world.changeManager.run('changeCancel', { id: given.id, reason: 'A release does it.' }, 'change');
  });
});
