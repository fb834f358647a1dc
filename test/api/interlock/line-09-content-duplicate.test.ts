import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { fromNodeId } from '../../../src/domain/node-id.js';
import { startTestApp, type TestApp } from '../../support/app.js';
import { expectRefused, refusalCodes } from '../../support/refusals.js';
import { storyOf, type Story } from '../../support/story.js';

let app: TestApp;
let world: Story;
let old: string;
let young: string;

beforeAll(async () => {
  app = await startTestApp();
  world = await storyOf(app);
  const item = await world.item('payroll');
  old = await world.media(item, '1.0');
  young = await world.media(item, '1.1');
});
afterAll(async () => await app.end());

describe('two versions of one item', () => {
  test('do not go into one package, neither together nor one after the other', async () => {
    const { id } = await world.release('payroll twice');
    const both = await expectRefused(world.manager, 'releaseAddContent', { id, dmlItemVersionIds: [old, young] });
    expect(both).toMatchObject([
      {
        code: 'CONTENT_DUPLICATE',
        message: expect.stringMatching(/payroll 1\.1 and payroll 1\.0/),
        subject: { id: young },
      },
    ]);
    await world.addContent(id, old);
    expect(await refusalCodes(world.manager, 'releaseAddContent', { id, dmlItemVersionIds: [young] })).toEqual([
      'CONTENT_DUPLICATE',
    ]);
    // Once the old one has left, the new one fits.
    await world.manager.run('releaseRemoveContent', { id, dmlItemVersionIds: [old] }, 'release');
    await world.addContent(id, young);
    // What is there already is no duplicate of itself.
    await world.addContent(id, young);
    expect((await world.read(id, 'contents { totalCount }')).contents.totalCount).toBe(1);
  });

  test('are not accepted, even where a package holds both from earlier days', async () => {
    const { id } = await world.release('payroll of old');
    await world.addTargets(id, await world.ci('web'));
    await world.addContent(id, old);
    await app.readDatabase.pool.query(
      `insert into release_content (id, release_id, dml_item_version_id, added_by_id, created_at)
       select gen_random_uuid(), release_id, $2, added_by_id, now() from release_content where release_id = $1`,
      [fromNodeId('Release', id, 'id'), fromNodeId('DmlItemVersion', young, 'id')],
    );
    await world.startTesting(id);
    expect(await refusalCodes(world.owner, 'releaseAccept', { id })).toEqual(['CONTENT_DUPLICATE']);
    await world.manager.run('releaseRemoveContent', { id, dmlItemVersionIds: [old] }, 'release');
    expect(await world.step('releaseAccept', id, {}, world.owner)).toBe('ACCEPTED');
  });
});
