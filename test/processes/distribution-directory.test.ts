import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { startTestApp, type TestApp } from '../support/app.js';
import { sha256 } from '../support/media.js';
import { storyOf, type Story } from '../support/story.js';
import { until } from '../support/until.js';

// The tool that a fresh installation comes with: a program of its own that really installs, here on the system's clock.
let app: TestApp;
let world: Story;

beforeAll(async () => {
  app = await startTestApp({ work: 'start' });
  world = await storyOf(app);
  await until(
    async () => (await app.count(`deployment_tool where name = 'directory' and state = 'READY'`)) === 1,
    'the tool to be ready',
  );
});
afterAll(async () => await app.end());

test('media of the library arrive on the targets, byte by byte, and what failed can be retried', async () => {
  const cis: Record<string, string> = {};
  for (const name of ['north', 'south']) {
    cis[name] = await world.ci(name, { bindings: { directory: { directory: name } } });
  }
  const release = await world.ready([], { cis });
  const root = join(app.config.dataDir, 'targets');
  const target = (name: string, ...path: string[]) => join(root, name, ...path);
  const id = await world.plan(release, {}, 'directory');
  await world.act('Schedule', id);
  await world.begin(id);
  await until(async () => (await world.state(id)) === 'SUCCEEDED', 'the distribution to succeed', 30_000);
  for (const name of ['north', 'south']) {
    const record = JSON.parse(readFileSync(target(name, 'installed.json'), 'utf8'));
    expect(JSON.stringify(record)).toContain(sha256('the bytes'));
    expect(readdirSync(target(name, 'package'))).toEqual([sha256('the bytes')]);
    expect(readFileSync(target(name, 'package', sha256('the bytes')), 'utf8')).toBe('the bytes');
  }
  const { targets } = await world.read(id, 'targets { nodes { installations { nodes { assurance digest } } } }');
  expect(targets.nodes).toEqual(
    [1, 2].map(() => ({ installations: { nodes: [{ assurance: 'VERIFIED', digest: sha256('the bytes') }] } })),
  );

  const next = await world.ready([], { cis, content: [await world.media(await world.item('portal'), '2.0')] });
  writeFileSync(target('north', '.fail-once'), '');
  const second = await world.plan(next, {}, 'directory');
  await world.act('Schedule', second);
  await world.begin(second);
  await until(async () => (await world.state(second)) === 'PARTIALLY_SUCCEEDED', 'one target to fail', 30_000);
  expect(existsSync(target('north', '.fail-once'))).toBe(false);
  await world.act('RetryFailed', second);
  await until(async () => (await world.state(second)) === 'SUCCEEDED', 'the retry to succeed', 30_000);
  expect(await world.read(second, 'attempt release { state }')).toEqual({ attempt: 2, release: { state: 'DEPLOYED' } });
}, 90_000);
