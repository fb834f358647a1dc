import { fork, spawn, type ChildProcess } from 'node:child_process';
import { createServer, type AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import type { Operation, Parameters } from './operation.js';

/** The servers in the comparison. */
export const SERVERS = ['interlock', 'postgraphile', 'mercurius', 'limit'] as const;

/** A peer that only takes commands. */
type WritePeer = 'bare-writes';

/** One of {@link SERVERS}. */
export type ServerName = (typeof SERVERS)[number];

/** A server in a process of its own. */
export interface ServerProcess<Name extends ServerName | WritePeer = ServerName> {
  readonly name: Name;
  readonly pid: number;
  readonly port: number;
  readonly headers: Readonly<Record<string, string>>;
  /** The request body for an operation. */
  body(operation: Operation, parameters: Parameters): string;
  /** Sends a body. @returns the answer's text. @throws Error unless it is 200 with data and no errors */
  ask(body: string): Promise<string>;
  /** Number of SQL statements it has run. */
  statements(): Promise<number>;
  stop(): Promise<void>;
}

/** A TCP port that is free now. */
export async function freePort(): Promise<number> {
  return await new Promise((done) => {
    const probe = createServer();
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address() as AddressInfo;
      probe.close(() => done(port));
    });
  });
}

const ended = async (child: ChildProcess): Promise<void> =>
  await new Promise((done) => {
    if (child.exitCode !== null || child.signalCode !== null) done();
    else child.once('exit', () => done());
  });

async function ask(port: number, headers: Readonly<Record<string, string>>, body: string): Promise<string> {
  const response = await fetch(`http://127.0.0.1:${port}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'application/json', ...headers },
    body,
  });
  const text = await response.text();
  if (response.status !== 200 || (JSON.parse(text) as { errors?: unknown }).errors !== undefined)
    throw new Error(`${response.status} ${text.slice(0, 500)}\nfor ${body}`);
  return text;
}

/** Starts Interlock as `npm start` does, without its background work, and waits until it is ready. */
export async function startInterlock(
  databaseUrl: string,
  token: string,
  env: Readonly<Record<string, string>> = {},
  nodeOptions: readonly string[] = [],
): Promise<ServerProcess> {
  const program = fileURLToPath(new URL('../../bin/interlock.mjs', import.meta.url));
  // The log is written, as in production, but not kept.
  const child = spawn(process.execPath, [...nodeOptions, program, 'serve'], {
    env: {
      ...process.env,
      DATABASE_URL: databaseUrl,
      NODE_ENV: 'development',
      PORT: '0',
      INTERLOCK_WORKER: 'false',
      // One person stands for all users.
      INTERLOCK_RATE_LIMIT: '0',
      INTERLOCK_MAX_SOCKETS: '1000000',
      ...env,
    },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  // It picks a free port itself: a port found free earlier may be taken by now.
  const url = await new Promise<string>((found, failed) => {
    let text = '';
    child.stderr.on('data', (chunk: Buffer) => {
      process.stderr.write(chunk);
      text += String(chunk);
      const [, address] = /listening at (http:\S+)/.exec(text) ?? [];
      if (address !== undefined) found(address);
    });
    child.once('exit', () => failed(new Error('Interlock did not start.')));
  });
  const port = Number(new URL(url).port);
  for (;;) {
    if (child.exitCode !== null) throw new Error('Interlock did not start.');
    const answer = await fetch(`${url}/readyz`).catch(() => undefined);
    if (answer?.ok) break;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  const headers = { authorization: `Bearer ${token}` };
  return {
    name: 'interlock',
    pid: child.pid as number,
    port,
    headers,
    body: ({ interlock }, parameters) =>
      JSON.stringify({ query: interlock.document, variables: interlock.variables(parameters) }),
    ask: async (body) => await ask(port, headers, body),
    statements: async () =>
      Number(/^interlock_read_statements (\S+)$/m.exec(await (await fetch(`${url}/metrics`)).text())?.[1]),
    stop: async () => {
      child.kill('SIGTERM');
      await ended(child);
    },
  };
}

/** Starts one of the peers and waits until it is ready. */
export async function startPeer<Name extends Exclude<ServerName, 'interlock'> | WritePeer>(
  name: Name,
  databaseUrl: string,
): Promise<ServerProcess<Name>> {
  const child = fork(new URL(`servers/${name}.js`, import.meta.url), [], {
    env: { ...process.env, NODE_ENV: 'production', GRAPHILE_ENV: 'production', DATABASE_URL: databaseUrl },
  });
  const port = await new Promise<number>((resolve, reject) => {
    child.once('message', (message) => resolve((message as { port: number }).port));
    child.once('exit', () => reject(new Error(`${name} did not start.`)));
  });
  const question = name === 'postgraphile' || name === 'mercurius' ? (name as 'postgraphile' | 'mercurius') : undefined;
  // PostGraphile's cursors begin with a digest of the order. Any cursor of the list contains it.
  let digest = '';
  if (name === 'postgraphile') {
    const text = await ask(port, {}, JSON.stringify({ query: '{ allReleases(first: 1) { edges { cursor } } }' }));
    const cursor =
      (JSON.parse(text) as { data: { allReleases: { edges: { cursor: string }[] } } }).data.allReleases.edges[0]
        ?.cursor ?? '';
    digest = (JSON.parse(Buffer.from(cursor, 'base64').toString()) as [string])[0];
  }
  const cursor = (id: string) => Buffer.from(JSON.stringify([digest, id])).toString('base64');
  return {
    name,
    pid: child.pid as number,
    port,
    headers: {},
    body: (operation, parameters) =>
      question === undefined
        ? JSON.stringify({ operation: operation.name, parameters })
        : JSON.stringify({
            query: operation[question].document,
            variables: operation[question].variables(parameters, cursor),
          }),
    ask: async (body) => await ask(port, {}, body),
    statements: async () =>
      await new Promise((resolve) => {
        child.once('message', (message) => resolve((message as { statements: number }).statements));
        child.send('statements');
      }),
    stop: async () => {
      child.disconnect(); // it ends when its channel does
      await ended(child);
    },
  };
}
