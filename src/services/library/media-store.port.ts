import type { Readable } from 'node:stream';
import type { MediaProblem } from '../../domain/library/media.js';

/** Stored bytes cannot be handed out: they are gone, or they are not what their digest says. */
export class MediaDamage extends Error {
  constructor(
    readonly problem: MediaProblem,
    readonly digest: string,
  ) {
    super(
      problem === 'MISSING'
        ? `The media store has no bytes with the digest ${digest}.`
        : `The stored bytes of ${digest} have been altered; they are not served.`,
    );
    this.name = 'MediaDamage';
  }
}

/** Why incoming bytes were rejected. None of them are kept. */
export class MediaRejected extends Error {
  /**
   * @param reason `TOO_LARGE`, `DIGEST_MISMATCH` (another digest was expected), `EMPTY` (not one byte) or `NO_SPACE`
   *   (the disk is full).
   * @param digest what the bytes really hash to, where that is known.
   */
  constructor(
    readonly reason: 'TOO_LARGE' | 'DIGEST_MISMATCH' | 'EMPTY' | 'NO_SPACE',
    message: string,
    readonly digest?: string,
  ) {
    super(message);
    this.name = 'MediaRejected';
  }
}

/** What incoming bytes have to satisfy. */
export interface ReceiveOptions {
  /** Maximum number of bytes. */
  readonly maxBytes: number;
  /** Digests that the bytes must have, lower-case hexadecimal SHA-256; all of them. */
  readonly expectedDigests?: readonly string[];
}

/** Bytes that are safe on disk but not visible yet. */
export interface StagedMedia {
  readonly digest: string;
  /** Bytes. */
  readonly size: number;
  /** Makes the bytes visible under their digest. Doing it again changes nothing. */
  commit(): Promise<void>;
  /** Deletes the bytes unless they were committed. Always call it at the end. */
  discard(): Promise<void>;
}

/** A part of stored bytes, both ends included, counted from 0. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

/**
 * Bytes on disk under their own SHA-256. It knows nothing of versions and their states: that is what `media_blob` is
 * for.
 */
export interface MediaStore {
  /**
   * Writes a stream to disk while it computes digest and size, and holds the result back until `commit`.
   * @throws MediaRejected; whatever the stream throws, for instance when its sender goes away. Nothing is left behind
   *   then.
   */
  receive(stream: AsyncIterable<Uint8Array>, options: ReceiveOptions): Promise<StagedMedia>;
  /** {@link receive} and commit in one step. */
  put(
    stream: AsyncIterable<Uint8Array>,
    options: ReceiveOptions,
  ): Promise<{ readonly digest: string; readonly size: number }>;
  /**
   * Opens stored bytes, all or a part. Bytes whose file changed since they were last hashed are hashed first, so that
   * altered bytes are never handed out.
   * @throws MediaDamage
   */
  open(digest: string, range?: ByteRange): Promise<Readable>;
  /** Hashes the stored bytes, however often that was done before. @returns what is wrong with them, or null. */
  check(digest: string): Promise<MediaProblem | null>;
  /** Whether the stored bytes are there and have their digest; hashes them. Use cases take it as a function. */
  readonly verify: (digest: string) => Promise<boolean>;
  /** Whether there is a file under the digest; says nothing about its bytes. */
  has(digest: string): Promise<boolean>;
  /**
   * Absolute path of the file under a digest, for programs that read it themselves. They must check the digest.
   * @throws TypeError for anything but a digest
   */
  path(digest: string): string;
  /** Digests of all files in the store that are older than so many milliseconds. */
  stored(olderThanMs: number): AsyncIterable<string>;
  /**
   * Removes a file without a record, unless it was stored (again) within so many milliseconds.
   * @returns whether it did
   */
  remove(digest: string, olderThanMs: number): Promise<boolean>;
  /** Removes what uploads of crashed processes left behind. @returns number of files */
  sweep(): Promise<number>;
}
