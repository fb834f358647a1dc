/** The output of a job in pieces of a size that the reader chooses. */
import type { LogChunk } from '../../src/adapters/adapter.js';
import type { AwxApi } from './awx-api.js';

/** How many lines are asked for at a time. */
const LINES = 500;

/** Cuts UTF-8 at a whole character. */
function cut(bytes: Buffer, max: number): Buffer {
  if (bytes.length <= max) return bytes;
  let end = max;
  while (end > 0 && ((bytes[end] ?? 0) & 0xc0) === 0x80) end -= 1;
  return bytes.subarray(0, end);
}

/**
 * Reads on from a cursor, `<line>:<byte in it>`.
 * @param ended whether the job has ended and all its output is stored.
 */
export async function readOutput(
  api: AwxApi,
  job: number,
  query: { readonly cursor?: string | undefined; readonly maxBytes: number; readonly ended: boolean },
  signal: AbortSignal,
): Promise<LogChunk> {
  const [line = 0, byte = 0] = (query.cursor ?? '0:0').split(':').map((part) => Number(part) || 0);
  const { text, lines } = await api.stdout(job, line, line + LINES, signal);
  const bytes = Buffer.from(text, 'utf8').subarray(byte);
  const part = cut(bytes, query.maxBytes);
  const whole = part.length === bytes.length;
  // Lines of the piece that were read to their end; the last one may have no line feed yet.
  const passed = part.filter((one) => one === 0x0a).length;
  const rest = passed === 0 ? byte + part.length : part.length - 1 - part.lastIndexOf(0x0a);
  const cursor = `${line + passed}:${rest}`;
  return { chunk: part.toString('utf8'), cursor, eof: query.ended && whole && line + LINES >= lines };
}
