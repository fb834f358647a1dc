import type { IncomingMessage } from 'node:http';

/** How much of a refused body is read and thrown away, in bytes, and for how long, in milliseconds. */
const MAX_BYTES = 33_554_432;
const MAX_MS = 10_000;

/**
 * Reads the rest of a refused body and throws it away. A client that is still sending when its connection closes gets
 * a network error instead of the answer; `fetch` looks for the answer only when it has sent everything. Who sends more
 * than the bounds is cut off all the same.
 */
export async function discardBody(body: IncomingMessage): Promise<void> {
  if (body.complete || body.destroyed) return;
  await new Promise<void>((resolve) => {
    let bytes = 0;
    const done = () => {
      clearTimeout(timer);
      body.off('data', count);
      resolve();
    };
    const count = (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes > MAX_BYTES) done();
    };
    const timer = setTimeout(done, MAX_MS).unref();
    body.on('data', count).once('end', done).once('close', done).once('error', done).resume();
  });
}

/** Reads and discards the rest of a refused upload for a while, so that its sender sees the answer. Does not wait. */
export function drainBody(body: IncomingMessage): void {
  if (body.complete || body.destroyed) return;
  const timer = setTimeout(() => body.destroy(), MAX_MS).unref();
  body
    .once('close', () => clearTimeout(timer))
    .on('error', () => {})
    .resume();
}
