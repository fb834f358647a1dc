import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, readlinkSync, symlinkSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { startTestApp, type TestApp } from '../support/app.js';
import { interlock, serve, stopServers } from '../support/command.js';
import { storyOf, type Story } from '../support/story.js';
import { until } from '../support/until.js';

// The worked example of an adapter, as somebody uses it who copies it out of the repository.
let folder: string;
let home: string;

beforeAll(async () => {
  folder = mkdtempSync(join(process.env['INTERLOCK_TEST_FOLDER'] as string, 'adapter-example-'));
  home = join(folder, 'adapter-shares');
  cpSync('examples/adapter-shares', home, { recursive: true });
  mkdirSync(join(home, 'node_modules'));
  symlinkSync(resolve('.'), join(home, 'node_modules', 'interlock'));
  symlinkSync(resolve('node_modules/@types'), join(home, 'node_modules', '@types'));
  // Its own settings of the compiler, and the types that it gets from the package.
  await promisify(execFile)(process.execPath, [resolve('node_modules/typescript/bin/tsc')], { cwd: home });
}, 60_000);
afterAll(stopServers);

test('the example passes the conformance kit', async () => {
  const args = ['adapter', 'conformance', '.', '--fixtures', 'fixtures.json'];
  const { code, stdout } = await interlock(args, { cwd: home });
  expect([code, /^FAILED.*\n.*/m.exec(stdout)?.[0]]).toEqual([0, undefined]);
  expect(Number(/(\d+) passed/.exec(stdout)?.[1])).toBeGreaterThan(44);
}, 60_000);

describe('a running server', () => {
  let app: TestApp;
  let world: Story;

  afterAll(async () => {
    await stopServers();
    await app?.end();
  });

  test('publishes on the shares that are mounted, then on the others, verifies, and goes back', async () => {
    const [root, tools] = [join(folder, 'shares'), join(folder, 'tools.json')];
    const site = (share: string, ...path: string[]) => join(root, share, 'shop', ...path);
    const published = (share: string) => readlinkSync(site(share, 'current'));
    const mount = (share: string) => writeFileSync(join(root, share, '.interlock-share'), '');
    // What the people who ran the share by hand have left there.
    for (const share of ['north', 'west']) {
      mkdirSync(site(share, 'versions', 'by-hand'), { recursive: true });
      symlinkSync('versions/by-hand', site(share, 'current'));
    }
    mount('north');
    const tool = { name: 'shares', adapter: './adapter-shares', config: { root } };
    writeFileSync(tools, JSON.stringify({ tools: [tool] }));
    app = await startTestApp({ env: { INTERLOCK_TOOLS: tools } });
    world = await storyOf(app);
    // The work is done by a server process; this app only speaks to the API.
    await serve({
      env: { DATABASE_URL: app.testDatabase.url, INTERLOCK_DATA_DIR: app.config.dataDir, INTERLOCK_TOOLS: tools },
    });
    const ended = async (id: string, state: string) =>
      await until(async () => (await world.state(id)) === state, `the distribution to be ${state}`, 30_000);
    const cis: Record<string, string> = {};
    for (const share of ['north', 'west']) cis[share] = await world.ci(share, { bindings: { shares: { share } } });
    const item = await world.item('shop');
    const content = await world.media(item, '4.2', 'the bytes', { bindings: { shares: { application: 'shop' } } });
    const release = await world.ready([], { cis, content: [content] });

    const id = await world.started(release, {}, 'shares');
    await ended(id, 'PARTIALLY_SUCCEEDED');
    expect(await world.targets(id, 'state reasonCode')).toEqual({
      north: { state: 'SUCCEEDED', reasonCode: null },
      west: { state: 'FAILED', reasonCode: 'NOT_MOUNTED' },
    });
    expect(published('west')).toBe('versions/by-hand');
    mount('west');
    await world.act('RetryFailed', id);
    await ended(id, 'SUCCEEDED');
    expect(published('north')).toBe(published('west'));
    expect(readFileSync(site('west', 'current', 'shop'), 'utf8')).toBe('the bytes');

    writeFileSync(site('west', 'current', 'shop'), 'other bytes');
    const check = await world.started(release, { operation: 'VERIFY' }, 'shares');
    await ended(check, 'PARTIALLY_SUCCEEDED');
    expect(await world.targets(check, 'state reasonCode')).toEqual({
      north: { state: 'SUCCEEDED', reasonCode: null },
      west: { state: 'FAILED', reasonCode: 'DIFFERENT' },
    });

    await world.step('releaseStartBackOut', release.id, { reason: 'Wrong colours.' });
    await ended(await world.started(release, { operation: 'UNDO', scheduledStart: null }, 'shares'), 'SUCCEEDED');
    expect([published('north'), published('west')]).toEqual(['versions/by-hand', 'versions/by-hand']);
  }, 120_000);
});
