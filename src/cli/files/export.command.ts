import { once } from 'node:events';
import { createWriteStream, renameSync } from 'node:fs';
import { Readable, type Writable } from 'node:stream';
import { createInterface } from 'node:readline';
import { pipeline } from 'node:stream/promises';
import { refusalIn, type RemoteServer, remoteServer, type ServerOptions, untilReached } from './remote-server.js';

/** Options of `interlock export`. */
export interface ExportOptions extends ServerOptions {
  readonly output?: string;
  readonly format: 'csv' | 'ndjson';
  readonly asOf?: string;
  readonly knownAt?: string;
}

async function open({ url, headers }: RemoteServer, kind: string, options: ExportOptions, after?: string) {
  const query = new URLSearchParams({ format: options.format });
  if (options.asOf !== undefined) query.set('asOf', options.asOf);
  if (options.knownAt !== undefined) query.set('knownAt', options.knownAt);
  if (after !== undefined) query.set('after', after);
  const response = await fetch(`${url}/export/${kind}?${query}`, { headers });
  if (!response.ok || response.body === null) throw refusalIn(response.status, await response.text());
  return Readable.fromWeb(response.body as never);
}

/** Writes whole lines only, and after a lost connection goes on after the last of them. */
async function rows(server: RemoteServer, kind: string, options: ExportOptions, to: Writable): Promise<void> {
  let last: string | undefined;
  await untilReached(
    async () => {
      for await (const line of createInterface({ input: await open(server, kind, options, last) })) {
        // The last line before a connection breaks may be cut off.
        const row = parsed(line);
        if (row === undefined) throw new TypeError('the answer broke off');
        if (!to.write(`${line}\n`)) await once(to, 'drain');
        last = row.id;
      }
    },
    () => last,
    server.url,
  );
}

function parsed(line: string): { readonly id: string } | undefined {
  try {
    return JSON.parse(line) as { id: string };
  } catch {
    return undefined;
  }
}

// Where a row of a CSV ends is not where its line ends, so a CSV begins again.
async function wholeCsv(server: RemoteServer, kind: string, options: ExportOptions, to: Writable): Promise<void> {
  const from = await open(server, kind, options);
  try {
    await pipeline(from, to, { end: false });
  } catch (error) {
    throw new Error(`The export broke off: ${(error as Error).message}. Run the command again.`, { cause: error });
  }
}

/**
 * Writes an export into a file, which has its name only when it is complete, or to standard output.
 * @throws Error when the server refuses it, or cannot be reached again
 */
export async function exportFile(kind: string, options: ExportOptions): Promise<void> {
  const server = remoteServer(options);
  const { output } = options;
  const write = async (to: Writable) => {
    if (options.format === 'ndjson') await rows(server, kind, options, to);
    else await wholeCsv(server, kind, options, to);
  };
  if (output === undefined) return await write(process.stdout);
  const part = `${output}.part`;
  const file = createWriteStream(part);
  await write(file);
  file.end();
  await once(file, 'close');
  renameSync(part, output);
}
