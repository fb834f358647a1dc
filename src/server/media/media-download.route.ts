import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { sql } from 'kysely';
import { RequestError } from '../../domain/errors.js';
import { isDigest } from '../../domain/library/media.js';
import { mayRead } from '../../reads/access.js';
import { MediaDamage, type ByteRange } from '../../services/library/media-store.port.js';
import { reportDamage } from '../../services/library/media.service.js';
import type { MediaRouteOptions } from './media-request.js';
import type { Actor } from '../../domain/actor.js';
import type { Queryable } from '../../database/queryable.js';
import { mediaBlobRead } from '../../reads/library/media-blob.reads.js';

interface KnownMedia {
  readonly size: number;
  readonly file_name: string | null;
  readonly usable: boolean;
}

async function mediaOf(db: Queryable, digest: string): Promise<KnownMedia> {
  const [media] = isDigest(digest)
    ? await db.query<KnownMedia>(sql`
        select b.size,
          coalesce((select v.file_name from dml_item_version v
            where v.media_id = b.id and v.file_name is not null order by v.id desc limit 1),
            (select f.file_name from evidence_file f
            where f.media_id = b.id and f.file_name is not null order by f.id desc limit 1)) as file_name,
          exists (select from dml_item_version v
            where v.media_id = b.id and v.state in ('AUTHORISED', 'DEPRECATED')) as usable
        from media_blob b where b.digest = ${digest}`)
    : [];
  if (!media) throw new RequestError('NOT_FOUND', 'The library has no media with this digest.', { type: 'MediaBlob' });
  return media;
}

// People with read access can download everything, for example to examine what is in quarantine. Tools get installable
// media.
async function fetchable(db: Queryable, actor: Actor, digest: string): Promise<KnownMedia> {
  const reader = mayRead(actor, mediaBlobRead);
  if (!reader && !actor.roles.includes('ADAPTER'))
    throw new RequestError('FORBIDDEN', 'None of your roles has read access.');
  const media = await mediaOf(db, digest);
  if (!reader && !media.usable)
    throw new RequestError('FORBIDDEN', 'Tools can only download media of an authorised version.');
  return media;
}

/**
 * The single byte range of a request.
 * @returns undefined when the request wants everything, several ranges, or a unit other than bytes: the answer is
 *   everything.
 * @throws RangeError when the range lies outside the media.
 */
export function byteRange(header: string | undefined, size: number): ByteRange | undefined {
  const [, from, to] = /^bytes=(\d*)-(\d*)$/.exec(header?.trim() ?? '') ?? [];
  if (from === undefined || to === undefined || (from === '' && to === '')) return undefined;
  if (from !== '' && to !== '' && Number(to) < Number(from)) return undefined;
  const start = from === '' ? Math.max(0, size - Number(to)) : Number(from);
  const end = from === '' || to === '' ? size - 1 : Math.min(Number(to), size - 1);
  if (start > end) throw new RangeError('The range lies outside the media.');
  return { start, end };
}

const percentEncoded = (name: string): string =>
  encodeURIComponent(name).replace(/['()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);

const disposition = (name: string): string =>
  `attachment; filename="${name.replace(/[^\x20-\x7e]|["\\%]/g, '_')}"; filename*=UTF-8''${percentEncoded(name)}`;

/**
 * `GET` and `HEAD /media/:digest`: stored bytes by their digest, whole or one range. Altered bytes are never served.
 */
export async function mediaDownload(app: FastifyInstance, { entrance, services }: MediaRouteOptions): Promise<void> {
  const download = async (
    request: FastifyRequest<{ Params: { digest: string } }>,
    reply: FastifyReply,
  ): Promise<FastifyReply> => {
    const { digest } = request.params;
    const media = await fetchable(services.readDatabase, await entrance.enterSignedIn(request.raw), digest);
    const etag = `"${digest}"`;
    // The bytes of a digest never change, but access to them does: private caches may keep them, shared ones may not.
    void reply.headers({
      etag,
      'cache-control': 'private, max-age=31536000, immutable',
      'accept-ranges': 'bytes',
      vary: 'authorization',
    });
    const known = request.headers['if-none-match']?.split(',').map((tag) => tag.trim().replace(/^W\//, '')) ?? [];
    if (known.includes(etag) || known.includes('*')) return await reply.code(304).send();
    const ifRange = request.headers['if-range'];
    let range: ByteRange | undefined;
    try {
      range = ifRange === undefined || ifRange === etag ? byteRange(request.headers.range, media.size) : undefined;
    } catch {
      return await reply
        .code(416)
        .headers({ 'content-range': `bytes */${media.size}`, 'cache-control': 'no-store' })
        .send({
          errors: [
            { message: `The media has ${media.size} bytes.`, extensions: { code: 'BAD_REQUEST', size: media.size } },
          ],
        });
    }
    let content;
    try {
      content = await services.media.open(digest, range);
    } catch (error) {
      if (!(error instanceof MediaDamage)) throw error;
      await reportDamage(services, digest);
      return await reply
        .code(500)
        .removeHeader('etag')
        .header('cache-control', 'no-store')
        .send({
          errors: [
            {
              message: error.message,
              extensions: {
                code: error.problem === 'ALTERED' ? 'MEDIA_DIGEST_MISMATCH' : 'MEDIA_NOT_VERIFIED',
                problem: error.problem,
              },
            },
          ],
        });
    }
    void reply
      .code(range ? 206 : 200)
      .type('application/octet-stream') // never the uploaded type: a browser must not execute the bytes
      .headers({
        'content-length': range ? range.end - range.start + 1 : media.size,
        'content-disposition': disposition(media.file_name ?? digest),
        'content-security-policy': "default-src 'none'; sandbox",
        'repr-digest': `sha-256=:${Buffer.from(digest, 'hex').toString('base64')}:`,
        ...(range && { 'content-range': `bytes ${range.start}-${range.end}/${media.size}` }),
      });
    if (request.method === 'HEAD') {
      content.destroy();
      return await reply.send();
    }
    return await reply.send(content);
  };
  app.route<{ Params: { digest: string } }>({
    method: ['GET', 'HEAD'],
    url: '/media/:digest',
    exposeHeadRoute: false,
    handler: download,
  });
}
