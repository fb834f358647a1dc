import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { tpm } from '../../../plugins/tpm/tpm.adapter.js';
import type { TpmProfile } from '../../../plugins/tpm/profile-format.js';
import type { Adapter, DistributionRequest, RunHandle, SecretRef } from '../../../src/adapters/adapter.js';
import { createAdapterContext } from '../../../src/adapters/context.js';
import { createSafeSpawn } from '../../../src/adapters/safe-spawn.js';
import { Redactor, SecretResolver } from '../../../src/adapters/secrets.js';
import { until } from '../../support/until.js';
import { PASSWORD, type TpmSimulator } from './tpm-simulator.js';

/** An instance without the protection of the core, and all that it logged and started. */
export interface Instance {
  readonly adapter: Adapter;
  readonly workDir: string;
  /** Log entries and commands. */
  readonly shown: unknown[];
}

/** Connects an instance to a simulator. @param more settings that differ, and the work directory of another one. */
export async function connect(
  simulator: TpmSimulator,
  profile: TpmProfile,
  more: { readonly workDir?: string; readonly password?: SecretRef; readonly [setting: string]: unknown } = {},
): Promise<Instance> {
  const { workDir = mkdtempSync(join(process.env['INTERLOCK_TEST_FOLDER'] as string, 'tpm-work-')), ...settings } =
    more;
  const shown: unknown[] = [];
  const note = (...entry: unknown[]): void => void shown.push(entry);
  const env = { ...process.env, TPM_PASSWORD: PASSWORD, WRONG: 'another-password' };
  const spawn = createSafeSpawn(env);
  const context = createAdapterContext({
    instanceId: 'tpm',
    log: { debug: note, info: note, warn: note, error: note },
    redactor: new Redactor(),
    secrets: new SecretResolver(env, new Redactor()),
    artifacts: async () => null,
    workDir,
    now: () => new Date(),
    fetch,
    spawn: Object.assign((...[command, options]: Parameters<typeof spawn>) => {
      note(command);
      return spawn(command, options);
    }, spawn),
  });
  const config = {
    profile,
    baseUrl: simulator.url,
    allowHttp: true,
    username: 'maxadmin',
    password: { $secret: 'env:TPM_PASSWORD' },
    pollMs: 20,
    timeoutMs: 1_000,
    ...settings,
  };
  return { adapter: await tpm.create(config, context), workDir, shown };
}

let serial = 0;

/** A request for some devices, of which the first is the target `ci-0`. */
export function requestFor(devices: readonly string[], change: Partial<DistributionRequest> = {}): DistributionRequest {
  serial += 1;
  return {
    key: `run-${serial}`,
    fingerprint: String(serial).padStart(64, '0'),
    operation: 'install',
    release: { id: 'rel-1', name: 'Payroll', version: '4.0', changeIds: [] },
    package: { binding: { softwareId: '1001', workflow: 'Software.Install' }, artifacts: [] },
    targets: devices.map((deviceId, n) => ({ ciId: `ci-${n}`, name: deviceId, binding: { deviceId } })),
    parameters: {},
    deadline: new Date(Date.now() + 3_600_000).toISOString(),
    dryRun: false,
    actor: 'Olga',
    ...change,
  };
}

/** A signal that gives a call as long as the server would. */
export const patience = (): AbortSignal => AbortSignal.timeout(20_000);

/** State and words of every target, once the run is complete. */
export async function endOf(adapter: Adapter, handle: RunHandle): Promise<Record<string, string>> {
  const seen = await until(async () => {
    const observation = await adapter.observe(handle, null, patience());
    return observation.complete ? observation : undefined;
  }, 'the run to be complete');
  return Object.fromEntries(seen.targets.map(({ ciId, state, nativeStatus }) => [ciId, `${state}: ${nativeStatus}`]));
}
