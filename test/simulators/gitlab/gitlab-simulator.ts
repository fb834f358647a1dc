import { HttpSimulator, type SimulatedAnswer, type SimulatedRequest } from '../http/http-simulator.js';
import { JobBook, type SimulatedJob } from '../http/job-book.js';

type Pipeline = { readonly ref: string; readonly variables: Readonly<Record<string, string>> };

const STATUSES: Readonly<Record<string, string>> = {
  queued: 'pending',
  running: 'running',
  succeeded: 'success',
  failed: 'failed',
  cancelled: 'canceled',
};

/**
 * Triggered pipelines of one project (GitLab docs, "Pipeline trigger tokens API" and "Pipelines API"). Its
 * configuration names pipelines by `workflow: name: 'Interlock $RELEASE_KEY'`.
 */
export class GitlabSimulator extends HttpSimulator {
  readonly book = new JobBook<Pipeline>(500);
  readonly root = '/api/v4/projects/acme%2Fshop';
  /** A status of every pipeline that the API learns tomorrow. */
  oddStatus: string | undefined;

  constructor(
    readonly token: string,
    readonly trigger: string,
  ) {
    super((request) => this.#answer(request));
  }

  #answer({ method, path, headers, body }: SimulatedRequest): SimulatedAnswer {
    // A trigger token is enough to trigger, and for nothing else.
    if (path === `${this.root}/trigger/pipeline` && method === 'POST') return this.#triggered(body);
    if (headers['private-token'] !== this.token) return { status: 401, json: { message: '401 Unauthorized' } };
    if (path === '/api/v4/version') return { json: { version: '18.5.0-ee' } };
    if (path === this.root) return { json: { id: 7, path_with_namespace: 'acme/shop' } };
    if (path === `${this.root}/pipelines`) return { json: this.book.newest().map((job) => this.#pipeline(job)) };
    const [, id = '', cancel] = /\/pipelines\/(\d+)(\/cancel)?$/.exec(path) ?? [];
    const job = this.book.get(id);
    if (job === undefined) return { status: 404, json: { message: '404 Not found' } };
    if (cancel !== undefined && method === 'POST') this.book.cancel(job);
    return { json: this.#pipeline(job) };
  }

  #triggered(body: string): SimulatedAnswer {
    const { token, ref, variables } = JSON.parse(body) as { token: string } & Pipeline;
    if (token !== this.trigger) return { status: 404, json: { message: '404 Not Found' } };
    return { status: 201, json: this.#pipeline(this.book.start({ ref, variables })) };
  }

  #pipeline(job: SimulatedJob<Pipeline>): object {
    const name = `Interlock ${job.data.variables['RELEASE_KEY'] ?? ''}`;
    const status = this.oddStatus ?? STATUSES[this.book.phase(job)];
    return {
      id: job.id,
      name,
      source: 'trigger',
      ref: job.data.ref,
      status,
      created_at: new Date(job.startedAt).toISOString(),
      web_url: `${this.url}/acme/shop/-/pipelines/${job.id}`,
    };
  }
}
