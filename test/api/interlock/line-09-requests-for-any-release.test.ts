import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { startTestApp, type TestApp } from '../../support/app.js';
import type { TestClient } from '../../support/client.js';
import { storyOf, type Story } from '../../support/story.js';

let app: TestApp;
let world: Story;

beforeAll(async () => {
  app = await startTestApp();
  world = await storyOf(app);
});
afterAll(async () => await app.end());

const FIELD = 'changeReleaseRequest';

test('an owner who asks for the requests to decide sees those that name no release yet', async () => {
  const { id: releaseId } = await world.release('payroll');
  const ci = await world.ci('web');
  const submit = async (title: string, more: Record<string, unknown>) => {
    const { id: changeId } = await world.authorised(title, [ci]);
    const input = { changeId, ...more };
    return (await world.requester.run('changeReleaseRequestSubmit', input, FIELD, 'number')).number as string;
  };
  const named = await submit('named', { mode: 'SPECIFIC_RELEASE', releaseId });
  const any = await submit('any', { mode: 'ANY_AVAILABLE' });
  const list = async (client: TestClient, filter: Record<string, unknown> = {}) =>
    (
      await client.ok(
        `query($filter: ChangeReleaseRequestFilter) {
           changeReleaseRequests(filter: $filter, orderBy: [{ field: NUMBER }]) { nodes { number } } }`,
        { filter: { releaseOwner: { eq: client.personId }, ...filter } },
      )
    ).changeReleaseRequests.nodes.map(({ number }: { number: string }) => number);
  expect(await list(world.owner)).toEqual([named, any]);
  expect(await list(world.otherOwner)).toEqual([any]);
  expect(await list(world.owner, { release: { isNull: false } })).toEqual([named]);
  expect(await list(world.owner, { release: { isNull: true } })).toEqual([any]);
});
