import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { startTestApp, type TestApp } from '../../support/app.js';
import { TestClock } from '../../support/clock.js';
import { parseNodeId } from '../../../src/domain/node-id.js';
import { storyOf, type Story } from '../../support/story.js';

// The order of a back-out named the bytes that the library had by then, not those that were delivered. The tool took
// back something else, and the server believed that the targets had been returned. The safety oracle found it.

const clock = new TestClock();
let app: TestApp;
let world: Story;

beforeAll(async () => {
  app = await startTestApp({ clock: clock.now });
  world = await storyOf(app, clock);
});
afterAll(async () => await app.end());

const orders = async (): Promise<{ operation: string; digests: string[] }[]> =>
  (
    await app.readDatabase.pool.query(`
      select request->>'operation' as operation,
        array(select jsonb_array_elements(request->'package'->'artifacts')->>'sha256') as digests
      from distribution_run order by created_at`)
  ).rows;

/** Has somebody put other bytes under a version, past the server. */
const swap = async (version: string): Promise<void> =>
  await app.transact(async ({ em }) => {
    await em.getConnection().execute(
      `update dml_item_version set media_id = (select m.id from media_blob m where m.id <> media_id limit 1)
       where id = ?`,
      [parseNodeId(version)?.uuid],
      'run',
      em.getTransactionContext(),
    );
  });

/** A release whose version has other bytes in the library since it was delivered by a distribution. */
async function deliveredAndSwapped(name: string, more: Record<string, unknown> = {}, end = 'SUCCEEDED') {
  const version = await world.media(await world.item(`${name}-portal`), '1.0', `${name} as delivered`);
  await world.media(await world.item(`${name}-ledger`), '1.0', `${name} something else`);
  const release = await world.ready([name], { content: [version] });
  const id = await world.started(release, more);
  await world.passUntil(id, end, 600);
  await swap(version);
  await world.step('releaseStartBackOut', release.id, { reason: 'It does not work.' });
  return { release, id };
}

test('a back-out takes back what was delivered, even if other bytes are in the library by now', async () => {
  const { id } = await deliveredAndSwapped('web');
  await world.act('StartBackOut', id);
  await world.passUntil(id, 'BACKED_OUT', 60);
  const [delivery, backOut] = await orders();
  expect([delivery?.operation, backOut?.operation]).toEqual(['install', 'undo']);
  expect(backOut?.digests).toEqual(delivery?.digests);
});

test('a removal that is planned during the back-out names what was delivered, too', async () => {
  const { release } = await deliveredAndSwapped('db');
  const removal = await world.started(release, { operation: 'REMOVE' });
  await world.passUntil(removal, 'SUCCEEDED', 60);
  const [delivery, taken] = (await orders()).slice(-2);
  expect([delivery?.operation, taken?.operation]).toEqual(['install', 'remove']);
  expect(taken?.digests).toEqual(delivery?.digests);
});

test('so does one of work that nobody knows the end of: it may be there', async () => {
  const unknown = { parameters: world.simulate('silent'), deadlineMinutes: 1 };
  const { release, id } = await deliveredAndSwapped('rack', unknown, 'FAILED');
  expect((await world.targets(id))['rack']).toMatchObject({ state: expect.stringMatching(/UNKNOWN|EXPIRED/) });
  const removal = await world.started(release, { operation: 'REMOVE' });
  await world.passUntil(removal, 'SUCCEEDED', 60);
  const [delivery, taken] = (await orders()).slice(-2);
  expect([delivery?.operation, taken?.operation]).toEqual(['install', 'remove']);
  expect(taken?.digests).toEqual(delivery?.digests);
});
