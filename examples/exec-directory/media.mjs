/** Fetches media to this machine, and trusts nothing until its size and digest are right. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, open, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { Trouble } from './trouble.mjs';

/** A download that delivers nothing for this time is aborted. */
const STALL_MS = 60_000;

/** SHA-256 of a file, in lower-case hexadecimal. */
export async function digestOf(path) {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path)) hash.update(chunk);
  return hash.digest('hex');
}

/** The digest of the whole package; see the README of the exec protocol. */
export function packageDigest(artifacts) {
  const digests = artifacts.map((artifact) => artifact.sha256).sort();
  if (digests.length < 2) return digests[0];
  return createHash('sha256')
    .update(digests.map((digest) => `${digest}\n`).join(''))
    .digest('hex');
}

/** Sends the token only to its own origin, whatever address a request names. */
function headersFor(url) {
  const { ARTIFACT_TOKEN, ARTIFACT_ORIGIN } = process.env;
  return ARTIFACT_TOKEN && ARTIFACT_ORIGIN === url.origin ? { authorization: `Bearer ${ARTIFACT_TOKEN}` } : {};
}

async function download(url, signal) {
  let response;
  try {
    response = await fetch(url, { headers: headersFor(url), signal });
  } catch (error) {
    signal.throwIfAborted();
    throw new Trouble(
      'MEDIA_UNREACHABLE',
      `The media server does not answer (${error.cause?.code ?? error.name}).`,
      true,
    );
  }
  if (response.ok && response.body !== null) return Readable.fromWeb(response.body);
  await response.body?.cancel();
  const { status } = response;
  if (status === 401 || status === 403)
    throw new Trouble('MEDIA_FORBIDDEN', `The media server denies access (HTTP ${status}).`, false);
  if (status === 404 || status === 410)
    throw new Trouble('MEDIA_NOT_FOUND', `The media server does not have the file (HTTP ${status}).`, false);
  throw new Trouble('MEDIA_UNREACHABLE', `The media server answered with HTTP ${status}.`, true);
}

/** Ends a stream that has delivered nothing for {@link STALL_MS}. */
async function* lively(stream) {
  let timer;
  const watch = () => {
    clearTimeout(timer);
    timer = setTimeout(
      () => stream.destroy(new Trouble('MEDIA_UNREACHABLE', 'The media server stopped delivering.', true)),
      STALL_MS,
    );
  };
  try {
    watch();
    for await (const chunk of stream) {
      yield chunk;
      watch();
    }
  } finally {
    clearTimeout(timer);
    stream.destroy();
  }
}

async function contentOf(uri, signal) {
  const url = new URL(uri);
  return url.protocol === 'file:' ? createReadStream(fileURLToPath(url), { signal }) : download(url, signal);
}

/**
 * Makes sure that `<directory>/<sha256>` holds the artifact. The bytes are written under another name, and the file is
 * renamed only when its size and digest are right. So a file with that name is always correct.
 * @returns the path of the file
 * @throws Trouble when the artifact cannot be fetched or is not the right one
 */
export async function fetchArtifact(artifact, directory, signal) {
  const place = join(directory, artifact.sha256);
  if (
    await stat(place).then(
      () => true,
      () => false,
    )
  )
    return place;
  await mkdir(directory, { recursive: true });
  const partial = join(directory, `.${artifact.sha256}~${process.pid}`);
  const hash = createHash('sha256');
  const file = await open(partial, 'w', 0o644);
  try {
    let size = 0;
    for await (const chunk of lively(await contentOf(artifact.uri, signal))) {
      signal.throwIfAborted();
      size += chunk.length;
      if (size > artifact.size)
        throw new Trouble(
          'DIGEST_MISMATCH',
          `${artifact.name} is larger than the expected ${artifact.size} bytes.`,
          false,
        );
      hash.update(chunk);
      await file.write(chunk);
    }
    const actual = hash.digest('hex');
    if (size !== artifact.size || actual !== artifact.sha256) {
      throw new Trouble(
        'DIGEST_MISMATCH',
        `${artifact.name} is not the requested artifact: ${size} bytes with SHA-256 ${actual}.`,
        false,
      );
    }
    await file.sync();
    await rename(partial, place);
    return place;
  } catch (error) {
    await rm(partial, { force: true });
    if (error.code === 'ENOENT') throw new Trouble('MEDIA_NOT_FOUND', `There is no file at ${artifact.uri}.`, false);
    throw error;
  } finally {
    await file.close();
  }
}
