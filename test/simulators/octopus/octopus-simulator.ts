import { HttpSimulator, type SimulatedAnswer, type SimulatedRequest } from '../http/http-simulator.js';
import { JobBook, type SimulatedJob } from '../http/job-book.js';

type Deployment = { readonly machines: string[]; readonly command: Readonly<Record<string, unknown>> };

const STATES: Readonly<Record<string, string>> = {
  queued: 'Queued',
  running: 'Executing',
  succeeded: 'Success',
  failed: 'Failed',
  cancelled: 'Canceled',
};

/** Deployments of an Octopus server (its API clients: `CreateDeploymentUntenantedCommandV1`, `ServerTask`). */
export class OctopusSimulator extends HttpSimulator {
  readonly book = new JobBook<Deployment>(900);
  inventory: readonly string[] = ['web-01', 'web-02', 'db-01'];
  /** The task waits for a person. */
  interrupted = false;

  constructor(readonly key: string) {
    super((request) => this.#answer(request));
  }

  #answer({ method, path, headers, body }: SimulatedRequest): SimulatedAnswer {
    if (headers['x-octopus-apikey'] !== this.key) return { status: 401, json: { ErrorMessage: 'Invalid API key' } };
    if (path === '/api') return { json: { Application: 'Octopus Deploy', Version: '2025.3.1' } };
    if (path === '/api/Spaces-1/deployments/create/untenanted/v1' && method === 'POST') return this.#create(body);
    // Asked for no particular task, the server shows all of them.
    if (path === '/api/tasks') return { json: { Items: this.book.jobs.map((job) => this.#task(job)) } };
    const [, id = '', more] = /^\/api\/tasks\/ServerTasks-(\d+)(\/[a-z]+)?$/.exec(path) ?? [];
    const job = this.book.get(id);
    if (job === undefined) return { status: 404, json: { ErrorMessage: 'The resource was not found.' } };
    if (more === '/cancel' && method === 'POST') this.book.cancel(job);
    if (more === '/raw')
      return { headers: { 'content-type': 'text/plain' }, text: `Deploy to ${job.data.machines.join()}\n` };
    return { json: this.#task(job) };
  }

  #create(body: string): SimulatedAnswer {
    const command = JSON.parse(body) as { SpecificMachineNames?: string[] };
    const { SpecificMachineNames: names = [] } = command;
    // "If the collection is empty, all enabled machines are deployed."
    const machines = names.length === 0 ? [...this.inventory] : names;
    const unknown = machines.find((name) => !this.inventory.includes(name));
    if (unknown !== undefined) return { status: 400, json: { ErrorMessage: `There is no machine named ${unknown}.` } };
    const { id } = this.book.start({ machines, command });
    return {
      status: 201,
      json: { DeploymentServerTasks: [{ DeploymentId: `Deployments-${id}`, ServerTaskId: `ServerTasks-${id}` }] },
    };
  }

  #task(job: SimulatedJob<Deployment>): object {
    const phase = this.book.phase(job);
    const failed = phase === 'failed' ? { ErrorMessage: 'The step failed: exit code 7' } : {};
    return { Id: `ServerTasks-${job.id}`, State: STATES[phase], HasPendingInterruptions: this.interrupted, ...failed };
  }
}
