import { createHash } from 'node:crypto';
import type { RawBuilder } from 'kysely';
import { PgBoss } from 'pg-boss';
import type { JobOptions, RunSql } from '../services/unit-of-work.js';

/** One kind of background work. */
export interface JobDefinition<S> {
  /** `<noun>.<verb>`, also the name of the queue. */
  readonly name: string;
  /**
   * Does the work. It may run again after a crash, or twice at once after a stall, so it must be idempotent.
   * When it throws, it is retried later; after the last retry the job is kept as failed.
   */
  readonly run: (services: S, data: Record<string, unknown>, signal: AbortSignal) => Promise<void>;
  /** Retries after the first try. Default 5, with growing delay. */
  readonly retries?: number;
  /** Seconds without an end after which a job counts as dead and another process takes it. Default 60. */
  readonly expireInSeconds?: number;
}

/** Work that every process looks for at an interval, so that nothing depends on a job having been enqueued. */
export interface SweepDefinition<S> {
  readonly name: string;
  readonly everyMs: number;
  /**
   * A query that lists something whenever `run` finds work; it may list something more often. One statement asks it of
   * many sweeps.
   */
  readonly due?: (services: S) => RawBuilder<unknown>;
  readonly run: (services: S, signal: AbortSignal) => Promise<void>;
}

/** How a run of a job ended. */
export type JobResult = 'done' | 'failed';

/** What {@link Jobs.open} needs. */
export interface JobsOptions<S> {
  readonly databaseUrl: string;
  /** More settings of node-postgres. */
  readonly connection?: object;
  readonly jobs: readonly JobDefinition<S>[];
  readonly sweeps: readonly SweepDefinition<S>[];
  /** Called when work begins, because the services are built after the queue. */
  readonly services: () => S;
  /** Finds which of the sweeps that can say it have work; without it each is asked to run. @returns their names */
  readonly withWork?: (services: S, sweeps: readonly SweepDefinition<S>[]) => Promise<ReadonlySet<string>>;
  readonly onError: (error: unknown, job?: string) => void;
  readonly onJob: (job: string, result: JobResult) => void;
  readonly stopTimeoutMs: number;
}

const RETRIES = 5;
const EXPIRE_SECONDS = 60;
const KEEP_SECONDS = 86_400;
const POLL_SECONDS = 1;
const CONCURRENCY = 4;
const FETCH = 50;
/** The shortest time between two passes of a sweep, in milliseconds. */
const SHORTEST_PAUSE_MS = 5;
/** Sweeps of at least this interval are housekeeping, in milliseconds: no job waits for what they find. */
const HOUSEKEEPING_MS = 60_000;

const hashOf = (data: Record<string, unknown>) => createHash('sha256').update(JSON.stringify(data)).digest('hex');

async function prepareQueue(
  boss: PgBoss,
  { name, retries = RETRIES, expireInSeconds = EXPIRE_SECONDS }: JobDefinition<never>,
): Promise<void> {
  const settings = {
    retryLimit: retries,
    retryDelay: 1,
    retryBackoff: true,
    expireInSeconds,
    deleteAfterSeconds: KEEP_SECONDS,
    notify: true,
  };
  await boss.createQueue(name, { policy: 'short', ...settings });
  await boss.updateQueue(name, settings);
}

/** The background work of one process. Queues are tables in the schema `pgboss` of the same database. */
export class Jobs<S> {
  readonly #boss: PgBoss;
  readonly #options: JobsOptions<S>;
  readonly #abort = new AbortController();
  /** The next pass of each sweep that waits for it, by name. */
  readonly #next = new Map<
    string,
    { readonly timer: NodeJS.Timeout; readonly at: number; readonly pass: () => void }
  >();
  readonly #sweeping = new Set<Promise<void>>();

  private constructor(boss: PgBoss, options: JobsOptions<S>) {
    this.#boss = boss;
    this.#options = options;
  }

  /**
   * Opens the queues without working on them yet.
   * @throws Error of node-postgres when the database cannot be reached.
   */
  static async open<S>(options: JobsOptions<S>): Promise<Jobs<S>> {
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
    for (const job of options.jobs) await prepareQueue(boss, job);
    return new Jobs(boss, options);
  }

  /** Adds a job in the transaction of the given entity manager. */
  async enqueue(runSql: RunSql, job: string, data: Record<string, unknown>, options: JobOptions = {}): Promise<void> {
    const { startAfter, singletonKey } = options;
    await this.#boss.send(job, data, {
      db: { executeSql: async (text, values) => await runSql(text, values ?? []) },
      ...(startAfter && { startAfter }),
      // A queue keeps one waiting job per key. Without a key of its own a job is only merged with one that has the same
      // data.
      singletonKey: singletonKey ?? hashOf(data),
    });
  }

  /**
   * Runs every waiting job and every sweep until nothing is due; for tests, which drive the work by hand.
   * @param housekeeping whether sweeps run first that otherwise run every few minutes or less often
   * @returns how many jobs ran
   */
  async runOnce({ housekeeping = false } = {}): Promise<number> {
    const [rare, usual] = [true, false].map((long) =>
      this.#options.sweeps.filter(({ everyMs }) => everyMs >= HOUSEKEEPING_MS === long),
    ) as [SweepDefinition<S>[], SweepDefinition<S>[]];
    if (housekeeping) for (const sweep of rare) await this.#sweep(sweep);
    let total = 0;
    for (let found = -1; found !== 0; total += found) {
      await this.#sweepAll(usual);
      found = 0;
      const waiting = await this.#waiting();
      for (const job of this.#options.jobs) if (waiting.has(job.name)) found += await this.#runBatch(job);
    }
    return total;
  }

  /** Runs each of the sweeps that has work or cannot say, once: also those that have some because others ran. */
  async #sweepAll(sweeps: readonly SweepDefinition<S>[]): Promise<void> {
    const { withWork, services } = this.#options;
    let waiting = [...sweeps];
    while (waiting.length > 0) {
      const named = await withWork?.(services(), waiting);
      const ready = waiting.filter(({ name, due }) => named === undefined || due === undefined || named.has(name));
      if (ready.length === 0) return;
      for (const sweep of ready) await this.#sweep(sweep);
      waiting = waiting.filter((sweep) => !ready.includes(sweep));
    }
  }

  /** The queues with a job that nobody has taken: one statement, where asking each queue would take one for each. */
  async #waiting(): Promise<ReadonlySet<string>> {
    const { rows } = await this.#boss.getDb().executeSql(`select distinct name from pgboss.job where state < 'active'`);
    return new Set(rows.map(({ name }: { name: string }) => name));
  }

  /** Starts working on queues and sweeps. */
  async start(): Promise<void> {
    for (const job of this.#options.jobs) {
      await this.#boss.work<Record<string, unknown>>(
        job.name,
        { pollingIntervalSeconds: POLL_SECONDS, batchSize: 1, localConcurrency: CONCURRENCY },
        async ([first]) => {
          if (first) await this.#run(job, first.data);
        },
      );
    }
    for (const sweep of this.#options.sweeps) this.#repeat(sweep);
  }

  /**
   * Has a sweep look sooner than at its interval: something of it is due then. Does nothing while the sweep runs, or
   * where sweeps do not run by themselves.
   * @param afterMs in how many milliseconds; what is due later than the next pass waits for that one.
   */
  soon(sweep: string, afterMs: number): void {
    const next = this.#next.get(sweep);
    const wait = Math.max(SHORTEST_PAUSE_MS, afterMs);
    if (next === undefined || performance.now() + wait >= next.at) return;
    clearTimeout(next.timer);
    this.#wait(sweep, wait, next.pass);
  }

  /** Lets running work end, for `stopTimeoutMs` at most, then stops. */
  async stop(): Promise<void> {
    const { stopTimeoutMs } = this.#options;
    this.#abort.abort();
    this.#next.forEach(({ timer }) => clearTimeout(timer));
    await Promise.race([
      Promise.all(this.#sweeping),
      new Promise((resolve) => setTimeout(resolve, stopTimeoutMs).unref()),
    ]);
    await this.#boss.stop({ graceful: true, timeout: stopTimeoutMs });
  }

  async #run(job: JobDefinition<S>, data: unknown): Promise<void> {
    const { services, onJob, onError } = this.#options;
    try {
      await job.run(services(), (data ?? {}) as Record<string, unknown>, this.#abort.signal);
      onJob(job.name, 'done');
    } catch (error) {
      onJob(job.name, 'failed');
      onError(error, job.name);
      throw error;
    }
  }

  async #runBatch(job: JobDefinition<S>): Promise<number> {
    const batch = await this.#boss.fetch<Record<string, unknown>>(job.name, { batchSize: FETCH });
    for (const { id, data } of batch) {
      try {
        await this.#run(job, data);
        await this.#boss.complete(job.name, id);
      } catch (error) {
        await this.#boss.fail(job.name, id, { message: (error as Error).message });
      }
    }
    return batch.length;
  }

  async #sweep({ name, run }: SweepDefinition<S>): Promise<void> {
    try {
      await run(this.#options.services(), this.#abort.signal);
    } catch (error) {
      this.#options.onError(error, name);
    }
  }

  #wait(sweep: string, ms: number, pass: () => void): void {
    this.#next.set(sweep, { timer: setTimeout(pass, ms).unref(), at: performance.now() + ms, pass });
  }

  /** Sweeps at the interval. A pass that takes longer delays the next one. */
  #repeat(sweep: SweepDefinition<S>): void {
    const pass = () => {
      this.#next.delete(sweep.name);
      const begun = performance.now();
      const running = this.#sweep(sweep).then(() => {
        this.#sweeping.delete(running);
        if (this.#abort.signal.aborted) return;
        const rest = sweep.everyMs - (performance.now() - begun);
        this.#wait(sweep.name, Math.max(SHORTEST_PAUSE_MS, rest), pass);
      });
      this.#sweeping.add(running);
    };
    this.#wait(sweep.name, sweep.everyMs, pass);
  }
}
