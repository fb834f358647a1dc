/** Sends the jobs of a run, each at most once. */
import { setTimeout as pause } from 'node:timers/promises';
import {
  AdapterError,
  ADAPTER_ERRORS,
  isAdapterError,
  type AdapterContext,
  type DistributionRequest,
} from '../../src/adapters/adapter.js';
import type { JobNote, JobStore, Run } from './job-store.js';
import type { HttpJobConfig } from './profile.js';
import { read } from './reader.js';
import { jobsOf, type Job } from './scope.js';
import { documentOf, type Place, type Tool } from './tool.js';

/** A tool that is busy is asked again so often while other jobs of the run are there already. */
const TRIES = 3;
/** Longest wait for that, in milliseconds. */
const LONGEST_WAIT_MS = 5_000;

/** As in the HTTP client. */
const DEFAULT_TIMEOUT_MS = 30_000;

/** What a search for a job that may have been sent has shown. */
export type Found = { readonly note: JobNote } | 'absent' | 'cannot-tell';

const unclear = (key: string): AdapterError =>
  new AdapterError('OUTCOME_UNKNOWN', `It is not known whether the job ${key} was started.`);

/** Submits runs and finds jobs whose answer was lost. */
export class Submission {
  readonly #settleMs: number;

  constructor(
    private readonly tool: Tool,
    private readonly store: JobStore,
    private readonly context: Pick<AdapterContext, 'now' | 'log'>,
    config: Pick<HttpJobConfig, 'settleMs' | 'timeoutMs'>,
  ) {
    // A request of a process that is gone may still be on its way, for as long as such a request may last.
    const { settleMs, timeoutMs = DEFAULT_TIMEOUT_MS } = config;
    this.#settleMs = settleMs ?? Math.max(tool.profile.settleMs ?? 0, timeoutMs);
  }

  /** Sends every job of the run that was certainly not sent yet. @throws AdapterError when none could be. */
  async send(run: Run, request: DistributionRequest, signal: AbortSignal): Promise<void> {
    for (const job of jobsOf(this.tool.profile, run)) {
      const begun = run.jobs.some((note) => note.is === 'sent');
      let note = run.jobs[job.number] as JobNote;
      if (note.is === 'sending') {
        const found = await this.look(run, job, signal);
        if (found === 'cannot-tell') {
          if (begun) continue;
          throw unclear(job.key);
        }
        note = found === 'absent' ? { is: 'new' } : found.note;
      }
      if (note.is === 'new' || (note.is === 'refused' && !begun)) await this.#sendOne(run, job, request, signal);
    }
  }

  /**
   * Whether a job that may have been sent is there, for a tool that is asked by the key.
   * @throws AdapterError OUTCOME_UNKNOWN when nobody can tell, now or ever.
   */
  async exists(run: Run, job: Job, signal: AbortSignal): Promise<boolean> {
    const found = await this.look(run, job, signal);
    // Null from `find` says that there is no run, and the next order would start a second one.
    if (found === 'cannot-tell' && this.tool.profile.search !== undefined) throw unclear(job.key);
    return typeof found === 'object';
  }

  /**
   * Looks for a job that may have been sent.
   * @throws AdapterError OUTCOME_UNKNOWN while it may not show yet.
   */
  async look(run: Run, job: Job, signal: AbortSignal): Promise<Found> {
    const note = run.jobs[job.number];
    if (note?.is !== 'sending') return 'cannot-tell';
    const place = await this.tool.search(run, job, signal, Date.parse(note.at));
    if (place === undefined) return 'cannot-tell';
    if (place !== null) {
      const sent: JobNote = { is: 'sent', ...place };
      await this.store.note(run, job.number, sent);
      return { note: sent };
    }
    const settled = Date.parse(note.at) + this.#settleMs;
    if (this.context.now().getTime() >= settled) return 'absent';
    throw new AdapterError('OUTCOME_UNKNOWN', `The job ${job.key} may not show yet; it is looked for again.`, {
      retryAfterMs: Math.max(settled - this.context.now().getTime(), 0),
    });
  }

  async #sendOne(run: Run, job: Job, request: DistributionRequest, signal: AbortSignal): Promise<void> {
    for (let tries = 1; ; tries += 1) {
      if (signal.aborted) throw new AdapterError('OUTCOME_UNKNOWN', 'The order was interrupted.');
      await this.store.note(run, job.number, { is: 'sending', at: this.context.now().toISOString() });
      try {
        const place = await this.#order(run, job, request, signal);
        return await this.store.note(run, job.number, { is: 'sent', ...place });
      } catch (error) {
        if (!isAdapterError(error)) throw error;
        const others = run.jobs.some((note, number) => number !== job.number && note.is === 'sent');
        const { mayHaveStarted, retry } = ADAPTER_ERRORS[error.code];
        if (mayHaveStarted) {
          if (!others) throw error;
          this.context.log.warn('The answer about one job of a run was lost.', { job: job.key, code: error.code });
          return;
        }
        if (!others) {
          await this.store.note(run, job.number, { is: 'new' });
          throw error;
        }
        if (retry === 'never' || tries === TRIES) {
          const { code, message } = error;
          return await this.store.note(run, job.number, { is: 'refused', code, message, retryable: retry !== 'never' });
        }
        await this.store.note(run, job.number, { is: 'new' });
        const wait = Math.min(error.retryAfterMs ?? 250, LONGEST_WAIT_MS);
        await pause(wait, undefined, { signal }).catch(() => undefined);
      }
    }
  }

  async #order(run: Run, job: Job, request: DistributionRequest, signal: AbortSignal): Promise<Place> {
    const { submit, observe } = this.tool.profile;
    const { exists, busy } = submit;
    const accept = [...(exists?.statuses ?? []), ...(busy?.statuses ?? [])];
    const answer = await this.tool.order(submit.request, request, job, signal, { accept, effect: 'mutation' });
    const ok = answer.status >= 200 && answer.status < 300;
    const scope = this.tool.scope(run, job);
    if (!ok && exists?.statuses.includes(answer.status) === true) {
      const found = await this.tool.ask(observe.request, scope, signal, { accept: [404] });
      if (found.status === 404)
        throw new AdapterError('ABORTED', `The tool answered the order with ${answer.status}, and has no such job.`);
      const there = documentOf(found);
      const fingerprint = read(exists.fingerprint, there, scope);
      if (fingerprint !== undefined && fingerprint !== run.fingerprint)
        throw new AdapterError('ALREADY_EXISTS', `The tool has another job with the key ${job.key}.`);
      return {};
    }
    if (!ok) {
      if (busy !== undefined && answer.text().includes(busy.text))
        throw new AdapterError('ABORTED', `The tool is busy: ${busy.text}.`);
      throw new AdapterError('FAILED_PRECONDITION', `The tool answered the order with ${answer.status}.`);
    }
    if (submit.statuses?.includes(answer.status) === false)
      throw new AdapterError(
        'OUTCOME_UNKNOWN',
        `The tool answered the order with ${answer.status}, which it never does.`,
      );
    const document = documentOf(answer);
    const id = read(submit.id, document, scope);
    const ticket = read(submit.ticket, document, scope);
    const nameless = submit.exists !== undefined || this.tool.profile.search !== undefined;
    if (id === undefined && ticket === undefined && !nameless)
      throw new AdapterError('OUTCOME_UNKNOWN', 'The tool took the order and did not say which job it started.');
    return { id, ticket };
  }
}
