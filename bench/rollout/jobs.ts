import { PgBoss } from 'pg-boss';

const QUEUE = 'bench';

/** How fast pg-boss is by itself: jobs per second from a full queue to completed. */
export interface JobRates {
  /** One job at a time in each of eight loops: fetched, then completed. */
  readonly single: number;
  /** A hundred at a time. */
  readonly batches: number;
}

async function drain(boss: PgBoss, count: number, loops: number, batchSize: number): Promise<number> {
  for (let from = 0; from < count; from += 1_000)
    await boss.insert(
      QUEUE,
      Array.from({ length: Math.min(1_000, count - from) }, (_, n) => ({ data: { target: `ci_${from + n}` } })),
    );
  const begin = performance.now();
  let done = 0;
  const loop = async () => {
    for (;;) {
      const jobs = await boss.fetch(QUEUE, { batchSize });
      if (jobs.length === 0) return;
      await boss.complete(
        QUEUE,
        jobs.map(({ id }) => id),
      );
      done += jobs.length;
    }
  };
  await Promise.all(Array.from({ length: loops }, loop));
  return done / ((performance.now() - begin) / 1_000);
}

/** Measures pg-boss with jobs that do nothing, on the same database server. */
export async function jobRates(databaseUrl: string, count: number): Promise<JobRates> {
  const boss = new PgBoss({ connectionString: databaseUrl, schema: 'pgboss_bench', supervise: false, schedule: false });
  boss.on('error', () => {});
  await boss.start();
  await boss.createQueue(QUEUE);
  try {
    await drain(boss, 500, 8, 1); // warms up
    return { single: await drain(boss, Math.min(count, 4_000), 8, 1), batches: await drain(boss, count, 2, 100) };
  } finally {
    await boss.stop({ graceful: false });
  }
}
