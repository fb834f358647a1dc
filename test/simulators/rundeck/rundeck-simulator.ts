import { HttpSimulator, type SimulatedAnswer, type SimulatedRequest } from '../http/http-simulator.js';
import { JobBook, type JobPhase, type SimulatedJob } from '../http/job-book.js';

type Execution = { readonly nodes: string[]; readonly options: Readonly<Record<string, string>> };

const STATUSES: Readonly<Record<string, string>> = {
  queued: 'scheduled',
  running: 'running',
  succeeded: 'succeeded',
  failed: 'failed',
  cancelled: 'aborted',
};

const dated = (time: number) => ({ unixtime: time, date: new Date(time).toISOString() });

/** Executions of one Rundeck job (Rundeck API, "Running a job", "Execution Info", "Execution State", "Aborting"). */
export class RundeckSimulator extends HttpSimulator {
  readonly book = new JobBook<Execution>(70);
  readonly job = '4e5f6c1c-0000-4000-8000-000000000001';
  /** Nodes that the inventory has. A filter that matches none of them runs nowhere. */
  inventory: readonly string[] = ['web-01', 'web-02', 'db-01'];
  nodeOutcome: (node: string) => JobPhase | undefined = () => undefined;

  /** @param token that everybody must send; absent: any. */
  constructor(readonly token?: string) {
    super((request) => this.#answer(request));
  }

  #answer({ method, path, headers, body }: SimulatedRequest): SimulatedAnswer {
    const error = (status: number, code: string): SimulatedAnswer => ({
      status,
      json: { error: true, apiversion: 41, errorCode: code, message: `Failed: ${code}` },
    });
    if (this.token !== undefined && headers['x-rundeck-auth-token'] !== this.token) return error(403, 'unauthorized');
    if (path === '/api/41/system/info') return { json: { system: { rundeck: { version: '5.16.0' } } } };
    if (path === `/api/41/job/${this.job}/info`) return { json: { id: this.job, name: 'deploy' } };
    if (path === `/api/41/job/${this.job}/run` && method === 'POST') return this.#run(body);
    if (path === '/api/41/project/shop/executions')
      return { json: { executions: this.book.newest().map((job) => this.#execution(job)) } };
    const [, id = '', more] = /^\/api\/41\/execution\/(\d+)(\/[a-z]+)?$/.exec(path) ?? [];
    const job = this.book.get(id);
    if (job === undefined) return error(404, 'api.error.item.doesnotexist');
    if (more === '/abort') {
      const accepted = this.book.cancel(job);
      return { json: { abort: { status: accepted ? 'pending' : 'failed' }, execution: { id: job.id } } };
    }
    if (more === '/state') return { json: this.#state(job) };
    if (more === '/output')
      return {
        json: { completed: true, entries: job.data.nodes.map((node) => ({ node, log: `installed on ${node}` })) },
      };
    return { json: this.#execution(job) };
  }

  #run(body: string): SimulatedAnswer {
    const { filter = '', options = {} } = JSON.parse(body) as { filter?: string; options?: Record<string, string> };
    // An empty filter falls back to the nodes of the job's definition: all of them.
    const wanted = filter === '' ? this.inventory : filter.replace(/^name: /, '').split(',');
    const job = this.book.start({ nodes: this.inventory.filter((node) => wanted.includes(node)), options });
    return { json: this.#execution(job) };
  }

  #phaseOf(node: string, phase: JobPhase): JobPhase {
    return ['succeeded', 'failed'].includes(phase) ? (this.nodeOutcome(node) ?? phase) : phase;
  }

  #execution(job: SimulatedJob<Execution>): object {
    const phase = this.book.phase(job);
    const of = (wanted: JobPhase): string[] => job.data.nodes.filter((node) => this.#phaseOf(node, phase) === wanted);
    const [successfulNodes, failedNodes] = [of('succeeded'), of('failed')];
    return {
      id: job.id,
      status: STATUSES[phase],
      project: 'shop',
      'date-started': dated(job.startedAt),
      ...(!['queued', 'running'].includes(phase) && { 'date-ended': dated(job.startedAt + 1_000) }),
      permalink: `${this.url}/project/shop/execution/show/${job.id}`,
      job: { id: this.job, name: 'deploy', options: job.data.options },
      ...(successfulNodes.length > 0 && { successfulNodes }),
      ...(failedNodes.length > 0 && { failedNodes }),
    };
  }

  #state(job: SimulatedJob<Execution>): object {
    const phase = this.book.phase(job);
    const step = (node: string): string =>
      ({ queued: 'WAITING', running: 'RUNNING', succeeded: 'SUCCEEDED', failed: 'FAILED', cancelled: 'ABORTED' })[
        this.#phaseOf(node, phase)
      ];
    const steps = (node: string) => [
      { stepctx: '1', executionState: phase === 'queued' ? 'WAITING' : 'SUCCEEDED' },
      { stepctx: '2', executionState: step(node) },
    ];
    return {
      executionId: job.id,
      allNodes: job.data.nodes,
      nodes: Object.fromEntries(job.data.nodes.map((node) => [node, steps(node)])),
    };
  }
}
