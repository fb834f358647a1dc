/**
 * One target: a directory below the root, laid out so that every visible change is one atomic step.
 *
 *   releases/<key>/                  the unpacked package and its record, complete or absent
 *   releases/<key>/.installed.json   name, version, sha256, key, at, previous
 *   package/<sha256>                 each artifact, unchanged
 *   current -> releases/<key>        the release in use
 *   installed.json -> current/.installed.json
 */
import { constants } from 'node:fs';
import {
  access,
  copyFile,
  lstat,
  mkdir,
  readdir,
  readFile,
  readlink,
  realpath,
  rename,
  rm,
  symlink,
  unlink,
  writeFile,
} from 'node:fs/promises';
import { basename, join } from 'node:path';
import { digestOf, packageDigest } from './media.mjs';
import { isArchive, unpack } from './tar.mjs';
import { Trouble } from './trouble.mjs';

/** Every segment begins with a letter or digit: no hidden name, no `..`, no absolute path. */
export const DIRECTORY_PATTERN = '^[A-Za-z0-9][A-Za-z0-9._-]{0,99}(/[A-Za-z0-9][A-Za-z0-9._-]{0,99}){0,9}$';

const RECORD = '.installed.json';

async function kindOf(path) {
  try {
    return await lstat(path);
  } catch (error) {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  }
}

/** A real directory below `base`, created if it is missing unless `make` is false. Never follows a link. */
async function realDirectory(base, parts, make = true) {
  let path = base;
  for (const part of parts) {
    path = join(path, part);
    const found = await kindOf(path);
    if (found === undefined && !make) throw new Trouble('NOT_INSTALLED', 'The target has no directory.', false);
    if (found === undefined)
      await mkdir(path).catch((error) => (error.code === 'EEXIST' ? undefined : Promise.reject(error)));
    else if (!found.isDirectory()) throw new Trouble('NOT_A_DIRECTORY', `${part} is not a real directory.`, false);
  }
  return path;
}

/**
 * Replaces a symbolic link in one step. Temporary names contain the key of the run, so the next worker replaces what a
 * killed one left.
 */
async function flip(directory, name, to, key) {
  const staged = join(directory, `.${name}~${key}`);
  await rm(staged, { force: true });
  await symlink(to, staged);
  await rename(staged, join(directory, name));
}

/** The key of the release in use, or null. */
async function currentKey(home) {
  try {
    return basename(await readlink(join(home, 'current')));
  } catch (error) {
    if (error.code === 'ENOENT') return null;
    throw error;
  }
}

/** The record of a release, or undefined. */
async function recordOf(home, key) {
  try {
    return JSON.parse(await readFile(join(home, 'releases', key, RECORD), 'utf8'));
  } catch (error) {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  }
}

/**
 * The home of a target; `make` creates it if it is missing.
 * @throws Trouble when it is not a real directory below the root
 */
export async function homeOf(root, directory, make) {
  if (!new RegExp(DIRECTORY_PATTERN).test(directory))
    throw new Trouble('BAD_TARGET', 'The directory leads out of the root.', false);
  return realDirectory(await realpath(root), directory.split('/'), make);
}

/** Whether the target can be installed to, without touching it: undefined, or what stands in the way. */
export async function obstacle(root, directory) {
  let path = await realpath(root);
  for (const part of directory.split('/')) {
    const found = await kindOf(join(path, part));
    if (found === undefined) break;
    if (!found.isDirectory()) return `${part} is not a real directory.`;
    path = join(path, part);
  }
  return access(path, constants.W_OK).then(
    () => undefined,
    () => `${basename(path)} is not writable.`,
  );
}

async function placeArtifacts(home, request, media) {
  const shelf = await realDirectory(home, ['package']);
  for (const artifact of request.package.artifacts) {
    const place = join(shelf, artifact.sha256);
    if ((await kindOf(place)) === undefined) {
      const staged = join(shelf, `.${artifact.sha256}~${request.key}`);
      await copyFile(media.get(artifact.sha256), staged);
      await rename(staged, place);
    }
    const actual = await digestOf(place);
    if (actual !== artifact.sha256)
      throw new Trouble(
        'DIGEST_MISMATCH',
        `package/${artifact.sha256} on the target has the SHA-256 ${actual}.`,
        false,
      );
  }
  return shelf;
}

async function unpackRelease(home, shelf, request, check) {
  const releases = await realDirectory(home, ['releases']);
  const staged = join(releases, `.~${request.key}`);
  await rm(staged, { recursive: true, force: true });
  await mkdir(staged);
  try {
    for (const artifact of request.package.artifacts) {
      check();
      const stored = join(shelf, artifact.sha256);
      const { unpack: wanted = true, strip = 0 } = request.package.binding ?? {};
      if (wanted && isArchive(artifact)) await unpack(stored, staged, strip, check);
      else await copyFile(stored, join(staged, artifact.name), constants.COPYFILE_EXCL);
    }
    const previous = await currentKey(home);
    await writeFile(
      join(staged, RECORD),
      `${JSON.stringify({
        name: request.release.name,
        version: request.release.version,
        sha256: packageDigest(request.package.artifacts) ?? null,
        artifacts: request.package.artifacts.map(({ name, version, sha256 }) => ({ name, version, sha256 })),
        key: request.key,
        at: new Date().toISOString(),
        previous: previous === request.key ? null : previous,
      })}\n`,
      { flag: 'wx' },
    );
    check();
    await rename(staged, join(releases, request.key));
  } catch (error) {
    await rm(staged, { recursive: true, force: true });
    if (error.code === 'EEXIST')
      throw new Trouble('BAD_ARCHIVE', 'Two files of the package have the same name.', false);
    throw error;
  }
}

async function install({ home, request, media, step, check }) {
  if (
    await unlink(join(home, '.fail-once')).then(
      () => true,
      () => false,
    )
  ) {
    throw new Trouble('FAIL_ONCE', 'A file .fail-once requested this failure. The file has been removed.', true);
  }
  await step('verify', 40);
  const shelf = await placeArtifacts(home, request, await media());
  await step('unpack', 60);
  if ((await kindOf(join(home, 'releases', request.key))) === undefined)
    await unpackRelease(home, shelf, request, check);
  await step('activate', 90);
  check();
  await flip(home, 'current', join('releases', request.key), request.key);
  await flip(home, 'installed.json', join('current', RECORD), request.key);
  return { native: 'INSTALLED', proof: packageDigest(request.package.artifacts) };
}

async function verify({ home, request }) {
  const key = await currentKey(home);
  const record = key === null ? undefined : await recordOf(home, key);
  const wanted = packageDigest(request.package.artifacts);
  if (record === undefined || (record.sha256 ?? undefined) !== wanted)
    throw new Trouble('NOT_INSTALLED', 'The target uses another package, or none.', false);
  for (const { sha256 } of request.package.artifacts) {
    const actual = await digestOf(join(home, 'package', sha256)).catch((error) =>
      error.code === 'ENOENT' ? 'missing' : Promise.reject(error),
    );
    if (actual !== sha256)
      throw new Trouble('DIGEST_MISMATCH', `package/${sha256} on the target has the SHA-256 ${actual}.`, false);
  }
  return { native: 'VERIFIED', proof: wanted };
}

async function useRelease(home, key) {
  if (key !== null) return flip(home, 'current', join('releases', key), key);
  await rm(join(home, 'installed.json'), { force: true });
  await rm(join(home, 'current'), { force: true });
}

/** Returns to the previous release. `memo` stores both releases, so that a new worker continues after a crash. */
async function undo({ home, request, memo }) {
  const from = await currentKey(home);
  const record = from === null ? undefined : await recordOf(home, from);
  const wanted = packageDigest(request.package.artifacts) ?? null;
  const plan = await memo(() => {
    if (record === undefined || record.sha256 !== wanted)
      throw new Trouble('NOT_INSTALLED', 'The target uses another package, or none.', false);
    return { from, to: record.previous };
  });
  if (plan.to !== null && (await recordOf(home, plan.to)) === undefined)
    throw new Trouble('NO_PREVIOUS', 'The previous release no longer exists.', false);
  if (from === plan.from) await useRelease(home, plan.to);
  else if (from !== plan.to)
    throw new Trouble('NOT_INSTALLED', 'Another process has changed the target in the meantime.', true);
  return { native: plan.to === null ? 'REMOVED' : `BACK_TO ${plan.to}` };
}

async function remove({ home, request }) {
  const wanted = packageDigest(request.package.artifacts) ?? null;
  const releases = join(home, 'releases');
  if ((await kindOf(releases)) === undefined) return { native: 'WAS_ABSENT' };
  const keys = (await readdir(releases)).filter((name) => !name.startsWith('.'));
  const current = await currentKey(home);
  const stillUsed = new Set();
  let removed = 0;
  for (const key of keys) {
    const record = await recordOf(home, key);
    if (record?.sha256 !== wanted) {
      for (const artifact of record?.artifacts ?? []) stillUsed.add(artifact.sha256);
      continue;
    }
    if (key === current) await useRelease(home, null);
    await rm(join(releases, key), { recursive: true, force: true });
    removed += 1;
  }
  for (const { sha256 } of request.package.artifacts) {
    if (!stillUsed.has(sha256)) await rm(join(home, 'package', sha256), { force: true });
  }
  return { native: removed === 0 ? 'WAS_ABSENT' : 'REMOVED' };
}

/** The operations on a target. Each can run again after a crash at any point. */
export const OPERATIONS = { install, verify, undo, remove };

/** True if the run's own release is in use on the target, whatever its reports say. */
export async function isInUse(root, directory, key) {
  try {
    return (await currentKey(join(await realpath(root), directory))) === key;
  } catch {
    return false;
  }
}
