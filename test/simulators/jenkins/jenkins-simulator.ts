import { HttpSimulator, type SimulatedAnswer, type SimulatedRequest } from '../http/http-simulator.js';
import { JobBook, type JobPhase, type SimulatedJob } from '../http/job-book.js';

type Build = { readonly job: string; readonly parameters: Readonly<Record<string, string>> };

const RESULTS: Readonly<Record<string, string>> = { succeeded: 'SUCCESS', failed: 'FAILURE', cancelled: 'ABORTED' };
const notFound: SimulatedAnswer = { status: 404, headers: { 'content-type': 'text/html' }, text: '<h1>Not found</h1>' };

/**
 * A Jenkins controller with parameterised jobs: an order gets a place in the queue, and a number when it begins. Places
 * in the queue vanish some time after that (Jenkins handbook, "Remote Access API"; `hudson.model.Queue`).
 */
export class JenkinsSimulator extends HttpSimulator {
  readonly book = new JobBook<Build>();
  /** Places in the queue are forgotten as soon as their build begins. */
  forgetful = false;
  /** A result that the book does not know, of every build that ended. */
  oddResult: string | undefined;
  readonly user = 'interlock';

  /** @param token that everybody must send; absent: any. */
  constructor(readonly token?: string) {
    super((request) => this.#answer(request));
  }

  #answer({ method, path, query, headers, body }: SimulatedRequest): SimulatedAnswer {
    const pair = Buffer.from(`${this.user}:${this.token}`).toString('base64');
    if (this.token !== undefined && headers['authorization'] !== `Basic ${pair}`)
      return { status: 401, headers: { 'content-type': 'text/html' }, text: '<html>Authentication required</html>' };
    if (path === '/api/json') return { headers: { 'x-jenkins': '2.516.1' }, json: { mode: 'NORMAL' } };
    const [, ordered] = /^\/job\/(.+)\/buildWithParameters$/.exec(path) ?? [];
    if (method === 'POST' && ordered !== undefined) {
      const { id } = this.book.start({ job: ordered, parameters: Object.fromEntries(new URLSearchParams(body)) });
      return { status: 201, headers: { location: `${this.url}/queue/item/${100 + id}/` } };
    }
    if (method === 'POST' && path === '/queue/cancelItem') return this.#cancelled(Number(query.get('id')) - 100, 204);
    const [, place] = /^\/queue\/item\/(\d+)\/api\/json$/.exec(path) ?? [];
    if (place !== undefined) return this.#place(Number(place) - 100);
    if (path === '/queue/api/json') {
      const waiting = this.book.jobs.filter((job) => this.#phase(job) === 'queued');
      return { json: { items: waiting.map((job) => ({ id: 100 + job.id, actions: this.#actions(job) })) } };
    }
    const [, job = '', number, stop] =
      /^\/job\/(.+?)(?:\/(\d+))?(?:\/(stop)|\/api\/json|\/consoleText)$/.exec(path) ?? [];
    if (number === undefined && path.endsWith('/api/json')) return this.#job(job);
    const build = this.book.get(number ?? '');
    if (build === undefined || build.data.job !== job || this.#phase(build) === 'queued') return notFound;
    if (stop !== undefined && method === 'POST') return this.#cancelled(build.id, 200);
    if (path.endsWith('/consoleText')) return { headers: { 'content-type': 'text/plain' }, text: this.#console(build) };
    const phase = this.#phase(build);
    const url = `${this.url}/job/${job}/${build.id}/`;
    const result = phase === 'running' ? null : (this.oddResult ?? RESULTS[phase]);
    return { json: { _class: 'Build', building: phase === 'running', result, url, displayName: `#${build.id}` } };
  }

  #phase(job: SimulatedJob<Build>): JobPhase {
    return this.book.phase(job);
  }

  #actions({ data }: SimulatedJob<Build>): unknown[] {
    const parameters = Object.entries(data.parameters).map(([name, value]) => ({ name, value }));
    return [{ _class: 'CauseAction' }, { _class: 'ParametersAction', parameters }, {}];
  }

  #job(name: string): SimulatedAnswer {
    const builds = this.book.newest().filter((job) => job.data.job === name && this.#phase(job) !== 'queued');
    const shown = builds.map((job) => ({ number: job.id, timestamp: job.startedAt, actions: this.#actions(job) }));
    return { json: { buildable: true, builds: shown } };
  }

  #place(id: number): SimulatedAnswer {
    const job = this.book.get(id);
    if (job === undefined) return notFound;
    const phase = this.#phase(job);
    if (phase === 'queued') return { json: { id: 100 + id, why: 'Waiting for next available executor' } };
    if (this.forgetful) return notFound;
    return { json: { id: 100 + id, cancelled: false, executable: { number: id } } };
  }

  #cancelled(id: number, status: number): SimulatedAnswer {
    const job = this.book.get(id);
    if (job === undefined) return notFound;
    this.book.cancel(job);
    return { status };
  }

  #console({ data, id }: SimulatedJob<Build>): string {
    return `Started by user interlock\n#${id} installs ${data.parameters['RELEASE_PACKAGE'] ?? ''}\nżółć ✓\n`;
  }
}
