import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import type { Socket } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { CommandTransport, SoapTransport, TpmProfile } from '../../../plugins/tpm/profile-format.js';

/** The password that the simulated server wants, where it does not want any of a pattern. */
export const PASSWORD = 'maxadmin-secret-9401';

/** How the simulated server is set up; see test/simulators/tpm/server.mjs. */
export interface SimulatorSetup {
  readonly style?: SoapTransport['style'];
  readonly qualified?: boolean;
  readonly multiRef?: boolean;
  readonly auth?: {
    readonly kind: SoapTransport['auth'];
    readonly username?: string;
    readonly passwordPattern?: string;
  };
  readonly devices?: Readonly<Record<string, object>>;
}

const NAMESPACE = 'urn:a-namespace-of-the-simulator';
const PATH = '/some/path/TpmLiteSoapService';

/** Names and words that are inventions of the simulator, so that a name in the code of the plugin would not work. */
const WORDS = {
  namespace: NAMESPACE,
  path: PATH,
  workflows: ['Software.Install', 'Software.Many'],
  operations: { status: 'askHowItStands', search: 'askForKey', cancel: 'askToStop' },
  parts: {
    executeDeploymentRequest: ['workflowName', 'requestParameters'],
    askHowItStands: ['requestId'],
    askForKey: ['releaseKey'],
    askToStop: ['requestId'],
  },
  states: {
    created: 'angelegt',
    inProgress: 'in Arbeit',
    success: 'erfolgreich',
    failed: 'fehlgeschlagen',
    cancelled: 'abgebrochen',
  },
};

const STATES: TpmProfile['states'] = {
  angelegt: 'pending',
  'in Arbeit': 'running',
  erfolgreich: 'succeeded',
  fehlgeschlagen: 'failed',
  abgebrochen: 'cancelled',
};

const WORKFLOWS: TpmProfile['workflows'] = {
  install: {
    workflow: '{package.workflow}',
    parameters: [
      { name: 'SoftwareID', value: '{package.softwareId}' },
      { name: 'DeviceID', value: '{target.deviceId}' },
      { name: 'ReleaseKey', value: '{requestKey}' },
      { name: 'ReleaseName', value: '{release.name}' },
    ],
  },
};

const response = (operation: string, part: string): string => `${operation}Response/${part}`;
const { status, search, cancel } = WORDS.operations;

/** The profile that a site with the simulated server would write. */
export function soapProfile(
  setup: SimulatorSetup = {},
  options: { readonly search?: boolean; readonly cancel?: boolean } = {},
): TpmProfile {
  const one = (operation: string, name: string, value: string, answer: Record<string, string>) => ({
    operation,
    arguments: [{ name, value, type: 'xsd:string' }],
    answer,
  });
  return {
    format: 1,
    name: 'simulator',
    product: 'the simulator of the tests',
    verified: false,
    transport: {
      kind: 'soap',
      path: PATH,
      wsdl: `${PATH}?wsdl`,
      namespace: NAMESPACE,
      style: setup.style ?? 'rpc-encoded',
      ...(setup.qualified !== undefined && { qualified: setup.qualified }),
      auth: setup.auth?.kind ?? 'basic',
      calls: {
        submit: { answer: { id: response('executeDeploymentRequest', '*') } },
        status: one(status, 'requestId', '{requestId}', {
          status: response(status, 'status'),
          message: response(status, 'message'),
        }),
        ...(options.search && {
          search: one(search, 'releaseKey', '{requestKey}', { id: response(search, 'requestId') }),
        }),
        ...(options.cancel && { cancel: one(cancel, 'requestId', '{requestId}', {}) }),
      },
    },
    requests: { per: 'target' },
    workflows: WORKFLOWS,
    states: STATES,
    errors: [
      { text: 'There is no deployment request', as: 'NOT_FOUND' },
      { text: 'There is no workflow', as: 'INVALID_ARGUMENT' },
      { text: 'not licensed', as: 'FAILED_PRECONDITION' },
      { faultCode: 'Client.FailedAuthentication', as: 'UNAUTHENTICATED' },
    ],
    searchSettlesMs: 0,
  };
}

/** The same for its command line client. */
export function commandProfile(
  password: CommandTransport['password'],
  configFile: string,
  environment: Readonly<Record<string, string>> = {},
): TpmProfile {
  const call = (operation: string, values: readonly string[], answer: Record<string, string>) => ({
    arguments: ['{username}', '{url}', operation, ...values],
    answer,
  });
  const program = join(process.cwd(), 'test/simulators/tpm/soapcli.mjs');
  const result = '^Result: (.+)$';
  return {
    ...soapProfile(),
    transport: {
      kind: 'soapcli',
      command: [process.execPath, program],
      password,
      environment: { SOAPCLI_CONFIG: configFile, ...environment },
      calls: {
        submit: call('executeDeploymentRequest', ['{workflowName}', '{requestParameters}'], { id: result }),
        status: call(status, ['{requestId}'], { status: result, message: '^Message: (.+)$' }),
        cancel: call(cancel, ['{requestId}'], {}),
      },
    },
    errors: [
      { exitCode: 3, text: 'There is no deployment request', as: 'NOT_FOUND' },
      { exitCode: 3, text: 'There is no workflow', as: 'INVALID_ARGUMENT' },
      { exitCode: 3, text: 'has ended', as: 'FAILED_PRECONDITION' },
      { exitCode: 4, as: 'UNAUTHENTICATED' },
      { exitCode: 7, as: 'UNAVAILABLE' },
    ],
  };
}

/** The configuration of the simulated server. */
export function simulatorConfig(setup: SimulatorSetup): object {
  const auth = { kind: 'basic', username: 'maxadmin', ...setup.auth };
  return { style: 'rpc-encoded', ...WORDS, ...setup, auth };
}

/** A running simulator. */
export class TpmSimulator {
  #child: ChildProcess | undefined;
  port = 0;
  readonly configFile: string;

  constructor(
    readonly directory: string,
    setup: SimulatorSetup,
    private readonly password: string,
  ) {
    this.configFile = join(directory, 'config.json');
    writeFileSync(this.configFile, JSON.stringify(simulatorConfig(setup)));
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  get pid(): number {
    return this.#child?.pid ?? 0;
  }

  /** The directory with one file per deployment request. */
  get requests(): string {
    return join(this.directory, 'requests');
  }

  /** Starts it, on the port that it had before. */
  async start(): Promise<void> {
    const program = 'test/simulators/tpm/server.mjs';
    const args = ['--dir', this.directory, '--config', this.configFile, '--port', String(this.port)];
    const child = spawn(process.execPath, [program, ...args], {
      env: { ...process.env, TPM_PASSWORD: this.password },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    this.#child = child;
    // A test file that breaks down must not wait for it.
    child.unref();
    (child.stdout as Socket).unref();
    const [line] = (await once(createInterface({ input: child.stdout }), 'line')) as [string];
    this.port = Number((JSON.parse(line) as { port: string }).port);
  }

  /** What it has on disk, in the order in which it came. */
  created(): { readonly id: number; readonly workflowName: string; readonly requestParameters: string }[] {
    return readdirSync(this.requests)
      .filter((name) => name.endsWith('.request.json'))
      .map((name) => JSON.parse(readFileSync(join(this.requests, name), 'utf8')))
      .sort((a, b) => a.id - b.id);
  }

  /** Lets the next calls fail in some way. */
  async arm(call: string, kind: string, more: Record<string, unknown> = {}): Promise<void> {
    await fetch(`${this.url}/_control`, { method: 'POST', body: JSON.stringify({ call, kind, times: 1, ...more }) });
  }

  async stop(): Promise<void> {
    const child = this.#child;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, 'exit');
    child.kill('SIGKILL');
    await gone;
  }
}

/** Starts a simulator with a directory of its own. */
export async function startTpm(setup: SimulatorSetup = {}, password = PASSWORD): Promise<TpmSimulator> {
  const directory = mkdtempSync(join(process.env['INTERLOCK_TEST_FOLDER'] as string, 'tpm-'));
  mkdirSync(join(directory, 'requests'), { recursive: true });
  const simulator = new TpmSimulator(directory, setup, password);
  await simulator.start();
  return simulator;
}
