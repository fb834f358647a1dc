import { createHash, randomUUID } from 'node:crypto';
import { constants, type BigIntStats } from 'node:fs';
import { mkdir, open, opendir, rename, rm, stat, unlink, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { bytesOf, BoundedMap } from '../../domain/bounded-map.js';
import { isDigest, type MediaProblem } from '../../domain/library/media.js';
import {
  type ByteRange,
  MediaDamage,
  MediaRejected,
  type MediaStore,
  type ReceiveOptions,
  type StagedMedia,
} from '../../services/library/media-store.port.js';

// A running upload touches its file at least once a minute (idle ones are cut off), so an older file belongs to no
// upload.
const ABANDONED_MS = 15 * 60_000;
// File times are no finer than a clock tick: a file that has just changed may change again without a trace in its
// times.
const SETTLED_MS = 2_000;
const REMEMBERED = { entries: 10_000, bytes: 8_388_608 };
const READ_BYTES = 262_144;
// How often a file that changes while it is hashed is hashed again before it counts as altered.
const MAX_ATTEMPTS = 5;

const codeOf = (error: unknown): unknown => (error as { code?: unknown } | null)?.code;

const ignoreMissing = (error: unknown): void => {
  if (codeOf(error) !== 'ENOENT') throw error;
};

// Everything about a file that changes when its bytes change; the change time cannot be set by ordinary means.
const fingerprint = (stats: BigIntStats): string =>
  [stats.dev, stats.ino, stats.size, stats.mtimeNs, stats.ctimeNs].join(':');

/** Whether a file exists and has not been written to for that long. */
async function rested(file: string, ms: number): Promise<boolean> {
  try {
    return Date.now() - (await stat(file)).mtimeMs >= ms;
  } catch (error) {
    ignoreMissing(error);
    return false;
  }
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, constants.O_RDONLY);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function digestOf(handle: FileHandle): Promise<string> {
  const hash = createHash('sha256');
  const buffer = Buffer.allocUnsafe(READ_BYTES);
  for (let position = 0; ;) {
    const { bytesRead } = await handle.read(buffer, 0, buffer.length, position);
    if (bytesRead === 0) return hash.digest('hex');
    hash.update(buffer.subarray(0, bytesRead));
    position += bytesRead;
  }
}

/** Bytes that are on disk. */
interface Written {
  readonly digest: string;
  readonly size: number;
}

/** Writes a stream to an empty file and syncs it. @throws MediaRejected; whatever the stream or the disk throws. */
async function write(
  handle: FileHandle,
  stream: AsyncIterable<Uint8Array>,
  { maxBytes, expectedDigests = [] }: ReceiveOptions,
): Promise<Written> {
  const hash = createHash('sha256');
  let size = 0;
  for await (const chunk of stream) {
    size += chunk.byteLength;
    if (size > maxBytes) throw new MediaRejected('TOO_LARGE', `The upload exceeds the maximum of ${maxBytes} bytes.`);
    hash.update(chunk);
    await handle.appendFile(chunk);
  }
  const digest = hash.digest('hex');
  if (size === 0) throw new MediaRejected('EMPTY', 'The upload is empty.');
  const expected = expectedDigests.find((claim) => claim !== digest);
  if (expected !== undefined)
    throw new MediaRejected('DIGEST_MISMATCH', `The bytes have sha256 ${digest}, but ${expected} was claimed.`, digest);
  await handle.chmod(0o440);
  await handle.sync();
  return { digest, size };
}

/** Options of {@link FileMediaStore.open}. */
export interface MediaStoreOptions {
  /** Age in milliseconds from which the times of a file reliably show changes; younger files are hashed at each use. */
  readonly settledMs?: number;
}

/**
 * The media store in a folder, which several processes may share. Files are `sha256/<first two digits>/<digest>` below
 * it; uploads under way are in `incoming/`.
 */
export class FileMediaStore implements MediaStore {
  readonly #incoming: string;
  readonly #shelves: string;
  readonly #settledMs: number;
  /** Files whose bytes were hashed, and what they looked like then. */
  readonly #known = new BoundedMap<string>(REMEMBERED);

  private constructor(root: string, settledMs: number) {
    this.#incoming = join(root, 'incoming');
    this.#shelves = join(root, 'sha256');
    this.#settledMs = settledMs;
  }

  /**
   * Opens the store, creates its folders if they do not exist, and removes what crashed uploads left there.
   * @param root absolute path.
   */
  static async open(root: string, { settledMs = SETTLED_MS }: MediaStoreOptions = {}): Promise<FileMediaStore> {
    const store = new FileMediaStore(root, settledMs);
    for (const folder of [store.#incoming, store.#shelves]) await mkdir(folder, { recursive: true, mode: 0o750 });
    await store.sweep();
    return store;
  }

  async receive(stream: AsyncIterable<Uint8Array>, options: ReceiveOptions): Promise<StagedMedia> {
    const temporary = join(this.#incoming, `${randomUUID()}.part`);
    const handle = await open(temporary, 'wx', 0o600);
    let written: Written;
    try {
      written = await write(handle, stream, options);
      await handle.close();
    } catch (error) {
      await handle.close();
      await unlink(temporary).catch(ignoreMissing);
      if (codeOf(error) === 'ENOSPC' || codeOf(error) === 'EDQUOT')
        throw new MediaRejected('NO_SPACE', 'The media store is full.');
      throw error;
    }
    let shelved: Promise<void> | undefined;
    return {
      ...written,
      commit: async () => await (shelved ??= this.#shelve(temporary, written.digest)),
      discard: async () => await unlink(temporary).catch(ignoreMissing),
    };
  }

  async put(stream: AsyncIterable<Uint8Array>, options: ReceiveOptions): Promise<Written> {
    const staged = await this.receive(stream, options);
    try {
      await staged.commit();
    } finally {
      await staged.discard();
    }
    return { digest: staged.digest, size: staged.size };
  }

  async open(digest: string, range?: ByteRange): Promise<Readable> {
    const handle = await this.#openIntact(digest, false);
    return handle.createReadStream({
      ...(range && { start: range.start, end: range.end }),
      highWaterMark: READ_BYTES,
    });
  }

  async check(digest: string): Promise<MediaProblem | null> {
    try {
      await (await this.#openIntact(digest, true)).close();
      return null;
    } catch (error) {
      if (error instanceof MediaDamage) return error.problem;
      throw error;
    }
  }

  readonly verify = async (digest: string): Promise<boolean> => (await this.check(digest)) === null;

  async has(digest: string): Promise<boolean> {
    try {
      return (await stat(this.path(digest))).isFile();
    } catch (error) {
      ignoreMissing(error);
      return false;
    }
  }

  path(digest: string): string {
    if (!isDigest(digest)) throw new TypeError('Not a SHA-256 in lower-case hexadecimal.');
    return join(this.#shelves, digest.slice(0, 2), digest);
  }

  async *stored(olderThanMs: number): AsyncGenerator<string, void, void> {
    for await (const shelf of await opendir(this.#shelves)) {
      if (!shelf.isDirectory()) continue;
      for await (const { name } of await opendir(join(this.#shelves, shelf.name))) {
        if (!isDigest(name) || !name.startsWith(shelf.name)) continue;
        if (await rested(this.path(name), olderThanMs)) yield name;
      }
    }
  }

  async remove(digest: string, olderThanMs: number): Promise<boolean> {
    if (!(await rested(this.path(digest), olderThanMs))) return false;
    await unlink(this.path(digest)).catch(ignoreMissing);
    return true;
  }

  async sweep(): Promise<number> {
    let removed = 0;
    for await (const entry of await opendir(this.#incoming)) {
      const file = join(this.#incoming, entry.name);
      if (!(await rested(file, ABANDONED_MS))) continue;
      await rm(file, { force: true });
      removed++;
    }
    return removed;
  }

  /**
   * An open handle whose bytes were hashed while the file was in its present state.
   * @param rehash even if that was before.
   */
  async #openIntact(digest: string, rehash: boolean): Promise<FileHandle> {
    for (let attempt = 1; ; attempt++) {
      const handle = await open(this.path(digest), constants.O_RDONLY).catch((error: unknown) => {
        if (codeOf(error) === 'ENOENT') throw new MediaDamage('MISSING', digest);
        throw error;
      });
      try {
        if (await this.#isIntact(handle, digest, rehash)) return handle;
        // Another upload of the same bytes replaced the file meanwhile, or another program is writing into it: hash it
        // again.
        if (attempt === MAX_ATTEMPTS) throw new MediaDamage('ALTERED', digest);
      } catch (error) {
        await handle.close();
        throw error;
      }
      await handle.close();
    }
  }

  /** @returns false when the file changed while it was hashed. @throws MediaDamage when it has another digest. */
  async #isIntact(handle: FileHandle, digest: string, rehash: boolean): Promise<boolean> {
    const before = await handle.stat({ bigint: true });
    if (!rehash && this.#known.get(digest) === fingerprint(before)) return true;
    this.#known.delete(digest);
    const actual = await digestOf(handle);
    const after = await handle.stat({ bigint: true });
    if (actual !== digest) throw new MediaDamage('ALTERED', digest);
    if (fingerprint(after) !== fingerprint(before)) return false;
    this.#remember(digest, after);
    return true;
  }

  #remember(digest: string, stats: BigIntStats): void {
    if (Date.now() - Number(stats.ctimeMs) < this.#settledMs) return;
    const seen = fingerprint(stats);
    this.#known.set(digest, seen, bytesOf(seen));
  }

  async #shelve(temporary: string, digest: string): Promise<void> {
    const shelf = join(this.#shelves, digest.slice(0, 2));
    const made = await mkdir(shelf, { recursive: true, mode: 0o750 });
    if (made !== undefined) await syncFolder(this.#shelves);
    // A file that is there already is replaced by the same bytes, which also repairs one that was altered meanwhile.
    await rename(temporary, this.path(digest));
    await syncFolder(shelf);
  }
}
