/** How far a simulated job is. */
export type JobPhase = 'queued' | 'running' | 'succeeded' | 'failed' | 'cancelled';

/** How many jobs a list shows, without further pages. */
const PAGE = 100;

/** A job of a simulated tool. */
export interface SimulatedJob<T> {
  readonly id: number;
  readonly data: T;
  readonly startedAt: number;
  /** How it ended, by a command or by a test. */
  end?: JobPhase;
}

/**
 * The jobs of a simulated tool, newest last. A job waits, runs and ends by itself at the given pace; without one it
 * waits for {@link move}.
 */
export class JobBook<T> {
  readonly jobs: SimulatedJob<T>[] = [];
  /** How long jobs wait and run, in milliseconds. */
  pace = { queueMs: 0, runMs: Number.POSITIVE_INFINITY };
  /** How a job ends by itself. */
  outcome: (data: T) => JobPhase = () => 'succeeded';

  constructor(private readonly firstId = 1) {}

  /** Takes a new job. */
  start(data: T, startedAt = Date.now()): SimulatedJob<T> {
    const job = { id: this.firstId + this.jobs.length, data, startedAt };
    this.jobs.push(job);
    return job;
  }

  /** The newest jobs first, as many as a list of these tools shows. @param hidden how many of them it leaves out. */
  newest(hidden = 0): SimulatedJob<T>[] {
    return [...this.jobs].reverse().slice(hidden, hidden + PAGE);
  }

  /** The job with this id. */
  get(id: number | string): SimulatedJob<T> | undefined {
    return this.jobs.find((job) => String(job.id) === String(id));
  }

  /** How far the job is now. */
  phase(job: SimulatedJob<T>): JobPhase {
    if (job.end !== undefined) return job.end;
    const age = Date.now() - job.startedAt;
    if (age < this.pace.queueMs) return 'queued';
    if (age < this.pace.queueMs + this.pace.runMs) return 'running';
    job.end = this.outcome(job.data);
    return job.end;
  }

  /** Puts the job with this id where a test wants it; absent: every job. */
  move(phase: JobPhase, id?: number): void {
    for (const job of this.jobs) if (id === undefined || job.id === id) job.end = phase;
  }

  /** Stops a job. @returns whether there was anything to stop. */
  cancel(job: SimulatedJob<T>): boolean {
    if (!['queued', 'running'].includes(this.phase(job))) return false;
    job.end = 'cancelled';
    return true;
  }
}
