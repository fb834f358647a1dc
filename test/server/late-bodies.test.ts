import { createServer, type IncomingMessage } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { LateBodies } from '../../src/server/http/late-bodies.js';

const BODY_MS = 100;
const bodies = new LateBodies(BODY_MS, 10);
const answered: string[] = [];
const server = createServer((request: IncomingMessage, response) => {
  bodies.expect(request);
  let text = '';
  request.setEncoding('utf8');
  request.on('data', (chunk: string) => (text += chunk));
  request.on('end', () => {
    answered.push(text);
    response.end('read');
  });
});

beforeAll(async () => await new Promise<void>((done) => server.listen(0, '127.0.0.1', done)));
afterAll(async () => {
  bodies.stop();
  await new Promise((done) => server.close(done));
});

/** Sends a text over a socket. @returns what came until the server closed it, and after how many milliseconds. */
async function send(text: string): Promise<{ readonly answer: string; readonly ms: number }> {
  const begin = performance.now();
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
  let answer = '';
  socket.setEncoding('utf8');
  socket.on('data', (chunk: string) => (answer += chunk));
  socket.on('error', () => {});
  socket.write(text);
  await new Promise((done) => socket.on('close', done));
  return { answer, ms: performance.now() - begin };
}

const HEAD = 'POST / HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: 10\r\n\r\n';

test('a body that does not come in time ends its request', async () => {
  const { answer, ms } = await send(`${HEAD}12345`);
  expect(answer).toBe('');
  expect(ms).toBeGreaterThanOrEqual(BODY_MS * 0.9);
  expect(answered).toEqual([]);
});

test('a body that has come is not waited for', async () => {
  expect((await send(`${HEAD}1234567890`)).answer).toContain('200 OK');
  expect(answered).toEqual(['1234567890']);
});
