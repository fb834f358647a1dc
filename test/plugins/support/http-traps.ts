/** What the tests share that play traps of a tool with an HTTP API. */
import { afterAll, afterEach, beforeAll, beforeEach } from '@jest/globals';
import type { AdapterModule } from '../../../src/adapters/adapter.js';
import type { HostedAdapter } from '../../../src/adapters/hosted-adapter.js';
import { connected, temporaryDirectory } from '../../adapters/support/harness.js';
import type { HTTP_FAULTS } from '../../simulators/http/faults.js';
import type { SimulatedServers, SteppedTool } from '../../simulators/http/simulated-servers.js';

/** The name of a fault. */
export type FaultName = keyof typeof HTTP_FAULTS;

/** The codes that each fault leads to: of a call that starts something, and of a look. */
const CODES = {
  unauthenticated: ['UNAUTHENTICATED', 'UNAUTHENTICATED'],
  forbidden: ['PERMISSION_DENIED', 'PERMISSION_DENIED'],
  notFound: ['NOT_FOUND', 'NOT_FOUND'],
  conflict: ['ABORTED', 'ABORTED'],
  tooMany: ['RESOURCE_EXHAUSTED', 'RESOURCE_EXHAUSTED'],
  error: ['OUTCOME_UNKNOWN', 'UNAVAILABLE'],
  badGateway: ['OUTCOME_UNKNOWN', 'UNAVAILABLE'],
  maintenance: ['UNAVAILABLE', 'UNAVAILABLE'],
  html: ['OUTCOME_UNKNOWN', 'INTERNAL'],
  malformed: ['OUTCOME_UNKNOWN', 'INTERNAL'],
  truncated: ['OUTCOME_UNKNOWN', 'UNAVAILABLE'],
  slow: ['OUTCOME_UNKNOWN', 'DEADLINE_EXCEEDED'],
  reset: ['OUTCOME_UNKNOWN', 'UNAVAILABLE'],
  endless: ['OUTCOME_UNKNOWN', 'INTERNAL'],
} as const satisfies Record<FaultName, readonly [string, string]>;

/** {@link CODES} as a table: the fault, its code at a start, its code at a look. */
export const FAULTS = Object.entries(CODES).map(([fault, codes]) => [fault as FaultName, ...codes] as const);

/** The code and the words of a refusal. */
export async function refusal(call: Promise<unknown>): Promise<string> {
  return await call.then(
    () => 'not refused',
    (error: Error & { code: string }) => `${error.code}: ${error.message}`,
  );
}

/** What a test plays with; another one for each test. */
export interface Bench<T> {
  readonly tool: T;
  readonly adapter: HostedAdapter;
  /** The work directory of every instance. */
  readonly folder: string;
  /** A further instance. @param more settings */
  connect(more?: object): Promise<HostedAdapter>;
}

/**
 * Runs a simulated server for a file of tests, with a tool of its own for each test and an instance of its adapter.
 * @param config settings beside the address
 * @param ready gets the bench of the next test
 */
export function benchForEachTest<T extends SteppedTool>(
  servers: SimulatedServers<T>,
  module: AdapterModule,
  settings: { readonly config: object; readonly env: Record<string, string> },
  ready: (bench: Bench<T>) => void,
): void {
  let folder: Awaited<ReturnType<typeof temporaryDirectory>>;
  let number = 0;

  beforeAll(async () => {
    await servers.start();
    folder = await temporaryDirectory();
  });
  afterAll(async () => {
    await servers.stop();
    await folder.remove();
  });
  afterEach(() => servers.http.faults.clear());
  beforeEach(async () => {
    const path = `/w${(number += 1)}`;
    const usual = { baseUrl: `${servers.url}${path}`, allowHttp: true, pollMs: 20, timeoutMs: 400 };
    const connect = async (more: object = {}): Promise<HostedAdapter> => {
      const config = { ...usual, ...settings.config, ...more };
      return (await connected(module, folder.path, { config, env: settings.env })).adapter;
    };
    ready({ tool: servers.at(path), adapter: await connect(), folder: folder.path, connect });
  });
}
