// Type-GraphQL's decorators need this before any of them runs.
import 'reflect-metadata';
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import type { AddressInfo } from 'node:net';
import type { GraphQLFormattedError, GraphQLSchema } from 'graphql';
import type { FastifyInstance } from 'fastify';
import pg from 'pg';
import { environment, VERSION, type Config } from './config.js';
import { openDatabase, type Database } from './entities/database.js';
import { startHub } from './events/hub.js';
import { startRelay } from './events/relay.js';
import { jobDefinitions, sweepDefinitions } from './jobs/definitions.js';
import { createJobs, type Jobs } from './jobs/jobs.js';
import { openReadDatabase, type ReadDatabase } from './database/read-database.js';
import { Reads } from './reads/reads.js';
import { authChecker } from './resolvers/authorise.js';
import type { Context } from './resolvers/context.js';
import { resolvers } from './resolvers/resolvers.js';
import { buildSchema } from './schema/build-schema.js';
import { createAuthenticator } from './server/sign-in/authenticate.js';
import { startEmbeddedPostgres } from './server/postgres/embedded-postgres.js';
import { CompiledExecutor } from './server/graphql/executor.js';
import { formatError, type FaultLog } from './server/graphql/format-error.js';
import { createHttpServer, originAllowed } from './server/http.js';
import { limitRules } from './server/limits.js';
import { createLogs, type Log } from './server/log.js';
import { openMediaStore } from './server/media/media-store.js';
import { createMetrics } from './server/metrics.js';
import { createRateLimit } from './server/sign-in/rate-limit.js';
import { givingUpOnSilence } from './server/postgres/silence.js';
import { openTools, toolDirectory } from './server/tools/tools.js';
import { loadTools, type ToolSpec } from './server/tools/tools-file.js';
import { openWebSocketDoor } from './server/websocket.js';
import { CircuitBreakers } from './services/distribution/circuit-breaker.js';
import { syncDeploymentTools } from './services/distribution/deployment-tool.service.js';
import { transact, type UnitOfWork } from './services/unit-of-work.js';
import { type Actor, SYSTEM } from './domain/actor.js';
import type { AppServices } from './app-services.js';

/** Parts of an app that a test or an embedding program may replace. */
export interface AppOptions {
  /** Source of the present time. Default: the system's clock. */
  readonly clock?: () => Date;
  readonly log?: Log;
  /** `start` works on jobs by itself; `manual` leaves that to `app.jobs.runOnce()`. Default: by the setting INTERLOCK_WORKER. */
  readonly work?: 'start' | 'manual';
  /** Deployment tools in place of those of the operator's file; modules may be given as they are. */
  readonly adapters?: readonly ToolSpec[];
}

/** A running Interlock. Two of them can live in one process and share a database. */
export interface App {
  readonly config: Config;
  readonly url: string;
  readonly databaseUrl: string;
  readonly http: FastifyInstance;
  readonly database: Database;
  readonly readDatabase: ReadDatabase;
  readonly services: AppServices;
  readonly jobs: Jobs;
  readonly schema: GraphQLSchema;
  readonly log: Log;
  /** Number of open WebSockets. */
  readonly sockets: () => number;
  /** Stamps waiting events and hands them on; for tests that do not want to wait for the doorbell. */
  relay(): Promise<void>;
  /** Runs a use case as the server itself (or another actor) outside any request. */
  transact<T>(useCase: (uow: UnitOfWork) => Promise<T>, actor?: Actor): Promise<T>;
  /** Refuses new work, lets running work end within the drain time, closes everything. */
  stop(): Promise<void>;
}

const MIGRATION_LOCK = 7_301_942_002;

let builtSchema: GraphQLSchema | undefined;

/** The schema; it is the same for all apps of a process and built once. */
export function schema(): GraphQLSchema {
  return (builtSchema ??= buildSchema(resolvers, authChecker));
}

// The operator reads these at the start: what is wrong, and which setting mends it; never the password inside the address.
function unreachable(databaseUrl: string, error: unknown): Error {
  const { host, pathname } = new URL(databaseUrl);
  const { message, code } = error as { message: string; code?: string };
  return new Error(
    `The database ${host}${pathname} cannot be used: ${message || code}. Check DATABASE_URL, and that the server runs.`,
    { cause: error },
  );
}

function notListening(config: Config, error: unknown): Error {
  const { message, code } = error as { message: string; code?: string };
  const why =
    code === 'EADDRINUSE'
      ? `Port ${config.port} is taken on ${config.host}.`
      : `Cannot listen on ${config.host}, port ${config.port}: ${message}.`;
  return new Error(`${why} Set PORT (0 takes a free one) or HOST.`, { cause: error });
}

/** Brings the database to the schema of this version. Safe to run from several processes at once: they take turns. */
export async function migrate(database: Database, databaseUrl: string): Promise<void> {
  // The lock belongs to a session, so it has a connection of its own; closing that releases it whatever happens.
  const turn = new pg.Client({
    connectionString: databaseUrl,
    application_name: 'interlock-migrate',
    connectionTimeoutMillis: 5_000,
  });
  await turn.connect().catch((error: unknown) => {
    throw unreachable(databaseUrl, error);
  });
  try {
    await turn.query('select pg_advisory_lock($1)', [MIGRATION_LOCK]);
    await database.migrator.up();
  } finally {
    await turn.end();
  }
}

// Lets running requests end, but not for ever: a client that never finishes sending or reading would keep the server.
async function drain(http: FastifyInstance, timeoutMs: number): Promise<void> {
  const cut = setTimeout(() => http.server.closeAllConnections(), timeoutMs);
  try {
    await http.close();
  } finally {
    clearTimeout(cut);
  }
}

/** How long the queue's own housekeeping may take in the database, in milliseconds. */
const LONGEST_JOB_STATEMENT_MS = 20_000;
/** How long the database may take to show that it is there, in milliseconds: whoever asks whether the server is ready waits no longer. */
const READY_MS = 2_000;

async function inTime(work: Promise<unknown>, milliseconds: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`It took longer than ${milliseconds} ms.`)), milliseconds);
  });
  try {
    await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

/**
 * The composition root: opens the database, the log, the queue and both doors, and listens.
 * @throws Error with advice when the database cannot be reached or the port is taken.
 */
export async function createApp(config: Config, options: AppOptions = {}): Promise<App> {
  const clock = options.clock ?? (() => new Date());
  const { log, requests: requestLog } = options.log ? { log: options.log, requests: options.log } : createLogs(config);
  const onError = (error: unknown, job?: string) =>
    log.error({ err: error, ...(job !== undefined && { job }) }, 'background');
  // Read before anything is opened: a file that makes no sense must not leave half a server behind.
  const toolsFile = options.adapters
    ? { path: join(config.dataDir, 'tools.json'), tools: options.adapters }
    : loadTools(config);
  const embedded = config.databaseUrl === undefined ? await startEmbeddedPostgres(config.dataDir) : undefined;
  const databaseUrl = config.databaseUrl ?? (embedded as { url: string }).url;
  const closers: (() => Promise<unknown>)[] = [async () => await embedded?.stop()];
  const close = async () => {
    for (const closer of closers.toReversed()) await closer().catch(onError);
  };
  try {
    const { statementTimeoutMs } = config;
    const connection = givingUpOnSilence(statementTimeoutMs);
    const database = openDatabase(databaseUrl, { poolSize: config.writePool, statementTimeoutMs, connection });
    closers.push(async () => await database.close(true));
    await migrate(database, databaseUrl);
    const readDatabase = openReadDatabase(databaseUrl, {
      poolSize: config.readPool,
      statementTimeoutMs,
      connection,
      onError,
    });
    closers.push(async () => await readDatabase.close());
    const hub = await startHub({ pool: readDatabase.pool, listenUrl: databaseUrl, connection, onError });
    closers.push(async () => await hub.stop());
    const relay = startRelay(readDatabase.pool, onError);
    closers.push(async () => await relay.stop());

    const media = await openMediaStore(config.mediaDir);
    const adapters = await openTools({ config, file: toolsFile, media, log, clock, env: environment() });
    closers.push(async () => await adapters.close());

    let sockets = () => 0;
    const metrics = createMetrics({
      followers: () => hub.followers,
      sockets: () => sockets(),
      statements: () => readDatabase.statements,
      logHead: () => hub.head,
    });
    const jobs: Jobs = await createJobs<AppServices>({
      databaseUrl,
      connection: givingUpOnSilence(LONGEST_JOB_STATEMENT_MS),
      jobs: jobDefinitions,
      sweeps: sweepDefinitions,
      services: () => services,
      onError,
      onJob: (job, result) => metrics.jobs.inc({ job, result }),
      stopTimeoutMs: config.drainTimeoutMs,
    });
    closers.push(async () => await jobs.stop());
    let url = config.publicUrl ?? '';
    const baseUrl = () => url;
    const services: AppServices = {
      config,
      database,
      readDatabase,
      hub,
      media,
      clock,
      adapters,
      tools: toolDirectory(adapters, toolsFile, media, baseUrl),
      breakers: new CircuitBreakers(),
      instanceId: randomUUID(),
      baseUrl,
      enqueue: jobs.enqueue,
      committed: relay.wake,
    };
    await transact(
      services,
      { actor: SYSTEM, requestId: 'start' },
      async (uow) => await syncDeploymentTools(uow, adapters.list()),
    );

    const limits = { maxDepth: config.maxDepth, maxCost: config.maxCost, maxAliases: config.maxAliases };
    const rules = limitRules(limits);
    const rateLimit = createRateLimit(config.rateLimit);
    const authenticator = createAuthenticator({ config, pool: readDatabase.pool, services, onError });
    const anonymous: Actor = { id: undefined, name: 'anonymous', roles: [], via: 'token' };
    const createContext = (actor: Actor | null, requestId: string = randomUUID()): Context => ({
      actor,
      requestId,
      reads: new Reads(readDatabase, actor ?? anonymous),
      services,
    });
    const onFault: FaultLog = ({ error, ...fault }) => log.error({ err: error, ...fault }, 'fault');
    const format = (formatted: GraphQLFormattedError, error: unknown): GraphQLFormattedError => {
      const shown = formatError(formatted, error, onFault);
      metrics.errors.inc({ code: String(shown.extensions?.['code']) }); // of the closed list, at both doors
      return shown;
    };
    let stopping = false;
    const unready = async (): Promise<string | undefined> => {
      if (stopping) return 'stopping';
      try {
        await inTime(readDatabase.pool.query('select 1'), READY_MS);
        return undefined;
      } catch {
        return 'the database cannot be reached';
      }
    };
    const executor = config.executor === 'compiled' ? new CompiledExecutor(schema(), readDatabase) : undefined;
    const http = await createHttpServer({
      config,
      schema: schema(),
      executor,
      rules,
      limits,
      log,
      requestLog,
      metrics,
      authenticator,
      rateLimit,
      services,
      createContext,
      formatError: format,
      unready,
    });
    closers.push(async () => await drain(http, config.drainTimeoutMs));
    const door = openWebSocketDoor({
      server: http.server,
      schema: schema(),
      rules,
      limits,
      maxSubscriptions: config.maxSubscriptions,
      hub,
      log,
      clock,
      authenticator,
      rateLimit,
      originAllowed: (origin, host) => originAllowed(config, origin, host),
      createContext: (actor) => createContext(actor),
      formatError: format,
    });
    closers.push(async () => await door.dispose());
    sockets = () => door.sockets;
    await http.listen({ host: config.host, port: config.port }).catch((error: unknown) => {
      throw notListening(config, error);
    });
    const { port } = http.server.address() as AddressInfo;
    url = config.publicUrl ?? `http://${config.host.includes(':') ? `[${config.host}]` : config.host}:${port}`;
    if ((options.work ?? (config.worker ? 'start' : 'manual')) === 'start') await jobs.start();
    log.info({ version: VERSION, url, database: embedded ? 'embedded' : 'external' }, 'listening');

    let stopped: Promise<void> | undefined;
    return {
      config,
      url,
      databaseUrl,
      http,
      database,
      readDatabase,
      services,
      jobs,
      schema: schema(),
      log,
      sockets: () => door.sockets,
      relay: async () => {
        await relay.runOnce();
        await hub.look();
      },
      transact: async (useCase, actor = SYSTEM) =>
        await transact(services, { actor, requestId: randomUUID() }, useCase),
      stop: async () => {
        stopping = true;
        stopped ??= close();
        await stopped;
      },
    };
  } catch (error) {
    await close();
    throw error;
  }
}
