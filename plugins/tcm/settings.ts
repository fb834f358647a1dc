/** The settings of an instance. */
import type { JsonSchema, SecretRef } from '../../src/adapters/adapter.js';
import { PROFILE_SCHEMA } from './profile-schema.js';
import type { Profile } from './profile-format.js';

/** How to reach a managed node or the TMR server from another machine. */
export interface SshRunner {
  readonly type: 'ssh';
  readonly host: string;
  readonly user?: string;
  readonly port?: number;
  /** Absolute path of the private key. Absent: what the agent or the configuration file offers. */
  readonly identityFile?: string;
  /** Absolute path. A host that is not in it, or has another key, is refused. */
  readonly knownHostsFile: string;
  /** Absolute path of an OpenSSH configuration, for instance with a jump host. Absent: none is read. */
  readonly configFile?: string;
  readonly connectTimeoutSeconds?: number;
}

/** See {@link CONFIG_SCHEMA}. */
export interface TcmSettings {
  readonly environmentScript: string;
  readonly profile: Profile | string;
  readonly runner?: { readonly type: 'local' } | SshRunner;
  readonly env?: Readonly<Record<string, string | SecretRef>>;
  readonly planDirectory?: string;
  readonly cacheMs?: number;
  readonly timeoutMs?: number;
}

/** How long what was read from the product serves every run, in milliseconds. */
export const DEFAULT_CACHE_MS = 30_000;
/** Maximum duration of a command, in milliseconds. */
export const DEFAULT_TIMEOUT_MS = 60_000;

const absolute = (description: string): JsonSchema => ({
  type: 'string',
  pattern: '^/[^\\u0000-\\u001f]*$',
  description,
});
/** A host or user that ssh cannot take for an option. */
const word = (description: string): JsonSchema => ({
  type: 'string',
  pattern: '^[A-Za-z0-9_][A-Za-z0-9._:-]{0,252}$',
  description,
});

const ssh: JsonSchema = {
  type: 'object',
  additionalProperties: false,
  required: ['type', 'host', 'knownHostsFile'],
  properties: {
    type: { const: 'ssh' },
    host: word('The TMR server or a managed node.'),
    user: word('The user there, with the Tivoli roles that the commands need and a POSIX login shell.'),
    port: { type: 'integer', minimum: 1, maximum: 65_535 },
    identityFile: absolute('The private key, readable by the server only.'),
    knownHostsFile: absolute('The key of the host. A host without an entry, or with another key, is refused.'),
    configFile: absolute('An OpenSSH configuration, for instance with a jump host. Absent: none is read.'),
    connectTimeoutSeconds: { type: 'integer', minimum: 1, maximum: 60, default: 10 },
  },
};

/** The schema of the settings. */
export const CONFIG_SCHEMA: JsonSchema = {
  title: 'Tivoli Configuration Manager',
  type: 'object',
  additionalProperties: false,
  required: ['environmentScript', 'profile'],
  properties: {
    environmentScript: absolute('The setup_env.sh of the machine that runs the commands.'),
    profile: {
      description: 'The profile of your site, or the absolute path of its file.',
      anyOf: [absolute('A JSON file on this machine.'), PROFILE_SCHEMA],
    },
    runner: {
      description: 'Where the commands run. Default: on this machine.',
      anyOf: [
        {
          type: 'object',
          additionalProperties: false,
          required: ['type'],
          properties: { type: { const: 'local' } },
        },
        ssh,
      ],
    },
    env: {
      type: 'object',
      propertyNames: { pattern: '^[A-Za-z_][A-Za-z0-9_]*$' },
      additionalProperties: { anyOf: [{ type: 'string' }, { 'x-secret': true }] },
      description:
        'Environment variables of the commands on this machine: strings, or references to secrets. With ssh, set ' +
        'them in the environment script instead.',
    },
    planDirectory: absolute('Where plan definitions are stored on the machine that runs the commands.'),
    cacheMs: {
      type: 'integer',
      minimum: 50,
      maximum: 600_000,
      default: DEFAULT_CACHE_MS,
      description: 'How long one reading of queues, lists and logs serves every run, in milliseconds.',
    },
    timeoutMs: {
      type: 'integer',
      minimum: 100,
      maximum: 110_000,
      default: DEFAULT_TIMEOUT_MS,
      description: 'Maximum duration of a command for which the profile has none, in milliseconds.',
    },
  },
};
