import { HttpSimulator, type SimulatedAnswer, type SimulatedRequest } from '../http/http-simulator.js';
import { JobBook, type SimulatedJob } from '../http/job-book.js';

interface Manifest {
  readonly metadata: { readonly name: string; annotations?: Record<string, string> };
  readonly spec: { suspend?: boolean; readonly template: unknown };
}

/** Jobs of one namespace (Kubernetes API reference, "Job" of batch/v1, and "Status" of the API conventions). */
export class KubernetesSimulator extends HttpSimulator {
  readonly book = new JobBook<Manifest>();
  readonly root = '/apis/batch/v1/namespaces/shop/jobs';

  /** @param token that everybody must send; absent: any. */
  constructor(readonly token?: string) {
    super((request) => this.#answer(request));
  }

  #answer({ method, path, headers, body }: SimulatedRequest): SimulatedAnswer {
    const status = (code: number, reason: string): SimulatedAnswer => ({
      status: code,
      json: { kind: 'Status', apiVersion: 'v1', status: 'Failure', message: `jobs.batch: ${reason}`, reason, code },
    });
    if (this.token !== undefined && headers['authorization'] !== `Bearer ${this.token}`)
      return status(401, 'Unauthorized');
    if (path === '/version') return { json: { gitVersion: 'v1.34.1' } };
    if (path === '/api/v1/namespaces/shop') return { json: { kind: 'Namespace', metadata: { name: 'shop' } } };
    const named = (name: string) => this.book.jobs.find(({ data }) => data.metadata.name === name);
    if (path === this.root && method === 'POST') {
      const manifest = JSON.parse(body) as Manifest;
      const { name } = manifest.metadata;
      if (!/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/.test(name)) return status(422, 'Invalid');
      if (named(name) !== undefined) return status(409, 'AlreadyExists');
      return { status: 201, json: this.#job(this.book.start(manifest)) };
    }
    const job = path.startsWith(`${this.root}/`) ? named(path.slice(this.root.length + 1)) : undefined;
    if (job === undefined) return status(404, 'NotFound');
    if (method === 'PATCH') {
      if (headers['content-type'] !== 'application/merge-patch+json') return status(415, 'UnsupportedMediaType');
      const patch = JSON.parse(body) as Pick<Manifest, 'metadata' | 'spec'>;
      job.data.metadata.annotations = { ...job.data.metadata.annotations, ...patch.metadata.annotations };
      if (patch.spec.suspend === true && this.book.cancel(job)) job.data.spec.suspend = true;
    }
    return { json: this.#job(job) };
  }

  #job(job: SimulatedJob<Manifest>): object {
    const phase = this.book.phase(job);
    const condition = (type: string, message?: string) => ({
      type,
      status: 'True',
      ...(message && { reason: type, message }),
    });
    const conditions = {
      queued: [],
      running: [],
      succeeded: [condition('SuccessCriteriaMet'), condition('Complete')],
      failed: [condition('FailureTarget'), condition('Failed', 'Job has reached the specified backoff limit')],
      cancelled: [condition('Suspended')],
    }[phase];
    const status = { ...(conditions.length > 0 && { conditions }), ...(phase === 'running' && { active: 1 }) };
    return { kind: 'Job', apiVersion: 'batch/v1', ...job.data, status };
  }
}
