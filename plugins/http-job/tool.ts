/** The tool behind a profile: makes its requests, and reads its answers. */
import {
  AdapterError,
  type AdapterContext,
  type DistributionRequest,
  type JsonValue,
} from '../../src/adapters/adapter.js';
import { HttpClient, type HttpAnswer, type HttpRequest } from '../../src/adapters/http.js';
import type { StoredRun } from './job-store.js';
import type { HttpJobConfig, Profile, RequestSpec, SearchSpec } from './profile.js';
import { all, read, type Document } from './reader.js';
import { scopeOfJob, scopeOfOrder, siteOf, type Job } from './scope.js';
import { fillIn, Template, type Scope } from './template.js';

/** How a job is known in the tool. */
export interface Place {
  readonly id?: string;
  readonly ticket?: string;
}

type SendOptions = Pick<HttpRequest, 'accept' | 'effect'>;

/** An answer as a document. A body that is no JSON is an error only where something is read from it. */
export function documentOf(answer: HttpAnswer): Document {
  let body: { readonly value: JsonValue | undefined } | undefined;
  return {
    headers: answer.headers,
    get body() {
      body ??= { value: answer.bytes.byteLength === 0 ? undefined : answer.json() };
      return body.value;
    },
  };
}

/** The clocks of the tool and of this server may differ by so much, in milliseconds. */
const SKEW_MS = 300_000;

/** Whether a list shows everything that began since a time: it is not full, or its last member is older. */
function reachesBack(time: number, { newest }: SearchSpec, members: readonly Document[]): boolean {
  const last = members.at(-1);
  if (newest === undefined || last === undefined || members.length < newest.most) return true;
  const said = read(newest.since, last, () => undefined) ?? '';
  const began = /^\d+$/.test(said) ? Number(said) : Date.parse(said);
  return began < time - SKEW_MS;
}

const words = (text: string): string[] => text.split(/[^A-Za-z0-9._:-]+/);

/** One configured tool. */
export class Tool {
  readonly #http: HttpClient;
  readonly #site: readonly [string, JsonValue][];

  constructor(
    readonly profile: Profile,
    private readonly config: HttpJobConfig,
    private readonly context: AdapterContext,
  ) {
    this.#http = new HttpClient(context, config);
    this.#site = siteOf(profile, config);
  }

  /** The names of a job that is there. */
  scope(run: StoredRun, job: Job, place: Place = {}): Scope {
    return scopeOfJob(this.#site, run, job, { id: place.id, ticket: place.ticket });
  }

  /** Makes the order of a job without sending it. @throws AdapterError INVALID_ARGUMENT when that is impossible. */
  rehearse(request: DistributionRequest, job: Job): void {
    const secrets = Object.fromEntries((this.profile.secrets ?? []).map((name) => [name, '(secret)']));
    const scope = scopeOfOrder(this.#site, request, job, secrets);
    for (const spec of [this.profile.submit.request, ...(this.profile.check ?? []).map((one) => one.request)])
      this.#render(spec, scope);
    const later = scopeOfJob(this.#site, { key: request.key, packageBinding: request.package.binding }, job, {
      id: 'id',
      ticket: 'ticket',
    });
    this.#render(this.profile.observe.request, later);
  }

  /** Sends a request with the names of an order. */
  async order(
    spec: RequestSpec,
    request: DistributionRequest,
    job: Job,
    signal: AbortSignal,
    options: SendOptions = {},
  ): Promise<HttpAnswer> {
    return await this.#send(spec, (secrets) => scopeOfOrder(this.#site, request, job, secrets), signal, options);
  }

  /** Sends a request with the names of a job that is there. */
  async ask(spec: RequestSpec, scope: Scope, signal: AbortSignal, options: SendOptions = {}): Promise<HttpAnswer> {
    return await this.#send(
      spec,
      (secrets) => (name) => (name.startsWith('secret.') ? secrets[name.slice(7)] : scope(name)),
      signal,
      options,
    );
  }

  /**
   * Looks for a job by its key.
   * @param sentAt when it was sent, in milliseconds since 1970; not needed for one that certainly was.
   * @returns null when there is no such job; undefined when nobody can tell: the profile knows no way to look, or
   *   the tool lists only its newest jobs, and all of them are newer.
   */
  async search(run: StoredRun, job: Job, signal: AbortSignal, sentAt = Infinity): Promise<Place | null | undefined> {
    const { search, submit, observe } = this.profile;
    const scope = this.scope(run, job);
    if (submit.exists !== undefined) {
      const answer = await this.ask(observe.request, scope, signal, { accept: [404] });
      return answer.status === 404 ? null : {};
    }
    if (search === undefined) return undefined;
    let whole = true;
    for (const spec of search) {
      const document = documentOf(await this.ask(spec.request, scope, signal));
      const wanted = new Template(spec.equals ?? '${job.key}').text(scope);
      const members = all(document.body, spec.list).map((body) => ({ headers: document.headers, body }));
      whole &&= reachesBack(sentAt, spec, members);
      for (const one of members) {
        const text = read(spec.at, one, scope);
        if (text === undefined || !(spec.contains === true ? words(text).includes(wanted) : text === wanted)) continue;
        return { id: read(spec.id, one, scope), ticket: read(spec.ticket, one, scope) };
      }
    }
    return whole ? null : undefined;
  }

  /** The id of a waiting job, its place in the queue, or null when it is no longer there. */
  async locate(
    run: StoredRun,
    job: Job,
    place: Place,
    signal: AbortSignal,
  ): Promise<{ readonly id?: string; readonly native?: string } | null> {
    const { locate } = this.profile;
    if (locate === undefined || place.ticket === undefined) return null;
    const scope = this.scope(run, job, place);
    const answer = await this.ask(locate.request, scope, signal, { accept: [404] });
    if (answer.status === 404) return null;
    const document = documentOf(answer);
    return { id: read(locate.id, document, scope), native: read(locate.state, document, scope) };
  }

  async #send(
    spec: RequestSpec,
    scopeWith: (secrets: Readonly<Record<string, string>>) => Scope,
    signal: AbortSignal,
    options: SendOptions,
  ): Promise<HttpAnswer> {
    const used = new Set(
      JSON.stringify(spec)
        .match(/secret\.[A-Za-z0-9_-]+/g)
        ?.map((name) => name.slice(7)),
    );
    const secrets: Record<string, string> = {};
    for (const name of used) {
      const ref = this.config.secrets?.[name];
      if (ref !== undefined) secrets[name] = await this.context.secrets.get(ref);
    }
    const request = this.#render(spec, scopeWith(secrets));
    return await this.#http.send({ ...request, ...options, hide: Object.values(secrets) }, signal);
  }

  #render(spec: RequestSpec, scope: Scope): HttpRequest {
    const texts = (fields: Readonly<Record<string, string>> = {}): Record<string, string> =>
      Object.fromEntries(Object.entries(fields).map(([name, text]) => [name, new Template(text).text(scope)]));
    const headers = { ...texts(this.profile.headers), ...texts(spec.headers) };
    const body = bodyOf(spec, scope);
    if (spec.contentType !== undefined) headers['content-type'] = spec.contentType;
    return {
      method: spec.method ?? 'GET',
      path: new Template(spec.path).text(scope, 'path'),
      query: fieldsFrom(spec.query, scope),
      headers,
      ...(body && { body }),
    };
  }
}

function bodyOf(spec: RequestSpec, scope: Scope): HttpRequest['body'] {
  if (spec.form !== undefined) return { form: fieldsFrom(spec.form, scope) };
  return spec.json === undefined ? undefined : { json: fillIn(spec.json, scope) ?? null };
}

/** The fields of a query or form: texts, numbers, or lists of texts, whose name is repeated. */
function fieldsFrom(fields: Readonly<Record<string, string>> = {}, scope: Scope): NonNullable<HttpRequest['query']> {
  const filled = fillIn(fields, scope) as Readonly<Record<string, JsonValue>>;
  return Object.fromEntries(
    Object.entries(filled).map(([name, value]) => {
      if (Array.isArray(value)) return [name, value.map(String)];
      if (typeof value === 'object' && value !== null)
        throw new AdapterError('INVALID_ARGUMENT', `The value of "${name}" is neither a text nor a number.`);
      return [name, value === null ? undefined : (value as string | number | boolean)];
    }),
  );
}
