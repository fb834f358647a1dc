import 'reflect-metadata';
import { mkdtempSync, readdirSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import pg from 'pg';
import { people } from '../../bench/rollout/people.js';
import { crewOf, readyRelease, type Crew } from '../../bench/rollout/release.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { freePort, ServerProcess } from '../support/server-process.js';
import { until } from '../support/until.js';

/** The world behind the tool: it notes every call, and answers a preflight only while its gate is open. */
class Held {
  readonly calls: string[] = [];
  #waiting: (() => void)[] = [];
  #open = true;
  readonly #server: Server = createServer((request, response) => {
    const call = (request.url ?? '').slice(1);
    this.calls.push(call);
    const answer = () => void response.end('{}');
    if (this.#open || !call.startsWith('preflight')) answer();
    else this.#waiting.push(answer);
  });

  async start(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  shut(): void {
    this.#open = false;
  }

  letGo(): void {
    this.#open = true;
    for (const answer of this.#waiting.splice(0)) answer();
  }

  count(call: string): number {
    return this.calls.filter((one) => one === call).length;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

const SIMULATOR = pathToFileURL(join(process.cwd(), 'dist/plugins/simulator/simulator.adapter.js')).href;

/** The simulator, which tells the world what it is asked. */
const tool = (world: string) => `
import simulator from ${JSON.stringify(SIMULATOR)};
const tell = async (method, { key }) => {
  const answer = await fetch(${JSON.stringify(world)} + '/' + method + ' ' + key);
  await answer.text();
};
const own = (handle) => handle && { ...handle, adapterId: 'held' };
export default {
  ...simulator,
  id: 'held',
  create: async (config, context) => {
    const inner = await simulator.create(config, context);
    return {
      probe: (signal) => inner.probe(signal),
      preflight: async (request, signal) => {
        await tell('preflight', request);
        return await inner.preflight(request, signal);
      },
      submit: async (request, signal) => {
        await tell('submit', request);
        return own(await inner.submit(request, signal));
      },
      find: async (key, signal) => own(await inner.find(key, signal)),
      observe: (handle, cursor, signal) => inner.observe(handle, cursor, signal),
      cancel: (handle, options, signal) => inner.cancel(handle, options, signal),
      close: () => inner.close(),
    };
  },
};`;

const held = new Held();
let folder: string;
let database: TestDatabase;
let pool: pg.Pool;
let server: ServerProcess;
let crew: Crew;

beforeAll(async () => {
  folder = mkdtempSync(join(process.env['INTERLOCK_TEST_FOLDER'] as string, 'preflight-kill-'));
  database = await createTestDatabase();
  pool = new pg.Pool({ connectionString: database.url, max: 1 });
  const somebody = await people(database.url, 3);
  writeFileSync(join(folder, 'held.mjs'), tool(await held.start()));
  const tools = join(folder, 'tools.json');
  writeFileSync(tools, JSON.stringify({ tools: [{ name: 'held', adapter: './held.mjs', config: {} }] }));
  server = new ServerProcess(
    await freePort(),
    {
      DATABASE_URL: database.url,
      INTERLOCK_DATA_DIR: folder,
      INTERLOCK_TOOLS: tools,
      NODE_ENV: 'development',
      LOG_LEVEL: 'fatal',
      INTERLOCK_LEASE_MS: '1500',
      INTERLOCK_RATE_LIMIT: '0',
    },
    join(folder, 'server.log'),
  );
  await server.start();
  crew = crewOf(server.url, somebody);
}, 60_000);

afterAll(async () => {
  held.letGo();
  for (const one of Object.values(crew ?? {})) if (typeof one !== 'string') await one.close();
  await server?.kill('SIGTERM');
  await held.stop();
  await pool?.end();
  await database?.drop();
});

const FIELDS = `number state preflight { verdict } runs { nodes { key state submitCalls } }
  targets { nodes { state attempt } } events(first: 100) { nodes { type } }`;

const read = async (id: string): Promise<any> =>
  (
    await crew.operator.query<{ node: any }>(
      `query($id: ID!) { node(id: $id) { ... on Distribution { ${FIELDS} } } }`,
      { id },
    )
  ).node;

const eventsOf = (types: readonly { readonly type: string }[], type: string) =>
  types.filter((event) => event.type === type).length;

/** Kills the server exactly while the tool thinks about a preflight, starts it again, and lets the tool answer. */
async function killed(call: string): Promise<void> {
  await until(() => held.count(call) === 1, 'the tool to be asked', 20_000);
  await server.kill('SIGKILL');
  await server.start();
  await until(() => held.count(call) === 2, 'the tool to be asked again', 20_000);
  held.letGo();
}

test('a server that dies during a preflight loses nothing, sends nothing twice and asks again', async () => {
  const releaseId = await readyRelease(pool, crew, 3);
  const { deploymentTools } = await crew.operator.query<{ deploymentTools: { nodes: { id: string }[] } }>(
    '{ deploymentTools { nodes { id } } }',
  );
  const { id, number } = await crew.operator.run<{ id: string; number: string }>(
    'distributionPlan',
    {
      releaseId,
      deploymentToolId: deploymentTools.nodes[0]?.id,
      allTargets: true,
      scheduledStart: new Date(Date.now() + 1_000).toISOString(),
      scheduledEnd: new Date(Date.now() + 3_600_000).toISOString(),
    },
    'distribution',
    'id number',
  );
  const preflight = `preflight%20${number}-1`;
  const submit = `submit%20${number}-1`;

  // Asked by a person.
  held.shut();
  await crew.operator.run('distributionPreflight', { id }, 'distribution');
  await killed(preflight);
  await until(async () => (await read(id)).preflight?.verdict === 'OK', 'the answer', 20_000);
  const planned = await read(id);
  expect(planned).toMatchObject({ state: 'PLANNED', runs: { nodes: [] } });
  expect(eventsOf(planned.events.nodes, 'distribution.preflighted')).toBe(1);
  expect(held.count(submit)).toBe(0);

  // Asked by the start, right before the order.
  held.calls.length = 0;
  held.shut();
  await crew.operator.run('distributionSchedule', { id }, 'distribution');
  await killed(preflight);
  await until(async () => (await read(id)).state === 'SUCCEEDED', 'the end', 30_000);
  const ended = await read(id);
  expect(ended.runs.nodes).toEqual([{ key: `${number}-1`, state: 'FINISHED', submitCalls: 1 }]);
  expect(ended.targets.nodes).toEqual([1, 2, 3].map(() => ({ state: 'SUCCEEDED', attempt: 1 })));
  for (const type of ['distribution.started', 'distribution.submitted', 'distribution.succeeded'])
    expect([type, eventsOf(ended.events.nodes, type)]).toEqual([type, 1]);
  expect(held.calls.filter((call) => call === submit)).toEqual([submit]);
  expect(held.calls.indexOf(submit)).toBe(held.calls.length - 1);
  expect(readdirSync(join(folder, 'work', 'held', 'runs'))).toHaveLength(1);
}, 120_000);
