import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { WebSocketServer } from 'ws';
import { liveEvent } from './live-event.js';

// The limit: `ws` sends the same bytes, created once, to every socket. Messages from clients are ignored.
const server = createServer((request, response) => {
  const n = Number(new URL(request.url ?? '/', 'http://x').searchParams.get('n') ?? '1');
  for (let i = 0; i < n; i++) {
    const happened = liveEvent();
    const bytes = Buffer.from(
      JSON.stringify({
        id: '1',
        type: 'next',
        payload: { data: { eventStream: { events: [happened], endCursor: happened.cursor, caughtUp: true } } },
      }),
    );
    for (const client of sockets.clients) client.send(bytes, { binary: false });
  }
  response.end();
});
const sockets = new WebSocketServer({ server, path: '/graphql', perMessageDeflate: false });
sockets.on('connection', (socket) => socket.once('message', () => socket.send('{"type":"connection_ack"}')));
server.listen(0, '127.0.0.1', 4_096, () => process.send?.({ port: (server.address() as AddressInfo).port }));
process.on('disconnect', () => process.exit(0));
