import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { FileMediaStore } from '../../../src/server/media/media-store.js';
import type { MediaStore } from '../../../src/services/library/media-store.port.js';
import { sha256 } from '../../support/media.js';
import { until } from '../../support/until.js';

let root: string;
let store: MediaStore;
beforeEach(async () => {
  root = mkdtempSync(join(tmpdir(), 'interlock-media-'));
  store = await FileMediaStore.open(root);
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

async function* chunks(...parts: string[]): AsyncGenerator<Uint8Array> {
  for (const part of parts) yield Buffer.from(part);
}

const LIMITS = { maxBytes: 1_000 };
const incoming = () => readdirSync(join(root, 'incoming'));
const files = () =>
  readdirSync(join(root, 'sha256'), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ name }) => name);
const age = (file: string, ms: number) => utimesSync(file, new Date(Date.now() - ms), new Date(Date.now() - ms));

/** Changes stored bytes behind the store's back. */
function tamper(digest: string, bytes: string): void {
  chmodSync(store.path(digest), 0o640);
  writeFileSync(store.path(digest), bytes);
}

describe('media store', () => {
  test('keeps bytes under their digest, readable and not executable', async () => {
    const digest = sha256('hello world');
    expect(await store.put(chunks('hello ', 'world'), LIMITS)).toEqual({ digest, size: 11 });
    expect(readFileSync(join(root, 'sha256', digest.slice(0, 2), digest), 'utf8')).toBe('hello world');
    expect(statSync(store.path(digest)).mode & 0o777).toBe(0o440);
    expect(incoming()).toEqual([]);
    expect(await store.has(digest)).toBe(true);
    expect(await text(await store.open(digest))).toBe('hello world');
    expect(await text(await store.open(digest, { start: 4, end: 6 }))).toBe('o w');
  });

  test('shows nothing before the commit, and nothing at all after a discard', async () => {
    const staged = await store.receive(chunks('staged'), LIMITS);
    expect([await store.has(staged.digest), files()]).toEqual([false, []]);
    await staged.discard();
    expect([files(), incoming()]).toEqual([[], []]);
    const kept = await store.receive(chunks('staged'), LIMITS);
    await Promise.all([kept.commit(), kept.commit()]);
    await kept.discard();
    expect([files(), incoming()]).toEqual([[kept.digest], []]);
  });

  test('stores the same bytes once, however many bring them at a time', async () => {
    const results = await Promise.all(
      Array.from({ length: 8 }, async () => await store.put(chunks('same', 'bytes'), LIMITS)),
    );
    expect(new Set(results.map(({ digest }) => digest))).toEqual(new Set([sha256('samebytes')]));
    expect(files()).toEqual([sha256('samebytes')]);
    expect(incoming()).toEqual([]);
  });

  test.each([
    ['more than allowed', () => chunks('a'.repeat(600), 'b'.repeat(401)), LIMITS, 'TOO_LARGE'],
    [
      'another digest than claimed',
      () => chunks('hello'),
      { ...LIMITS, expectedDigests: [sha256('hello'), sha256('hullo')] },
      'DIGEST_MISMATCH',
    ],
    ['not one byte', () => chunks(), LIMITS, 'EMPTY'],
  ])('takes nothing of %s', async (_what, stream, limits, reason) => {
    await expect(store.receive(stream(), limits)).rejects.toMatchObject({ name: 'MediaRejected', reason });
    expect([files(), incoming()]).toEqual([[], []]);
  });

  test('keeps nothing of a stream that breaks', async () => {
    async function* broken(): AsyncGenerator<Uint8Array> {
      yield Buffer.from('half');
      throw new Error('gone');
    }
    await expect(store.receive(broken(), LIMITS)).rejects.toThrow('gone');
    expect([files(), incoming()]).toEqual([[], []]);
  });

  test.each(['../../etc/passwd', `${'a'.repeat(63)}/`, 'A'.repeat(64), '', `${'a'.repeat(64)}\n`])(
    'has no path for %j',
    (digest) => {
      expect(() => store.path(digest)).toThrow(TypeError);
    },
  );

  test('never hands out altered or missing bytes, and says which it is', async () => {
    const { digest } = await store.put(chunks('original'), LIMITS);
    expect(await store.verify(digest)).toBe(true);
    tamper(digest, 'trojaned');
    await expect(store.open(digest)).rejects.toMatchObject({ name: 'MediaDamage', problem: 'ALTERED' });
    await expect(store.open(digest, { start: 0, end: 1 })).rejects.toMatchObject({ problem: 'ALTERED' });
    expect(await store.check(digest)).toBe('ALTERED');
    rmSync(store.path(digest));
    await expect(store.open(digest)).rejects.toMatchObject({ problem: 'MISSING' });
    expect([await store.check(digest), await store.verify(digest), await store.has(digest)]).toEqual([
      'MISSING',
      false,
      false,
    ]);
  });

  test('notices a change also in bytes that it knows and whose times were set back', async () => {
    const trusting = await FileMediaStore.open(root, { settledMs: 0 });
    const { digest } = await trusting.put(chunks('original'), LIMITS);
    expect(await text(await trusting.open(digest))).toBe('original');
    const before = statSync(store.path(digest));
    const probe = join(root, 'probe');
    await until(
      () => (writeFileSync(probe, ''), statSync(probe).ctimeMs > before.ctimeMs),
      'the clock of the file system to tick',
    );
    tamper(digest, 'trojaned');
    utimesSync(store.path(digest), before.atime, before.mtime);
    await expect(trusting.open(digest)).rejects.toMatchObject({ problem: 'ALTERED' });
  });

  test('is mended by the same bytes coming again', async () => {
    const { digest } = await store.put(chunks('original'), LIMITS);
    tamper(digest, 'trojaned');
    await store.put(chunks('original'), LIMITS);
    expect(await text(await store.open(digest))).toBe('original');
  });

  test('does not take a file for altered because the same bytes replace it meanwhile', async () => {
    const bytes = 'x'.repeat(200_000);
    const { digest } = await store.put(chunks(bytes), { maxBytes: 1_000_000 });
    let busy = true;
    const checks = (async () => {
      const found = new Set<string | null>();
      while (busy) found.add(await store.check(digest));
      return found;
    })();
    for (let i = 0; i < 10; i++) await store.put(chunks(bytes), { maxBytes: 1_000_000 });
    busy = false;
    expect(await checks).toEqual(new Set([null]));
  });

  test('removes what crashed uploads left when it is opened, but not what is being written', async () => {
    const [dead, live] = [join(root, 'incoming', 'dead.part'), join(root, 'incoming', 'live.part')];
    for (const file of [dead, live]) writeFileSync(file, 'half');
    age(dead, 3_600_000);
    await FileMediaStore.open(root);
    expect([existsSync(dead), existsSync(live)]).toEqual([false, true]);
  });

  test('lists files that rest, and takes away only those', async () => {
    const old = await store.put(chunks('old'), LIMITS);
    const young = await store.put(chunks('young'), LIMITS);
    writeFileSync(join(root, 'sha256', 'README'), 'not a shelf');
    age(store.path(old.digest), 10_000);
    const listed: string[] = [];
    for await (const digest of store.stored(5_000)) listed.push(digest);
    expect(listed).toEqual([old.digest]);
    expect([
      await store.remove(young.digest, 5_000),
      await store.remove(old.digest, 5_000),
      await store.remove(old.digest, 5_000),
    ]).toEqual([false, true, false]);
    expect(await store.has(young.digest)).toBe(true);
  });
});
