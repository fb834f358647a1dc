import { execFileSync } from 'node:child_process';
import { mkdir, readdir, readFile, readlink, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { temporaryDirectory } from './support/harness.js';
import { paxRecord, tgz, type TarEntry } from './support/tar-writer.js';

type Unpack = (archive: string, root: string, strip: number, check: () => void) => Promise<void>;
const source = new URL('../../examples/exec-directory/tar.mjs', import.meta.url);
const { unpack } = (await import(source.href)) as { unpack: Unpack };

let directory: Awaited<ReturnType<typeof temporaryDirectory>>;
let root: string;

beforeEach(async () => {
  directory = await temporaryDirectory();
  root = join(directory.path, 'outer', 'root');
  await mkdir(root, { recursive: true });
});

afterEach(() => directory.remove());

async function unpacked(archive: Buffer, strip = 0): Promise<string[]> {
  const file = join(directory.path, 'archive.tgz');
  await writeFile(file, archive);
  await unpack(file, root, strip, () => undefined);
  return (await readdir(root, { recursive: true })).sort();
}

/** Everything beside the root that an archive must not have touched. */
async function outside(): Promise<string[]> {
  const all = await readdir(directory.path, { recursive: true });
  return all.filter(
    (name) => !name.startsWith('outer/root/') && !['outer', 'outer/root', 'archive.tgz'].includes(name),
  );
}

describe('good archives', () => {
  test('of GNU tar and of pax, with long names, links, empty files and modes, come out as they went in', async () => {
    const long = `${'long-directory-name/'.repeat(8)}${'n'.repeat(120)}`;
    const home = join(directory.path, 'home');
    await mkdir(join(home, 'src', long, '..'), { recursive: true });
    await writeFile(join(home, 'src', long), 'long');
    await writeFile(join(home, 'src', 'run.sh'), '#!/bin/sh\n', { mode: 0o755 });
    await writeFile(join(home, 'src', 'empty'), '');
    await writeFile(join(home, 'src', 'żółć 漢字'), 'x'.repeat(100_000));
    execFileSync('ln', ['-s', '../src/run.sh', join(home, 'src', 'inner-link')]);
    execFileSync('ln', [join(home, 'src', 'run.sh'), join(home, 'src', 'hard')]);
    for (const format of ['gnu', 'pax', 'ustar']) {
      if (format === 'ustar')
        await import('node:fs/promises').then((fs) =>
          fs.rm(join(home, 'src', 'long-directory-name'), { recursive: true }),
        );
      const archive = execFileSync('tar', ['-C', home, `--format=${format}`, '-czf', '-', 'src'], { maxBuffer: 1e8 });
      root = join(directory.path, `root-${format}`);
      await mkdir(root);
      await unpacked(archive);
      execFileSync('diff', ['-r', '--no-dereference', join(home, 'src'), join(root, 'src')]);
      expect((await stat(join(root, 'src', 'run.sh'))).mode & 0o777).toBe(0o755);
      expect(await readlink(join(root, 'src', 'inner-link'))).toBe('../src/run.sh');
    }
  });

  test('lose leading parts of their names on request, and never gain set-user-id', async () => {
    const entries: TarEntry[] = [
      { name: 'pkg/', type: '5' },
      { name: './pkg/a/b.txt', content: 'b' },
      { name: 'top', content: 'gone' },
      { name: 'pkg/suid', content: 'x', mode: 0o6755 },
    ];
    expect(await unpacked(tgz(entries), 1)).toEqual(['a', 'a/b.txt', 'suid']);
    expect((await stat(join(root, 'suid'))).mode & 0o7777).toBe(0o755);
  });

  test('names in extended headers count, and are as little trusted', async () => {
    const good = [
      { name: 'x', type: 'x', content: paxRecord('path', 'from/pax') },
      { name: 'short', content: 'p' },
    ];
    expect(await unpacked(tgz(good))).toEqual(['from', 'from/pax']);
    const bad = [
      { name: 'x', type: 'x', content: paxRecord('path', '../../evil') },
      { name: 'short', content: 'p' },
    ];
    await expect(unpacked(tgz(bad))).rejects.toMatchObject({ code: 'BAD_ARCHIVE' });
  });
});

describe('archives that want out', () => {
  const evil: [string, TarEntry[]][] = [
    ['an absolute name', [{ name: '/tmp/interlock-evil', content: 'x' }]],
    ['a name that climbs', [{ name: '../evil', content: 'x' }]],
    ['a name that climbs later', [{ name: 'a/../../evil', content: 'x' }]],
    ['a name with backslashes', [{ name: '..\\evil', content: 'x' }]],
    ['a directory that climbs', [{ name: '../evil/', type: '5' }]],
    ['an absolute link', [{ name: 'a', type: '2', target: '/etc' }]],
    ['a link that climbs out', [{ name: 'a', type: '2', target: '../..' }]],
    ['a link that climbs out from below', [{ name: 'd/a', type: '2', target: '../../evil' }]],
    [
      'a link that climbs after a name',
      [
        { name: 'd/e/l', type: '2', target: '../..' },
        { name: 'm', type: '2', target: 'd/e/l/..' },
      ],
    ],
    [
      'writing through a link',
      [
        { name: 'a', type: '2', target: '.' },
        { name: 'a/b', content: 'x' },
      ],
    ],
    [
      'a link through a link',
      [
        { name: 'a', type: '2', target: '.' },
        { name: 'a/b', type: '2', target: '..' },
      ],
    ],
    [
      'overwriting a link',
      [
        { name: 'a', type: '2', target: 'b' },
        { name: 'a', content: 'x' },
      ],
    ],
    ['a hard link to the outside', [{ name: 'a', type: '1', target: '../secret' }]],
    [
      'a hard link to a link',
      [
        { name: 'l', type: '2', target: 'x' },
        { name: 'a', type: '1', target: 'l' },
      ],
    ],
    ['a device', [{ name: 'a', type: '3' }]],
    ['a pipe', [{ name: 'a', type: '6' }]],
    [
      'the same name twice',
      [
        { name: 'a', content: '1' },
        { name: 'a', content: '2' },
      ],
    ],
    [
      'a file used as a directory',
      [
        { name: 'a', content: '1' },
        { name: 'a/b', content: '2' },
      ],
    ],
    ['a size that goes beyond the end', [{ name: 'a', content: 'x', size: 5_000 }]],
    [
      'a size beyond all measure',
      [
        { name: 'a', content: 'x', size: 0o77777777777 },
        { name: 'b', content: 'x', size: 0o77777777777 },
      ],
    ],
  ];

  test.each(evil)('%s is refused, and nothing outside is touched', async (_name, entries) => {
    await writeFile(join(directory.path, 'outer', 'secret'), 'keep');
    const before = await outside();
    await expect(unpacked(tgz(entries))).rejects.toMatchObject({ code: 'BAD_ARCHIVE' });
    expect(await outside()).toEqual(before);
    expect(await readFile(join(directory.path, 'outer', 'secret'), 'utf8')).toBe('keep');
  });

  test('damaged ones are refused too: no gzip, cut short, wrong checksum', async () => {
    const good = tgz([{ name: 'a', content: 'x'.repeat(10_000) }]);
    const wrong = gunzipSync(good);
    wrong[0] = 0x62;
    for (const archive of [Buffer.from('not gzip at all'), good.subarray(0, good.length - 20), gzipSync(wrong)]) {
      root = join(directory.path, `root-${archive.length}`);
      await mkdir(root);
      await expect(unpacked(archive)).rejects.toMatchObject({ code: 'BAD_ARCHIVE' });
    }
  });

  test('unpacking stops when it is told to', async () => {
    const stop = (): never => {
      throw new Error('told to stop');
    };
    const file = join(directory.path, 'archive.tgz');
    await writeFile(file, tgz([{ name: 'a', content: 'x' }]));
    await expect(unpack(file, root, 0, stop)).rejects.toThrow('told to stop');
  });
});
