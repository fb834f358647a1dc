/** An adapter for {@link file://./http-tool.mjs} that keeps every rule, and ways to break them. */
import {
  AdapterError,
  isAdapterError,
  type Adapter,
  type AdapterContext,
  type AdapterErrorCode,
  type AdapterModule,
  type DistributionRequest,
  type Observation,
  type ProbeReport,
  type RunHandle,
  type SecretRef,
} from '../../../../src/adapters/adapter.js';
import type { ConformanceFixtures } from '../../../../src/adapters/conformance/fixtures.js';
import { HTTP_SETTINGS, HttpClient, path } from '../../../../src/adapters/http.js';
import { PLAIN_CAPABILITIES } from '../harness.js';

interface ToolRun {
  readonly key: string;
  readonly id: string;
  readonly fingerprint: string;
  readonly targets: readonly string[];
  readonly at: string;
  readonly status: string;
}

/** See the file's head. */
export class HttpAdapter implements Adapter {
  readonly client: HttpClient;

  constructor(
    readonly context: AdapterContext,
    baseUrl: string,
  ) {
    const token: SecretRef = { $secret: 'env:HTTP_TOOL_TOKEN' };
    this.client = new HttpClient(context, { baseUrl, allowHttp: true, auth: { type: 'bearer', token } });
  }

  async probe(signal: AbortSignal): Promise<ProbeReport> {
    try {
      const answer = await this.client.send({ method: 'GET', path: '/health' }, signal);
      return { status: 'ready', toolVersion: (answer.json() as { version: string }).version };
    } catch (error) {
      if (!isAdapterError(error) || signal.aborted) throw error;
      return { status: 'broken', detail: error.message };
    }
  }

  async preflight(): Promise<never> {
    throw new AdapterError('UNIMPLEMENTED', 'This tool has no preflight.');
  }

  async submit(request: DistributionRequest, signal: AbortSignal): Promise<RunHandle> {
    if (request.dryRun) throw new AdapterError('UNIMPLEMENTED', 'This tool cannot rehearse.');
    const taken = await this.runOf(request.key, signal);
    if (taken !== undefined && taken.fingerprint !== request.fingerprint)
      throw new AdapterError('ALREADY_EXISTS', 'That key is taken.');
    return this.handle(taken ?? (await this.start(request, signal)));
  }

  async find(key: string, signal: AbortSignal): Promise<RunHandle | null> {
    const run = await this.runOf(key, signal);
    return run === undefined ? null : this.handle(run);
  }

  async observe({ native }: RunHandle, _cursor: string | null, signal: AbortSignal): Promise<Observation> {
    const answer = await this.client.send({ method: 'GET', path: path`/runs/${String(native['id'])}` }, signal);
    const { targets, status, at } = answer.json() as unknown as ToolRun;
    const done = status === 'DONE';
    const state = done ? ('succeeded' as const) : ('running' as const);
    return {
      run: done ? { phase: 'finished', outcome: 'success' } : { phase: 'running' },
      targets: targets.map((ciId) => ({ ciId, state, nativeStatus: status, at, attempt: 1 })),
      cursor: at,
      complete: done,
    };
  }

  async cancel(): Promise<never> {
    throw new AdapterError('UNIMPLEMENTED', 'This tool cannot cancel.');
  }

  async close(): Promise<void> {}

  async start({ key, fingerprint, targets }: DistributionRequest, signal: AbortSignal): Promise<ToolRun> {
    const value = { key, fingerprint, targets: targets.map(({ ciId }) => ciId) };
    return (
      await this.client.send({ method: 'POST', path: '/runs', body: { json: value } }, signal)
    ).json() as unknown as ToolRun;
  }

  private async runOf(key: string, signal: AbortSignal): Promise<ToolRun | undefined> {
    const answer = await this.client.send({ method: 'GET', path: '/runs', query: { key } }, signal);
    return (answer.json() as unknown as ToolRun[])[0];
  }

  private handle({ key, id }: ToolRun): RunHandle {
    return { adapterId: 'over-http', apiVersion: 1, key, native: { id } };
  }
}

/** The module. @param change makes an instance wrong */
export function httpModule(change: (adapter: HttpAdapter) => void = () => undefined): AdapterModule {
  return {
    $$type: 'release-adapter',
    apiVersion: 1,
    id: 'over-http',
    version: '1.0.0',
    title: 'Over HTTP',
    configSchema: {
      type: 'object',
      required: ['baseUrl'],
      additionalProperties: false,
      properties: { baseUrl: HTTP_SETTINGS.baseUrl },
    },
    targetSchema: { type: 'object' },
    packageSchema: { type: 'object' },
    capabilities: () => ({ ...PLAIN_CAPABILITIES, submit: 'findable', cancel: 'none', preflight: 'none' }),
    create: async (config, context) => {
      const adapter = new HttpAdapter(context, (config as { baseUrl: string }).baseUrl);
      change(adapter);
      return adapter;
    },
  };
}

/** Fixtures with the program that plays the tool. */
export const HTTP_FIXTURES: ConformanceFixtures = {
  config: { baseUrl: '${tool}' },
  targets: [
    { ciId: 'ci-1', name: 'one', binding: {} },
    { ciId: 'ci-2', name: 'two', binding: {} },
  ],
  tool: {
    command: ['${node}', '${cwd}/test/adapters/support/wrong-adapters/http-tool.mjs', '${dir}/runs'],
    http: '${address}',
  },
  secretEnv: ['HTTP_TOOL_TOKEN'],
  runs: '${dir}/runs',
};

const rename =
  (from: AdapterErrorCode, to: AdapterErrorCode) =>
  (error: unknown): never => {
    throw isAdapterError(error) && error.code === from ? new AdapterError(to, error.message) : error;
  };

/** Makes errors of one code another one, in observations and submissions. */
const misread =
  (from: AdapterErrorCode, to: AdapterErrorCode) =>
  (adapter: HttpAdapter): void => {
    const [observe, start] = [adapter.observe.bind(adapter), adapter.start.bind(adapter)];
    adapter.observe = async (...call) => await observe(...call).catch(rename(from, to));
    adapter.start = async (...call) => await start(...call).catch(rename(from, to));
  };

/** Adapters that are wrong in one way, and the cases that must find them. */
export const WRONG_OVER_HTTP: Readonly<
  Record<string, { readonly finds: readonly string[]; readonly change: (adapter: HttpAdapter) => void }>
> = {
  'takes 401 for a mistake of the caller': {
    finds: ['errors: 401 has the right code'],
    change: misread('UNAUTHENTICATED', 'INVALID_ARGUMENT'),
  },
  'takes 403 for wrong credentials': {
    finds: ['errors: 403 has the right code'],
    change: misread('PERMISSION_DENIED', 'UNAUTHENTICATED'),
  },
  'tries again what does not exist': {
    finds: ['errors: 404 has the right code'],
    change: misread('NOT_FOUND', 'UNAVAILABLE'),
  },
  'takes 409 for a fault': { finds: ['errors: 409 has the right code'], change: misread('ABORTED', 'INTERNAL') },
  'does not say how long to wait': {
    finds: ['errors: 429 with Retry-After has the right code', 'errors: 503 with Retry-After has the right code'],
    change: (adapter) => {
      misread('RESOURCE_EXHAUSTED', 'RESOURCE_EXHAUSTED')(adapter);
      misread('UNAVAILABLE', 'UNAVAILABLE')(adapter);
    },
  },
  'takes an unclear answer for a refusal': {
    finds: [
      'errors: 500 has the right code',
      'errors: 502 has the right code',
      'errors: a page of HTML instead of data has the right code',
      'errors: half an answer has the right code',
      'errors: an answer that breaks off has the right code',
      'errors: an order whose answer is lost is not known to have failed, and is not sent twice',
    ],
    change: misread('OUTCOME_UNKNOWN', 'FAILED_PRECONDITION'),
  },
  'sends an order again by itself': {
    finds: ['errors: an order whose answer is lost is not known to have failed, and is not sent twice'],
    change: (adapter) => {
      const start = adapter.start.bind(adapter);
      adapter.start = async (...call) => await start(...call).catch(async () => await start(...call));
    },
  },
  'waits without an end': {
    finds: ['errors: a tool that hangs is given up in time, and its connection is closed'],
    change: (adapter) => {
      const observe = adapter.observe.bind(adapter);
      adapter.observe = async (handle, cursor) => await observe(handle, cursor, new AbortController().signal);
    },
  },
  'leaves its connection open': {
    finds: ['errors: a tool that hangs is given up in time, and its connection is closed'],
    change: (adapter) => {
      const observe = adapter.observe.bind(adapter);
      adapter.observe = async (handle, cursor, signal) => {
        const gone = new Promise<never>((_resolve, reject) =>
          signal.addEventListener('abort', () => reject(signal.reason as Error)),
        );
        return await Promise.race([observe(handle, cursor, new AbortController().signal), gone]);
      };
    },
  },
  'does not know whether an order over broken TLS arrived': {
    finds: ['errors: a tool that does not speak TLS is not available, and nothing is sent to it'],
    change: (adapter) => {
      const submit = adapter.submit.bind(adapter);
      adapter.submit = async (...call) => await submit(...call).catch(rename('UNAVAILABLE', 'OUTCOME_UNKNOWN'));
    },
  },
  'throws when the tool is down': {
    finds: ['errors: while the tool is down a probe says so, and an order starts nothing'],
    change: (adapter) => {
      adapter.probe = async (signal) => {
        await adapter.client.send({ method: 'GET', path: '/health' }, signal);
        return { status: 'ready' };
      };
    },
  },
  'takes a tool that is down for a run that is gone': {
    finds: ['errors: a tool that is down during a run ends no target, and the run goes on afterwards'],
    change: misread('UNAVAILABLE', 'NOT_FOUND'),
  },
};
