import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { IncomingMessage } from 'node:http';
import { blocker } from '../../domain/blocker.js';
import { Refusal, RequestError } from '../../domain/errors.js';
import { normalName, problemOfName } from '../../domain/name.js';
import { isDigest } from '../../domain/library/media.js';
import { once } from '../../services/command.js';
import { MediaRejected, type StagedMedia } from '../../services/library/media-store.port.js';
import { transact } from '../../services/unit-of-work.js';
import { drainBody } from '../http/discard.js';
import { Share } from '../sign-in/share.js';
import type { MediaRouteOptions } from './media-request.js';
import { evidenceSink, versionSink, type FindSink } from './media-sink.js';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** The handler streams the body: neither the size limit nor the time limit of parsed bodies applies. */
    readonly streamsBody?: boolean;
  }
}

/** What can be uploaded, by the path that its id follows. */
const SINKS: Readonly<Record<string, FindSink>> = {
  '/media/versions/': versionSink,
  '/media/evidence/': evidenceSink,
};

/** An upload is cut off after its sender has been silent for this long, in milliseconds. */
const IDLE_MS = 60_000;

const single = (request: FastifyRequest, header: string): string | undefined => {
  const value = request.headers[header];
  return typeof value === 'string' && value.trim() !== '' ? value.trim() : undefined;
};

const malformed = (header: string, wanted: string) =>
  new RequestError('BAD_USER_INPUT', `The header "${header}" must be ${wanted}.`, { header });

/**
 * Digests claimed by headers: `x-content-sha256` (hexadecimal), `digest`, `content-digest`, `repr-digest` (`sha-256`,
 * base 64).
 */
function claimedDigests(request: FastifyRequest): string[] {
  const claims: string[] = [];
  const hex = single(request, 'x-content-sha256')?.toLowerCase();
  if (hex !== undefined) {
    if (!isDigest(hex)) throw malformed('x-content-sha256', 'a SHA-256 of 64 hexadecimal digits');
    claims.push(hex);
  }
  for (const header of ['digest', 'content-digest', 'repr-digest']) {
    const value = single(request, header);
    if (value === undefined) continue;
    const [, base64] = /(?:^|,)\s*sha-256=:?([A-Za-z0-9+/]{43}=):?\s*(?:,|$)/i.exec(value) ?? [];
    if (base64 === undefined) throw malformed(header, 'sha-256=:<base 64>:');
    claims.push(Buffer.from(base64, 'base64').toString('hex'));
  }
  return claims;
}

/** The name of the file alone, without folders; it may be percent-encoded UTF-8. */
function fileName(request: FastifyRequest): string | null {
  const raw = single(request, 'x-file-name');
  if (raw === undefined) return null;
  let decoded = raw;
  try {
    decoded = decodeURIComponent(raw);
  } catch {
    // a plain name that happens to contain a percent sign
  }
  const name = normalName(decoded.split(/[/\\]/).at(-1) ?? '');
  if (name === '' || name === '.' || name === '..' || name.length > 255 || problemOfName(name) !== undefined)
    throw malformed('x-file-name', 'a file name of at most 255 visible characters');
  return name;
}

function mediaType(request: FastifyRequest): string {
  const type = single(request, 'content-type')?.split(';')[0]?.trim().toLowerCase() ?? '';
  if (type === 'multipart/form-data')
    throw new RequestError('BAD_REQUEST', 'Send the bytes as the body, not as a form.');
  // The default type of curl.
  if (type === 'application/x-www-form-urlencoded' || !/^[\w.+-]{1,100}\/[\w.+-]{1,100}$/.test(type))
    return 'application/octet-stream';
  return type;
}

function rejection(error: unknown): unknown {
  if (error instanceof MediaRejected) {
    switch (error.reason) {
      case 'TOO_LARGE':
        return new RequestError('PAYLOAD_TOO_LARGE', error.message);
      case 'EMPTY':
        return new RequestError('BAD_REQUEST', error.message);
      case 'NO_SPACE':
        return new RequestError('UNAVAILABLE', error.message);
      case 'DIGEST_MISMATCH':
        return new Refusal([
          blocker(
            'MEDIA_DIGEST_MISMATCH',
            `${error.message} Nothing was stored. Fetch the bytes from their source again.`,
            ['DML_LIBRARIAN'],
          ),
        ]);
    }
  }
  return (error as { code?: unknown } | null)?.code === 'ECONNRESET'
    ? new RequestError('BAD_REQUEST', 'The upload was interrupted.')
    : error;
}

// Whether the client waits for permission to send the body.
const continued = new WeakSet<IncomingMessage>();
const waits = (request: FastifyRequest): boolean => request.headers.expect !== undefined && !continued.has(request.raw);

/**
 * `PUT /media/versions/:id`: the raw bytes of a media version as the body, of any size up to INTERLOCK_MAX_MEDIA_BYTES.
 * `PUT /media/evidence/:id`: a file that shows what was done on a target.
 */
export async function mediaUpload(
  app: FastifyInstance,
  { config, entrance, services }: MediaRouteOptions,
): Promise<void> {
  // The body stays in the socket until the handler reads it, whatever its type; nothing parses or collects it.
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', (_request, _payload, done) => done(null));

  // A client with `Expect: 100-continue` gets its "continue" only when the upload is accepted; other routes send it at
  // once.
  app.server.on('checkContinue', (request, response) => {
    if (!Object.keys(SINKS).some((path) => request.url?.startsWith(path))) response.writeContinue();
    app.server.emit('request', request, response);
  });

  const uploads = new Share(config.maxUploads, 'uploads');

  const upload = async (
    find: FindSink,
    request: FastifyRequest<{ Params: { id: string } }>,
    reply: FastifyReply,
  ): Promise<object> => {
    const actor = await entrance.enterSignedIn(request.raw);
    const sink = await find(services.readDatabase, actor, request.params.id);
    const headers = { fileName: fileName(request), mediaType: mediaType(request) };
    const expectedDigests = [...claimedDigests(request), ...sink.expectedDigests];
    const maxBytes = Math.min(config.maxMediaBytes, sink.maxBytes);
    if (Number(request.headers['content-length'] ?? 0) > maxBytes)
      throw new RequestError('PAYLOAD_TOO_LARGE', `The upload exceeds the maximum of ${maxBytes} bytes.`);
    if (single(request, 'content-encoding') !== undefined)
      throw new RequestError('BAD_REQUEST', 'Send the bytes as they are, without content-encoding.');
    const end = uploads.take(actor.id ?? actor.name);
    if (waits(request)) {
      continued.add(request.raw);
      reply.raw.writeContinue();
    }
    // A client that falls silent loses its connection, and the bytes received so far.
    request.raw.setTimeout(IDLE_MS, () => request.raw.destroy());
    let staged: StagedMedia;
    try {
      staged = await services.media.receive(request.raw.iterator({ destroyOnReturn: false }), {
        maxBytes,
        expectedDigests,
      });
    } catch (error) {
      throw rejection(error);
    } finally {
      end();
      request.raw.setTimeout(0);
    }
    try {
      const { digest, size } = staged;
      const { replayed } = await transact(services, { actor, requestId: request.id }, async (uow) => {
        let again = false;
        const input = {
          idempotencyKey: single(request, 'idempotency-key') ?? null,
          ...sink.subject,
          ...headers,
          digest,
        };
        const result = await once(uow, sink.command, input, async () => {
          const recorded = await sink.record(uow, headers, staged);
          again = recorded.replayed;
          return recorded;
        });
        return { replayed: result.replayed || again };
      });
      return await reply.code(replayed ? 200 : 201).send({ ...sink.answer, digest, size, replayed });
    } finally {
      await staged.discard();
    }
  };

  for (const [path, find] of Object.entries(SINKS))
    app.route<{ Params: { id: string } }>({
      method: ['PUT', 'POST'],
      url: `${path}:id`,
      config: { streamsBody: true },
      handler: async (request, reply) => {
        try {
          return await upload(find, request, reply);
        } finally {
          // A client that still waits has sent nothing; the next bytes on the connection could be anything.
          if (waits(request)) void reply.header('connection', 'close');
          else drainBody(request.raw);
        }
      },
    });
}
