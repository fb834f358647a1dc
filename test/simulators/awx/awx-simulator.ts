/**
 * An AWX controller on this machine, as far as a deployment needs one: launch data, launches with prompts that a
 * template may not accept, jobs that run on hosts, their events and summaries, labels, cancels, output, and webhook
 * notifications. Built from the public source of ansible/awx (awx/api/templates/api, awx/api/serializers.py, views).
 */
import type { SimulatedAnswer, SimulatedRequest } from '../http/http-simulator.js';
import { Effects, SimulatedServers } from '../http/simulated-servers.js';
import { endJob, isActive, stepJob } from './awx-engine.js';
import type { AwxHost, AwxJob, AwxTemplate } from './awx-job.js';
import { jobDetail, launchData, listOf, stdoutOf } from './awx-answers.js';

/** Where AWX posts when a job starts or ends, as a notification template of type webhook says it. */
export interface AwxWebhook {
  readonly url: string;
  readonly username?: string;
  readonly password?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** How long a step of a job takes, in milliseconds. */
const STEP_MS = 25;
const MAX_PAGE = 200;

const notFound: SimulatedAnswer = { status: 404, json: { detail: 'No JobTemplate matches the given query.' } };

/** One controller with its objects. The simulator has one for each path below which it is asked. */
export class AwxController {
  readonly templates = new Map<number, AwxTemplate>();
  readonly hosts: AwxHost[] = [];
  readonly groups: string[] = [];
  readonly labels: { id: number; name: string; organization: number; description: string; modified: string }[] = [];
  readonly jobs = new Map<number, AwxJob>();
  webhook: AwxWebhook | undefined;
  /** The token that everybody must send. Absent: any token. */
  token: string | undefined;
  /** Jobs stop where they are while this is true. */
  held = false;
  /** Status codes of the notifications that were sent. */
  readonly notified: Promise<number>[] = [];
  #id = 40;

  /** @param effects get a file for every job and for every task done on a host. */
  constructor(private readonly effects = new Effects()) {
    this.template(7, { name: 'Deploy' });
    this.template(8, { name: 'Slow', tasks: Array.from({ length: 40 }, (_unused, n) => `Task ${n}`) });
    this.template(9, { name: 'All or nothing', trouble: 'any-errors-fatal' });
    this.template(10, { name: 'Broken playbook', trouble: 'syntax' });
    this.template(11, { name: 'Broken project', trouble: 'project' });
    this.template(12, { name: 'Broken node', trouble: 'lost' });
    for (const [name, script] of [
      ['web-1', 'ok'],
      ['web-2', 'ok'],
      ['web-3', 'ok'],
      ['bad-1', 'fail'],
      ['dark-1', 'dark'],
      ['absent-1', 'absent'],
      ['idle-1', 'idle'],
      ['ignore-1', 'ignore'],
    ] as const)
      this.host(name, script);
    for (let n = 0; n < 1_000; n += 1) this.host(`many-${n}`);
    this.groups.push('web', 'ungrouped');
  }

  /** Adds a host to the inventory. */
  host(name: string, script: AwxHost['script'] = 'ok'): AwxHost {
    const host = { id: this.#next(), name, enabled: true, script };
    this.hosts.push(host);
    return host;
  }

  /** Adds a job template that asks for everything on launch. */
  template(id: number, more: Partial<AwxTemplate> = {}): AwxTemplate {
    const asks = { limit: true, variables: true, labels: true, jobType: true, forks: true };
    const tasks = ['Gather facts', 'Install the package', 'The release is installed'];
    const rest = {
      inventory: 2,
      organization: 1,
      jobSliceCount: 1,
      passwords: [],
      variables: [],
      tasks,
      forgets: [],
      jobType: 'run',
    };
    const made: AwxTemplate = { id, name: `Template ${id}`, asks, ...rest, ...more };
    this.templates.set(id, made);
    return made;
  }

  /** The jobs of a key, first to last. */
  jobsOf(key: string): AwxJob[] {
    return [...this.jobs.values()].filter((job) => JSON.stringify(job.extraVars).includes(JSON.stringify(key)));
  }

  /** Hosts that a job may touch. */
  hostsOf({ limit }: AwxJob): AwxHost[] {
    const names = limit === '' ? this.hosts.map(({ name }) => name) : limit.split(',');
    return this.hosts.filter(({ name, enabled }) => enabled && names.includes(name));
  }

  /** Takes every job one step further. */
  step(): void {
    if (this.held) return;
    for (const job of this.jobs.values()) {
      if (!isActive(job)) continue;
      const [before, told] = [job.status, job.events.length];
      stepJob(job, this.hostsOf(job));
      for (const { event, host_name: host, task } of job.events.slice(told))
        if (event === 'runner_on_ok' && job.jobType === 'run')
          this.effects.note('effects', `${job.id}-${host}-${task}`);
      if (job.status !== before && (job.status === 'running' || !isActive(job))) this.notify(job);
    }
  }

  /** Sends the notification of a job to the webhook, as AWX does: once, whatever the answer. */
  notify(job: AwxJob): void {
    if (this.webhook === undefined) return;
    const { url, username, password, headers = {} } = this.webhook;
    const basic = username === undefined ? '' : Buffer.from(`${username}:${password ?? ''}`).toString('base64');
    const hosts = Object.fromEntries(job.summaries.map(({ host_name: name, ...counts }) => [name, counts]));
    const body = {
      ...{
        id: job.id,
        name: job.template.name,
        url: `https://awx.example/#/jobs/playbook/${job.id}`,
        created_by: 'admin',
      },
      ...{ started: job.started, finished: job.finished, status: job.status, traceback: '', inventory: 'Site' },
      ...{ project: 'site', playbook: 'deploy.yml', credential: 'ssh', limit: job.limit },
      ...{ extra_vars: JSON.stringify(job.extraVars), hosts },
    };
    const sent = fetch(url, {
      method: 'POST',
      body: JSON.stringify(body),
      headers: { 'content-type': 'application/json', ...(basic && { authorization: `Basic ${basic}` }), ...headers },
    });
    this.notified.push(
      sent.then(
        ({ status }) => status,
        () => 0,
      ),
    );
  }

  /** Answers a request to a path below `/api/v2/`. */
  answer(method: string, path: string, request: SimulatedRequest): SimulatedAnswer {
    if (this.token !== undefined && request.headers['authorization'] !== `Bearer ${this.token}`)
      return { status: 401, json: { detail: 'Authentication credentials were not provided.' } };
    const [noun, id, verb] = path.split('/');
    const { query } = request;
    if (noun === 'ping') return { json: { version: '24.6.1', active_node: 'awx-1' } };
    if (noun === 'me') return { json: listOf([{ id: 1, username: 'interlock' }], query) };
    if (noun === 'labels') return this.#labelled(method, Number(id), request);
    if (noun === 'inventories') return this.#inventory(Number(id), verb ?? '', query);
    if (noun === 'job_templates') return this.#template(method, Number(id), verb ?? '', request);
    if (noun === 'jobs' && !id) return this.#jobList(query);
    const job = this.jobs.get(Number(id));
    if (noun === 'workflow_jobs' && job !== undefined && verb === 'cancel') return this.#cancel(job);
    if (noun !== 'jobs' || job === undefined) return { status: 404, json: { detail: 'Not found.' } };
    if (verb === 'cancel' && method === 'POST') return this.#cancel(job);
    if (verb === 'stdout') return stdoutOf(job, query);
    if (verb === 'job_host_summaries') return { json: listOf(job.summaries, query) };
    if (verb === 'job_events') return { json: listOf(this.#events(job, query), query) };
    return { json: jobDetail(job, this.labels) };
  }

  #next(): number {
    return (this.#id += 1);
  }

  #labels(query: URLSearchParams): typeof this.labels {
    return this.labels.filter(({ name }) => (query.get('name') ?? name) === name);
  }

  #labelled(method: string, id: number, request: SimulatedRequest): SimulatedAnswer {
    if (method === 'POST') return this.#label(request);
    const label = this.labels.find((one) => one.id === id);
    if (method !== 'PATCH') return { json: listOf(this.#labels(request.query), request.query) };
    if (label === undefined) return { status: 404, json: { detail: 'Not found.' } };
    Object.assign(label, JSON.parse(request.body), { modified: new Date().toISOString() });
    return { json: label };
  }

  #label({ body }: SimulatedRequest): SimulatedAnswer {
    const { name, organization } = JSON.parse(body) as { name: string; organization: number };
    if (this.labels.some((label) => label.name === name && label.organization === organization))
      return { status: 400, json: { __all__: ['Label with this Name and Organization already exists.'] } };
    const label = { id: this.#next(), name, organization, description: '', modified: new Date().toISOString() };
    this.labels.push(label);
    return { status: 201, json: label };
  }

  #inventory(id: number, verb: string, query: URLSearchParams): SimulatedAnswer {
    if (![...this.templates.values()].some(({ inventory }) => inventory === id)) return notFound;
    const named = (one: { name: string }): boolean =>
      query.get('name__in') === null || (query.get('name__in') ?? '').split(',').includes(one.name);
    if (verb === 'hosts') return { json: listOf(this.hosts.filter(named), query) };
    if (verb === 'groups') return { json: listOf(this.groups.map((name) => ({ name })).filter(named), query) };
    return { json: { id, name: 'Site' } };
  }

  #template(method: string, id: number, verb: string, { body }: SimulatedRequest): SimulatedAnswer {
    const template = this.templates.get(id);
    if (template === undefined) return notFound;
    if (verb !== 'launch') return { json: { id, name: template.name, organization: template.organization } };
    return method === 'POST' ? this.#launch(template, JSON.parse(body) as never) : { json: launchData(template) };
  }

  #launch(
    template: AwxTemplate,
    given: { extra_vars?: object; limit?: string; labels?: number[]; job_type?: string; forks?: number },
  ): SimulatedAnswer {
    if (template.passwords.length > 0) return { status: 400, json: { passwords_needed_to_start: template.passwords } };
    const takes = (field: 'limit' | 'extra_vars' | 'labels', asked: boolean): boolean =>
      asked && !template.forgets.includes(field);
    const { asks } = template;
    const [limit, variables, labels] = [
      takes('limit', asks.limit),
      takes('extra_vars', asks.variables),
      takes('labels', asks.labels),
    ];
    const ignored = {
      ...(!variables && given.extra_vars && { extra_vars: given.extra_vars }),
      ...(!limit && given.limit !== undefined && { limit: given.limit }),
      ...(!labels && given.labels && { labels: given.labels }),
      ...(!asks.jobType && given.job_type && { job_type: given.job_type }),
      ...(!asks.forks && given.forks && { forks: given.forks }),
    };
    const job: AwxJob = {
      id: this.#next(),
      template,
      limit: limit ? (given.limit ?? '') : '',
      extraVars: variables ? ((given.extra_vars ?? {}) as Record<string, unknown>) : {},
      labels: labels ? (given.labels ?? []) : [],
      jobType: asks.jobType ? (given.job_type ?? template.jobType) : template.jobType,
      created: new Date().toISOString(),
      status: 'pending',
      started: null,
      finished: null,
      explanation: '',
      left: new Map(),
      events: [],
      summaries: [],
      late: 0,
    };
    this.jobs.set(job.id, job);
    this.effects.note('runs', String(job.id));
    const name = (template.slicesAtLaunch ?? template.jobSliceCount) > 1 ? 'workflow_job' : 'job';
    return { status: 201, json: { [name]: job.id, ignored_fields: ignored, ...jobDetail(job, this.labels) } };
  }

  #jobList(query: URLSearchParams): SimulatedAnswer {
    // `extra_vars` may hold secrets, so AWX refuses to search in it.
    if ([...query.keys()].some((name) => name.startsWith('extra_vars')))
      return { status: 403, json: { detail: 'Filtering on extra_vars is not allowed.' } };
    const label = query.get('labels__name');
    const known = this.labels.filter(({ name }) => name === label).map(({ id }) => id);
    const jobs = [...this.jobs.values()].filter((job) => label === null || job.labels.some((id) => known.includes(id)));
    if (query.get('order_by') === '-id') jobs.reverse();
    return {
      json: listOf(
        jobs.map((job) => jobDetail(job, this.labels)),
        query,
      ),
    };
  }

  #events(job: AwxJob, query: URLSearchParams): object[] {
    const events = query.get('event')?.split(',') ?? query.get('event__in')?.split(',');
    const after = Number(query.get('counter__gt') ?? 0);
    const task = query.get('task');
    return job.events.filter(
      (one) => one.counter > after && (events?.includes(one.event) ?? true) && (task ?? one.task) === one.task,
    );
  }

  #cancel(job: AwxJob): SimulatedAnswer {
    if (!isActive(job)) return { status: 405, json: { detail: 'Method "POST" not allowed.' } };
    endJob(job, 'canceled');
    this.notify(job);
    return { status: 202 };
  }
}

/** The server. Below `/some/path/api/v2/` there is one controller for each path. */
export class AwxSimulator extends SimulatedServers<AwxController> {
  constructor() {
    super('/api/v2/', STEP_MS, (effects) => new AwxController(effects));
  }

  protected override ask(controller: AwxController, path: string, request: SimulatedRequest): SimulatedAnswer {
    // Django sends a request without the final slash to the address with one, and loses the body of a POST.
    if (!request.path.endsWith('/')) return { status: 301, headers: { location: `${request.path}/` } };
    if (Number(request.query.get('page_size') ?? 1) > MAX_PAGE) request.query.set('page_size', String(MAX_PAGE));
    return super.ask(controller, path, request);
  }
}
