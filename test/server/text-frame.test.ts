import type { Socket } from 'node:net';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import WebSocket, { WebSocketServer } from 'ws';
import { Heartbeat } from '../../src/server/live/heartbeat.js';
import { textFrame } from '../../src/server/live/text-frame.js';
import { until } from '../support/until.js';

let wss: WebSocketServer;
const wires = new Map<WebSocket, Socket>();

beforeAll(async () => {
  wss = new WebSocketServer({ port: 0, host: '127.0.0.1' });
  wss.on('connection', (socket, request) => void wires.set(socket, request.socket));
  await new Promise((resolve) => wss.once('listening', resolve));
});
afterAll(() => {
  for (const socket of wss.clients) socket.terminate();
  wss.close();
});

async function connected(options: { autoPong?: boolean } = {}) {
  const client = new WebSocket(`ws://127.0.0.1:${(wss.address() as { port: number }).port}`, options);
  const accepted = new Promise<WebSocket>((resolve) => wss.once('connection', resolve));
  const texts: string[] = [];
  client.on('message', (data, binary) => texts.push(`${binary ? 'binary ' : ''}${String(data)}`));
  client.on('error', () => {});
  const socket = await accepted;
  await until(() => client.readyState === client.OPEN, 'the client to be connected');
  return { client, socket, wire: wires.get(socket) as Socket, texts };
}

// The lengths at which the header of a frame changes its form.
test('a client reads a frame as it was meant, whatever its length, also between frames of ws', async () => {
  const { client, socket, wire, texts } = await connected();
  const lengths = [2, 125, 126, 127, 65_534, 65_535, 65_536, 200_000];
  for (const length of lengths) {
    wire.write(textFrame([Buffer.from('<'), Buffer.alloc(length - 2, 'x'), Buffer.from('>')]));
    socket.send(`after ${length}`);
  }
  wire.write(textFrame([Buffer.from('é'), Buffer.from('日本')]));
  wire.write(textFrame([]));
  await until(() => texts.length === lengths.length * 2 + 2, 'all messages');
  expect(texts).toEqual([
    ...lengths.flatMap((length) => [`<${'x'.repeat(length - 2)}>`, `after ${length}`]),
    'é日本',
    '',
  ]);
  client.terminate();
});

test('a heartbeat keeps who answers, cuts off who does not, and asks a portion at a time', async () => {
  const period = 480;
  const heartbeat = new Heartbeat(period);
  const pings: number[] = [];
  const clients: WebSocket[] = [];
  for (let i = 0; i < 10; i++) {
    const { client, socket } = await connected();
    client.on('ping', () => pings.push(performance.now()));
    clients.push(client);
    heartbeat.add(socket);
  }
  const deaf = await connected({ autoPong: false });
  heartbeat.add(deaf.socket);
  await until(() => deaf.socket.readyState === deaf.socket.CLOSED, 'the deaf one to be cut off');
  expect(clients.map((client) => client.readyState)).toEqual(clients.map(() => WebSocket.OPEN));
  // Each socket has a beat of its own: ten of them are never asked in one and the same.
  expect(pings.length).toBeGreaterThanOrEqual(10);
  expect(new Set(pings.map((at) => Math.round(at))).size).toBeGreaterThan(5);
  heartbeat.stop();
  for (const client of [...clients, deaf.client]) client.terminate();
});
