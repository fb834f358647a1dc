// Type-GraphQL's decorators need this before any of them runs.
import 'reflect-metadata';
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { FastifyInstance } from 'fastify';
import type { GraphQLFormattedError, GraphQLSchema } from 'graphql';
import type { AdapterRegistry } from './adapters/registry.js';
import type { AppServices } from './app-services.js';
import { environment, hostAndPort, VERSION, type Config } from './config.js';
import { FairShare, shareOf, waitingOf } from './database/fair-share.js';
import { requestDatabase } from './database/request-database.js';
import { isUnreachable } from './database/database-error.js';
import { openReadDatabase, type ReadDatabase } from './database/read-database.js';
import { type Actor, SYSTEM } from './domain/actor.js';
import { RequestError } from './domain/errors.js';
import { requireSoundMachines } from './domain/machines.js';
import { openDatabase, type Database } from './entities/database.js';
import { migrate } from './entities/migrate.js';
import { EventHub } from './events/hub.js';
import { startRelay, type Relay } from './events/relay.js';
import { jobDefinitions, sweepDefinitions, sweepsWithWork } from './jobs/definitions.js';
import { Jobs, type JobResult } from './jobs/jobs.js';
import { Reads } from './reads/reads.js';
import { authChecker } from './resolvers/authorise.js';
import type { Context } from './resolvers/context.js';
import { resolvers } from './resolvers/resolvers.js';
import { buildSchema } from './schema/build-schema.js';
import { Closers } from './server/closers.js';
import { CompiledExecutor } from './server/graphql/executor.js';
import { formatError, type FaultLog } from './server/graphql/format-error.js';
import { createHttpServer } from './server/http.js';
import { clientAddress } from './server/http/client-address.js';
import { drain, listen } from './server/http/listen.js';
import { createMetricsServer } from './server/http/metrics.route.js';
import { originAllowed } from './server/http/origins.js';
import { limitRules, type Limits } from './server/limits.js';
import { unconditionalSubscription } from './server/values.js';
import { createLogs, type Log } from './server/log.js';
import { FileMediaStore } from './server/media/media-store.js';
import { createMetrics, type Metrics } from './server/metrics.js';
import { startEmbeddedPostgres } from './server/postgres/embedded-postgres.js';
import { givingUpOnSilence, type SilenceSettings } from './server/postgres/silence.js';
import { Readiness } from './server/readiness.js';
import { Authenticator } from './server/sign-in/authenticate.js';
import { Entrance } from './server/sign-in/entrance.js';
import { RateLimit } from './server/sign-in/rate-limit.js';
import { assurancePolicy } from './domain/cmdb/assurance-policy.js';
import { openTools, toolDirectory } from './server/tools/tools.js';
import { loadTools, type ToolsFile, type ToolSpec } from './server/tools/tools-file.js';
import { WebSocketDoor } from './server/websocket.js';
import { CircuitBreakers } from './services/distribution/circuit-breaker.js';
import { syncDeploymentTools } from './services/distribution/deployment-tool.service.js';
import type { MediaStore } from './services/library/media-store.port.js';
import { openMedia } from './services/library/media.service.js';
import { transact, type UnitOfWork } from './services/unit-of-work.js';

/** Parts of an app that a test or an embedding program may replace. */
export interface AppOptions {
  /** Source of the current time. Default: the system clock. */
  readonly clock?: () => Date;
  readonly log?: Log;
  /**
   * `start` works on jobs in the background; `manual` leaves that to `app.jobs.runOnce()`.
   * Default: the setting INTERLOCK_WORKER.
   */
  readonly work?: 'start' | 'manual';
  /** Deployment tools that replace those of the tools file; modules may be given as objects. */
  readonly adapters?: readonly ToolSpec[];
}

/** A running Interlock. Two of them can live in one process and share a database. */
export interface App {
  readonly config: Config;
  readonly url: string;
  /** Address of /metrics. */
  readonly metricsUrl: string;
  readonly databaseUrl: string;
  readonly http: FastifyInstance;
  readonly database: Database;
  readonly readDatabase: ReadDatabase;
  readonly services: AppServices;
  readonly jobs: Jobs<AppServices>;
  readonly schema: GraphQLSchema;
  readonly log: Log;
  /** Number of open WebSockets. */
  readonly sockets: () => number;
  /** Stamps waiting events and passes them to their followers; for tests that do not wait for a notification. */
  relay(): Promise<void>;
  /** Runs a use case outside any request, as the server itself or another actor. */
  transact<T>(useCase: (uow: UnitOfWork) => Promise<T>, actor?: Actor): Promise<T>;
  /** Refuses new work, lets running work end within the drain time, then closes everything. */
  stop(): Promise<void>;
}

let builtSchema: GraphQLSchema | undefined;

/** The schema. It is the same for all apps of a process and built once. */
export function schema(): GraphQLSchema {
  return (builtSchema ??= buildSchema(resolvers, authChecker));
}

/** Maximum duration of a statement of the queue's own housekeeping, in milliseconds. */
const MAX_JOB_STATEMENT_MS = 20_000;

const ANONYMOUS: Actor = { id: undefined, name: 'anonymous', roles: [], via: 'token' };

/** What all parts of an app need, known before anything is opened. */
interface Ground {
  readonly config: Config;
  readonly clock: () => Date;
  readonly log: Log;
  readonly requestLog: Log;
  readonly onError: (error: unknown, job?: string) => void;
  readonly toolsFile: ToolsFile;
}

/** How often the log says that the database cannot be reached, in milliseconds: everything that runs finds it out. */
const AWAY_LOG_MS = 10_000;

/** Passes on every error, but only one in a while that the database cannot be reached. */
function quietly(onError: Ground['onError']): Ground['onError'] {
  let next = 0;
  return (error, job) => {
    if (isUnreachable(error) || (error instanceof RequestError && error.code === 'UNAVAILABLE')) {
      if (performance.now() < next) return;
      next = performance.now() + AWAY_LOG_MS;
    }
    onError(error, job);
  };
}

// The tools file is read first: a file with mistakes must not leave half a server behind.
function layGround(config: Config, options: AppOptions): Ground {
  const { log, requests } = options.log ? { log: options.log, requests: options.log } : createLogs(config);
  return {
    config,
    clock: options.clock ?? (() => new Date()),
    log,
    requestLog: requests,
    onError: quietly((error, job) => log.error({ err: error, ...(job !== undefined && { job }) }, 'background')),
    toolsFile: options.adapters
      ? { path: join(config.dataDir, 'tools.json'), tools: options.adapters }
      : loadTools(config),
  };
}

/** Where data are kept. */
interface Storage {
  readonly databaseUrl: string;
  readonly connection: SilenceSettings;
  readonly database: Database;
  readonly readDatabase: ReadDatabase;
  readonly media: MediaStore;
}

/** Opens the database, which it starts and migrates as necessary, and the media store. */
async function openStorage({ config, onError }: Ground, closers: Closers): Promise<Storage> {
  const { statementTimeoutMs } = config;
  let { databaseUrl } = config;
  if (databaseUrl === undefined) {
    const embedded = await startEmbeddedPostgres(config.dataDir);
    closers.add(async () => await embedded.stop());
    databaseUrl = embedded.url;
  }
  const connection = givingUpOnSilence(statementTimeoutMs);
  const database = openDatabase(databaseUrl, { poolSize: config.writePool, statementTimeoutMs, connection });
  closers.add(async () => await database.close(true));
  await migrate(database, databaseUrl);
  const readOptions = { poolSize: config.readPool, statementTimeoutMs, connection, onError };
  const readDatabase = openReadDatabase(databaseUrl, readOptions);
  closers.add(async () => await readDatabase.close());
  const media = await FileMediaStore.open(config.mediaDir);
  return { databaseUrl, connection, database, readDatabase, media };
}

/** The way of events from a commit to their followers. */
interface Events {
  readonly hub: EventHub;
  readonly relay: Relay;
}

/** Starts the hub and the relay of this process. */
async function openEvents({ onError }: Ground, storage: Storage, closers: Closers): Promise<Events> {
  const { readDatabase, databaseUrl: listenUrl, connection } = storage;
  const hub = await EventHub.start({ pool: readDatabase.pool, listenUrl, connection, onError });
  closers.add(async () => await hub.stop());
  const relay = startRelay(readDatabase.pool, onError);
  closers.add(async () => await relay.stop());
  return { hub, relay };
}

/** The background work, and what it shares with requests. */
interface Work {
  readonly jobs: Jobs<AppServices>;
  readonly services: AppServices;
}

/** Connects the deployment tools and opens the queues. No work begins yet. */
async function openWork(
  { config, clock, log, onError, toolsFile }: Ground,
  { databaseUrl, database, readDatabase, media }: Storage,
  { hub, relay }: Events,
  { baseUrl, onJob }: Pick<AppServices, 'baseUrl'> & { readonly onJob: (job: string, result: JobResult) => void },
  closers: Closers,
): Promise<Work> {
  const assurance = assurancePolicy(config.verifiedFrom, config.verifiedClasses);
  // Jobs and tools use the services, which need both: they are complete before any of them runs.
  const adapters: AdapterRegistry = await openTools({
    config,
    file: toolsFile,
    openMedia: async (digest) => await openMedia(services, digest),
    log,
    clock,
    env: environment(),
  });
  closers.add(async () => await adapters.close());
  const jobs: Jobs<AppServices> = await Jobs.open<AppServices>({
    databaseUrl,
    connection: givingUpOnSilence(MAX_JOB_STATEMENT_MS),
    jobs: jobDefinitions,
    sweeps: sweepDefinitions,
    withWork: sweepsWithWork,
    services: () => services,
    onError,
    onJob,
    stopTimeoutMs: config.drainTimeoutMs,
  });
  closers.add(async () => await jobs.stop());
  const services: AppServices = {
    config,
    database,
    readDatabase,
    hub,
    media,
    clock,
    adapters,
    tools: toolDirectory(adapters, toolsFile, media, baseUrl, assurance),
    breakers: new CircuitBreakers(),
    instanceId: randomUUID(),
    baseUrl,
    enqueue: async (...job) => await jobs.enqueue(...job),
    soon: (sweep, afterMs) => jobs.soon(sweep, afterMs),
    committed: relay.wake,
  };
  const start = { actor: SYSTEM, requestId: 'start' };
  await transact(services, start, async (uow) => await syncDeploymentTools(uow, adapters.list()));
  return { jobs, services };
}

/** The ways into an app. */
interface Doors {
  readonly http: FastifyInstance;
  readonly webSocket: WebSocketDoor;
  readonly readiness: Readiness;
}

/** What both doors ask of every operation, and how they answer. */
function doorRules({ config, log, onError }: Ground, services: AppServices, metrics: Metrics) {
  const { readDatabase } = services;
  const limits: Limits = { maxDepth: config.maxDepth, maxCost: config.maxCost, maxAliases: config.maxAliases };
  const authenticator = new Authenticator({ config, pool: readDatabase.pool, services, onError });
  metrics.showCache('tokens', () => authenticator.bytes);
  const share = new FairShare(shareOf(config.readPool), waitingOf(config.maxSockets));
  const onFault: FaultLog = ({ error, ...fault }) => log.error({ err: error, ...fault }, 'fault');
  return {
    config,
    schema: schema(),
    rules: [...limitRules(limits), unconditionalSubscription],
    limits,
    log,
    metrics,
    entrance: new Entrance({
      authenticator,
      rateLimit: new RateLimit(config),
      addressOf: clientAddress(config.trustedProxies),
    }),
    services,
    createContext: (actor: Actor | null, requestId: string = randomUUID()): Context => ({
      actor,
      requestId,
      reads: new Reads(requestDatabase(readDatabase, { person: actor?.id ?? '', share }), actor ?? ANONYMOUS),
      services,
    }),
    formatError: (formatted: GraphQLFormattedError, error: unknown): GraphQLFormattedError => {
      const shown = formatError(formatted, error, onFault);
      metrics.errors.inc({ code: String(shown.extensions?.['code']) }); // one of a closed list
      return shown;
    },
  };
}

/** Opens both doors. They do not listen yet. */
async function openDoors(ground: Ground, services: AppServices, metrics: Metrics, closers: Closers): Promise<Doors> {
  const { config, clock, requestLog } = ground;
  const { readDatabase, hub } = services;
  const rules = doorRules(ground, services, metrics);
  const readiness = new Readiness(readDatabase.pool);
  const http = await createHttpServer({
    ...rules,
    executor: config.executor === 'compiled' ? new CompiledExecutor(schema()) : undefined,
    requestLog,
    unready: async () => await readiness.problem(),
    shownMetrics: config.metricsAddress === undefined ? { metrics, token: config.metricsToken } : undefined,
  });
  closers.add(async () => await drain(http, config.drainTimeoutMs));
  const webSocket = new WebSocketDoor({
    ...rules,
    server: http.server,
    maxSubscriptions: config.maxSubscriptions,
    maxSockets: config.maxSockets,
    hub,
    clock,
    originAllowed: (origin, host) => originAllowed(config, origin, host),
    createContext: (actor) => rules.createContext(actor),
  });
  closers.add(async () => await webSocket.dispose());
  return { http, webSocket, readiness };
}

/** Opens the address of /metrics, if it has one of its own. @returns where it listens */
async function openMetrics({ config, log }: Ground, metrics: Metrics, closers: Closers): Promise<string | undefined> {
  if (config.metricsAddress === undefined) return undefined;
  const server = createMetricsServer({ metrics, token: config.metricsToken, log });
  closers.add(async () => await drain(server, config.drainTimeoutMs));
  const { host, port } = hostAndPort(config.metricsAddress);
  return await listen(server, { host, port, advice: 'Set INTERLOCK_METRICS_ADDRESS.' });
}

/**
 * The composition root: opens storage, events, background work and both doors, and listens.
 * @throws Error with advice when the database cannot be reached or the port is in use, or when a state machine is
 *   inconsistent.
 */
export async function createApp(config: Config, options: AppOptions = {}): Promise<App> {
  requireSoundMachines();
  const ground = layGround(config, options);
  const closers = new Closers(ground.onError);
  try {
    return await open(ground, options, closers);
  } catch (error) {
    await closers.close();
    throw error;
  }
}

async function open(ground: Ground, options: AppOptions, closers: Closers): Promise<App> {
  const { config, log } = ground;
  const storage = await openStorage(ground, closers);
  const { database, readDatabase, databaseUrl } = storage;
  const events = await openEvents(ground, storage, closers);
  // The address is known once the server listens, the sockets once the doors are open; nothing asks for them before.
  let url = config.publicUrl ?? '';
  const sockets = () => doors.webSocket.sockets;
  const metrics = createMetrics({
    followers: () => events.hub.followers,
    sockets,
    statements: () => readDatabase.statements,
    logHead: () => events.hub.head,
  });
  const onJob = (job: string, result: JobResult) => metrics.jobs.inc({ job, result });
  const { jobs, services } = await openWork(ground, storage, events, { baseUrl: () => url, onJob }, closers);
  const doors: Doors = await openDoors(ground, services, metrics, closers);
  const advice = 'Set PORT (0 picks a free one) or HOST.';
  const address = await listen(doors.http, { host: config.host, port: config.port, advice });
  url = config.publicUrl ?? address;
  const metricsUrl = `${(await openMetrics(ground, metrics, closers)) ?? address}/metrics`;
  if ((options.work ?? (config.worker ? 'start' : 'manual')) === 'start') await jobs.start();
  log.info(
    {
      version: VERSION,
      url,
      metrics: metricsUrl,
      database: config.databaseUrl === undefined ? 'embedded' : 'external',
    },
    'listening',
  );
  return {
    config,
    url,
    metricsUrl,
    databaseUrl,
    http: doors.http,
    database,
    readDatabase,
    services,
    jobs,
    schema: schema(),
    log,
    sockets,
    relay: async () => {
      await events.relay.runOnce();
      await events.hub.look();
    },
    transact: async (useCase, actor = SYSTEM) => await transact(services, { actor, requestId: randomUUID() }, useCase),
    stop: async () => {
      doors.readiness.stopping = true;
      if (config.stopDelayMs > 0) await sleep(config.stopDelayMs);
      await closers.close();
    },
  };
}
