import compress from '@fastify/compress';
import type { FastifyInstance, RouteShorthandOptions } from 'fastify';
import { constants } from 'node:zlib';

/** Answers below this size are sent as they are: compressing them costs more time than it saves. In bytes. */
const THRESHOLD = 4_096;
/** Brotli as fast as gzip; its own default is a hundred times slower. */
const BROTLI_QUALITY = 4;

/** Options of a route whose long answers are compressed where the client accepts it. */
export const COMPRESSED: Pick<RouteShorthandOptions, 'compress'> = { compress: {} };

/**
 * Has routes with {@link COMPRESSED} compress their answers, by Brotli or gzip, in other threads. Compressed *requests*
 * are refused as ever: a small body could become an endless one.
 */
export async function compressAnswers(app: FastifyInstance): Promise<void> {
  await app.register(compress, {
    global: false,
    globalDecompression: false,
    threshold: THRESHOLD,
    encodings: ['br', 'gzip'],
    brotliOptions: { params: { [constants.BROTLI_PARAM_QUALITY]: BROTLI_QUALITY } },
    customTypes: /^application\/(graphql-response\+)?json/,
  });
}
