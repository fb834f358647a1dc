/** What a job of AWX proves about each of its hosts. Pure. */
import type { RunReport, TargetReport } from '../../src/adapters/adapter.js';
import type { HostSummary, Job } from './awx-api.js';

/** Statuses of a job that has not ended (UnifiedJob.STATUS_CHOICES of AWX), and what each says of a run. */
const ACTIVE: Readonly<Record<string, RunReport['phase']>> = {
  new: 'queued',
  pending: 'queued',
  waiting: 'queued',
  running: 'running',
};

/** Statuses of a job that has ended. `failed`: the playbook; `error`: AWX itself. */
const ENDED: Readonly<Record<string, NonNullable<RunReport['outcome']>>> = {
  successful: 'success',
  failed: 'failure',
  error: 'error',
  canceled: 'cancel',
};

/** What a status of a job means; undefined for one that this adapter does not know. */
export function statusOf(native: string): Pick<RunReport, 'phase' | 'outcome'> | undefined {
  if (Object.hasOwn(ACTIVE, native)) return { phase: ACTIVE[native] as RunReport['phase'] };
  return Object.hasOwn(ENDED, native) ? { phase: 'finished', outcome: ENDED[native] } : undefined;
}

/** Everything known of a job that has ended. */
export interface Evidence {
  readonly job: Job;
  readonly summaries: ReadonlyMap<string, HostSummary>;
  /** The playbook came to its end (event `playbook_on_stats`), so that the summaries name every host it dealt with. */
  readonly cameToItsEnd: boolean;
  /** Hosts on which the task of the end marker ran; undefined for a package without one. */
  readonly marked: ReadonlySet<string> | undefined;
  /** Hosts on which anything was begun; undefined when that is not known for sure. */
  readonly touched: ReadonlySet<string> | undefined;
  /** The failed task by host. */
  readonly failedTasks: ReadonlyMap<string, string>;
}

/** The end of one host. */
export type HostVerdict = Pick<TargetReport, 'state' | 'nativeStatus' | 'reason'>;

const because = (code: string, message: string, retryable: boolean): NonNullable<TargetReport['reason']> => ({
  code,
  message,
  retryable,
});

/** The counts of a host in one line, as Ansible prints them. */
function countsOf({ ok, changed, dark, failures, skipped }: HostSummary): string {
  return `ok=${ok} changed=${changed} unreachable=${dark} failed=${failures} skipped=${skipped}`;
}

/** A host that the summaries name. */
function summarised(summary: HostSummary, evidence: Evidence): HostVerdict {
  const { job, marked, failedTasks } = evidence;
  const nativeStatus = `${job.status}: ${countsOf(summary)}`;
  const { host, dark, failures, ok, changed, processed } = summary;
  if (dark > 0) {
    // The last task may have done its work before the connection broke.
    if (ok + changed > 0) {
      const message = 'The host became unreachable during the job. What its last task did is not known.';
      return { state: 'unknown', nativeStatus, reason: because('LOST_CONTACT', message, true) };
    }
    const reason = because('UNREACHABLE', 'Ansible could not reach the host, and nothing was done on it.', true);
    return { state: 'failed', nativeStatus, reason };
  }
  if (failures > 0) {
    const task = failedTasks.get(host);
    const message = task === undefined ? 'A task failed.' : `The task "${task}" failed.`;
    return { state: 'failed', nativeStatus, reason: because('TASK_FAILED', message, true) };
  }
  if (marked?.has(host)) return { state: 'succeeded', nativeStatus };
  if (ok + changed === 0) {
    const message = processed > 0 ? 'Every task was skipped.' : 'The job did nothing on the host.';
    return { state: 'skipped', nativeStatus, reason: because('NOTHING_DONE', message, true) };
  }
  if (marked === undefined && job.status === 'successful' && processed > 0) return { state: 'succeeded', nativeStatus };
  // No failure is no proof: a failure elsewhere may have ended the play for all hosts (any_errors_fatal).
  const message =
    marked === undefined
      ? 'The job did not succeed as a whole, and the package names no end marker that proves this host.'
      : 'No task failed on the host, and the end marker did not run either.';
  return { state: 'unknown', nativeStatus, reason: because('NO_END_MARKER', message, true) };
}

/** A host that the summaries do not name. */
function missing(host: string, { job, cameToItsEnd, marked, touched }: Evidence): HostVerdict {
  const nativeStatus = job.status;
  if (marked?.has(host)) return { state: 'succeeded', nativeStatus };
  const why = job.explanation === '' ? '' : ` ${job.explanation}`;
  const cancelled = job.status === 'canceled';
  const untouched = job.started === undefined || (touched?.has(host) === false && job.status !== 'error');
  if (cameToItsEnd && touched?.has(host) !== true) {
    const message = 'The playbook came to its end without this host.';
    return { state: 'skipped', nativeStatus, reason: because('NOT_ATTEMPTED', message, true) };
  }
  if (untouched) {
    const state = cancelled ? 'cancelled' : 'skipped';
    const message = `The job ended before anything was done on this host.${why}`;
    return { state, nativeStatus, reason: because(cancelled ? 'CANCELLED' : 'NOT_ATTEMPTED', message, true) };
  }
  const message = `The job ended without a result for this host.${why}`;
  return { state: 'unknown', nativeStatus, reason: because('NO_RESULT', message, true) };
}

/**
 * The end of a host in a job that has ended. Success needs positive evidence: the end marker, or without one a job that
 * succeeded as a whole and did something on the host. A host without any evidence is `unknown`, and `skipped` or
 * `cancelled` only where it is proven that nothing was begun on it.
 */
export function verdictOf(host: string, evidence: Evidence): HostVerdict {
  const summary = evidence.summaries.get(host);
  return summary === undefined ? missing(host, evidence) : summarised(summary, evidence);
}

/** Whether `touched` can decide anything: some host has no summary, in a job that began. */
export function asksForTouched(hosts: readonly string[], job: Job, summaries: ReadonlyMap<string, unknown>): boolean {
  return job.started !== undefined && hosts.some((host) => !summaries.has(host));
}
