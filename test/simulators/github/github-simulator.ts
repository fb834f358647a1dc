import { HttpSimulator, type SimulatedAnswer, type SimulatedRequest } from '../http/http-simulator.js';
import { JobBook, type JobPhase, type SimulatedJob } from '../http/job-book.js';

type Run = { readonly ref: string; readonly inputs: Readonly<Record<string, string>>; readonly targets: string[] };

const CONCLUSIONS: Readonly<Record<string, string>> = {
  succeeded: 'success',
  failed: 'failure',
  cancelled: 'cancelled',
};

/**
 * Workflow runs of one repository (GitHub REST API, "Workflows", "Workflow runs" and "Workflow jobs"). The workflow
 * puts `inputs.interlock_key` into its run name and has a matrix over `inputs.targets`.
 */
export class GithubSimulator extends HttpSimulator {
  readonly book = new JobBook<Run>(30_000);
  /** Answers 204 without an id, as before API changes of 2026 and where `return_run_details` is not known. */
  old = false;
  /** How many looks at the list of runs do not show the newest run yet. */
  hiddenLooks = 0;
  /** How single targets end. */
  targetOutcome: (target: string) => JobPhase | undefined = () => undefined;
  readonly root = '/repos/acme/shop/actions';

  /** @param token that everybody must send; absent: any. */
  constructor(readonly token?: string) {
    super((request) => this.#answer(request));
  }

  #answer({ method, path, headers, body }: SimulatedRequest): SimulatedAnswer {
    if (this.token !== undefined && headers['authorization'] !== `Bearer ${this.token}`)
      return { status: 401, json: { message: 'Bad credentials' } };
    if (path === '/repos/acme/shop') return { json: { full_name: 'acme/shop' } };
    if (path === `${this.root}/workflows/deploy.yml`) return { json: { id: 1, state: 'active' } };
    if (path === `${this.root}/workflows/deploy.yml/dispatches` && method === 'POST') return this.#dispatch(body);
    if (path === `${this.root}/workflows/deploy.yml/runs`) return this.#runs();
    const [, id = '', more = ''] = new RegExp(`^${this.root}/runs/(\\d+)(/[a-z-]+)?$`).exec(path) ?? [];
    const run = this.book.get(id);
    if (run === undefined) return { status: 404, json: { message: 'Not Found' } };
    if (more === '/jobs') return { json: this.#jobs(run) };
    if (more !== '' && method === 'POST')
      return this.book.cancel(run)
        ? { status: 202, json: {} }
        : { status: 409, json: { message: 'Cannot cancel a workflow run that is completed.' } };
    return { json: this.#run(run) };
  }

  #dispatch(body: string): SimulatedAnswer {
    const {
      ref,
      inputs,
      return_run_details: details,
    } = JSON.parse(body) as {
      ref: string;
      inputs: Record<string, string>;
      return_run_details?: boolean;
    };
    if (Object.keys(inputs).length > 25) return { status: 422, json: { message: 'Too many inputs' } };
    const { id } = this.book.start({ ref, inputs, targets: JSON.parse(inputs['targets'] ?? '[]') as string[] });
    if (this.old || details !== true) return { status: 204 };
    return { json: { workflow_run_id: id, run_url: `${this.url}${this.root}/runs/${id}` } };
  }

  #status(phase: JobPhase): { status: string; conclusion: string | null } {
    if (phase === 'queued') return { status: 'queued', conclusion: null };
    if (phase === 'running') return { status: 'in_progress', conclusion: null };
    return { status: 'completed', conclusion: CONCLUSIONS[phase] ?? phase };
  }

  #run(run: SimulatedJob<Run>): object {
    const name = `Deploy ${run.data.inputs['package'] ?? ''} [${run.data.inputs['interlock_key'] ?? ''}]`;
    const html = `https://github.example/acme/shop/actions/runs/${run.id}`;
    const created = new Date(run.startedAt).toISOString();
    return {
      ...{ id: run.id, name: 'Deploy', display_title: name, html_url: html, created_at: created },
      ...this.#status(this.book.phase(run)),
    };
  }

  #runs(): SimulatedAnswer {
    const hidden = this.hiddenLooks > 0 ? 1 : 0;
    this.hiddenLooks -= hidden;
    const runs = this.book.newest(hidden);
    return { json: { total_count: runs.length, workflow_runs: runs.map((run) => this.#run(run)) } };
  }

  #jobs(run: SimulatedJob<Run>): object {
    const phase = this.book.phase(run);
    const ofTarget = (target: string): JobPhase =>
      ['succeeded', 'failed'].includes(phase) ? (this.targetOutcome(target) ?? phase) : phase;
    const jobs = run.data.targets.map((target, index) => ({
      id: run.id * 10 + index,
      name: `deploy (${target})`,
      ...this.#status(ofTarget(target)),
    }));
    return { total_count: jobs.length + 1, jobs: [{ id: 1, name: 'prepare', ...this.#status(phase) }, ...jobs] };
  }
}
