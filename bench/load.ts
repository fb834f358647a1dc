import { connect, type Socket } from 'node:net';

// The load process keeps a fixed number of connections busy, with one request after the other on each. It checks the
// status and length of every answer. It uses HTTP/1.1 over bare sockets, so that on two cores it leaves nearly all of
// one to the server.

/** The instructions for the load process. */
export interface LoadOrder {
  readonly port: number;
  readonly headers: Readonly<Record<string, string>>;
  /**
   * Bodies to send in turn. Each connection starts at another one. For commands, {@link SEQUENCE} in a body stands for
   * a number that no other request has.
   */
  readonly bodies: readonly string[];
  /** The length that the answer to each body must have, in bytes. Commands, whose answers vary, have `contains`. */
  readonly lengths?: readonly number[];
  /** A text that each answer must contain. */
  readonly contains?: string;
  readonly connections: number;
  readonly milliseconds: number;
}

/** The result. Times in milliseconds. */
export interface LoadResult {
  readonly requests: number;
  readonly seconds: number;
  readonly bytes: number;
  readonly p50: number;
  readonly p99: number;
  /** The first wrong answer, if any. */
  readonly wrong?: string;
}

/** Stands for a number of {@link SEQUENCE_DIGITS} digits in the body of a command. */
export const SEQUENCE = '{{number}}';
const SEQUENCE_DIGITS = 10;
// Numbers of different runs differ, too: a run starts at the milliseconds of its begin.
let sequence = Date.now() % 10 ** SEQUENCE_DIGITS;

const HEAD_END = Buffer.from('\r\n\r\n');

async function run(order: LoadOrder): Promise<LoadResult> {
  const requests = order.bodies.map((body) => {
    const varies = body.split(SEQUENCE).length - 1;
    const headers = {
      host: `127.0.0.1:${order.port}`,
      'content-type': 'application/json',
      accept: 'application/json',
      ...order.headers,
      'content-length': String(Buffer.byteLength(body) + varies * (SEQUENCE_DIGITS - SEQUENCE.length)),
    };
    const text = `POST /graphql HTTP/1.1\r\n${Object.entries(headers)
      .map(([name, value]) => `${name}: ${value}\r\n`)
      .join('')}\r\n${body}`;
    if (varies === 0) {
      const fixed = Buffer.from(text);
      return () => fixed;
    }
    return () => Buffer.from(text.replaceAll(SEQUENCE, String(sequence++).padStart(SEQUENCE_DIGITS, '0')));
  });
  const times: number[] = [];
  const begin = performance.now();
  const end = begin + order.milliseconds;
  let bytes = 0;
  let wrong: string | undefined;

  const keepBusy = async (index: number): Promise<void> =>
    await new Promise((done) => {
      const socket: Socket = connect(order.port, '127.0.0.1');
      socket.setNoDelay(true);
      let at = Math.floor((index * requests.length) / order.connections);
      let sent = 0;
      let expected = -1; // length of the whole answer once its head is there
      let got = 0;
      let head: Buffer | undefined;
      let answer = '';
      const stop = (problem?: string) => {
        wrong ??= problem;
        socket.destroy();
        done();
      };
      const send = () => {
        sent = performance.now();
        if (sent >= end || wrong !== undefined) return stop();
        socket.write((requests[at] as () => Buffer)());
        return undefined;
      };
      socket.on('connect', send);
      socket.on('error', (error) => stop(error.message));
      socket.on('close', () =>
        stop(sent < end && sent > 0 && wrong === undefined ? 'the server closed the connection' : undefined),
      );
      socket.on('data', (chunk) => {
        got += chunk.length;
        if (order.contains !== undefined) answer += chunk.toString('latin1');
        if (expected < 0) {
          head = head ? Buffer.concat([head, chunk]) : chunk;
          const cut = head.indexOf(HEAD_END);
          if (cut < 0) return;
          const text = head.toString('latin1', 0, cut);
          const length = Number(/\r\ncontent-length: (\d+)/i.exec(text)?.[1]);
          if (!text.startsWith('HTTP/1.1 200') || (order.lengths && length !== order.lengths[at]))
            return stop(`${text}\nwanted ${order.lengths?.[at]} bytes for ${order.bodies[at]}`);
          expected = cut + 4 + length;
        }
        if (got < expected) return;
        if (order.contains !== undefined && !answer.includes(order.contains)) return stop(answer);
        answer = '';
        times.push(performance.now() - sent);
        bytes += got;
        expected = -1;
        got = 0;
        head = undefined;
        at = (at + 1) % requests.length;
        send();
      });
    });
  await Promise.all(Array.from({ length: order.connections }, async (_, index) => await keepBusy(index)));
  const seconds = (performance.now() - begin) / 1_000;
  times.sort((a, b) => a - b);
  const at = (share: number) => times[Math.min(times.length - 1, Math.floor(times.length * share))] ?? 0;
  return { requests: times.length, seconds, bytes, p50: at(0.5), p99: at(0.99), ...(wrong !== undefined && { wrong }) };
}

process.on('message', (order: LoadOrder) => {
  void run(order).then((result) => process.send?.(result));
});
process.on('disconnect', () => process.exit(0));
