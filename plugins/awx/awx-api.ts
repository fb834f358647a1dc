/** The part of the AWX API that the adapter uses, with every answer read into a type. */
import { AdapterError, type JsonValue } from '../../src/adapters/adapter.js';
import { path, type HttpClient, type HttpRequest } from '../../src/adapters/http.js';

type HttpFields = NonNullable<HttpRequest['query']>;
type Row = { readonly [name: string]: JsonValue };

/** The most rows of a page that AWX gives (setting MAX_PAGE_SIZE). */
const PAGE = 200;
/** How many names a filter lists, so that the address stays short enough for every proxy. */
const NAMES_AT_ONCE = 50;

/** What a template asks for at launch, and what it has without that. */
export interface LaunchData {
  readonly asks: (what: 'limit' | 'variables' | 'labels' | 'job_type' | 'forks') => boolean;
  readonly passwordsNeeded: readonly string[];
  readonly variablesNeeded: readonly string[];
  readonly inventory: number | undefined;
  readonly jobType: string;
  readonly slices: number;
  /** Ids of the labels that a job gets anyway. */
  readonly labels: readonly number[];
}

/** A job. */
export interface Job {
  readonly id: number;
  readonly status: string;
  readonly limit: string;
  /** Text, as AWX keeps it. */
  readonly extraVars: string;
  readonly created: string;
  readonly started: string | undefined;
  readonly finished: string | undefined;
  readonly explanation: string;
  /** AWX has stored every event of the job. */
  readonly eventsStored: boolean;
}

/** What a host did in a job that came to the end of its playbook. */
export interface HostSummary {
  readonly host: string;
  readonly ok: number;
  readonly changed: number;
  readonly failures: number;
  readonly dark: number;
  readonly skipped: number;
  readonly processed: number;
}

/** An event of a host. */
export interface HostEvent {
  readonly counter: number;
  readonly event: string;
  readonly host: string;
  readonly task: string;
  readonly at: string;
}

const rowOf = (value: JsonValue | undefined): Row =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Row) : {};
const textOf = (value: JsonValue | undefined): string => (typeof value === 'string' ? value : '');
const numberOf = (value: JsonValue | undefined): number => (typeof value === 'number' ? value : 0);
const arrayOf = (value: JsonValue | undefined): readonly JsonValue[] => (Array.isArray(value) ? value : []);
const textsOf = (value: JsonValue | undefined): string[] => arrayOf(value).filter((one) => typeof one === 'string');

/** @throws AdapterError INTERNAL when the answer is none of AWX. */
function required(row: Row, name: string): number {
  const value = row[name];
  if (typeof value === 'number' && Number.isSafeInteger(value)) return value;
  throw new AdapterError('INTERNAL', `The answer of AWX has no ${name}.`);
}

/** A job as AWX words it. */
export function jobOf(value: JsonValue): Job {
  const row = rowOf(value);
  const { extra_vars: vars } = row;
  return {
    id: required(row, 'id'),
    status: textOf(row['status']),
    limit: textOf(row['limit']),
    extraVars: typeof vars === 'string' ? vars : JSON.stringify(vars ?? {}),
    created: textOf(row['created']),
    started: textOf(row['started']) || undefined,
    finished: textOf(row['finished']) || undefined,
    explanation: textOf(row['job_explanation']),
    eventsStored: row['event_processing_finished'] !== false,
  };
}

/** Launch data as AWX words it (API guide, "Launch a Job Template"). */
export function launchDataOf(value: JsonValue): LaunchData {
  const row = rowOf(value);
  const defaults = rowOf(row['defaults']);
  const inventory = rowOf(defaults['inventory'])['id'];
  return {
    asks: (what) => row[`ask_${what}_on_launch`] === true,
    passwordsNeeded: textsOf(row['passwords_needed_to_start']),
    variablesNeeded: textsOf(row['variables_needed_to_start']),
    inventory: typeof inventory === 'number' ? inventory : undefined,
    jobType: textOf(defaults['job_type']) || 'run',
    slices: numberOf(defaults['job_slice_count']) || 1,
    labels: arrayOf(defaults['labels']).flatMap((label) => numberOf(rowOf(label)['id']) || []),
  };
}

/** A label, with the instants of its last change and of this answer, both by the clock of AWX. */
export interface Label {
  readonly id: number;
  readonly description: string;
  readonly modified: number;
  readonly now: number;
}

/** The answer to a launch. */
export interface Launched {
  readonly job: number | undefined;
  readonly workflowJob: number | undefined;
  readonly ignored: readonly string[];
  readonly limit: string;
}

/** Calls of one controller. Every method throws what the HTTP client throws. */
export class AwxApi {
  constructor(private readonly http: HttpClient) {}

  /** The version of the controller; answered to anybody. */
  async version(signal: AbortSignal): Promise<string> {
    return textOf(rowOf(await this.http.json({ method: 'GET', path: '/api/v2/ping/' }, signal))['version']);
  }

  /** Fails when the credentials are not accepted. */
  async signIn(signal: AbortSignal): Promise<void> {
    await this.http.json({ method: 'GET', path: '/api/v2/me/' }, signal);
  }

  async launchData(template: number, signal: AbortSignal): Promise<LaunchData> {
    const place = path`/api/v2/job_templates/${template}/launch/`;
    return launchDataOf(await this.http.json({ method: 'GET', path: place }, signal));
  }

  /** The organization of a template, where labels belong to. */
  async organization(template: number, signal: AbortSignal): Promise<number> {
    const place = path`/api/v2/job_templates/${template}/`;
    const value = rowOf(await this.http.json({ method: 'GET', path: place }, signal))['organization'];
    if (typeof value === 'number') return value;
    throw new AdapterError(
      'FAILED_PRECONDITION',
      'The job template belongs to no organization, so it takes no labels.',
    );
  }

  /** The hosts of an inventory among these names, and the groups that have one of these names. */
  async named(
    inventory: number,
    names: readonly string[],
    signal: AbortSignal,
  ): Promise<{ hosts: Map<string, { enabled: boolean }>; groups: string[] }> {
    const hosts = new Map<string, { enabled: boolean }>();
    const groups: string[] = [];
    for (let from = 0; from < names.length; from += NAMES_AT_ONCE) {
      const query = { name__in: names.slice(from, from + NAMES_AT_ONCE).join(',') };
      for (const row of await this.#all(path`/api/v2/inventories/${inventory}/hosts/`, query, signal))
        hosts.set(textOf(row['name']), { enabled: row['enabled'] !== false });
      for (const row of await this.#all(path`/api/v2/inventories/${inventory}/groups/`, query, signal))
        groups.push(textOf(row['name']));
    }
    return { hosts, groups };
  }

  async launch(template: number, body: { readonly [name: string]: JsonValue }, signal: AbortSignal): Promise<Launched> {
    const place = path`/api/v2/job_templates/${template}/launch/`;
    const row = rowOf(await this.http.json({ method: 'POST', path: place, body: { json: body } }, signal));
    const number = (name: string): number | undefined => (typeof row[name] === 'number' ? row[name] : undefined);
    return {
      job: number('job'),
      workflowJob: number('workflow_job'),
      ignored: Object.keys(rowOf(row['ignored_fields'])),
      limit: textOf(row['limit']),
    };
  }

  async job(id: number, signal: AbortSignal): Promise<Job> {
    return jobOf(await this.http.json({ method: 'GET', path: path`/api/v2/jobs/${id}/` }, signal));
  }

  /** The jobs that carry a label, oldest first. */
  async jobsWithLabel(name: string, signal: AbortSignal): Promise<Job[]> {
    const rows = await this.#all('/api/v2/jobs/', { labels__name: name, order_by: 'id' }, signal);
    return rows.map(jobOf);
  }

  /** The newest jobs. */
  async recentJobs(pages: number, signal: AbortSignal): Promise<Job[]> {
    return (await this.#all('/api/v2/jobs/', { order_by: '-id' }, signal, pages)).map(jobOf);
  }

  /** Creates a label. @returns its id, or undefined when there is one already. */
  async createLabel(name: string, organization: number, signal: AbortSignal): Promise<number | undefined> {
    const request = { method: 'POST', path: '/api/v2/labels/', body: { json: { name, organization } } } as const;
    const answer = await this.http.send({ ...request, accept: [400] }, signal);
    return answer.status === 400 ? undefined : required(rowOf(answer.json()), 'id');
  }

  /** A label by name. @param organization where it belongs to; undefined: any, for a name that is unique anyway. */
  async label(name: string, organization: number | undefined, signal: AbortSignal): Promise<Label | undefined> {
    const query = { name, organization, page_size: 1 };
    const answer = await this.http.send({ method: 'GET', path: '/api/v2/labels/', query }, signal);
    const [found] = rowsOf(answer.json());
    if (found === undefined) return undefined;
    return {
      id: required(found, 'id'),
      description: textOf(found['description']),
      modified: Date.parse(textOf(found['modified'])),
      now: Date.parse(answer.headers.get('date') ?? ''),
    };
  }

  /** Writes the description of a label, which moves the instant of its last change. */
  async touchLabel(id: number, description: string, signal: AbortSignal): Promise<void> {
    const place = path`/api/v2/labels/${id}/`;
    await this.http.json({ method: 'PATCH', path: place, body: { json: { description } } }, signal);
  }

  /** @returns whether AWX took the cancel; false for a job that has ended (405). */
  async cancel(kind: 'jobs' | 'workflow_jobs', id: number, signal: AbortSignal): Promise<boolean> {
    const place = path`/api/v2/${kind}/${id}/cancel/`;
    const { status } = await this.http.send({ method: 'POST', path: place, accept: [405] }, signal);
    if (status === 202 || status === 405) return status === 202;
    // A page of something in between, for example a sign-in.
    throw new AdapterError('OUTCOME_UNKNOWN', `The answer to the cancel of ${id} is none of AWX (${status}).`);
  }

  async summaries(job: number, signal: AbortSignal): Promise<Map<string, HostSummary>> {
    const rows = await this.#all(path`/api/v2/jobs/${job}/job_host_summaries/`, {}, signal);
    return new Map(
      rows.map((row) => {
        const count = (name: string): number => numberOf(row[name]);
        const host = textOf(row['host_name']);
        const [ok, changed, failures, dark] = [count('ok'), count('changed'), count('failures'), count('dark')];
        return [host, { host, ok, changed, failures, dark, skipped: count('skipped'), processed: count('processed') }];
      }),
    );
  }

  /** Events of a job in their order. @param pages how many to read; `whole` is false when there are more. */
  async events(
    job: number,
    query: HttpFields,
    signal: AbortSignal,
    pages = Infinity,
  ): Promise<{ events: HostEvent[]; whole: boolean }> {
    const place = path`/api/v2/jobs/${job}/job_events/`;
    const events: HostEvent[] = [];
    for (let page = 1; ; page += 1) {
      const asked = { ...query, order_by: 'counter', page_size: PAGE, page };
      const answer = await this.http.json({ method: 'GET', path: place, query: asked }, signal);
      for (const row of rowsOf(answer))
        events.push({
          counter: numberOf(row['counter']),
          event: textOf(row['event']),
          host: textOf(row['host_name']),
          task: textOf(row['task']),
          at: textOf(row['created']),
        });
      const whole = !rowOf(answer)['next'];
      if (whole || page >= pages) return { events, whole };
    }
  }

  /** Lines of the output of a job (API guide, "Retrieve Job Stdout"). @param end not included. */
  async stdout(job: number, start: number, end: number, signal: AbortSignal): Promise<{ text: string; lines: number }> {
    const query = { format: 'json', start_line: start, end_line: end };
    const place = path`/api/v2/jobs/${job}/stdout/`;
    const row = rowOf(await this.http.json({ method: 'GET', path: place, query }, signal));
    return { text: textOf(row['content']), lines: numberOf(rowOf(row['range'])['absolute_end']) };
  }

  async #all(place: string, query: HttpFields, signal: AbortSignal, pages = Infinity): Promise<Row[]> {
    const rows: Row[] = [];
    for (let page = 1; ; page += 1) {
      const asked = { ...query, page_size: PAGE, page };
      const answer = await this.http.json({ method: 'GET', path: place, query: asked }, signal);
      rows.push(...rowsOf(answer));
      if (!rowOf(answer)['next'] || page >= pages) return rows;
    }
  }
}

/** The rows of a page. @throws AdapterError INTERNAL when the answer is no list of AWX. */
function rowsOf(answer: JsonValue): Row[] {
  const rows = rowOf(answer)['results'];
  if (!Array.isArray(rows)) throw new AdapterError('INTERNAL', 'The answer of AWX is no list.');
  return rows.map(rowOf);
}
