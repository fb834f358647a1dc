import { HttpSimulator, type SimulatedAnswer, type SimulatedRequest } from '../http/http-simulator.js';
import { JobBook, type SimulatedJob } from '../http/job-book.js';

type Sync = {
  readonly application: string;
  readonly revision: string;
  readonly infos: ReadonlyArray<{ readonly name: string; readonly value: string }>;
};

/** Applications of Argo CD with one operation at a time (Argo CD API docs; `Application` of argoproj.io/v1alpha1). */
export class ArgoCdSimulator extends HttpSimulator {
  readonly book = new JobBook<Sync>();
  applications: readonly string[] = ['shop-north', 'shop-south'];
  /** The health of every application after its sync: success of a sync is no health. */
  health = 'Healthy';

  constructor(readonly token: string) {
    super((request) => this.#answer(request));
  }

  /** What is asked of an application by somebody else. */
  syncByOthers(application: string): SimulatedJob<Sync> {
    return this.book.start({ application, revision: 'HEAD', infos: [] });
  }

  #answer({ method, path, headers, body }: SimulatedRequest): SimulatedAnswer {
    if (headers['authorization'] !== `Bearer ${this.token}`)
      return { status: 401, json: { error: 'no session', code: 16 } };
    if (path === '/api/version') return { json: { Version: 'v3.1.0' } };
    const [, name = '', more] = /^\/api\/v1\/applications\/([a-z0-9.-]+)(\/sync|\/operation)?$/.exec(path) ?? [];
    if (!this.applications.includes(name)) return { status: 404, json: { error: 'not found', code: 5 } };
    const current = this.book.jobs.filter(({ data }) => data.application === name).at(-1);
    const open = current !== undefined && ['queued', 'running'].includes(this.book.phase(current));
    if (more === '/sync' && method === 'POST') {
      if (open) return { status: 400, json: { error: 'another operation is already in progress', code: 9 } };
      const { revision, infos } = JSON.parse(body) as Pick<Sync, 'revision' | 'infos'>;
      return { json: this.#application(name, this.book.start({ application: name, revision, infos })) };
    }
    if (more === '/operation' && method === 'DELETE') {
      if (!open)
        return { status: 400, json: { error: 'Unable to terminate operation. No operation is in progress', code: 9 } };
      this.book.cancel(current);
      return { json: {} };
    }
    return { json: this.#application(name, current) };
  }

  #application(name: string, sync: SimulatedJob<Sync> | undefined): object {
    const metadata = { name, namespace: 'argocd' };
    if (sync === undefined)
      return { metadata, status: { health: { status: 'Healthy' }, sync: { status: 'OutOfSync' } } };
    const phase = this.book.phase(sync);
    const operation = { info: sync.data.infos, sync: { revision: sync.data.revision } };
    if (phase === 'queued') return { metadata, operation, status: { health: { status: 'Healthy' } } };
    const native = { running: 'Running', succeeded: 'Succeeded', failed: 'Failed', cancelled: 'Failed' }[phase];
    const health = { status: phase === 'succeeded' ? this.health : 'Progressing' };
    const message = phase === 'cancelled' ? 'operation terminated' : `sync ${native}`;
    const operationState = { phase: native, operation, message };
    return { metadata, ...(phase === 'running' && { operation }), status: { health, operationState } };
  }
}
