import type { TestClient } from './client.js';

/** What the import of a file answered. */
export interface FileAnswer {
  readonly status: number;
  readonly body: any;
  /** Code of the error, and what is wrong with the file. */
  readonly code: string | undefined;
  readonly problem: string | undefined;
}

/** Sends a file to be imported. @param query such as `dryRun=true` */
export async function importFile(
  client: TestClient,
  kind: string,
  file: string | Uint8Array<ArrayBuffer> | ReadableStream,
  query = '',
  headers: Record<string, string> = {},
): Promise<FileAnswer> {
  const response = await fetch(`${client.url}/import/${kind}?${query}`, {
    method: 'POST',
    headers: { 'content-type': 'application/x-ndjson', ...client.headers, ...headers },
    body: file,
    duplex: 'half',
  } as RequestInit);
  const text = await response.text();
  const body = JSON.parse(text.trim().split('\n').at(-1) ?? '');
  const { code, problem } = body.errors?.[0]?.extensions ?? {};
  return { status: response.status, body, code, problem };
}

/** Sends a CSV to be imported. */
export const importCsv = async (
  client: TestClient,
  kind: string,
  file: string | Uint8Array<ArrayBuffer> | ReadableStream,
  query = '',
): Promise<FileAnswer> => await importFile(client, kind, file, query, { 'content-type': 'text/csv; charset=utf-8' });

/** The result of each row of an import. */
export async function rowResults(client: TestClient, importId: string, query = ''): Promise<any[]> {
  const response = await fetch(`${client.url}/import/${importId}/results?${query}`, { headers: client.headers });
  const text = await response.text();
  if (!response.ok) throw new Error(text);
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line));
}

/** Rows as NDJSON. */
export const ndjson = (rows: readonly unknown[]): string => rows.map((row) => `${JSON.stringify(row)}\n`).join('');

/** A file of an export. @param what such as `relations?format=csv` */
export async function exportFile(client: TestClient, what: string): Promise<{ status: number; text: string }> {
  const response = await fetch(`${client.url}/export/${what}`, { headers: client.headers });
  // Not `text()`, which takes a byte-order mark away.
  return { status: response.status, text: Buffer.from(await response.arrayBuffer()).toString() };
}

/** The rows of an export as NDJSON. */
export async function exported(client: TestClient, what: string): Promise<any[]> {
  const { status, text } = await exportFile(client, what);
  if (status !== 200) throw new Error(text);
  return text.split('\n').flatMap((line) => (line === '' ? [] : [JSON.parse(line)]));
}
