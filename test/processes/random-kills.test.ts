import { execFile } from 'node:child_process';
import { chmodSync, mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import pg from 'pg';
import { ApiClient } from '../../src/cli/demo/client.js';
import { startEmbeddedPostgres, type EmbeddedServer } from '../../src/server/postgres/embedded-postgres.js';
import { Chance } from '../safety/random.js';
import { freePort, ServerProcess } from '../support/server-process.js';
import { until } from '../support/until.js';

const run = promisify(execFile);

/** How long servers and database are killed. Five minutes by hand: INTERLOCK_TEST_KILL_SECONDS=300. */
const SECONDS = Number(process.env['INTERLOCK_TEST_KILL_SECONDS'] ?? 25);
const SEED = Number(process.env['INTERLOCK_TEST_KILL_SEED'] ?? Math.floor(Math.random() * 2 ** 31));
const WRITERS = 6;
/** Answers that a client may get while something is dead: a typed refusal that says that the same may be sent again. */
const AGAIN = new Set(['UNAVAILABLE', 'CONFLICT', 'TIMEOUT']);
const FROM_THE_START = Buffer.from('e1.0').toString('base64url');

const chance = new Chance(SEED);
const answers = new Map<string, number>();
const wrong: string[] = [];
const count = (what: string) => answers.set(what, (answers.get(what) ?? 0) + 1);

let database: EmbeddedServer;
let servers: ServerProcess[];
let token: string;
let ending = false;

beforeAll(async () => {
  // A database server of its own: killing one of its processes ends the sessions of all.
  const folder = mkdtempSync(join(process.env['INTERLOCK_TEST_FOLDER'] as string, 'random-kills-'));
  chmodSync(folder, 0o755); // as root the database runs as another user
  database = await startEmbeddedPostgres(folder);
  const env = {
    DATABASE_URL: database.url,
    INTERLOCK_DATA_DIR: folder,
    NODE_ENV: 'development',
    LOG_LEVEL: 'fatal',
    INTERLOCK_LEASE_MS: '3000',
  };
  servers = [new ServerProcess(await freePort(), env), new ServerProcess(await freePort(), env)];
  for (const server of servers) await server.start();
  const args = ['bin/interlock.mjs', 'token', 'create', '--role', 'CONFIGURATION_MANAGER', '--name', 'Kim'];
  token = (await run(process.execPath, args, { env: { ...process.env, ...env } })).stdout.trim();
}, 120_000);
afterAll(async () => {
  for (const server of servers ?? []) await server.kill('SIGTERM');
  await database?.stop();
}, 60_000);

const REGISTER = `mutation($input: ConfigurationItemRegisterInput!) {
  configurationItemRegister(input: $input) { configurationItem { id } userErrors { code message } } }`;

type Answer = { readonly said: 'yes' | 'again' | 'nothing' };

/** Sends a command once. A broken connection is no answer: the process that would have given it is dead. */
async function send(server: ServerProcess, input: object): Promise<Answer> {
  let response: Response;
  let text: string;
  try {
    response = await fetch(`${server.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
      body: JSON.stringify({ query: REGISTER, variables: { input } }),
    });
    text = await response.text();
  } catch {
    count('no answer');
    return { said: 'nothing' };
  }
  try {
    const { data, errors } = JSON.parse(text) as { data?: any; errors?: { extensions?: { code?: string } }[] };
    const code = errors?.[0]?.extensions?.code;
    count(code ?? 'success');
    if (data?.configurationItemRegister?.configurationItem) return { said: 'yes' };
    if (code !== undefined && AGAIN.has(code)) return { said: 'again' };
  } catch {
    // Falls through: what is not JSON is wrong.
  }
  wrong.push(`${response.status} ${text.slice(0, 300)}`);
  return { said: 'again' };
}

/** Registers one configuration item after the other, each until it is acknowledged. @returns the acknowledged names */
async function write(writer: number): Promise<string[]> {
  const acknowledged: string[] = [];
  for (let n = 0; !ending; n++) {
    const name = `item ${writer}.${n}`;
    const input = { name, ciClass: 'SERVER', idempotencyKey: `key-${writer}-${n}` };
    let said: Answer['said'];
    do {
      ({ said } = await send(servers[chance.below(servers.length)] as ServerProcess, input));
      if (said !== 'yes') await wait(20);
    } while (said !== 'yes');
    acknowledged.push(name);
  }
  return acknowledged;
}

/** Follows the whole log at one server, from the start, until an event of this subject comes. */
function follow(server: ServerProcess, last: string) {
  const seen: { id: string; name: string | null }[] = [];
  type Message = {
    eventStream: { endCursor: string; events: { id: string; subject: { name: string | null } }[] };
  };
  const client = new ApiClient(server.url, 'follower', token);
  const done = client.follow<Message>(
    'subscription($after: String) { eventStream(after: $after) { endCursor events { id subject { name } } } }',
    { after: FROM_THE_START },
    ({ eventStream }) => eventStream.endCursor,
    ({ eventStream }) => {
      seen.push(...eventStream.events.map(({ id, subject }) => ({ id, name: subject.name })));
      return eventStream.events.some(({ subject }) => subject.name === last);
    },
  );
  done.catch(() => {}); // seen by who waits for it
  return { seen, done, close: async () => await client.close() };
}

/** Ends a process of the server or of its database, as a machine that has had enough does. `kind`: 0 to 1. */
async function kill(owner: pg.Pool, kind: number): Promise<void> {
  const backends = async () =>
    (
      await owner.query<{ pid: number }>(
        `select pid from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()`,
      )
    ).rows.map(({ pid }) => pid);
  const server = chance.pick(servers);
  if (kind < 0.4) {
    count('killed: a server');
    await server.kill();
    await wait(chance.below(500));
    await server.start();
  } else if (kind < 0.7) {
    count('killed: a process of the database');
    const [pid] = await backends();
    if (pid !== undefined) process.kill(pid, 'SIGKILL'); // the database ends all sessions and recovers
  } else {
    count('killed: all sessions');
    await owner.query(
      `select pg_terminate_backend(pid) from pg_stat_activity
        where datname = current_database() and pid <> pg_backend_pid()`,
    );
  }
}

test(
  'nothing is lost, nothing happens twice, and no answer is a fault of the server',
  async () => {
    process.stderr.write(`random kills: ${SECONDS} s, INTERLOCK_TEST_KILL_SEED=${SEED}\n`);
    const owner = new pg.Pool({ connectionString: database.url, max: 1 });
    owner.on('error', () => {}); // its sessions are killed, too
    const followers = servers.map((server) => follow(server, 'the end'));
    const writers = Array.from({ length: WRITERS }, async (_, writer) => await write(writer));
    const end = Date.now() + SECONDS * 1_000;
    // Each kind comes at least once, however slow the machine is.
    for (let kills = 0; Date.now() < end || kills < 3; kills++) {
      await wait(300 + chance.below(1_500));
      const kind = [0, 0.5, 1][kills] ?? chance.next();
      await kill(owner, kind).catch(() => count('the database was dead already'));
    }
    ending = true;
    const acknowledged = (await Promise.all(writers)).flat();
    await until(
      async () => (await send(servers[0] as ServerProcess, { name: 'the end', ciClass: 'SERVER' })).said === 'yes',
      'the last command',
      30_000,
    );
    await Promise.all(followers.map(async ({ done }) => await done));
    process.stderr.write(`${[...answers].map(([what, n]) => `${what} ${n}`).join(', ')}\n`);
    expect(wrong).toEqual([]);

    const rows = async <T extends pg.QueryResultRow>(sql: string) =>
      await until(
        async () =>
          await owner.query<T>(sql).then(
            (result) => result.rows,
            () => undefined,
          ),
        'the database',
      );
    // Each acknowledged command took effect, once; what was not acknowledged was not sent again, so it may be there.
    const items = (await rows<{ name: string }>('select name from configuration_item')).map(({ name }) => name);
    expect(items.length).toBe(new Set(items).size);
    expect(acknowledged.filter((name) => !items.includes(name))).toEqual([]);
    expect(acknowledged.length).toBeGreaterThan(SECONDS);
    // Each has one event; the log has every position once, and both followers saw all of it, once and in its order.
    const log = await rows<{ id: string; position: string; name: string; type: string }>(
      `select id, position, type, payload->'subject'->>'name' as name from domain_event order by position`,
    );
    expect(log.map(({ position }) => Number(position))).toEqual(log.map((_, index) => index + 1));
    const registered = log.filter(({ type }) => type === 'configuration-item.registered').map(({ name }) => name);
    expect(registered.toSorted()).toEqual(items.toSorted());
    // What concerns access is not for everybody's eyes.
    const shown = log.filter(({ type }) => !type.startsWith('access-')).map(({ name }) => name);
    for (const { seen, close } of followers) {
      expect(seen.map(({ name }) => name)).toEqual(shown);
      expect(new Set(seen.map(({ id }) => id)).size).toBe(seen.length);
      await close();
    }
    for (const what of ['killed: a server', 'killed: a process of the database', 'killed: all sessions'])
      expect(answers.get(what)).toBeGreaterThan(0);
    expect(answers.get('success')).toBeGreaterThan(0);
    await owner.end();
  },
  SECONDS * 1_000 + 120_000,
);
