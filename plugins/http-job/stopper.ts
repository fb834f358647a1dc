/** Asks the tool to stop jobs. */
import { AdapterError, isAdapterError, type CancelReport } from '../../src/adapters/adapter.js';
import type { Run } from './job-store.js';
import { read } from './reader.js';
import { jobsOf, type Job } from './scope.js';
import { documentOf, type Place, type Tool } from './tool.js';
import type { Watch } from './watch.js';

/** Cancels runs and single jobs of them. */
export class Stopper {
  constructor(
    private readonly tool: Tool,
    private readonly watch: Watch,
  ) {}

  /** Asks for each open job; accepted when the tool takes one of the requests. */
  async cancel(
    run: Run,
    options: { readonly targets?: readonly string[]; readonly mode: 'stop' | 'abort' },
    signal: AbortSignal,
  ): Promise<CancelReport> {
    const { targets, mode } = options;
    const foreign = targets?.find((ciId) => !run.targets.some((target) => target.ciId === ciId));
    if (foreign !== undefined)
      throw new AdapterError('INVALID_ARGUMENT', `The run does not contain the target ${foreign}.`);
    const jobs = jobsOf(this.tool.profile, run).filter(
      (job) => targets === undefined || job.targets.some(({ ciId }) => targets.includes(ciId)),
    );
    const answers: { readonly accepted: boolean; readonly detail?: string }[] = [];
    for (const job of jobs) answers.push(await this.#one(run, job, mode, signal));
    const details = [...new Set(answers.flatMap(({ detail }) => (detail === undefined ? [] : [detail])))];
    return {
      accepted: answers.some(({ accepted }) => accepted),
      ...(details.length > 0 && { detail: details.join(' ').slice(0, 1_000) }),
    };
  }

  async #one(run: Run, job: Job, mode: 'stop' | 'abort', signal: AbortSignal): Promise<CancelReport> {
    const { cancel, submit } = this.tool.profile;
    if (cancel === undefined) throw new AdapterError('UNIMPLEMENTED', 'This profile cannot cancel.');
    // The look also finds a job's id, and shows whether there is anything left to stop.
    const seen = await this.watch.one(run, job, signal);
    if (seen.ended) return { accepted: false, detail: 'The job had already ended.' };
    const note = run.jobs[job.number];
    const place: Place = note?.is === 'sent' ? note : {};
    const known = place.id !== undefined || submit.exists !== undefined;
    const spec = known ? ((mode === 'abort' ? cancel.abort : undefined) ?? cancel.request) : cancel.waiting;
    if (spec === undefined || (!known && place.ticket === undefined))
      return { accepted: false, detail: 'The tool has not said yet which job it is.' };
    const scope = this.tool.scope(run, job, place);
    try {
      const refused = cancel.refused ?? [];
      const answer = await this.tool.ask(spec, scope, signal, { accept: refused, effect: 'mutation' });
      if (refused.includes(answer.status)) return { accepted: false, detail: `The tool refuses (${answer.status}).` };
      if (!known || cancel.accepted === undefined) return { accepted: true };
      const said = read(cancel.accepted.at, documentOf(answer), scope);
      if (said !== undefined && cancel.accepted.values.includes(said)) return { accepted: true };
      return { accepted: false, detail: `The tool answers ${said ?? 'nothing'}.` };
    } catch (error) {
      if (isAdapterError(error) && error.code === 'NOT_FOUND')
        return { accepted: false, detail: 'The tool no longer knows the job.' };
      throw error;
    }
  }
}
