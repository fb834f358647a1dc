import { SingleBar } from 'cli-progress';
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { coloured, printJson, table } from '../output.js';
import { refusalIn, type RemoteServer, remoteServer, type ServerOptions, untilReached } from './remote-server.js';

/** Options of `interlock import`. */
export interface ImportOptions extends ServerOptions {
  readonly kind: string;
  readonly format?: 'csv' | 'ndjson';
  readonly errorPolicy: string;
  readonly dryRun?: boolean;
  readonly validFrom?: string;
  readonly again?: boolean;
  readonly source?: string;
  readonly observedAt?: string;
  readonly json?: boolean;
}

interface ImportRecord {
  readonly id: string;
  readonly state: string;
  readonly rows: number;
  readonly position: number;
  readonly created: number;
  readonly updated: number;
  readonly unchanged: number;
  readonly failed: number;
}

interface Answer {
  readonly import: ImportRecord;
  readonly replayed: boolean;
}

interface FailedRow {
  readonly row: number;
  readonly code: string;
  readonly field: string | null;
  readonly message: string;
}

/** Failed rows that are printed at most. */
const SHOWN = 20;

const TYPES = { csv: 'text/csv', ndjson: 'application/x-ndjson' } as const;

function formatOf(file: string, { format }: ImportOptions): 'csv' | 'ndjson' {
  if (format !== undefined) return format;
  if (/\.csv$/i.test(file)) return 'csv';
  if (/\.(?:ndjson|jsonl)$/i.test(file)) return 'ndjson';
  throw new Error(`Is ${file} CSV or NDJSON? Say it with --format.`);
}

function queryOf({ errorPolicy, dryRun, validFrom, again, source, observedAt }: ImportOptions): string {
  const query = new URLSearchParams({ errorPolicy });
  if (dryRun) query.set('dryRun', 'true');
  if (again) query.set('again', 'true');
  if (validFrom !== undefined) query.set('validFrom', validFrom);
  if (source !== undefined) query.set('source', source);
  if (observedAt !== undefined) query.set('observedAt', observedAt);
  return query.toString();
}

async function digestOf(file: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(file), hash);
  return hash.digest('hex');
}

/** Shows how far something is on a terminal; elsewhere it says nothing. */
function progressBar() {
  const bar = new SingleBar({
    format: '{what} [{bar}] {percentage}%  {value}/{total} {unit}',
    stream: process.stderr,
    hideCursor: true,
    clearOnComplete: true,
    barCompleteChar: '#',
    barIncompleteChar: '.',
  });
  let shown: string | undefined;
  return {
    show: (what: string, unit: string, value: number, total: number) => {
      if (shown !== what) {
        bar.stop();
        bar.start(total, value, { what, unit });
        shown = what;
      }
      bar.update(value, { what, unit });
    },
    end: () => bar.stop(),
  };
}

type Bar = ReturnType<typeof progressBar>;

async function* reported(file: string, size: number, bar: Bar): AsyncGenerator<Buffer> {
  let sent = 0;
  for await (const chunk of createReadStream(file) as AsyncIterable<Buffer>) {
    bar.show('Sending  ', 'MiB', Math.floor(sent / 1_048_576), Math.max(1, Math.ceil(size / 1_048_576)));
    yield chunk;
    sent += chunk.length;
  }
}

/** Sends the file once. @param moved gets the number of rows that have their result. */
async function send(
  { url, headers }: RemoteServer,
  {
    file,
    size,
    digest,
    bar,
  }: { readonly file: string; readonly size: number; readonly digest: string; readonly bar: Bar },
  options: ImportOptions,
  moved: (position: number) => void,
): Promise<Answer> {
  const response = await fetch(`${url}/import/${options.kind}?${queryOf(options)}`, {
    method: 'POST',
    headers: {
      ...headers,
      'content-type': TYPES[formatOf(file, options)],
      'x-content-sha256': digest,
      accept: TYPES.ndjson,
    },
    body: Readable.toWeb(Readable.from(reported(file, size, bar))),
    duplex: 'half',
  } as RequestInit);
  if (response.body === null || (!response.ok && response.status !== 422))
    throw refusalIn(response.status, await response.text());
  let last: (Answer & { errors?: unknown }) | undefined;
  for await (const line of createInterface({ input: Readable.fromWeb(response.body as never) })) {
    const told = JSON.parse(line) as Partial<Answer> & { position?: number; rows?: number };
    if (told.position === undefined) last = told as Answer;
    else {
      moved(told.position);
      bar.show('Importing', 'rows', told.position, told.rows ?? told.position);
    }
  }
  if (last === undefined) throw new TypeError('the answer broke off');
  if (last.errors !== undefined) throw refusalIn(response.status, JSON.stringify(last));
  return last;
}

async function failedRows({ url, headers }: RemoteServer, id: string): Promise<FailedRow[]> {
  const response = await fetch(`${url}/import/${id}/results?status=FAILED`, { headers });
  if (!response.ok || response.body === null) throw refusalIn(response.status, await response.text());
  const rows: FailedRow[] = [];
  for await (const line of createInterface({ input: Readable.fromWeb(response.body as never) }))
    if (rows.length < SHOWN) rows.push(JSON.parse(line) as FailedRow);
    else break;
  return rows;
}

/**
 * Sends a file to a server, shows how far it is, and prints what became of its rows. A lost connection is made again:
 * the server goes on with the first row without a result.
 * @throws Error when the server refuses the file
 */
export async function importFile(file: string, options: ImportOptions): Promise<void> {
  formatOf(file, options);
  const server = remoteServer(options);
  const { size } = await stat(file);
  const digest = await digestOf(file);
  const bar = progressBar();
  let position = 0;
  const answer = await untilReached(
    async () => await send(server, { file, size, digest, bar }, options, (moved) => (position = moved)),
    () => position,
    server.url,
  ).finally(() => bar.end());
  const { import: done, replayed } = answer;
  if (done.state !== 'COMPLETED' || done.failed > 0) process.exitCode = 1;
  const failed = done.failed > 0 ? await failedRows(server, done.id) : [];
  if (options.json) return printJson({ ...answer, failed });
  const { created, updated, unchanged } = done;
  const suffix = replayed ? '; imported earlier' : '';
  const colour = done.state === 'COMPLETED' ? (done.failed > 0 ? 'yellow' : 'green') : 'red';
  process.stdout.write(
    `${coloured(colour, done.state)} ${options.dryRun ? '(nothing was written) ' : ''}${done.rows} rows: ${created} ` +
      `created, ${updated} updated, ${unchanged} unchanged, ${done.failed} failed${suffix}. ` +
      `The import is ${done.id}.\n`,
  );
  if (failed.length === 0) return;
  process.stdout.write(
    table([
      ['ROW', 'CODE', 'FIELD', 'MESSAGE'],
      ...failed.map((row) => [String(row.row), row.code, row.field ?? '', row.message]),
    ]),
  );
  if (done.failed > failed.length) process.stdout.write(`… and ${done.failed - failed.length} more.\n`);
}
