import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { startTestApp, type TestApp } from '../../support/app.js';
import { TestClock } from '../../support/clock.js';
import type { TestClient } from '../../support/client.js';
import { download, sha256 } from '../../support/media.js';
import { storyOf, type Story } from '../../support/story.js';

const clock = new TestClock();
let app: TestApp;
let world: Story;
let id: string;
let targets: Record<string, { id: string }>;

beforeAll(async () => {
  app = await startTestApp({ clock: clock.now });
  world = await storyOf(app, clock);
  id = await world.started(await world.ready(['rack', 'desk']), {}, 'manual');
  await world.pass(2);
  targets = await world.targets(id, 'id');
});
afterAll(async () => await app.end());

const target = (name: string): string => targets[name]?.id as string;

async function show(client: TestClient, targetId: string, body: string, headers: Record<string, string> = {}) {
  const response = await fetch(`${client.url}/media/evidence/${targetId}`, {
    method: 'PUT',
    headers: { 'content-type': 'image/jpeg', ...client.headers, ...headers },
    body,
  });
  const answer = (await response.json()) as any;
  return { status: response.status, body: answer, code: answer.errors?.[0]?.extensions?.code };
}

const FILES = 'evidenceFiles { fileName mediaType digest size attempt addedAt addedBy { name } }';
const filesOf = async (name: string): Promise<any[]> => (await world.targets(id, FILES))[name].evidenceFiles;

test('a photograph is kept with the target, and downloaded by its digest', async () => {
  const photo = 'the rack with its new label';
  const sent = await show(world.operator, target('rack'), photo, { 'x-file-name': 'rack%20ä.jpg' });
  expect(sent).toMatchObject({ status: 201, body: { digest: sha256(photo), size: 27, replayed: false } });
  expect(sent.body.targetExecution).toEqual({ id: target('rack') });
  expect(await filesOf('rack')).toEqual([
    {
      fileName: 'rack ä.jpg',
      mediaType: 'image/jpeg',
      digest: sha256(photo),
      size: 27,
      attempt: 1,
      addedAt: clock.now().toISOString(),
      addedBy: { name: expect.any(String) },
    },
  ]);
  expect(await filesOf('desk')).toEqual([]);
  const got = await download(world.auditor, sha256(photo));
  expect(await got.text()).toBe(photo);
  expect(got.headers.get('content-disposition')).toContain("filename*=UTF-8''rack%20%C3%A4.jpg");
  // A browser never shows it as what the sender says it is.
  expect(got.headers.get('content-type')).toBe('application/octet-stream');
  expect(await world.events(id)).toContain('distribution.evidence-added');

  // The same bytes again change nothing, for this target; another target has them too.
  expect(await show(world.operator, target('rack'), photo)).toMatchObject({ status: 200, body: { replayed: true } });
  expect(await filesOf('rack')).toHaveLength(1);
  expect(await show(world.operator, target('desk'), photo)).toMatchObject({ status: 201 });
  expect(await filesOf('desk')).toHaveLength(1);
  expect((await world.events(id)).filter((type) => type === 'distribution.evidence-added')).toHaveLength(2);
});

test('strangers, readers and tools add nothing, and neither does a wrong digest', async () => {
  const before = await filesOf('rack');
  const tool = await app.as('the tool', 'ADAPTER');
  for (const client of [world.auditor, world.requester, tool])
    expect(await show(client, target('rack'), 'forged')).toMatchObject({ status: 403, code: 'FORBIDDEN' });
  expect(await show(app.anonymous(), target('rack'), 'forged')).toMatchObject({ status: 401 });
  expect(await show(world.operator, id, 'forged')).toMatchObject({ status: 404, code: 'NOT_FOUND' });
  const claimed = { 'x-content-sha256': sha256('something else') };
  expect(await show(world.operator, target('rack'), 'forged', claimed)).toMatchObject({ status: 422 });
  expect(await show(world.operator, target('rack'), '')).toMatchObject({ status: 400 });
  expect(await filesOf('rack')).toEqual(before);
  // A tool gets only what it may install.
  expect((await download(tool, before[0].digest)).status).toBe(403);
});

test('there is nothing to show before the first attempt, and at most 50 files after it', async () => {
  const planned = await world.plan(await world.ready(['later']));
  const { later } = await world.targets(planned, 'id');
  expect(await show(world.operator, later.id, 'too early')).toMatchObject({ status: 409, code: 'CONFLICT' });
  for (let n = 0; n < 49; n++)
    expect(await show(world.operator, target('rack'), `photo ${n}`)).toMatchObject({ status: 201 });
  expect(await show(world.operator, target('rack'), 'one more')).toMatchObject({ code: 'LIMIT_EXCEEDED' });
  expect(await show(world.operator, target('rack'), 'photo 3')).toMatchObject({ status: 200 });
  expect(await filesOf('rack')).toHaveLength(50);
});
