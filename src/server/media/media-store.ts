import { createHash, randomUUID } from 'node:crypto';
import { constants, type BigIntStats } from 'node:fs';
import { mkdir, open, opendir, rename, rm, stat, unlink, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { isDigest, type MediaProblem } from '../../domain/library/media.js';
import {
  MediaDamage,
  MediaRejected,
  type MediaStore,
  type ReceiveOptions,
  type StagedMedia,
} from '../../services/library/media-store.port.js';

export { MediaDamage, MediaRejected, type MediaStore } from '../../services/library/media-store.port.js';

// A running upload touches its file at least once a minute (the door cuts idle ones off), so what rests longer belongs to nobody.
const ABANDONED_MS = 15 * 60_000;
// File times are not finer than a clock tick, so a file that changed just now may change again without its times showing it.
const SETTLED_MS = 2_000;
const MAX_REMEMBERED = 10_000;
const READ_BYTES = 262_144;
// How often a file that changes while it is hashed is looked at before it counts as altered.
const RESTLESS = 5;

const codeOf = (error: unknown): unknown => (error as { code?: unknown } | null)?.code;

const ignoreMissing = (error: unknown): void => {
  if (codeOf(error) !== 'ENOENT') throw error;
};

// Everything about a file that changes when its bytes change; the change time cannot be set by ordinary means.
const fingerprint = (stats: BigIntStats): string =>
  [stats.dev, stats.ino, stats.size, stats.mtimeNs, stats.ctimeNs].join(':');

/** Whether a file exists and was not written to for so long. */
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

/** What {@link openMediaStore} can be told. */
export interface MediaStoreOptions {
  /** Age in milliseconds from which the times of a file tell reliably whether it changed; younger ones are hashed at each use. */
  readonly settledMs?: number;
}

/**
 * Opens the media store in a folder, which is made when it does not exist, and removes what crashed uploads left there. Several
 * processes may share the folder.
 * @param root absolute path; files are `sha256/<first two digits>/<digest>` below it, uploads under way are in `incoming/`.
 */
export async function openMediaStore(
  root: string,
  { settledMs = SETTLED_MS }: MediaStoreOptions = {},
): Promise<MediaStore> {
  const incoming = join(root, 'incoming');
  const shelves = join(root, 'sha256');
  for (const folder of [incoming, shelves]) await mkdir(folder, { recursive: true, mode: 0o750 });
  const known = new Map<string, string>();

  const path = (digest: string): string => {
    if (!isDigest(digest)) throw new TypeError('Not a SHA-256 in lower-case hexadecimal.');
    return join(shelves, digest.slice(0, 2), digest);
  };

  const remember = (digest: string, stats: BigIntStats): void => {
    if (Date.now() - Number(stats.ctimeMs) < settledMs) return;
    if (known.size >= MAX_REMEMBERED) known.clear();
    known.set(digest, fingerprint(stats));
  };

  // Gives an open handle whose bytes were hashed in this very state of the file.
  const openIntact = async (digest: string, rehash: boolean): Promise<FileHandle> => {
    const file = path(digest);
    for (let attempt = 1; ; attempt++) {
      const handle = await open(file, constants.O_RDONLY).catch((error: unknown) => {
        if (codeOf(error) === 'ENOENT') throw new MediaDamage('MISSING', digest);
        throw error;
      });
      try {
        const before = await handle.stat({ bigint: true });
        if (!rehash && known.get(digest) === fingerprint(before)) return handle;
        known.delete(digest);
        const actual = await digestOf(handle);
        const after = await handle.stat({ bigint: true });
        if (actual !== digest) throw new MediaDamage('ALTERED', digest);
        if (fingerprint(after) === fingerprint(before)) {
          remember(digest, after);
          return handle;
        }
        // Another upload of the same bytes took its place meanwhile, or somebody is writing into it: look again.
        if (attempt === RESTLESS) throw new MediaDamage('ALTERED', digest);
      } catch (error) {
        await handle.close();
        throw error;
      }
      await handle.close();
    }
  };

  const check = async (digest: string): Promise<MediaProblem | null> => {
    try {
      await (await openIntact(digest, true)).close();
      return null;
    } catch (error) {
      if (error instanceof MediaDamage) return error.problem;
      throw error;
    }
  };

  const shelve = async (temporary: string, digest: string): Promise<void> => {
    const file = path(digest);
    const shelf = join(shelves, digest.slice(0, 2));
    const made = await mkdir(shelf, { recursive: true, mode: 0o750 });
    if (made !== undefined) await syncFolder(shelves);
    // Where the digest is there already, the same bytes replace it: that also mends a file that was altered meanwhile.
    await rename(temporary, file);
    await syncFolder(shelf);
  };

  const receive = async (
    stream: AsyncIterable<Uint8Array>,
    { maxBytes, expectedDigests = [] }: ReceiveOptions,
  ): Promise<StagedMedia> => {
    const temporary = join(incoming, `${randomUUID()}.part`);
    const hash = createHash('sha256');
    let size = 0;
    const handle = await open(temporary, 'wx', 0o600);
    try {
      for await (const chunk of stream) {
        size += chunk.byteLength;
        if (size > maxBytes)
          throw new MediaRejected('TOO_LARGE', `More than the ${maxBytes} bytes that one upload may have.`);
        hash.update(chunk);
        await handle.appendFile(chunk);
      }
      const digest = hash.digest('hex');
      if (size === 0) throw new MediaRejected('EMPTY', 'Not one byte came in.');
      const expected = expectedDigests.find((claim) => claim !== digest);
      if (expected !== undefined)
        throw new MediaRejected(
          'DIGEST_MISMATCH',
          `The bytes have sha256 ${digest}, but ${expected} was claimed.`,
          digest,
        );
      await handle.chmod(0o440);
      await handle.sync();
      await handle.close();
      let shelved: Promise<void> | undefined;
      return {
        digest,
        size,
        commit: async () => await (shelved ??= shelve(temporary, digest)),
        discard: async () => await unlink(temporary).catch(ignoreMissing),
      };
    } catch (error) {
      await handle.close();
      await unlink(temporary).catch(ignoreMissing);
      if (codeOf(error) === 'ENOSPC' || codeOf(error) === 'EDQUOT')
        throw new MediaRejected('NO_SPACE', 'The media store is full.');
      throw error;
    }
  };

  const sweep = async (): Promise<number> => {
    let removed = 0;
    for await (const entry of await opendir(incoming)) {
      const file = join(incoming, entry.name);
      if (!(await rested(file, ABANDONED_MS))) continue;
      await rm(file, { force: true });
      removed++;
    }
    return removed;
  };

  await sweep();
  return {
    receive,
    put: async (stream, options) => {
      const staged = await receive(stream, options);
      try {
        await staged.commit();
      } finally {
        await staged.discard();
      }
      return { digest: staged.digest, size: staged.size };
    },
    open: async (digest, range) =>
      (await openIntact(digest, false)).createReadStream({
        ...(range && { start: range.start, end: range.end }),
        highWaterMark: READ_BYTES,
      }),
    check,
    verify: async (digest) => (await check(digest)) === null,
    has: async (digest) =>
      await stat(path(digest)).then(
        (stats) => stats.isFile(),
        (error: unknown) => (ignoreMissing(error), false),
      ),
    path,
    stored: async function* (olderThanMs) {
      for await (const shelf of await opendir(shelves)) {
        if (!shelf.isDirectory()) continue;
        for await (const { name } of await opendir(join(shelves, shelf.name))) {
          if (!isDigest(name) || !name.startsWith(shelf.name)) continue;
          if (await rested(path(name), olderThanMs)) yield name;
        }
      }
    },
    remove: async (digest, olderThanMs) => {
      if (!(await rested(path(digest), olderThanMs))) return false;
      await unlink(path(digest)).catch(ignoreMissing);
      return true;
    },
    sweep,
  };
}
