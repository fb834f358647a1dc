import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { stringify } from 'csv-stringify/sync';
import { Readable } from 'node:stream';
import { RequestError } from '../../domain/errors.js';
import { fromNodeId } from '../../domain/node-id.js';
import {
  EXPORT_COLUMNS,
  EXPORT_KINDS,
  exportedCell,
  exportedObject,
  type ExportKind,
  type ExportRow,
  idTypeOf,
} from '../../domain/file-export.js';
import { fromCursor, readHead, toCursor } from '../../events/log.js';
import { mayRead } from '../../reads/access.js';
import { changedItems } from '../../reads/changed-items.reads.js';
import { exportedPage, exportModel } from '../../reads/file-export.reads.js';
import type { Moment } from '../../facts/past.js';
import { notSignedIn } from '../sign-in/entrance.js';
import { Share } from '../sign-in/share.js';
import { jsonLine, NDJSON, type BulkRouteOptions } from './bulk-request.js';
import { flagOf, instantOf, queryOf, wordOf } from './query.js';

/** An export is cut off after its reader has taken nothing for this long, in milliseconds. */
const IDLE_MS = 60_000;

/** About how large a page is, in characters, and between how many rows. */
const PAGE = { length: 524_288, least: 20, first: 50, most: 1_000 };

const FORMATS = ['ndjson', 'csv'] as const;
type Format = (typeof FORMATS)[number];

const TYPES: Readonly<Record<Format, string>> = { ndjson: NDJSON, csv: 'text/csv; charset=utf-8; header=present' };

const BOM = '\uFEFF';

function textOf(kind: ExportKind, format: Format, rows: readonly ExportRow[]): string {
  const columns = EXPORT_COLUMNS[kind];
  if (format === 'ndjson') return rows.map((row) => jsonLine(exportedObject(columns, row))).join('');
  return stringify(
    rows.map((row) => columns.map((column) => exportedCell(row[column]))),
    // A line break of a cell would otherwise only be quoted if it is that between rows.
    { record_delimiter: '\r\n', quoted_match: /[\r\n]/ },
  );
}

/** `GET /export/:kind`, `GET /export/changes`: the record as a stream of rows, as of now or any instant. */
export async function exportRoute(
  app: FastifyInstance,
  { config, entrance, services: { readDatabase } }: BulkRouteOptions,
): Promise<void> {
  const shares = new Share(config.maxImports, 'exports');
  const stopping = new AbortController();
  app.addHook('preClose', async () => stopping.abort());

  // A right that is lost while an export runs ends it.
  const expectReader = async ({ raw }: FastifyRequest, kind: ExportKind): Promise<void> => {
    const actor = await entrance.signIn(raw.headers.authorization, () => entrance.options.addressOf(raw), raw.socket);
    if (!actor) throw notSignedIn();
    if (!mayRead(actor, exportModel(kind))) throw new RequestError('FORBIDDEN', 'None of your roles has read access.');
  };

  const begin = async (request: FastifyRequest, kind: ExportKind): Promise<() => void> => {
    const actor = await entrance.enterSignedIn(request.raw);
    await expectReader(request, kind);
    return shares.take(actor.id ?? actor.name);
  };

  // Each chunk is asked for when the one before has been taken, so a slow reader costs no memory.
  const stream = (
    request: FastifyRequest,
    reply: FastifyReply,
    how: { readonly kind: ExportKind; readonly type: string; readonly end: () => void },
    chunks: AsyncIterable<string>,
  ): FastifyReply => {
    const whole = async function* () {
      let isFirst = true;
      for await (const chunk of chunks) {
        if (!isFirst) await expectReader(request, how.kind);
        isFirst = false;
        yield chunk;
      }
    };
    // A reader who takes nothing must not keep a place, nor the server from stopping.
    const { raw } = reply;
    const cutOff = () => raw.destroy();
    raw.setTimeout(IDLE_MS, cutOff);
    stopping.signal.addEventListener('abort', cutOff);
    const ended = () => {
      how.end();
      stopping.signal.removeEventListener('abort', cutOff);
    };
    // Not at the end of the rows: nobody asks for them if the reader has gone already.
    if (raw.closed) ended();
    else raw.once('close', ended);
    return reply
      .type(how.type)
      .headers({ 'cache-control': 'private, no-store', vary: 'authorization' })
      .send(Readable.from(whole(), { objectMode: true, highWaterMark: 1 }));
  };

  const rowsOf = async function* (
    kind: ExportKind,
    {
      format,
      moment,
      after,
    }: { readonly format: Format; readonly moment: Moment | undefined; readonly after: string | undefined },
    isMarked: boolean,
  ): AsyncGenerator<string> {
    // Who goes on has the header already.
    if (format === 'csv' && after === undefined) yield `${isMarked ? BOM : ''}${EXPORT_COLUMNS[kind].join(',')}\r\n`;
    let limit = PAGE.first;
    for (let last = after; ;) {
      const page = await exportedPage(readDatabase, kind, { moment, after: last, limit });
      const text = textOf(kind, format, page.rows);
      if (text !== '') yield text;
      if (page.last === undefined) return;
      last = page.last;
      const fitting = Math.round((page.rows.length * PAGE.length) / text.length);
      limit = Math.max(PAGE.least, Math.min(PAGE.most, fitting));
    }
  };

  app.get('/export/:kind', { exposeHeadRoute: false }, async (request, reply) => {
    const kind = (request.params as { kind: string }).kind as ExportKind;
    if (!EXPORT_KINDS.includes(kind)) {
      await entrance.enterSignedIn(request.raw);
      throw new RequestError('NOT_FOUND', `Export one of ${[...EXPORT_KINDS, 'changes'].join(', ')}.`);
    }
    const end = await begin(request, kind);
    try {
      const query = queryOf(request, ['format', 'asOf', 'knownAt', 'after', 'bom']);
      const format = wordOf(query, 'format', FORMATS);
      const [asOf = null, knownAt = null] = [instantOf(query, 'asOf'), instantOf(query, 'knownAt')];
      const moment = asOf === null && knownAt === null ? undefined : { asOf, knownAt };
      const given = query['after'] as string | undefined;
      const after =
        given === undefined ? undefined : fromNodeId(idTypeOf(kind, 'id') as 'Installation', given, 'after');
      const chunks = rowsOf(kind, { format, moment, after }, flagOf(query, 'bom'));
      return stream(request, reply, { kind, type: TYPES[format], end }, chunks);
    } catch (error) {
      end();
      throw error;
    }
  });

  const changesAfter = async function* (after: number, until: number): AsyncGenerator<string> {
    let position = after;
    for (;;) {
      const found = await changedItems(readDatabase, position, until);
      if (found === undefined) break;
      position = found.position;
      yield [...found.items, { cursor: toCursor(position) }].map(jsonLine).join('');
    }
    if (position === after) yield jsonLine({ cursor: toCursor(position) });
  };

  app.get('/export/changes', { exposeHeadRoute: false }, async (request, reply) => {
    const kind = 'configuration-items';
    const end = await begin(request, kind);
    try {
      const { after } = queryOf(request, ['after']) as { after?: string };
      const head = await readHead(readDatabase.pool);
      const from = after === undefined ? head : fromCursor(after);
      if (from > head)
        throw new RequestError(
          'CURSOR_EXPIRED',
          "This cursor is ahead of this server's event log. Export everything again.",
        );
      return stream(request, reply, { kind, type: NDJSON, end }, changesAfter(from, head));
    } catch (error) {
      end();
      throw error;
    }
  });
}
