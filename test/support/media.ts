import { createHash } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { TestApp } from './app.js';
import type { TestClient } from './client.js';
import { until } from './until.js';

/** SHA-256 in lower-case hexadecimal. */
export const sha256 = (bytes: Uint8Array | string): string => createHash('sha256').update(bytes).digest('hex');

/** What a media route answered. */
export interface MediaAnswer {
  readonly status: number;
  readonly body: any;
  /** Code of the first error. */
  readonly code: string | undefined;
}

/** Uploads bytes to a media version through HTTP. */
export async function upload(
  client: TestClient,
  versionId: string,
  body: string | Uint8Array<ArrayBuffer> | ReadableStream,
  headers: Record<string, string> = {},
): Promise<MediaAnswer> {
  const response = await fetch(`${client.url}/media/versions/${versionId}`, {
    method: 'PUT',
    headers: { ...client.headers, ...headers },
    body,
    duplex: 'half',
  } as RequestInit);
  const answer = (await response.json()) as any;
  return { status: response.status, body: answer, code: answer.errors?.[0]?.extensions?.code };
}

/** Fetches stored bytes through HTTP. */
export const download = async (
  client: TestClient,
  digest: string,
  headers: Record<string, string> = {},
  method = 'GET',
): Promise<Response> =>
  await fetch(`${client.url}/media/${digest}`, { method, headers: { ...client.headers, ...headers } });

/** Makes a repository with an item, for versions to be registered under. @returns the id of the item */
export async function makeItem(librarian: TestClient, name: string): Promise<string> {
  const repository = await librarian.run('dmlRepositoryCreate', { name: `${name} repository` }, 'dmlRepository');
  return (await librarian.run('dmlItemCreate', { repositoryId: repository.id, name }, 'dmlItem')).id;
}

/** Registers a version. @returns its id */
export const registerVersion = async (
  librarian: TestClient,
  itemId: string,
  label: string,
  more: Record<string, unknown> = {},
): Promise<string> => (await librarian.run('dmlItemVersionRegister', { itemId, label, ...more }, 'dmlItemVersion')).id;

/**
 * A version as far as its authorisation: registered and uploaded by one librarian, verified by the server, authorised
 * by another.
 */
export async function authorisedVersion(
  app: TestApp,
  author: TestClient,
  authoriser: TestClient,
  itemId: string,
  label: string,
  bytes: string,
  more: Record<string, unknown> = {},
): Promise<string> {
  const id = await registerVersion(author, itemId, label, more);
  const { status, body } = await upload(author, id, bytes);
  if (status !== 201) throw new Error(`The upload was refused: ${JSON.stringify(body)}`);
  await app.jobs.runOnce();
  // Where the app works by itself its own worker may have taken the check before this did.
  const state = async () =>
    (await author.ok('query($id: ID!) { node(id: $id) { ... on DmlItemVersion { state } } }', { id })).node
      .state as string;
  await until(async () => (await state()) !== 'UPLOADED', 'the bytes to be verified');
  await authoriser.run('dmlItemVersionAuthorise', { id }, 'dmlItemVersion');
  return id;
}

/** Every file in the media store, relative to its folder: stored bytes and uploads under way. */
export async function storeFiles(app: TestApp): Promise<string[]> {
  const entries = await readdir(app.config.mediaDir, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(app.config.mediaDir.length + 1))
    .sort();
}
