import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { DistributionRequest } from '../../src/adapters/adapter.js';
import type { HostedAdapter } from '../../src/adapters/hosted-adapter.js';
import { DirectoryTool } from '../adapters/support/directory-tool.js';
import { codeOf, follow, patience, sha256 } from '../adapters/support/harness.js';

let tool: DirectoryTool;
let adapter: HostedAdapter;

beforeEach(async () => {
  tool = await DirectoryTool.make();
  adapter = await tool.connect();
});

afterEach(() => tool.remove());

async function run(request: DistributionRequest): Promise<Awaited<ReturnType<typeof follow>>> {
  return follow(adapter, await adapter.submit(request, patience()));
}

describe('install', () => {
  test('unpacks the package, keeps the artifacts under their digests, and leaves a record', async () => {
    const shop = await tool.archive({ 'index.html': '<h1>4.2</h1>', 'bin/start.sh': '#!/bin/sh\n' });
    const motd = await tool.artifact(Buffer.from('Welcome.\n'), 'motd.txt');
    const request = tool.request(['web-01', 'site-b/web-02'], [shop, motd]);
    const { states, reports, last } = await run(request);
    expect(states).toEqual({ 'ci-web-01': 'succeeded', 'ci-site-b/web-02': 'succeeded' });
    expect(last.run).toMatchObject({ phase: 'finished', outcome: 'success', percent: 100 });
    for (const directory of ['web-01', 'site-b/web-02']) {
      expect(await tool.current(directory)).toBe(`releases/${request.key}`);
      expect(await readFile(tool.path(directory, 'current', 'index.html'), 'utf8')).toBe('<h1>4.2</h1>');
      expect(await readFile(tool.path(directory, 'current', 'motd.txt'), 'utf8')).toBe('Welcome.\n');
      for (const { sha256: digest } of [shop, motd])
        expect(tool.sha256sum(tool.path(directory, 'package', digest))).toBe(digest);
      const record = await tool.installed(directory);
      const whole = sha256(
        [shop.sha256, motd.sha256]
          .sort()
          .map((digest) => `${digest}\n`)
          .join(''),
      );
      expect(record).toMatchObject({
        name: 'Web shop',
        version: '4.2.0',
        sha256: whole,
        key: request.key,
        previous: null,
      });
      expect(reports.find((one) => one.ciId === `ci-${directory}` && one.state === 'succeeded')?.verifiedSha256).toBe(
        whole,
      );
    }
  });

  test('of a second release replaces the first in one step, and both can be verified, undone and removed', async () => {
    const [first, second] = [await tool.archive({ v: '1' }), await tool.archive({ v: '2' })];
    const one = tool.request(['web'], [first]);
    const two = tool.request(['web'], [second]);
    const operation = (name: 'verify' | 'undo' | 'remove', artifact = second): DistributionRequest =>
      tool.request(['web'], [artifact], { operation: name });
    const stateAfter = async (request: DistributionRequest): Promise<unknown> =>
      (await run(request)).reports.at(-1)?.reason?.code ?? (await run(request)).states;
    await run(one);
    await run(two);
    expect(await tool.installed('web')).toMatchObject({ key: two.key, previous: one.key });
    expect(await stateAfter(operation('verify'))).toEqual({ 'ci-web': 'succeeded' });
    expect(await stateAfter(operation('verify', first))).toBe('NOT_INSTALLED');
    expect(await stateAfter(operation('undo', first))).toBe('NOT_INSTALLED');
    expect(await tool.current('web')).toBe(`releases/${two.key}`);
    expect(await stateAfter(operation('undo'))).toEqual({ 'ci-web': 'succeeded' });
    expect(await readFile(tool.path('web', 'current', 'v'), 'utf8')).toBe('1');
    expect(await tool.installed('web')).toMatchObject({ key: one.key });
    expect(await stateAfter(operation('remove', first))).toEqual({ 'ci-web': 'succeeded' });
    expect(existsSync(tool.path('web', 'current'))).toBe(false);
    expect(await readdir(tool.path('web', 'package'))).toEqual([second.sha256]);
    expect((await run(operation('remove', first))).reports.at(-1)).toMatchObject({
      state: 'succeeded',
      nativeStatus: 'WAS_ABSENT',
    });
  });

  test('undo of the only release leaves nothing in use', async () => {
    const shop = await tool.archive({ v: '1' });
    await run(tool.request(['web'], [shop]));
    expect((await run(tool.request(['web'], [shop], { operation: 'undo' }))).states).toEqual({ 'ci-web': 'succeeded' });
    expect([existsSync(tool.path('web', 'current')), await tool.installed('web')]).toEqual([false, undefined]);
  });

  test('verify finds what was changed on the target', async () => {
    const shop = await tool.archive({ v: '1' });
    await run(tool.request(['web'], [shop]));
    await writeFile(tool.path('web', 'package', shop.sha256), 'tampered');
    const { reports } = await run(tool.request(['web'], [shop], { operation: 'verify' }));
    expect(reports.at(-1)).toMatchObject({ state: 'failed', reason: { code: 'DIGEST_MISMATCH' } });
  });

  test('files are copied as they are when unpacking is not wanted', async () => {
    const shop = await tool.archive({ v: '1' });
    await run(tool.request(['web'], [shop], { package: { binding: { unpack: false }, artifacts: [shop] } }));
    expect(tool.sha256sum(tool.path('web', 'current', 'shop.tgz'))).toBe(shop.sha256);
  });
});

describe('what fails really fails, on its own target only', () => {
  async function reasons(request: DistributionRequest): Promise<Record<string, string | undefined>> {
    const { states, reports } = await run(request);
    return Object.fromEntries(
      Object.entries(states).map(([ciId, state]) => [
        ciId,
        reports.findLast((one) => one.ciId === ciId)?.reason?.code ?? state,
      ]),
    );
  }

  test('.fail-once fails once and is gone', async () => {
    await mkdir(tool.path('web-01'));
    await writeFile(tool.path('web-01', '.fail-once'), '');
    const shop = await tool.archive({ v: '1' });
    expect(await reasons(tool.request(['web-01', 'web-02'], [shop]))).toEqual({
      'ci-web-01': 'FAIL_ONCE',
      'ci-web-02': 'succeeded',
    });
    expect(existsSync(tool.path('web-01', 'current'))).toBe(false);
    expect(await reasons(tool.request(['web-01'], [shop]))).toEqual({ 'ci-web-01': 'succeeded' });
  });

  test('a file or a link where a directory should be', async () => {
    const outside = join(tool.root, '..', 'outside');
    await mkdir(outside);
    await writeFile(tool.path('a-file'), '');
    await symlink(outside, tool.path('a-link'));
    await mkdir(tool.path('inner'));
    await symlink(outside, tool.path('inner', 'releases'));
    const shop = await tool.archive({ v: '1' });
    const found = await reasons(tool.request(['a-file', 'a-link', 'a-link/below', 'inner', 'good'], [shop]));
    expect(found).toEqual({
      'ci-a-file': 'NOT_A_DIRECTORY',
      'ci-a-link': 'NOT_A_DIRECTORY',
      'ci-a-link/below': 'NOT_A_DIRECTORY',
      'ci-inner': 'NOT_A_DIRECTORY',
      'ci-good': 'succeeded',
    });
    expect(await readdir(outside)).toEqual([]);
  });

  test(
    'an archive that wants out, or media that are not there or are not what they should be, change nothing on ' +
      'any target',
    async () => {
      const shop = await tool.archive({ v: '1' });
      const cases = [
        ['BAD_ARCHIVE', await tool.archive({ ok: 'x', '../evil': 'x' })],
        ['MEDIA_NOT_FOUND', { ...shop, uri: 'file:///nonexistent' }],
        ['DIGEST_MISMATCH', { ...shop, uri: (await tool.archive({ v: '2' })).uri }],
        ['DIGEST_MISMATCH', { ...shop, size: shop.size - 1 }],
      ] as const;
      for (const [code, artifact] of cases) {
        expect(await reasons(tool.request(['web-01', 'web-02'], [artifact]))).toEqual({
          'ci-web-01': code,
          'ci-web-02': code,
        });
        expect([
          existsSync(tool.path('web-01', 'current')),
          existsSync(tool.path('evil')),
          existsSync(tool.path('web-01', 'evil')),
        ]).toEqual([false, false, false]);
        if (existsSync(tool.path('web-01', 'releases')))
          expect(await readdir(tool.path('web-01', 'releases'))).toEqual([]);
      }
    },
  );

  test('after enough failures no further target is begun', async () => {
    await writeFile(tool.path('a'), '');
    const shop = await tool.archive({ v: '1' });
    const request = tool.request(['a', 'b', 'c'], [shop], { maxParallel: 1, stopAfterFailures: 1 });
    expect((await run(request)).states).toEqual({ 'ci-a': 'failed', 'ci-b': 'skipped', 'ci-c': 'skipped' });
    expect(await readdir(tool.root)).toEqual(['a']);
  });

  test('what comes after its deadline is not begun', async () => {
    const request = tool.request(['a'], [await tool.archive({ v: '1' })], { deadline: '2026-11-01T00:00:00Z' });
    expect((await run(request)).states).toEqual({ 'ci-a': 'expired' });
    expect(await readdir(tool.root)).toEqual([]);
  });
});

describe('a request that cannot be right is refused and starts nothing', () => {
  test('one directory for two targets, names that are no file names, no artifacts', async () => {
    const shop = await tool.archive({ v: '1' });
    const twice = tool.request(['a', 'b'], [shop]);
    const [first] = twice.targets;
    const requests = [
      tool.request([], [shop], {
        targets: [first, { ciId: 'other', name: 'o', binding: first?.binding }] as DistributionRequest['targets'],
      }),
      tool.request(['a'], []),
      ...['../x', '.installed.json', 'a/b', 'a\0b', '..'].map((name) => tool.request(['a'], [{ ...shop, name }])),
      tool.request(['a'], [shop, { ...shop, sha256: sha256('other') }]),
    ];
    for (const request of requests) expect(await codeOf(adapter.submit(request, patience()))).toBe('INVALID_ARGUMENT');
    expect([await readdir(tool.root), existsSync(join(tool.workDir, 'runs'))]).toEqual([[], false]);
  });

  test('a root that is missing makes the tool broken, and nothing can be submitted', async () => {
    const broken = await tool.connect({ INSTALL_ROOT: '/nonexistent' });
    expect(await broken.probe(patience())).toMatchObject({
      status: 'broken',
      detail: expect.stringContaining('/nonexistent'),
    });
    expect(await codeOf(broken.submit(tool.request(['a'], [await tool.archive({ v: '1' })]), patience()))).toBe(
      'FAILED_PRECONDITION',
    );
  });

  test('a preflight names the targets in whose way something stands', async () => {
    await writeFile(tool.path('a-file'), '');
    const report = await adapter.preflight(
      tool.request(['a-file', 'new'], [await tool.archive({ v: '1' })]),
      patience(),
    );
    expect([report.verdict, report.targets.map((target) => target.verdict)]).toEqual(['block', ['block', 'ok']]);
    expect(await readdir(tool.root)).toEqual(['a-file']);
  });
});

test('the log tells the story of each target', async () => {
  const request = tool.request(['web-01', 'web-02'], [await tool.archive({ v: '1' })]);
  const handle = await adapter.submit(request, patience());
  await follow(adapter, handle);
  const { chunk, eof } = await adapter.logs(handle, { ciId: 'ci-web-02', maxBytes: 100_000 }, patience());
  expect(eof).toBe(true);
  expect(
    chunk
      .trimEnd()
      .split('\n')
      .map((line) => line.split(' ').slice(1).join(' ')),
  ).toEqual(['FETCH', 'VERIFY', 'UNPACK', 'ACTIVATE', 'INSTALLED'].map((word) => `ci-web-02 ${word}`));
  expect((await stat(join(tool.workDir, 'runs', request.key, 'run.json'))).mode & 0o077).toBe(0);
});
