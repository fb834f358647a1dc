import { EventEmitter } from 'node:events';
import type { Duplex } from 'node:stream';
import { expect, test } from '@jest/globals';
import type { WebSocket } from 'ws';
import { Session, Sessions } from '../../src/server/live/sessions.js';
import type { Authenticator } from '../../src/server/sign-in/authenticate.js';

class Wire extends EventEmitter {
  readonly OPEN = 1;
  readyState = 1;
  code: number | undefined;
  close(code: number): void {
    this.code = code;
    this.readyState = 3;
    this.emit('close');
  }
}

test('if too many sockets wait for their sign-in, the one that came first goes, and none that is signed in', () => {
  const sessions = new Sessions({} as Authenticator, () => {}, { maxSockets: 10, maxWaiting: 3 });
  const wires = Array.from({ length: 6 }, () => new Wire());
  const all = wires.map(
    (wire) => new Session(wire as unknown as WebSocket, undefined as unknown as Duplex, () => new Date(), ''),
  );
  const codes = () => wires.map(({ code }) => code ?? 0);
  for (const session of all.slice(0, 3)) sessions.wait(session);
  sessions.signedIn(all[0] as Session, { id: 'p', name: 'p', roles: [], via: 'token' });
  sessions.wait(all[3] as Session);
  expect(codes()).toEqual([0, 0, 0, 0, 0, 0]);
  sessions.wait(all[4] as Session);
  sessions.wait(all[5] as Session);
  expect(codes()).toEqual([0, 1013, 1013, 0, 0, 0]);
  sessions.stop();
});
