/** Tivoli Configuration Manager through its command line, as a profile describes it. README.md says what is sure. */
import { readFile } from 'node:fs/promises';
import {
  ADAPTER_OPERATIONS,
  AdapterError,
  type Adapter,
  type AdapterContext,
  type AdapterModule,
  type Capabilities,
  type JsonSchema,
} from '../../src/adapters/adapter.js';
import { checkProfile } from './profile.js';
import type { Profile } from './profile-format.js';
import { CONFIG_SCHEMA, DEFAULT_CACHE_MS, type TcmSettings } from './settings.js';
import { Tcm, TCM_ID } from './tcm.js';
import { SAFE_NAME } from './templates.js';

const name = (description: string): JsonSchema => ({ type: 'string', pattern: SAFE_NAME, description });

/** The part of a name that stands beside `^`. */
const part = (description: string): JsonSchema => ({
  type: 'string',
  pattern: '^(?!-)[A-Za-z0-9._#-]{1,100}$',
  description,
});

/** What a profile promises. Pure. */
function promises(profile: Profile | undefined, { cacheMs = DEFAULT_CACHE_MS }: TcmSettings): Capabilities {
  const operations = ADAPTER_OPERATIONS.filter((operation) => profile?.operations[operation] !== undefined);
  return {
    submit: profile?.find === undefined ? 'at-most-once' : 'findable',
    observe: ['poll'],
    targetStatus: 'live',
    // The product stops sending; what an endpoint has begun may go on.
    cancel: profile?.cancel === undefined ? 'none' : 'best-effort',
    cancelTargets: profile?.cancel !== undefined && profile.cancelTargets !== undefined,
    pause: profile?.pause !== undefined && profile.resume !== undefined,
    retryTargets: true,
    preflight: 'static',
    operations: operations.length > 0 ? operations : ['install'],
    artifacts: ['prestaged'],
    verifiesDigest: false,
    logs: 'none',
    toolSchedules: false,
    limits: {
      maxTargets: profile?.maxTargets ?? 1,
      minPollMs: cacheMs,
      typicalLatencyMs: Math.max(cacheMs, 1_000),
    },
  };
}

async function profileOf({ profile }: TcmSettings): Promise<Profile> {
  let given: unknown = profile;
  if (typeof profile === 'string') {
    try {
      given = JSON.parse(await readFile(profile, 'utf8'));
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      throw new AdapterError('FAILED_PRECONDITION', `The profile ${profile} cannot be read: ${why}`);
    }
  }
  const { problems } = checkProfile(given);
  if (problems.length === 0) return given as Profile;
  throw new AdapterError('FAILED_PRECONDITION', `The profile cannot be used: ${problems.join(' ')}`);
}

async function connect(settings: TcmSettings, context: AdapterContext): Promise<Adapter> {
  const profile = await profileOf(settings);
  if (settings.runner?.type === 'ssh' && settings.env !== undefined)
    throw new AdapterError('FAILED_PRECONDITION', 'With ssh, set variables in the environment script, not in "env".');
  if (profile.mode === 'plan' && settings.planDirectory === undefined)
    throw new AdapterError('FAILED_PRECONDITION', 'A profile of plans needs the setting "planDirectory".');
  const tcm = new Tcm(settings, profile, context, promises(profile, settings));
  await tcm.prepare();
  return tcm;
}

/** Tivoli Configuration Manager. */
export const tcm: AdapterModule = {
  $$type: 'release-adapter',
  apiVersion: 1,
  id: TCM_ID,
  version: '1.0.0',
  title: 'Tivoli Configuration Manager',
  configSchema: CONFIG_SCHEMA,
  targetSchema: {
    title: 'Endpoint',
    type: 'object',
    additionalProperties: false,
    required: ['endpoint'],
    properties: { endpoint: name('The label of the endpoint, without "@Endpoint:".') },
  },
  packageSchema: {
    title: 'Software package',
    type: 'object',
    additionalProperties: false,
    required: ['name', 'version'],
    properties: {
      name: part('The name of the software package, without its version.'),
      version: part('The version, which stands behind "^" in the product.'),
    },
  },
  parametersSchema: { title: 'No parameters', type: 'object', additionalProperties: false },
  capabilities: (config) => {
    const settings = config as TcmSettings;
    return promises(typeof settings.profile === 'string' ? undefined : settings.profile, settings);
  },
  create: (config, context) => connect(config as TcmSettings, context),
};

export default tcm;
