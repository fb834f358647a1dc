import { randomUUID } from 'node:crypto';
import { connect, type Socket } from 'node:net';
import { fromCursor } from '../src/events/log.js';

// The subscribers: many WebSockets in one process. It implements only the needed part of the protocol over bare
// sockets, so that it can count everything that a whole core of a server sends. It checks every message: cursors must
// follow each other without a gap or a repetition.

/** Messages to the client process. */
export type LiveOrder =
  | {
      readonly kind: 'open';
      readonly port: number;
      readonly count: number;
      /** The first three numbers of the addresses that the sockets come from. */
      readonly address: string;
      readonly params: Record<string, string>;
      readonly query: string;
    }
  /** Counts from zero again. `until` messages per socket are awaited, or `milliseconds` pass. */
  | { readonly kind: 'count'; readonly until: number; readonly milliseconds: number }
  /** Reconnects the sockets that lost their connection, each after its last cursor. */
  | { readonly kind: 'resume'; readonly port: number }
  /** Waits until every socket has the event at this position. */
  | { readonly kind: 'reach'; readonly position: number; readonly milliseconds: number }
  /** Answered at once, when everything requested before has begun. */
  | { readonly kind: 'ready' }
  | { readonly kind: 'close' };

/** The result since counting began. */
export interface LiveSeen {
  /** Events that came in. */
  readonly events: number;
  /** Seconds between the first and the last of them. */
  readonly seconds: number;
  /** Milliseconds between the instant of an event and its arrival. */
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
  /** Sockets that got too few events, or events out of order or twice. */
  readonly wrong: number;
  readonly bytesPerEvent: number;
  /** Events that shared a message, on average. */
  readonly eventsPerMessage: number;
  /** Share of one core that this process used between the first and the last event. Near 1, it was the limit itself. */
  readonly clientCpu: number;
}

const OPCODES = { text: 1, close: 8, ping: 9, pong: 10 } as const;
const NEXT = Buffer.from('"type":"next"');
const ACK = Buffer.from('connection_ack');
const PING = Buffer.from('"type":"ping"');

function frame(opcode: number, payload: Buffer): Buffer {
  // Client frames must be masked; a mask of zeros leaves the payload as it is.
  const head =
    payload.length < 126
      ? Buffer.from([0x80 | opcode, 0x80 | payload.length, 0, 0, 0, 0])
      : Buffer.from([0x80 | opcode, 0xfe, payload.length >> 8, payload.length & 255, 0, 0, 0, 0]);
  return Buffer.concat([head, payload]);
}
const json = (value: object) => frame(OPCODES.text, Buffer.from(JSON.stringify(value)));

// The kernel takes long to find a free port if thousands of ports of one address are taken.
const ADDRESSES = 50;
let sockets: Subscriber[] = [];
let events = 0;
let bytes = 0;
let messages = 0;
let cpu: NodeJS.CpuUsage | undefined;
let cpuSeconds = 0;
let first = 0;
let last = 0;
let wanted = Number.POSITIVE_INFINITY;
let delays: number[] = [];
let enough: (() => void) | undefined;

class Subscriber {
  #socket: Socket | undefined;
  #rest: Buffer | undefined;
  #upgraded = false;
  /** As clients of graphql-ws name their subscriptions. */
  readonly id = randomUUID();
  position = 0;
  got = 0;
  wrong = 0;
  ready: Promise<void> = Promise.resolve();
  #isReady: () => void = () => {};

  constructor(
    readonly address: string,
    readonly params: Record<string, string>,
    readonly query: string,
  ) {}

  open(port: number): void {
    this.#upgraded = false;
    this.#rest = undefined;
    this.ready = new Promise((done) => (this.#isReady = done));
    const socket = connect({ port, host: '127.0.0.1', localAddress: this.address });
    this.#socket = socket;
    socket.setNoDelay(true);
    socket.on('connect', () =>
      socket.write(
        [
          'GET /graphql HTTP/1.1',
          `host: 127.0.0.1:${port}`,
          'connection: Upgrade',
          'upgrade: websocket',
          'sec-websocket-version: 13',
          'sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==',
          'sec-websocket-protocol: graphql-transport-ws',
          '\r\n',
        ].join('\r\n'),
      ),
    );
    socket.on('data', (chunk) => this.#read(chunk));
    socket.on('error', () => {});
  }

  close(): void {
    this.#socket?.resetAndDestroy(); // no lingering ports: the next server gets as many sockets
  }

  #read(chunk: Buffer): void {
    let data = this.#rest ? Buffer.concat([this.#rest, chunk]) : chunk;
    this.#rest = undefined;
    if (!this.#upgraded) {
      const cut = data.indexOf('\r\n\r\n');
      if (cut < 0) return void (this.#rest = data);
      this.#upgraded = true;
      this.#socket?.write(json({ type: 'connection_init', payload: this.params }));
      data = data.subarray(cut + 4);
    }
    let at = 0;
    while (data.length - at >= 2) {
      const opcode = (data[at] as number) & 15;
      let length = (data[at + 1] as number) & 127;
      let head = 2;
      if (length === 126) {
        if (data.length - at < 4) break;
        length = data.readUInt16BE(at + 2);
        head = 4;
      } else if (length === 127) {
        if (data.length - at < 10) break;
        length = Number(data.readBigUInt64BE(at + 2));
        head = 10;
      }
      if (data.length - at < head + length) break;
      this.#frame(opcode, data.subarray(at + head, at + head + length));
      at += head + length;
    }
    if (at < data.length) this.#rest = data.subarray(at);
    return undefined;
  }

  #frame(opcode: number, payload: Buffer): void {
    if (opcode === OPCODES.ping) this.#socket?.write(frame(OPCODES.pong, payload));
    if (opcode !== OPCODES.text) return;
    if (payload.includes(NEXT)) this.#next(payload.toString('latin1'), payload.length);
    else if (payload.includes(ACK)) {
      const variables =
        this.position > 0 ? { after: Buffer.from(`e1.${this.position.toString(36)}`).toString('base64url') } : {};
      this.#socket?.write(json({ id: this.id, type: 'subscribe', payload: { query: this.query, variables } }));
      this.#isReady();
    } else if (payload.includes(PING)) this.#socket?.write(json({ type: 'pong' }));
    else this.wrong++;
  }

  #next(text: string, length: number): void {
    const now = Date.now();
    let from = 0;
    for (;;) {
      const start = text.indexOf('"cursor":"', from);
      if (start < 0) break;
      from = text.indexOf('"', start + 10);
      const position = fromCursor(text.slice(start + 10, from));
      if (this.position > 0 && position !== this.position + 1) this.wrong++;
      this.position = position;
      this.got++;
      if (events === 0) {
        first = performance.now();
        cpu = process.cpuUsage();
      }
      events++;
      const at = text.indexOf('"at":"', from);
      if (at >= 0) delays.push(now - Date.parse(text.slice(at + 6, at + 30)));
    }
    bytes += length;
    messages++;
    const end = text.lastIndexOf('"endCursor":"');
    if (end >= 0 && this.position === 0) this.position = fromCursor(text.slice(end + 13, text.indexOf('"', end + 13)));
    last = performance.now();
    if (events < wanted) return;
    const { user, system } = process.cpuUsage(cpu);
    cpuSeconds = (user + system) / 1_000_000;
    enough?.();
  }
}

async function carryOut(order: LiveOrder): Promise<LiveSeen | undefined> {
  if (order.kind === 'ready') return undefined;
  if (order.kind === 'close') {
    for (const socket of sockets) socket.close();
    sockets = [];
    return undefined;
  }
  if (order.kind === 'open' || order.kind === 'resume') {
    if (order.kind === 'open')
      sockets = Array.from(
        { length: order.count },
        (_, n) => new Subscriber(`${order.address}.${1 + (n % ADDRESSES)}`, order.params, order.query),
      );
    // A hundred at a time, as behind a load balancer.
    for (let i = 0; i < sockets.length; i += 100) {
      const some = sockets.slice(i, i + 100);
      for (const socket of some) socket.open(order.port);
      await Promise.all(some.map(async (socket) => await socket.ready));
    }
    return undefined;
  }
  if (order.kind === 'reach') {
    const until = performance.now() + order.milliseconds;
    const behind = () => sockets.filter((socket) => socket.position !== order.position).length;
    while (behind() > 0 && performance.now() < until) await new Promise((done) => setTimeout(done, 50));
    const wrong = sockets.filter((socket) => socket.wrong > 0 || socket.position !== order.position).length;
    return { events, seconds: 0, p50: 0, p99: 0, max: 0, wrong, bytesPerEvent: 0, eventsPerMessage: 0, clientCpu: 0 };
  }
  events = 0;
  bytes = 0;
  messages = 0;
  cpuSeconds = 0;
  delays = [];
  for (const socket of sockets) socket.got = socket.wrong = 0;
  wanted = order.until * sockets.length;
  await new Promise<void>((done) => {
    enough = done;
    setTimeout(done, order.milliseconds);
  });
  enough = undefined;
  delays.sort((a, b) => a - b);
  const at = (share: number) => delays[Math.min(delays.length - 1, Math.floor(delays.length * share))] ?? 0;
  const wrong = sockets.filter(
    (socket) => socket.wrong > 0 || (Number.isFinite(order.until) && socket.got !== order.until),
  ).length;
  return {
    events,
    seconds: (last - first) / 1_000,
    p50: at(0.5),
    p99: at(0.99),
    max: delays.at(-1) ?? 0,
    wrong,
    bytesPerEvent: events === 0 ? 0 : bytes / events,
    eventsPerMessage: messages === 0 ? 0 : events / messages,
    clientCpu: cpuSeconds / ((last - first) / 1_000),
  };
}

process.on('message', ({ id, order }: { id: number; order: LiveOrder }) => {
  void carryOut(order).then((seen) => process.send?.({ id, seen }));
});
process.on('disconnect', () => process.exit(0));
