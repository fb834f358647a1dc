/**
 * A small HTTP client for adapters, on `ctx.fetch`. It keeps what every adapter must keep: addresses stay below the
 * configured one, secrets are resolved at use and never leave it in a message, every call ends, answers are bounded,
 * and each failure has the right code. Published as `interlock/adapter/http`.
 */
import {
  AdapterError,
  isAdapterError,
  isSecretRef,
  type AdapterContext,
  type JsonSchema,
  type JsonValue,
  type SecretRef,
} from './adapter.js';
import { bodyOf, contentTypeOf, decode, placeOf, readBody, redirectOf, searchParams } from './http-body.js';
import type { HttpBody, HttpFields } from './http-body.js';
import { broken, refusal, unreadable, type HttpEffect } from './http-failure.js';

/** How a tool recognises us. */
export type HttpAuth =
  | { readonly type: 'bearer'; readonly token: SecretRef }
  | { readonly type: 'basic'; readonly username: string; readonly password: SecretRef }
  /** A header of the tool's own, for example `X-Rundeck-Auth-Token`. */
  | { readonly type: 'header'; readonly name: string; readonly value: SecretRef; readonly prefix?: string };

/** The settings of a client; {@link HTTP_SETTINGS} is their schema. */
export interface HttpSettings {
  /** Every request goes to this address or below it. No user, password, query or fragment. */
  readonly baseUrl: string;
  /** Accept a `baseUrl` that begins with http: everybody on the way can read the credentials. Default false. */
  readonly allowHttp?: boolean;
  /** Absent: requests carry no credentials. */
  readonly auth?: HttpAuth;
  /** Sent with every request. */
  readonly headers?: Readonly<Record<string, string | SecretRef>>;
  /** For one request with its whole answer. Default 30,000. */
  readonly timeoutMs?: number;
  /** Of one answer, after decompression. Default 4 MiB. */
  readonly maxResponseBytes?: number;
}

const DEFAULT_TIMEOUT_MS = 30_000;
const DEFAULT_RESPONSE_BYTES = 4 * 1024 * 1024;
/** How much of an error's body is read. */
const MAX_ERROR_BYTES = 16_384;
const MAX_REDIRECTS = 5;

const secret: JsonSchema = { type: 'object', 'x-secret': true };
const headerName: JsonSchema = { type: 'string', pattern: "^[A-Za-z0-9!#$%&'*+.^_`|~-]+$" };
const variant = (type: string, properties: JsonSchema, required: readonly string[]): JsonSchema => ({
  type: 'object',
  additionalProperties: false,
  properties: { type: { const: type }, ...properties },
  required: ['type', ...required],
});

/** Schemas of {@link HttpSettings} by property name, for the `properties` of an adapter's `configSchema`. */
export const HTTP_SETTINGS: Readonly<Record<keyof HttpSettings, JsonSchema>> = {
  baseUrl: { type: 'string', pattern: '^https?://[^\\s?#@]+$', description: 'Address of the tool.' },
  allowHttp: {
    type: 'boolean',
    default: false,
    description: 'Accept http: in baseUrl; credentials are then readable.',
  },
  auth: {
    description: 'How the tool recognises this server.',
    oneOf: [
      variant('bearer', { token: secret }, ['token']),
      variant('basic', { username: { type: 'string', minLength: 1 }, password: secret }, ['username', 'password']),
      variant('header', { name: headerName, value: secret, prefix: { type: 'string' } }, ['name', 'value']),
    ],
  },
  headers: {
    type: 'object',
    propertyNames: headerName,
    additionalProperties: { anyOf: [{ type: 'string' }, secret] },
    description: 'Headers of every request.',
  },
  timeoutMs: { type: 'integer', minimum: 1, maximum: 600_000, default: DEFAULT_TIMEOUT_MS },
  maxResponseBytes: { type: 'integer', minimum: 1024, default: DEFAULT_RESPONSE_BYTES },
};

/** One request. */
export interface HttpRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Below `baseUrl`, beginning with `/`, encoded: write it with {@link path}. */
  readonly path: string;
  readonly query?: HttpFields;
  readonly headers?: Readonly<Record<string, string | SecretRef>>;
  readonly body?: HttpBody;
  /** Default: GET is a read, everything else a mutation. Some tools start and stop work by GET. */
  readonly effect?: HttpEffect;
  /** Answers outside 2xx that the caller reads itself instead of an error. */
  readonly accept?: readonly number[];
  /** What 409 means here. Default ABORTED: something else is under way. */
  readonly conflict?: 'ABORTED' | 'ALREADY_EXISTS';
  readonly timeoutMs?: number;
  /** Resolved secrets in the body; they are taken out of every message. */
  readonly hide?: readonly string[];
}

/** An answer that was read to its end. */
export interface HttpAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly bytes: Uint8Array;
  /** The body as UTF-8. */
  text(): string;
  /** The body as JSON. INTERNAL, or OUTCOME_UNKNOWN after a mutation, when it is none: for example a login page. */
  json(): JsonValue;
}

// eslint-disable-next-line no-control-regex -- control characters are what is looked for
const ODD = /[\u0000-\u0020\u007f\\]/;

/**
 * One segment of a path, encoded.
 * @throws AdapterError INVALID_ARGUMENT for a value that some server takes for a step to another place: empty, `.`,
 *   `..` or a path that holds one.
 */
export function segment(value: string | number): string {
  const text = String(value);
  if (text.split(/[/\\]/).some((part) => part === '' || part === '.' || part === '..') || !text.isWellFormed())
    throw new AdapterError('INVALID_ARGUMENT', `${JSON.stringify(text.slice(0, 100))} cannot be a part of an address.`);
  return encodeURIComponent(text);
}

/** Writes a path: the text is taken as it is, each value becomes one encoded {@link segment}. */
export function path(texts: TemplateStringsArray, ...values: readonly (string | number)[]): string {
  return texts.reduce((made, text, index) => `${made}${segment(values[index - 1] as string | number)}${text}`);
}

/** @throws AdapterError INVALID_ARGUMENT for an address that the client must not use. */
function baseOf({ baseUrl, allowHttp = false }: HttpSettings): URL {
  if (!URL.canParse(baseUrl)) throw new AdapterError('INVALID_ARGUMENT', 'baseUrl is not an address.');
  const base = new URL(baseUrl);
  const bare = base.username === '' && base.password === '' && base.search === '' && base.hash === '';
  if (!bare || /[?#@]/.test(baseUrl))
    throw new AdapterError('INVALID_ARGUMENT', 'baseUrl must not have a user, a password, a query or a fragment.');
  if (base.protocol !== 'https:' && !(base.protocol === 'http:' && allowHttp))
    throw new AdapterError('INVALID_ARGUMENT', 'baseUrl must begin with https, or with http where allowHttp is true.');
  base.pathname = base.pathname.replace(/\/+$/, '');
  return base;
}

/** A client for one tool. It holds no connection between calls, so there is nothing to close. */
export class HttpClient {
  readonly #base: URL;

  /** @throws AdapterError INVALID_ARGUMENT when the settings must not be used. */
  constructor(
    private readonly context: Pick<AdapterContext, 'fetch' | 'secrets' | 'now'>,
    private readonly settings: HttpSettings,
  ) {
    this.#base = baseOf(settings);
  }

  /**
   * The path of an address that the tool gave us, relative to `baseUrl`, with its query.
   * @param link absolute, or beginning with `/`.
   * @throws AdapterError FAILED_PRECONDITION when it leads to another server or outside `baseUrl`.
   */
  pathOf(link: string): string {
    const root = this.#base.pathname.replace(/\/$/, '');
    const url = URL.canParse(link, this.#base.origin) ? new URL(link, this.#base.origin) : undefined;
    if (url?.origin !== this.#base.origin || !`${url.pathname}/`.startsWith(`${root}/`) || url.username !== '')
      throw new AdapterError('FAILED_PRECONDITION', 'The tool names an address outside baseUrl; check baseUrl.');
    return `${url.pathname.slice(root.length)}${url.search}`;
  }

  /**
   * Sends a request and reads its answer. Redirects are followed for reads without credentials on the same origin only.
   * @throws AdapterError with the code of `http-failure.ts` for everything that is not a success.
   */
  async send(request: HttpRequest, signal: AbortSignal): Promise<HttpAnswer> {
    const effect = request.effect ?? (request.method === 'GET' ? 'read' : 'mutation');
    const what = `${request.method} ${request.path.split('?')[0]}`;
    let url = this.#url(request);
    const { headers, hidden } = await this.#headers(request);
    if (signal.aborted) throw new AdapterError('ABORTED', `${what} was aborted before it was sent.`);
    const scrub = (text: string): string => hidden.reduce((clean, one) => clean.replaceAll(one, '[redacted]'), text);
    const timeout = AbortSignal.timeout(request.timeoutMs ?? this.settings.timeoutMs ?? DEFAULT_TIMEOUT_MS);
    const within = AbortSignal.any([signal, timeout]);
    try {
      for (let hops = 0; ; hops += 1) {
        const body = bodyOf(request.body);
        const response = await this.context
          .fetch(url, { method: request.method, headers, redirect: 'manual', signal: within, ...(body && { body }) })
          .catch((error: unknown) => {
            if (within.aborted) throw error;
            throw broken(what, error, effect);
          });
        const next = effect === 'read' && hidden.length === 0 ? redirectOf(response, url) : undefined;
        if (next === undefined || hops === MAX_REDIRECTS)
          return await this.#answer(what, response, request, effect, scrub);
        await response.body?.cancel();
        url = next;
      }
    } catch (error) {
      if (isAdapterError(error)) throw error;
      if (!within.aborted) throw broken(what, error, effect);
      if (effect === 'mutation') throw new AdapterError('OUTCOME_UNKNOWN', `${what} got no answer in time.`);
      const code = signal.aborted ? 'ABORTED' : 'DEADLINE_EXCEEDED';
      throw new AdapterError(code, `${what} ${signal.aborted ? 'was aborted' : 'got no answer in time'}.`);
    }
  }

  /** Sends a request and reads its answer as JSON. See {@link send}. */
  async json(request: HttpRequest, signal: AbortSignal): Promise<JsonValue> {
    return (await this.send(request, signal)).json();
  }

  #url({ path: below, query = {} }: HttpRequest): URL {
    const [place = '', given] = below.split('?', 2);
    const odd = !place.startsWith('/') || place.startsWith('//') || ODD.test(below) || below.includes('#');
    const root = this.#base.pathname.replace(/\/$/, '');
    if (odd || place.split('/').some((part) => /^(\.|%2e){1,2}$/i.test(part)))
      throw new AdapterError('INVALID_ARGUMENT', `The path ${JSON.stringify(below.slice(0, 100))} cannot be used.`);
    const url = new URL(`${this.#base.origin}${root}${place}`);
    const asked = searchParams(query).toString();
    url.search = [given, asked].filter((part) => part !== undefined && part !== '').join('&');
    return url;
  }

  /** The headers, and every text in them that must not show: each secret, also in the form that is sent. */
  async #headers(request: HttpRequest): Promise<{ headers: Headers; hidden: string[] }> {
    const hidden = [...(request.hide ?? [])];
    const reveal = async (ref: SecretRef): Promise<string> => {
      const value = await this.context.secrets.get(ref);
      hidden.push(value);
      return value;
    };
    // A connection of its own for each call: one kept open may be closed by the tool just when a command is sent, and
    // then nobody knows whether the command arrived.
    const headers = new Headers({ accept: 'application/json', connection: 'close', 'user-agent': 'interlock' });
    const type = contentTypeOf(request.body);
    if (type !== undefined) headers.set('content-type', type);
    for (const [name, value] of Object.entries({ ...this.settings.headers, ...request.headers }))
      setHeader(headers, name, isSecretRef(value) ? await reveal(value) : value);
    const { auth } = this.settings;
    if (auth?.type === 'bearer') setHeader(headers, 'authorization', `Bearer ${await reveal(auth.token)}`);
    if (auth?.type === 'header') setHeader(headers, auth.name, `${auth.prefix ?? ''}${await reveal(auth.value)}`);
    if (auth?.type === 'basic') {
      const pair = Buffer.from(`${auth.username}:${await reveal(auth.password)}`, 'utf8').toString('base64');
      hidden.push(pair);
      setHeader(headers, 'authorization', `Basic ${pair}`);
    }
    return { headers, hidden: hidden.sort((a, b) => b.length - a.length) };
  }

  async #answer(
    what: string,
    response: Response,
    request: HttpRequest,
    effect: HttpEffect,
    scrub: (text: string) => string,
  ): Promise<HttpAnswer> {
    const { status, headers } = response;
    if (!response.ok && !(request.accept ?? []).includes(status)) {
      // The status says enough, whatever becomes of the body.
      const body = await readBody(response, MAX_ERROR_BYTES).catch(() => undefined);
      const text =
        status < 400 ? `a redirect to ${placeOf(headers.get('location'))}` : decode(body?.bytes ?? new Uint8Array());
      const now = this.context.now();
      throw refusal(
        what,
        { status, headers, text: scrub(text) },
        { effect, conflict: request.conflict ?? 'ABORTED', now },
      );
    }
    const max = this.settings.maxResponseBytes ?? DEFAULT_RESPONSE_BYTES;
    const { bytes, whole } = await readBody(response, max);
    if (!whole) throw unreadable(what, `it is larger than ${max} bytes`, effect);
    const json = (): JsonValue => {
      const type = headers.get('content-type')?.split(';')[0]?.trim().toLowerCase() ?? 'no content type';
      if (!/^(application|text)\/([\w.+-]+\+)?json$/.test(type))
        throw unreadable(what, `JSON was expected, it is ${JSON.stringify(scrub(type).slice(0, 80))}`, effect);
      try {
        return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes)) as JsonValue;
      } catch {
        throw unreadable(what, 'it is no JSON', effect);
      }
    };
    return { status, headers, bytes, text: () => decode(bytes), json };
  }
}

function setHeader(headers: Headers, name: string, value: string): void {
  try {
    headers.set(name, value);
  } catch {
    // The platform's message quotes the value, which may be a secret.
    throw new AdapterError(
      'FAILED_PRECONDITION',
      `The value of the header ${name} has characters that cannot be sent.`,
    );
  }
}
