import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { pino } from 'pino';
import { RequestError } from '../../src/domain/errors.js';
import { ROLES } from '../../src/domain/roles.js';
import { startTestApp, type TestApp } from '../support/app.js';
import type { TestClient } from '../support/client.js';
import { TestClock } from '../support/clock.js';
import { fillOddly } from '../support/odd-data.js';
import { Chance } from '../support/random-input.js';
import { RawSocket } from '../support/raw-socket.js';
import { until } from '../support/until.js';
import { rawJson } from './hostile.js';
import { hostileOperation, rootsOf, type HostileOperation, type Material } from './operations.js';

const RUNS = Number(process.env['INTERLOCK_TEST_FUZZ_RUNS'] ?? 100_000);
const SEED = Number(process.env['INTERLOCK_TEST_FUZZ_SEED'] ?? Math.floor(Math.random() * 2 ** 31));
/** Operations that are on their way at once. */
const LANES = 4;
/** After so many operations another person acts: commands take roles and tokens away. */
const SHIFT = 250;

let apps: readonly TestApp[];
let material: Omit<Material, 'chance'>;
const faults: string[] = [];

beforeAll(async () => {
  process.stderr.write(`fuzz: ${RUNS} operations, INTERLOCK_TEST_FUZZ_SEED=${SEED}\n`);
  const log = pino(
    { level: 'error' },
    {
      write: (line: string) => {
        const { err, msg } = JSON.parse(line) as { msg: string; err?: { message: string; stack?: string } };
        if (msg === 'fault') faults.push(`${err?.stack ?? err?.message ?? line}`.slice(0, 900));
      },
    },
  );
  const clock = new TestClock();
  const env = { INTERLOCK_MAX_ALIASES: '100' };
  const compiled = await startTestApp({ clock: clock.now, log, env: { ...env, INTERLOCK_EXECUTOR: 'compiled' } });
  const interpreted = await startTestApp({
    beside: compiled,
    clock: clock.now,
    log,
    env: { ...env, INTERLOCK_EXECUTOR: 'graphql-js' },
  });
  apps = [compiled, interpreted];
  const ids = await fillOddly(compiled, clock);
  material = {
    schema: compiled.schema,
    roots: rootsOf(compiled.schema),
    ids: { ...ids, Nothing: ['x', 'rel_', '', 'rel_01h455vb4pex5vsknk084sn02q'] },
  };
}, 120_000);
afterAll(async () => {
  for (const app of [...apps].reverse()) await app.end();
});

// One after the other: two lanes must not make the same person.
let hiring: Promise<unknown> = Promise.resolve();
const everybody = (app: TestApp, shift: number): Promise<TestClient> => {
  const hired = hiring.then(
    async () =>
      // On a busy machine a connection may take longer than the server waits for it. That is no fault of the operation.
      await until(
        async () =>
          await app.as(`fuzz-${shift}`, ...ROLES).catch((error: unknown) => {
            if (!(error instanceof RequestError && error.code === 'UNAVAILABLE')) throw error;
            return undefined;
          }),
        'the database to be reached',
        120_000,
      ),
  );
  hiring = hired.catch(() => {});
  return hired;
};

/** Failures by what they have in common, so that one kind does not hide the others. */
class Failures {
  readonly #kinds = new Map<string, { example: string; count: number }>();

  add(operation: HostileOperation, code: string, since: number): void {
    const fault = faults.slice(since).join('\n');
    const kind = `${code} ${fault.replaceAll(/[0-9]+|".*?"|'.*?'/g, '').slice(0, 250)}`;
    const known = this.#kinds.get(kind);
    if (known) known.count++;
    else this.#kinds.set(kind, { count: 1, example: `${code}\n${show(operation)}\n${fault}` });
  }

  get kinds(): readonly string[] {
    return [...this.#kinds.values()].map(({ count, example }) => `${count} times, for instance ${example}`);
  }
}

/** Sends an operation and gives the codes of its errors. */
async function codesOf(client: TestClient, operation: HostileOperation): Promise<readonly string[]> {
  const send = async () =>
    await fetch(`${client.url}/graphql`, {
      method: 'POST',
      // A kept connection may be closed for its age in the moment in which it is used again.
      headers: { 'content-type': 'application/json', connection: 'close', ...client.headers },
      body: rawJson(operation),
    });
  const response = await send().catch((error: Error) => error);
  if (response instanceof Error) return [`NO_ANSWER ${String(response.cause ?? response)}`];
  const text = await response.text();
  const { data, errors = [] } = JSON.parse(text) as {
    data?: unknown;
    errors?: readonly { message: string; extensions?: { code?: string } }[];
  };
  if (data === undefined && errors.length === 0) return [`NO_ANSWER ${response.status} ${text.slice(0, 100)}`];
  return errors.map(({ extensions }) => extensions?.code ?? 'NO_CODE');
}

const show = ({ query, variables }: HostileOperation) => `${query}\n${rawJson(variables).slice(0, 1_500)}`;
const KINDS = ['query', 'query', 'query', 'mutation', 'mutation', 'query', 'mutation', 'subscription'] as const;
const BAD = /^(INTERNAL_SERVER_ERROR|NO_CODE|NO_ANSWER)/;

describe('no operation is answered by a fault of the server', () => {
  test(
    'over HTTP',
    async () => {
      const chance = new Chance(SEED);
      const failures = new Failures();
      const counts = new Map<string, number>();
      let next = 0;
      const lane = async (): Promise<void> => {
        while (next < RUNS && failures.kinds.length < 40) {
          const n = next++;
          if (n > 0 && n % 10_000 === 0) process.stderr.write(`fuzz over HTTP: ${n} operations\n`);
          const app = apps[n % apps.length] as TestApp;
          const operation = hostileOperation({ ...material, chance }, chance.pick(KINDS));
          const client = await everybody(app, Math.floor(n / SHIFT));
          const before = faults.length;
          // Twice: the second time it is compiled, and remembered.
          const first = await codesOf(client, operation);
          const codes = operation.query.startsWith('query') ? [...first, ...(await codesOf(client, operation))] : first;
          for (const code of codes.length > 0 ? new Set(codes) : ['OK']) counts.set(code, (counts.get(code) ?? 0) + 1);
          const bad = codes.find((code) => BAD.test(code));
          if (bad) failures.add(operation, bad, before);
        }
      };
      await Promise.all(Array.from({ length: LANES }, lane));
      const told = [...counts].sort(([, a], [, b]) => b - a).map(([code, count]) => `${code} ${count}`);
      process.stderr.write(`fuzz over HTTP: ${next} operations; ${told.join(', ')}\n`);
      expect(failures.kinds).toEqual([]);
      // It reached the database, and was refused in more than one way.
      expect(counts.get('OK') ?? 0).toBeGreaterThan(next / 20);
      expect(counts.size).toBeGreaterThan(3);
    },
    RUNS * 100 + 60_000,
  );

  test(
    'over the WebSocket',
    async () => {
      const chance = new Chance(SEED + 1);
      const runs = Math.ceil(RUNS / 20);
      const failures = new Failures();
      const counts = new Map<string, number>();
      let socket: RawSocket | undefined;
      for (let n = 0; n < runs && failures.kinds.length < 40; n++) {
        const app = apps[Math.floor(n / SHIFT) % apps.length] as TestApp;
        if (n % SHIFT === 0) {
          await socket?.close();
          socket = await new RawSocket(app.url).init((await everybody(app, Math.floor(n / SHIFT))).token);
        }
        const open = socket as RawSocket;
        const operation = hostileOperation({ ...material, chance }, chance.below(10) === 0 ? 'query' : 'subscription');
        const id = `s${n}`;
        if (Buffer.byteLength(rawJson(operation)) > 60_000) continue; // the socket takes no larger frames
        const before = faults.length;
        try {
          await open.send(rawJson({ id, type: 'subscribe', payload: operation }));
          const [first] = (await open.until((all) => all.some((m) => m.id === id))).filter((m) => m.id === id);
          const errors = (first?.type === 'error' ? first.payload : (first?.payload?.errors ?? [])) as {
            extensions?: { code?: string };
          }[];
          const codes = errors.map(({ extensions }) => extensions?.code ?? 'NO_CODE');
          counts.set(codes[0] ?? 'OK', (counts.get(codes[0] ?? 'OK') ?? 0) + 1);
          const bad = codes.find((code) => BAD.test(code));
          if (bad) failures.add(operation, bad, before);
          if (first?.type !== 'error') await open.send({ id, type: 'complete' });
        } catch (error) {
          failures.add(operation, (error as Error).message.slice(0, 300), before);
          socket = await new RawSocket(app.url).init((await everybody(app, n + 1_000_000)).token);
        }
      }
      await socket?.close();
      const told = [...counts].map(([code, count]) => `${code} ${count}`);
      process.stderr.write(`fuzz over the WebSocket: ${runs} operations; ${told.join(', ')}\n`);
      expect(failures.kinds).toEqual([]);
      expect(counts.get('OK') ?? 0).toBeGreaterThan(0);
    },
    RUNS * 20 + 60_000,
  );
});
