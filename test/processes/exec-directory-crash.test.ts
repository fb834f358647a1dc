import { existsSync, readFileSync } from 'node:fs';
import { readdir, readFile, rm } from 'node:fs/promises';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import { type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { Artifact, DistributionRequest, RunHandle } from '../../src/adapters/adapter.js';
import type { HostedAdapter } from '../../src/adapters/hosted-adapter.js';
import { isAlive } from '../../src/adapters/process-identity.js';
import { DirectoryTool, until } from '../adapters/support/directory-tool.js';
import { artifactOf, codeOf, follow, patience } from '../adapters/support/harness.js';
import { submitElsewhere } from '../adapters/support/second-process.js';
import { tgz } from '../adapters/support/tar-writer.js';

const CONTENT = tgz([{ name: 'index.html', content: 'x'.repeat(50_000) }]);

/** A media server that hands out its content only when the test opens the gate. */
class MediaServer {
  readonly seen: IncomingHttpHeaders[] = [];
  private readonly waiting: (() => void)[] = [];
  open = true;

  private constructor(private readonly server: Server) {}

  static async start(answer: (url: string) => { status: number; location?: string }): Promise<MediaServer> {
    const media: MediaServer = new MediaServer(
      createServer((request, response) => {
        media.seen.push(request.headers);
        const { status, location } = answer(request.url ?? '');
        response.writeHead(status, {
          'content-length': status === 200 ? CONTENT.length : 0,
          ...(location === undefined ? {} : { location }),
        });
        if (status !== 200) return void response.end();
        response.write(CONTENT.subarray(0, 100));
        const rest = (): void => void response.end(CONTENT.subarray(100));
        if (media.open) rest();
        else media.waiting.push(rest);
      }),
    );
    await new Promise<void>((resolve) => media.server.listen(0, '127.0.0.1', resolve));
    return media;
  }

  get origin(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  artifact(path = '/shop'): Artifact {
    return artifactOf(CONTENT, `${this.origin}${path}`, 'shop.tgz');
  }

  letGo(): void {
    this.open = true;
    for (const rest of this.waiting.splice(0)) rest();
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }
}

let tool: DirectoryTool;
let adapter: HostedAdapter;
let media: MediaServer;

beforeEach(async () => {
  tool = await DirectoryTool.make();
  adapter = await tool.connect();
  media = await MediaServer.start(() => ({ status: 200 }));
});

afterEach(async () => {
  await media.stop();
  await tool.remove();
});

/** Start a run whose media do not come before the gate is opened, and wait until its worker waits for them. */
async function stuck(
  directories: string[],
  changes: Partial<DistributionRequest> = {},
): Promise<{ request: DistributionRequest; handle: RunHandle }> {
  media.open = false;
  const request = tool.request(directories, [media.artifact()], changes);
  const handle = await adapter.submit(request, patience());
  await until(() => media.seen.length > 0);
  return { request, handle };
}

/** How many reports the run has made so far. */
function reported(request: DistributionRequest): number {
  const file = join(tool.workDir, 'runs', request.key, 'progress.jsonl');
  return existsSync(file) ? readFileSync(file, 'utf8').split('\n').length - 1 : 0;
}

async function assertInstalledOnce(directory: string, request: DistributionRequest): Promise<void> {
  expect(await tool.installed(directory)).toMatchObject({ key: request.key });
  expect(await tool.current(directory)).toBe(`releases/${request.key}`);
  expect((await readFile(tool.path(directory, 'current', 'index.html'))).length).toBe(50_000);
  expect((await readdir(tool.path(directory))).sort()).toEqual(['current', 'installed.json', 'package', 'releases']);
  expect(await readdir(tool.path(directory, 'releases'))).toEqual([request.key]);
  expect(await readdir(tool.path(directory, 'package'))).toEqual(
    request.package.artifacts.map((artifact) => artifact.sha256),
  );
}

describe('one key, one run', () => {
  test('however many ask at once, here and in another server process', async () => {
    const request = tool.request(['web-01', 'web-02'], [media.artifact()]);
    const [here, there] = await Promise.all([
      Promise.all(Array.from({ length: 5 }, () => adapter.submit(request, patience()))),
      submitElsewhere({
        module: 'plugins/exec/exec.adapter.ts',
        workDir: tool.workDir,
        config: tool.config(),
        request,
        calls: 5,
      }),
    ]);
    expect(there).toMatchObject({ exitCode: 0 });
    expect(new Set([...here, ...there.answers].map((handle) => JSON.stringify(handle))).size).toBe(1);
    const [handle] = here;
    expect((await follow(adapter, handle as RunHandle)).states).toEqual({
      'ci-web-01': 'succeeded',
      'ci-web-02': 'succeeded',
    });
    await assertInstalledOnce('web-01', request);
    expect(existsSync(join(tool.workDir, 'runs', request.key, 'worker-1.json'))).toBe(false);
    expect(media.seen).toHaveLength(1);
  });

  test('and the run outlives the process that started it', async () => {
    media.open = false;
    const request = tool.request(['web'], [media.artifact()]);
    const other = await submitElsewhere({
      module: 'plugins/exec/exec.adapter.ts',
      workDir: tool.workDir,
      config: tool.config(),
      request,
    });
    expect(other.exitCode).toBe(0);
    media.letGo();
    const handle = await adapter.find(request.key, patience());
    expect(handle).toEqual(other.answers[0]);
    expect((await follow(adapter, handle as RunHandle)).states).toEqual({ 'ci-web': 'succeeded' });
  });
});

describe('a worker that dies', () => {
  test.each(['SIGKILL', 'SIGTERM'] as const)(
    'by %s leaves its targets unknown, and the same submission goes on',
    async (signal) => {
      const { request, handle } = await stuck(['web-01', 'web-02']);
      await tool.kill(request.key, 0, signal);
      const lost = await adapter.observe(handle, null, patience());
      expect(lost).toMatchObject({
        complete: true,
        run: { phase: 'finished', outcome: 'error', nativeStatus: 'WORKER_LOST' },
      });
      expect(lost.targets.filter((one) => one.state === 'unknown').map((one) => one.ciId)).toEqual([
        'ci-web-01',
        'ci-web-02',
      ]);
      expect(await adapter.find(request.key, patience())).toEqual(handle);
      media.letGo();
      expect(await adapter.submit(request, patience())).toEqual(handle);
      expect((await follow(adapter, handle)).states).toEqual({ 'ci-web-01': 'succeeded', 'ci-web-02': 'succeeded' });
      await assertInstalledOnce('web-01', request);
      expect((await adapter.observe(handle, null, patience())).targets.map((one) => one.attempt)).toEqual([2, 2]);
    },
  );

  const moments = [1, 2, 4].flatMap((first) => [1, 3].map((then) => [first, then] as const));

  test.each(moments)(
    'after report %i, and its successor after %i more, leaves the target installed once and whole',
    async (first, then) => {
      const paced = await tool.connect({ INSTALL_PACE_MS: '100' });
      const request = tool.request(['web'], [media.artifact()]);
      const handle = await paced.submit(request, patience());
      for (const [generation, count] of [first, first + then].entries()) {
        if ((await paced.observe(handle, null, patience())).run.outcome === 'success') break;
        await until(() => reported(request) >= count);
        await tool.kill(request.key, generation);
        const inUse = existsSync(tool.path('web', 'current'));
        expect(existsSync(tool.path('web', 'current', 'index.html'))).toBe(inUse);
        // On a busy machine the worker may have been faster than we; then there is nothing left to take up.
        const seen = await paced.observe(handle, null, patience());
        expect(seen).toMatchObject({
          complete: true,
          run: { nativeStatus: expect.stringMatching(/WORKER_LOST|FINISHED/) },
        });
        await paced.submit(request, patience());
      }
      expect((await follow(paced, handle)).states).toEqual({ 'ci-web': 'succeeded' });
      await assertInstalledOnce('web', request);
    },
  );

  test('before anybody has begun counts as never submitted', async () => {
    const { request, handle } = await stuck(['web']);
    await tool.kill(request.key);
    for (const name of ['worker-0.json', 'progress.jsonl']) await rm(join(tool.workDir, 'runs', request.key, name));
    expect(await adapter.find(request.key, patience())).toBeNull();
    media.letGo();
    expect(await adapter.submit(request, patience())).toEqual(handle);
    expect((await follow(adapter, handle)).states).toEqual({ 'ci-web': 'succeeded' });
  });
});

describe('cancel', () => {
  test('abort ends the worker, and nothing is left on the targets', async () => {
    const { request, handle } = await stuck(['web-01', 'web-02', 'web-03'], { maxParallel: 2 });
    const worker = await tool.worker(request.key);
    expect(await adapter.cancel(handle, { mode: 'abort' }, patience())).toEqual({ accepted: true });
    expect(await isAlive(worker)).toBe(false);
    const { states, last } = await follow(adapter, handle);
    expect([new Set(Object.values(states)), last.run.outcome]).toEqual([new Set(['cancelled']), 'cancel']);
    expect(await readdir(tool.root)).toEqual([]);
    expect(await adapter.cancel(handle, { mode: 'abort' }, patience())).toMatchObject({ accepted: false });
  });

  test('stop lets finish what is under way', async () => {
    const { handle } = await stuck(['web-01', 'web-02'], { maxParallel: 1 });
    expect((await adapter.cancel(handle, { mode: 'stop' }, patience())).accepted).toBe(true);
    media.letGo();
    expect((await follow(adapter, handle)).states).toEqual({ 'ci-web-01': 'succeeded', 'ci-web-02': 'cancelled' });
  });

  test('of a run whose worker has died settles it', async () => {
    const { request, handle } = await stuck(['web']);
    await tool.kill(request.key);
    expect((await adapter.cancel(handle, { mode: 'stop' }, patience())).accepted).toBe(true);
    expect((await follow(adapter, handle)).states).toEqual({ 'ci-web': 'cancelled' });
    expect(await readdir(tool.root)).toEqual([]);
  });
});

describe('media over HTTP', () => {
  const token = { ARTIFACT_TOKEN: { $secret: 'env:MEDIA_TOKEN' } };
  const secrets = { MEDIA_TOKEN: 'canary-media-5512' };

  async function fetched(env: Record<string, unknown>, artifact = media.artifact()): Promise<string | undefined> {
    const client = await tool.connect({ ...token, ...env }, secrets);
    const { reports } = await follow(client, await client.submit(tool.request(['web'], [artifact]), patience()));
    return reports.at(-1)?.reason?.code ?? reports.at(-1)?.state;
  }

  test('the token goes to the origin it is meant for and to no other', async () => {
    expect(await fetched({ ARTIFACT_ORIGIN: media.origin })).toBe('succeeded');
    expect(await fetched({ ARTIFACT_ORIGIN: 'https://example.org' })).toBe('succeeded');
    expect(await fetched({})).toBe('succeeded');
    expect(media.seen.map((headers) => headers.authorization)).toEqual([
      'Bearer canary-media-5512',
      undefined,
      undefined,
    ]);
  });

  test('not even when the right origin sends us elsewhere', async () => {
    const front = await MediaServer.start(() => ({ status: 302, location: `${media.origin}/shop` }));
    const artifact = artifactOf(CONTENT, `${front.origin}/shop`, 'shop.tgz');
    expect(await fetched({ ARTIFACT_ORIGIN: front.origin }, artifact)).toBe('succeeded');
    expect([front.seen[0]?.authorization, media.seen[0]?.authorization]).toEqual([
      'Bearer canary-media-5512',
      undefined,
    ]);
    await front.stop();
  });

  test.each([
    [401, 'MEDIA_FORBIDDEN'],
    [403, 'MEDIA_FORBIDDEN'],
    [404, 'MEDIA_NOT_FOUND'],
    [500, 'MEDIA_UNREACHABLE'],
  ])('HTTP %i fails the targets as %s and touches none', async (status, code) => {
    const refusing = await MediaServer.start(() => ({ status }));
    expect(await fetched({}, artifactOf(CONTENT, `${refusing.origin}/x`, 'shop.tgz'))).toBe(code);
    expect(await readdir(tool.root)).toEqual([]);
    await refusing.stop();
  });

  test('a server that is not there is MEDIA_UNREACHABLE', async () => {
    const artifact = media.artifact();
    await media.stop();
    expect(await fetched({}, artifact)).toBe('MEDIA_UNREACHABLE');
    media = await MediaServer.start(() => ({ status: 200 }));
  });
});

test('another request under the same key is refused while the first goes on undisturbed', async () => {
  const { request, handle } = await stuck(['web']);
  const other = tool.request(['elsewhere'], request.package.artifacts, { key: request.key });
  expect(await codeOf(adapter.submit(other, patience()))).toBe('ALREADY_EXISTS');
  media.letGo();
  expect((await follow(adapter, handle)).states).toEqual({ 'ci-web': 'succeeded' });
  expect(await readdir(tool.root)).toEqual(['web']);
});
