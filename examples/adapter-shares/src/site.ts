/**
 * One application on one share:
 *
 *     versions/<id>/…      the files of a version; <id> is made of their digests
 *     versions/<id>.json   which version was published before it
 *     current              a link to the version that is published
 *     incoming/            files that are being copied
 *
 * A directory below `versions` can hold only one content, so copying may be repeated, interrupted and done twice at the
 * same time. Nobody sees it before `current` is switched, in one step.
 */
import { createHash, randomUUID } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, readdir, readFile, readlink, rename, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { AdapterContext, Artifact } from 'interlock/adapter';

/** Files that belong together. */
export interface Version {
  readonly id: string;
  readonly release: string;
  readonly files: readonly Artifact[];
}

/** Why nothing was done, or what is wrong, in a form for the report about a target. */
export class SiteError extends Error {
  readonly code: string;
  readonly retryable: boolean;

  constructor(code: string, message: string, retryable = false) {
    super(message);
    this.code = code;
    this.retryable = retryable;
  }
}

const isMissing = (error: unknown): boolean => (error as NodeJS.ErrnoException).code === 'ENOENT';

/** The SHA-256 of a file; undefined when there is none. */
async function digestOf(path: string, signal: AbortSignal): Promise<string | undefined> {
  const hash = createHash('sha256');
  try {
    await pipeline(createReadStream(path), hash, { signal });
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
  return hash.digest('hex');
}

/** See the file's head. */
export class Site {
  private readonly folder: string;
  private readonly media: AdapterContext['artifacts'];

  constructor(folder: string, media: AdapterContext['artifacts']) {
    this.folder = folder;
    this.media = media;
  }

  /** The id of the version that is published; undefined when there is none. */
  async current(): Promise<string | undefined> {
    try {
      return basename(await readlink(join(this.folder, 'current')));
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw error;
    }
  }

  /** Copies what is missing, switches, and reads everything back. */
  async install(version: Version, signal: AbortSignal): Promise<string> {
    await mkdir(this.placeOf(version.id), { recursive: true });
    for (const file of version.files) {
      const place = join(this.placeOf(version.id), file.name);
      if ((await digestOf(place, signal)) !== file.sha256) await this.fetch(file.sha256, place, signal);
    }
    const before = await this.current();
    signal.throwIfAborted();
    if (before !== version.id) {
      // First the way back, then the switch: a crash in between leaves a note that nobody needs.
      await this.write(this.noteOf(version.id), JSON.stringify({ release: version.release, before: before ?? null }));
      await this.switchTo(version.id);
    }
    await this.verify(version, signal);
    return before === version.id ? 'was published already' : 'published';
  }

  /** Fails unless exactly this version is published, with these files. */
  async verify(version: Version, signal: AbortSignal): Promise<string> {
    await this.assertCurrent(version);
    for (const { name, sha256 } of version.files) {
      const found = await digestOf(join(this.placeOf(version.id), name), signal);
      if (found === undefined) throw new SiteError('MISSING', `${name} is missing.`, true);
      if (found !== sha256) throw new SiteError('DIFFERENT', `${name} has the digest ${found}.`, true);
    }
    const extra = (await readdir(this.placeOf(version.id))).filter(
      (name) => !version.files.some((file) => file.name === name),
    );
    if (extra.length > 0) throw new SiteError('EXTRA', `${extra.join(', ')} is not part of the release.`);
    return 'verified';
  }

  /** Publishes again what was published before this version. Doing it twice is doing it once. */
  async undo(version: Version): Promise<string> {
    const before = await this.before(version.id);
    const now = await this.current();
    if (before === undefined) throw new SiteError('NO_PREVIOUS', 'Nobody knows the version before.');
    if (now === (before ?? undefined)) return 'undone';
    await this.assertCurrent(version);
    if (before === null) {
      await rm(join(this.folder, 'current'));
      return 'undone: nothing was published before';
    }
    if (!(await this.exists(before))) throw new SiteError('NO_PREVIOUS', `Version ${before} has been deleted.`);
    await this.switchTo(before);
    return `undone: ${before} is published`;
  }

  /** Takes this version away. */
  async remove(version: Version): Promise<string> {
    if ((await this.current()) === version.id) await rm(join(this.folder, 'current'));
    await rm(this.placeOf(version.id), { recursive: true, force: true });
    await rm(this.noteOf(version.id), { force: true });
    return 'removed';
  }

  /** Deletes every other version. After that there is no undo. */
  async commit(version: Version): Promise<string> {
    await this.assertCurrent(version);
    const versions = join(this.folder, 'versions');
    for (const name of await readdir(versions))
      if (name !== version.id) await rm(join(versions, name), { recursive: true, force: true });
    await rm(join(this.folder, 'incoming'), { recursive: true, force: true });
    return 'committed';
  }

  private placeOf(id: string): string {
    return join(this.folder, 'versions', id);
  }

  private noteOf(id: string): string {
    return `${this.placeOf(id)}.json`;
  }

  private async exists(id: string): Promise<boolean> {
    return (await stat(this.placeOf(id)).catch(() => undefined)) !== undefined;
  }

  private async assertCurrent(version: Version): Promise<void> {
    const now = await this.current();
    if (now !== version.id)
      throw new SiteError('NOT_PUBLISHED', `${now === undefined ? 'No version' : `Version ${now}`} is published.`);
  }

  /** The version before; null when there was none, undefined when nobody knows. */
  private async before(id: string): Promise<string | null | undefined> {
    try {
      return (JSON.parse(await readFile(this.noteOf(id), 'utf8')) as { before: string | null }).before;
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw error;
    }
  }

  /** Puts a file in its place in one step. `media.open` fails at the end when the content has another digest. */
  private async fetch(sha256: string, place: string, signal: AbortSignal): Promise<void> {
    await this.inOneStep(place, async (partial) => {
      await pipeline(Readable.fromWeb(await this.media.open(sha256)), createWriteStream(partial), { signal });
    });
  }

  private async write(place: string, text: string): Promise<void> {
    await this.inOneStep(place, async (partial) => await writeFile(partial, text));
  }

  private async switchTo(id: string): Promise<void> {
    await this.inOneStep(join(this.folder, 'current'), async (partial) => await symlink(join('versions', id), partial));
  }

  private async inOneStep(place: string, make: (partial: string) => Promise<void>): Promise<void> {
    const incoming = join(this.folder, 'incoming');
    await mkdir(incoming, { recursive: true });
    const partial = join(incoming, randomUUID());
    try {
      await make(partial);
      await rename(partial, place);
    } finally {
      await rm(partial, { force: true });
    }
  }
}
