/** Looks at the jobs of a run. */
import { AdapterError, isAdapterError, type AdapterContext, type RequestTarget } from '../../src/adapters/adapter.js';
import type { JobEnd, JobNote, JobStore, Run } from './job-store.js';
import { read } from './reader.js';
import { jobsOf, type Job } from './scope.js';
import { isEnd, stateOf, type StateMap } from './states.js';
import type { Submission } from './submission.js';
import { nativesIn, reportsOf, saidBy, type JobStatus, type Said } from './target-status.js';
import { documentOf, type Place, type Tool } from './tool.js';

/** How many jobs are asked about at a time. */
const AT_ONCE = 4;

/** What is seen of a job: its status and a report for each target. */
export interface Seen extends Omit<JobEnd, 'native'> {
  readonly job: Job;
  readonly native: string;
  /** Nothing will change without a new command. */
  readonly ended: boolean;
  readonly percent?: number;
  /** The tool no longer knows it. */
  readonly lost?: boolean;
}

/** Observes runs. */
export class Watch {
  constructor(
    private readonly tool: Tool,
    private readonly store: JobStore,
    private readonly submission: Submission,
    private readonly context: Pick<AdapterContext, 'now'>,
    private readonly meaning: { readonly speaks: boolean; readonly states: StateMap },
  ) {}

  /** Every job of a run, in order. @throws AdapterError NOT_FOUND when the tool no longer knows any that is open. */
  async all(run: Run, signal: AbortSignal): Promise<Seen[]> {
    const jobs = jobsOf(this.tool.profile, run);
    const seen: Seen[] = [];
    for (let from = 0; from < jobs.length; from += AT_ONCE)
      seen.push(...(await Promise.all(jobs.slice(from, from + AT_ONCE).map((job) => this.one(run, job, signal)))));
    const open = seen.filter(({ ended }) => !ended);
    if (open.length > 0 && open.every(({ lost }) => lost === true))
      throw new AdapterError('NOT_FOUND', 'The tool no longer knows the job.');
    return seen;
  }

  /** One job. */
  async one(run: Run, job: Job, signal: AbortSignal): Promise<Seen> {
    const note = run.jobs[job.number] as JobNote;
    if (note.is === 'refused')
      return this.#plain(job, 'rejected', note.code, {
        code: note.code,
        message: note.message,
        retryable: note.retryable,
      });
    if (note.is === 'new') {
      const message = 'The order was interrupted before this target.';
      return this.#plain(job, 'skipped', 'not sent', { code: 'NOT_SENT', message, retryable: true });
    }
    if (note.is === 'sent') return await this.#sent(run, job, note, signal);
    let found: Awaited<ReturnType<Submission['look']>>;
    try {
      found = await this.submission.look(run, job, signal);
    } catch (error) {
      if (isAdapterError(error) && error.code === 'OUTCOME_UNKNOWN')
        return this.#plain(job, 'pending', 'not visible yet');
      throw error;
    }
    if (found !== 'absent' && found !== 'cannot-tell') return await this.one(run, job, signal);
    const message = 'The answer to the order was lost, and the tool does not show such a job.';
    return this.#plain(job, 'unknown', 'answer lost', { code: 'OUTCOME_UNKNOWN', message, retryable: false });
  }

  async #sent(run: Run, job: Job, note: JobNote & { readonly is: 'sent' }, signal: AbortSignal): Promise<Seen> {
    if (note.end !== undefined) return { job, ended: true, ...note.end };
    const placed = await this.#place(run, job, note, signal);
    if ('state' in placed) return placed;
    const { observe } = this.tool.profile;
    const scope = this.tool.scope(run, job, placed);
    const answer = await this.tool.ask(observe.request, scope, signal, { accept: [404] });
    if (answer.status === 404) {
      const gone = 'The tool no longer knows the job.';
      return {
        ...this.#plain(job, 'unknown', '404', { code: 'JOB_LOST', message: gone, retryable: false }),
        ended: false,
        lost: true,
      };
    }
    const document = documentOf(answer);
    const native = read(observe.state, document, scope) ?? 'no status';
    const found = stateOf(native, { ...observe.states, ...this.meaning.states });
    const percent = Number(read(observe.percent, document, scope) ?? NaN);
    const status: JobStatus = {
      native,
      state: found.state,
      ended: isEnd(found),
      url: read(observe.url, document, scope),
      message: read(observe.message, document, scope),
      ...(percent >= 0 && percent <= 100 && { percent }),
    };
    const said = await this.#said(run, job, placed, document, signal);
    return await this.#ended(run, job, placed, status, said);
  }

  /** Where the job is, or what can be said while it has no id. */
  async #place(run: Run, job: Job, note: Place, signal: AbortSignal): Promise<Place | Seen> {
    const { locate, submit } = this.tool.profile;
    if (note.id !== undefined || submit.exists !== undefined) return note;
    const waiting = await this.tool.locate(run, job, note, signal);
    if (waiting?.id === undefined && waiting !== null) {
      const native = waiting.native ?? 'waiting';
      const found = stateOf(native, { ...locate?.states, ...this.meaning.states });
      const status: JobStatus = {
        native,
        state: waiting.native === undefined ? 'pending' : found.state,
        ended: isEnd(found),
      };
      return await this.#ended(run, job, note, status, new Map());
    }
    // The tool forgets waiting jobs soon after they began, and some never say an id: then the key leads to the job.
    const found = waiting?.id === undefined ? await this.tool.search(run, job, signal) : { ...note, id: waiting.id };
    if (found?.id === undefined) return this.#plain(job, 'pending', 'not visible yet');
    const place = { ticket: note.ticket, ...found };
    await this.store.note(run, job.number, { is: 'sent', ...place });
    return place;
  }

  async #said(
    run: Run,
    job: Job,
    place: Place,
    document: ReturnType<typeof documentOf>,
    signal: AbortSignal,
  ): Promise<Map<string, Said>> {
    const said = new Map<string, Said>();
    const scope = this.tool.scope(run, job, place);
    for (const source of this.tool.profile.observe.targets ?? []) {
      const own =
        source.request === undefined ? document : documentOf(await this.tool.ask(source.request, scope, signal));
      const of = (target: RequestTarget) => this.tool.scope(run, { ...job, targets: [target] }, place);
      for (const [ciId, one] of saidBy(source, nativesIn(source, own, scope), job.targets, of))
        if (one !== undefined || !said.has(ciId)) said.set(ciId, one);
    }
    return said;
  }

  /** What is seen, kept when it is the end: then it never changes, even when the tool forgets the job. */
  async #ended(run: Run, job: Job, place: Place, status: JobStatus, said: Map<string, Said>): Promise<Seen> {
    const { native, state, ended, url, message, percent } = status;
    const targets = reportsOf(job, status, said, { speaks: this.meaning.speaks, at: this.context.now().toISOString() });
    const end: JobEnd = { state, native, url, message, targets };
    if (ended) await this.store.note(run, job.number, { is: 'sent', ...place, end });
    return { job, ended, percent, ...end };
  }

  #plain(job: Job, state: Seen['state'], native: string, reason?: Seen['targets'][number]['reason']): Seen {
    const at = this.context.now().toISOString();
    const targets = job.targets.map(({ ciId }) => ({
      ciId,
      state,
      nativeStatus: native,
      at,
      attempt: 1,
      ...(reason && { reason }),
    }));
    return { job, state, native, targets, message: reason?.message, ended: state !== 'pending' };
  }
}
