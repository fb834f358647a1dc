import type pg from 'pg';

/** How long the database may take to answer before the server reports itself unready, in milliseconds. */
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

/** Whether this process can work now; `/readyz` asks. */
export class Readiness {
  readonly #pool: pg.Pool;
  /** Set when the process begins to stop. */
  stopping = false;

  constructor(pool: pg.Pool) {
    this.#pool = pool;
  }

  /** Why the server cannot work now; undefined when it can. */
  async problem(): Promise<string | undefined> {
    if (this.stopping) return 'stopping';
    try {
      await inTime(this.#pool.query('select 1'), READY_MS);
      return undefined;
    } catch {
      return 'the database cannot be reached';
    }
  }
}
