import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import type { Actor } from '../../domain/actor.js';
import { MAX_NEXT_WITHIN_MINUTES } from '../../domain/cmdb/ci-observation.js';
import type { ImportErrorPolicy } from '../../domain/cmdb/configuration-item-import.js';
import { RequestError } from '../../domain/errors.js';
import type { FileFormat, FileImportKind, ObservedBy } from '../../domain/file-import.js';
import { toNodeId } from '../../domain/node-id.js';
import type { Role } from '../../domain/roles.js';
import { databaseFault } from '../../database/database-error.js';
import { runFileImport } from '../../services/file-import-run.js';
import { beginFileImport, type FileImportRecord } from '../../services/file-import.service.js';
import { line } from '../../services/text.js';
import { transact } from '../../services/unit-of-work.js';
import { errorBody, MASKED_FAULT } from '../http/error-answers.js';
import { drainBody } from '../http/discard.js';
import { originAllowed } from '../http/origins.js';
import { notSignedIn } from '../sign-in/entrance.js';
import { Share } from '../sign-in/share.js';
import { NDJSON, type BulkRouteOptions } from './bulk-request.js';
import { flagOf, instantOf, type Query, queryOf, wordOf } from './query.js';
import { batchesOf, countRows, refuseFile } from './rows-of-file.js';
import { spool, type Spool } from './spool.js';

/** An import is cut off after its sender has been silent for this long, in milliseconds. */
const IDLE_MS = 60_000;

/** What can be imported, by the last part of the address, and the roles that can: of the mutation for one object. */
const KINDS: Readonly<Record<string, { readonly kind: FileImportKind; readonly roles: readonly Role[] }>> = {
  'configuration-items': { kind: 'CONFIGURATION_ITEMS', roles: ['CONFIGURATION_MANAGER'] },
  relations: { kind: 'RELATIONS', roles: ['CONFIGURATION_MANAGER'] },
  people: { kind: 'PEOPLE', roles: ['ADMINISTRATOR'] },
  observations: { kind: 'OBSERVATIONS', roles: ['DISCOVERY', 'CONFIGURATION_MANAGER'] },
};

// A page of another origin can send neither of these types without asking first.
const FORMATS: Readonly<Record<string, FileFormat>> = {
  'text/csv': 'CSV',
  'application/x-ndjson': 'NDJSON',
  'application/jsonl': 'NDJSON',
};

function formatOf(request: FastifyRequest): FileFormat {
  const type = (request.headers['content-type'] ?? '').split(';')[0]?.trim().toLowerCase() ?? '';
  const format = FORMATS[type];
  if (format === undefined)
    throw new RequestError('BAD_REQUEST', `Send the file as the body, with "Content-Type: text/csv" or "${NDJSON}".`);
  const encoding = request.headers['content-encoding'];
  if (encoding !== undefined && encoding !== 'identity')
    throw new RequestError('BAD_REQUEST', 'Send the bytes as they are, without content-encoding.');
  return format;
}

const PARAMETERS = ['errorPolicy', 'dryRun', 'again', 'validFrom'];
const OBSERVED = ['source', 'observedAt', 'nextWithinMinutes'];
const POLICIES = [
  'STOP_AT_FAILED',
  'IGNORE_FAILED',
  'REJECT_EVERYTHING',
] as const satisfies readonly ImportErrorPolicy[];

function observedBy(query: Query): ObservedBy {
  const { source, nextWithinMinutes } = query as Readonly<Record<string, string | undefined>>;
  if (source === undefined)
    throw new RequestError('BAD_USER_INPUT', 'Say in "source" which source observed this.', { field: 'source' });
  const minutes = nextWithinMinutes === undefined ? null : Number(nextWithinMinutes);
  if (minutes !== null && !(Number.isInteger(minutes) && minutes >= 1 && minutes <= MAX_NEXT_WITHIN_MINUTES))
    throw new RequestError('BAD_USER_INPUT', `"nextWithinMinutes" is 1 to ${MAX_NEXT_WITHIN_MINUTES}.`, {
      field: 'nextWithinMinutes',
    });
  return {
    source: line(source, 'source', { min: 1, max: 100 }),
    observedAt: instantOf(query, 'observedAt') ?? null,
    nextWithinMinutes: minutes,
  };
}

const howOf = (request: FastifyRequest, kind: FileImportKind) => {
  const isObserved = kind === 'OBSERVATIONS';
  const query = queryOf(request, isObserved ? [...PARAMETERS, ...OBSERVED] : PARAMETERS);
  return {
    errorPolicy: wordOf(query, 'errorPolicy', POLICIES),
    dryRun: flagOf(query, 'dryRun'),
    again: flagOf(query, 'again'),
    validFrom: instantOf(query, 'validFrom') ?? null,
    observed: isObserved ? observedBy(query) : null,
  };
};

function claimedDigest(request: FastifyRequest): string | undefined {
  const claim = request.headers['x-content-sha256'];
  if (claim === undefined) return undefined;
  if (typeof claim !== 'string' || !/^[0-9a-f]{64}$/i.test(claim))
    throw new RequestError('BAD_USER_INPUT', 'The header "x-content-sha256" must be 64 hexadecimal digits.', {
      header: 'x-content-sha256',
    });
  return claim.toLowerCase();
}

const shown = ({ id, ...rest }: FileImportRecord, replayed: boolean) => ({
  import: { id: toNodeId('FileImport', id), ...rest },
  replayed,
});

const statusOf = ({ state }: FileImportRecord): number => (state === 'COMPLETED' ? 200 : 422);

/** `POST /import/:kind`: a file as the body. Each batch of its rows is a transaction, or all of them are one. */
export async function importRoute(
  app: FastifyInstance,
  { config, entrance, services, log }: BulkRouteOptions,
): Promise<void> {
  // The body stays in the socket until the handler reads it; nothing parses or collects it.
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', (_request, _payload, done) => done(null));

  const shares = new Share(config.maxImports, 'imports');
  const stopping = new AbortController();
  app.addHook('preClose', async () => stopping.abort());

  // Roles and tokens can be taken away while a long import runs, so every batch asks again.
  const actorOf = async (request: FastifyRequest, roles: readonly Role[]): Promise<Actor> => {
    const { raw } = request;
    const address = () => entrance.options.addressOf(raw);
    const actor = await entrance.signIn(raw.headers.authorization, address, raw.socket);
    if (!actor) throw notSignedIn();
    if (!actor.roles.some((role) => roles.includes(role)))
      throw new RequestError('FORBIDDEN', `This requires one of the roles ${roles.join(', ')}.`, { roles });
    return actor;
  };

  const receive = async (request: FastifyRequest, claimed: string | undefined): Promise<Spool> => {
    const { raw } = request;
    if (Number(raw.headers['content-length'] ?? 0) > config.maxImportBytes)
      throw new RequestError('PAYLOAD_TOO_LARGE', `The file exceeds the maximum of ${config.maxImportBytes} bytes.`);
    raw.setTimeout(IDLE_MS, () => raw.destroy());
    try {
      const folder = join(config.dataDir, 'imports');
      const file = await spool(raw.iterator({ destroyOnReturn: false }), folder, config.maxImportBytes);
      if (claimed === undefined || claimed === file.digest) return file;
      await file.close();
      throw refuseFile('DIGEST_MISMATCH', `The bytes that arrived have the SHA-256 ${file.digest}.`);
    } catch (error) {
      if ((error as { code?: unknown } | null)?.code !== 'ECONNRESET') throw error;
      throw new RequestError('BAD_REQUEST', 'The upload was interrupted. Nothing was imported.');
    } finally {
      raw.setTimeout(0);
    }
  };

  const run = async (request: FastifyRequest, reply: FastifyReply, file: Spool): Promise<FastifyReply> => {
    const { kind, roles } = KINDS[(request.params as { kind: string }).kind] as (typeof KINDS)[string];
    const format = formatOf(request);
    const rows = await countRows(format, kind, file.bytes());
    const origin = async () => ({ actor: await actorOf(request, roles), requestId: request.id });
    const { record, replayed } = await transact(services, await origin(), async (uow) =>
      beginFileImport(uow, {
        kind,
        format,
        digest: file.digest,
        size: file.size,
        rows,
        ...howOf(request, kind),
      }),
    );
    if (replayed) return await reply.code(statusOf(record)).send(shown(record, true));
    const left = new AbortController();
    reply.raw.once('close', () => left.abort());
    const progress = request.headers.accept?.includes(NDJSON) ? new PassThrough() : undefined;
    const work = runFileImport({
      services,
      record,
      rowsFrom: (from, most) => batchesOf({ format, kind, bytes: file.bytes() }, from, most),
      origin,
      signal: AbortSignal.any([stopping.signal, left.signal]),
      onProgress: (position) =>
        void progress?.write(`${JSON.stringify({ id: toNodeId('FileImport', record.id), position, rows })}\n`),
    });
    if (!progress) {
      const end = await work;
      return await reply.code(statusOf(end)).send(shown(end, false));
    }
    void reply.type(NDJSON).send(progress);
    const last = await work.then(
      (end) => shown(end, false),
      (error: unknown) => failed(error, request),
    );
    progress.end(`${JSON.stringify(last)}\n`);
    return reply;
  };

  // The answer has begun when an import breaks off, so its last line says why.
  const failed = (thrown: unknown, request: FastifyRequest): object => {
    const error = databaseFault(thrown);
    if (error instanceof RequestError) return errorBody(error.code, error.message, error.details);
    log.error({ err: error, requestId: request.id }, 'fault');
    return errorBody('INTERNAL_SERVER_ERROR', MASKED_FAULT, { traceId: request.id });
  };

  app.post('/import/:kind', { config: { streamsBody: true } }, async (request, reply) => {
    let end = () => {};
    let file: Spool | undefined;
    try {
      const actor = await entrance.enterSignedIn(request.raw);
      const known = KINDS[(request.params as { kind: string }).kind];
      if (!known) throw new RequestError('NOT_FOUND', `Import one of ${Object.keys(KINDS).join(', ')}.`);
      if (!originAllowed(config, request.headers.origin, request.headers.host))
        throw new RequestError('FORBIDDEN', 'Pages of this origin may not use the API.');
      await actorOf(request, known.roles);
      formatOf(request);
      howOf(request, known.kind);
      end = shares.take(actor.id ?? actor.name);
      file = await receive(request, claimedDigest(request));
      return await run(request, reply, file);
    } finally {
      end();
      await file?.close();
      drainBody(request.raw);
    }
  });
}
