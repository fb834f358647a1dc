import { createHash } from 'node:crypto';
import type { EntityManager } from '@mikro-orm/postgresql';
import { fromKysely, PgBoss } from 'pg-boss';
import type { JobOptions } from '../services/unit-of-work.js';

/** One kind of background work. */
export interface JobDefinition<S> {
  /** `<noun>.<verb>`, also the name of the queue. */
  readonly name: string;
  /**
   * Does the work. It may run again after a crash, or twice at once after a stall: whatever it does must be safe to repeat.
   * Throwing means "try again later"; after the last try the job is kept as failed.
   */
  readonly run: (services: S, data: Record<string, unknown>, signal: AbortSignal) => Promise<void>;
  /** Tries after the first one. Default 5, with growing delay. */
  readonly retries?: number;
  /** Seconds after which a silent job counts as dead and is given to another process. Default 60. */
  readonly expireInSeconds?: number;
}

/** Work that every process looks for by itself at an interval, so that nothing depends on a job having been enqueued. */
export interface SweepDefinition<S> {
  readonly name: string;
  readonly everyMs: number;
  readonly run: (services: S, signal: AbortSignal) => Promise<void>;
}

/** The background work of one process. */
export interface Jobs {
  /** Adds a job in the transaction of the given entity manager. */
  readonly enqueue: (
    em: EntityManager,
    job: string,
    data: Record<string, unknown>,
    options?: JobOptions,
  ) => Promise<void>;
  /** Runs every waiting job and every sweep until nothing is left that is due; for tests, which drive the work by hand. @returns jobs run */
  runOnce(): Promise<number>;
  /** Starts working on queues and sweeps. */
  start(): Promise<void>;
  /** Lets running work end (bounded), then stops. */
  stop(): Promise<void>;
}

/** What {@link createJobs} needs. */
export interface JobsOptions<S> {
  readonly databaseUrl: string;
  /** More settings of node-postgres. */
  readonly connection?: object;
  readonly jobs: readonly JobDefinition<S>[];
  readonly sweeps: readonly SweepDefinition<S>[];
  /** Asked when work begins, for services that are built after the queue. */
  readonly services: () => S;
  readonly onError: (error: unknown, job?: string) => void;
  readonly onJob: (job: string, result: 'done' | 'failed') => void;
  readonly stopTimeoutMs: number;
}

const RETRIES = 5;
const POLL_SECONDS = 1;
const FETCH = 50;

/** Opens the queue (tables in the schema `pgboss` of the same database) without working on it yet. */
export async function createJobs<S>(options: JobsOptions<S>): Promise<Jobs> {
  const boss = new PgBoss({
    connectionString: options.databaseUrl,
    application_name: 'interlock-jobs',
    ...options.connection,
    max: 4,
    schedule: false,
    useListenNotify: true,
    monitorVacuum: false,
  });
  boss.on('error', (error) => options.onError(error));
  await boss.start();
  for (const { name, retries = RETRIES, expireInSeconds = 60 } of options.jobs) {
    const settings = {
      retryLimit: retries,
      retryDelay: 1,
      retryBackoff: true,
      expireInSeconds,
      deleteAfterSeconds: 86_400,
      notify: true,
    };
    await boss.createQueue(name, { policy: 'short', ...settings });
    await boss.updateQueue(name, settings);
  }
  const abort = new AbortController();
  const timers: NodeJS.Timeout[] = [];
  const sweeping = new Set<Promise<void>>();

  const run = async (job: JobDefinition<S>, data: unknown): Promise<void> => {
    try {
      await job.run(options.services(), (data ?? {}) as Record<string, unknown>, abort.signal);
      options.onJob(job.name, 'done');
    } catch (error) {
      options.onJob(job.name, 'failed');
      options.onError(error, job.name);
      throw error;
    }
  };
  const sweep = async (definition: SweepDefinition<S>): Promise<void> => {
    try {
      await definition.run(options.services(), abort.signal);
    } catch (error) {
      options.onError(error, definition.name);
    }
  };

  return {
    enqueue: async (em, job, data, jobOptions = {}) => {
      await boss.send(job, data, {
        db: fromKysely(em.getKysely() as never),
        ...(jobOptions.startAfter && { startAfter: jobOptions.startAfter }),
        // The queues keep one waiting job per key; without a key of its own a job is only merged with one of the same data.
        singletonKey: jobOptions.singletonKey ?? createHash('sha256').update(JSON.stringify(data)).digest('hex'),
      });
    },
    runOnce: async () => {
      let total = 0;
      for (let found = -1; found !== 0;) {
        found = 0;
        for (const definition of options.sweeps) await sweep(definition);
        for (const job of options.jobs) {
          const batch = await boss.fetch<Record<string, unknown>>(job.name, { batchSize: FETCH });
          for (const { id, data } of batch) {
            try {
              await run(job, data);
              await boss.complete(job.name, id);
            } catch (error) {
              await boss.fail(job.name, id, { message: (error as Error).message });
            }
          }
          found += batch.length;
        }
        total += found;
      }
      return total;
    },
    start: async () => {
      for (const job of options.jobs) {
        await boss.work<Record<string, unknown>>(
          job.name,
          { pollingIntervalSeconds: POLL_SECONDS, batchSize: 1, localConcurrency: 4 },
          async ([first]) => {
            if (first) await run(job, first.data);
          },
        );
      }
      for (const definition of options.sweeps) {
        let busy = false;
        timers.push(
          setInterval(() => {
            if (busy || abort.signal.aborted) return;
            busy = true;
            const pass = sweep(definition).finally(() => {
              busy = false;
              sweeping.delete(pass);
            });
            sweeping.add(pass);
          }, definition.everyMs).unref(),
        );
      }
    },
    stop: async () => {
      timers.forEach((timer) => clearInterval(timer));
      abort.abort();
      await Promise.race([
        Promise.all(sweeping),
        new Promise((resolve) => setTimeout(resolve, options.stopTimeoutMs).unref()),
      ]);
      await boss.stop({ graceful: true, timeout: options.stopTimeoutMs });
    },
  };
}
