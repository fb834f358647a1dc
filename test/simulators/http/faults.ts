import type { ServerResponse } from 'node:http';

/** How an answer is spoilt. `status` is a whole answer; the others break the exchange itself. */
export type HttpFault =
  | {
      readonly kind: 'status';
      readonly status: number;
      readonly headers?: Readonly<Record<string, string>>;
      readonly body?: string;
    }
  /** 200 with a sign-in page, as a proxy or an expired session answers. */
  | { readonly kind: 'html' }
  /** 200 and `application/json`, but no JSON. */
  | { readonly kind: 'malformed' }
  /** The connection closes in the middle of the body. */
  | { readonly kind: 'truncated' }
  /** Nothing comes until the caller gives up. */
  | { readonly kind: 'slow' }
  /** The connection closes without an answer. */
  | { readonly kind: 'reset' }
  /** A body without an end, until the caller leaves. */
  | { readonly kind: 'endless' };

const json = { 'content-type': 'application/json' };
const status = (code: number, message: string, headers: Record<string, string> = {}): HttpFault => ({
  kind: 'status',
  status: code,
  headers: { ...json, ...headers },
  body: JSON.stringify({ message }),
});

/** The usual troubles of an HTTP tool, by name. */
export const HTTP_FAULTS = {
  unauthenticated: status(401, 'Bad credentials'),
  forbidden: status(403, 'Not allowed'),
  notFound: status(404, 'Not found'),
  conflict: status(409, 'Conflict'),
  tooMany: status(429, 'Slow down', { 'retry-after': '7' }),
  error: status(500, 'Internal error'),
  badGateway: { kind: 'status', status: 502, headers: { 'content-type': 'text/html' }, body: '<h1>Bad gateway</h1>' },
  maintenance: status(503, 'Maintenance', { 'retry-after': '30' }),
  html: { kind: 'html' },
  malformed: { kind: 'malformed' },
  truncated: { kind: 'truncated' },
  slow: { kind: 'slow' },
  reset: { kind: 'reset' },
  endless: { kind: 'endless' },
} as const satisfies Record<string, HttpFault>;

/** Which requests a fault hits, how often, and whether the tool acts all the same. */
export interface FaultRule {
  readonly fault: HttpFault | keyof typeof HTTP_FAULTS;
  /** Absent: every method. */
  readonly method?: string;
  /** Matched against the path. Absent: every path. */
  readonly path?: RegExp;
  /** Default 1. */
  readonly times?: number;
  /** The tool does what it is asked, and only its answer is spoilt. Default false. */
  readonly acts?: boolean;
}

/** The faults that wait for their requests. */
export class HttpFaults {
  #rules: { rule: FaultRule; left: number }[] = [];

  /** Adds a fault; of several that fit a request, the first is played. */
  add(rule: FaultRule): void {
    this.#rules.push({ rule, left: rule.times ?? 1 });
  }

  /** Forgets all of them. */
  clear(): void {
    this.#rules = [];
  }

  /** The fault for a request, used up by one; undefined when it goes well. */
  take(method: string, path: string): { fault: HttpFault; acts: boolean } | undefined {
    const found = this.#rules.find(
      ({ rule, left }) => left > 0 && (rule.method ?? method) === method && (rule.path ?? /^/).test(path),
    );
    if (found === undefined) return undefined;
    found.left -= 1;
    const { fault, acts = false } = found.rule;
    return { fault: typeof fault === 'string' ? HTTP_FAULTS[fault] : fault, acts };
  }
}

/** Plays a fault instead of an answer. */
export function playFault(fault: HttpFault, response: ServerResponse): void {
  switch (fault.kind) {
    case 'status':
      response.writeHead(fault.status, fault.headers).end(fault.body);
      return;
    case 'html':
      response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' });
      response.end('<!doctype html><title>Sign in</title><form action="/login"><input name="password"></form>');
      return;
    case 'malformed':
      response.writeHead(200, json).end('{"id": 1,');
      return;
    case 'truncated':
      response.writeHead(200, { ...json, 'content-length': '1000' });
      response.write('{"id": 1', () => response.destroy());
      return;
    case 'endless': {
      response.writeHead(200, json);
      const more = (): void => void (response.destroyed || response.write(' '.repeat(65_536), more));
      more();
      return;
    }
    case 'reset':
      response.destroy();
      return;
    case 'slow':
    // The caller gives up, or the simulator closes.
  }
}
