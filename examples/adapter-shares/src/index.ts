/** Publishes files into versioned directories of mounted shares: NFS, SMB, or any directory that this server sees. */
import type { AdapterModule } from 'interlock/adapter';
import { Shares, ID, type Config } from './shares.js';

/** A relative path that stays below its directory and has no hidden part. */
const PATH = '^[A-Za-z0-9_][A-Za-z0-9_.-]*(/[A-Za-z0-9_][A-Za-z0-9_.-]*)*$';

const adapter: AdapterModule = {
  $$type: 'release-adapter',
  apiVersion: 1,
  id: ID,
  version: '0.1.0',
  title: 'Mounted shares',
  configSchema: {
    type: 'object',
    additionalProperties: false,
    required: ['root'],
    properties: {
      root: { type: 'string', pattern: '^/', description: 'The directory below which the shares are mounted.' },
      marker: {
        type: 'string',
        pattern: '^[A-Za-z0-9_.-]+$',
        default: '.interlock-share',
        description: 'A file in each share. Where it is missing, the share is not mounted.',
      },
    },
  },
  targetSchema: {
    type: 'object',
    additionalProperties: false,
    required: ['share'],
    properties: {
      share: { type: 'string', pattern: PATH, maxLength: 200, description: 'The mount point, below `root`.' },
      folder: {
        type: 'string',
        pattern: PATH,
        maxLength: 200,
        description: 'A directory in the share. Default: all of it.',
      },
    },
  },
  packageSchema: {
    type: 'object',
    additionalProperties: false,
    required: ['application'],
    properties: {
      application: {
        type: 'string',
        pattern: '^[A-Za-z0-9_][A-Za-z0-9_.-]*$',
        maxLength: 100,
        description: 'The directory of the application.',
      },
    },
  },
  parametersSchema: { type: 'object', additionalProperties: false },
  capabilities: () => ({
    submit: 'idempotent',
    observe: ['poll'],
    targetStatus: 'final',
    cancel: 'none',
    cancelTargets: false,
    pause: false,
    retryTargets: true,
    preflight: 'dry-run',
    operations: ['install', 'verify', 'undo', 'remove', 'commit'],
    artifacts: ['by-value'],
    verifiesDigest: true,
    logs: 'none',
    toolSchedules: false,
    limits: { minPollMs: 1_000, typicalLatencyMs: 1_000 },
  }),
  create: async (config, context) => new Shares(config as Config, context),
};

export default adapter;
