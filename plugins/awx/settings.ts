/** What an instance, a target, a package and a distribution may say to the AWX adapter. */
import type { JsonObject, JsonSchema, SecretRef } from '../../src/adapters/adapter.js';
import { HTTP_SETTINGS, type HttpSettings } from '../../src/adapters/http.js';

/** How a webhook notification proves that it comes from AWX: by a header of its own, or by HTTP Basic. */
export type CallbackSettings =
  { readonly header: string; readonly token: SecretRef } | { readonly username: string; readonly password: SecretRef };

/** The settings of an instance. */
export interface AwxConfig extends HttpSettings {
  /**
   * How a job is found again after its answer was lost. `label` puts the key on the job as a label, which needs
   * templates that ask for labels; `recent` reads the newest jobs, which proves that a job exists and never that none
   * does, so the adapter then takes each order at most once.
   */
  readonly find?: 'label' | 'recent';
  /** Put before the key, so that two servers can use one controller. Default: nothing. */
  readonly keyPrefix?: string;
  /** Absent: the instance takes no callbacks. */
  readonly callback?: CallbackSettings;
  /** Interval between two looks at a job, in milliseconds. */
  readonly pollMs?: number;
  /** How long AWX may take to start a job when the answer to the launch was lost, in milliseconds. */
  readonly settleMs?: number;
}

/** See {@link AwxConfig.pollMs}. */
export const DEFAULT_POLL_MS = 3_000;
/** See {@link AwxConfig.settleMs}. */
export const DEFAULT_SETTLE_MS = 120_000;

/** The binding of a package. */
export interface AwxPackage {
  /** Id of the job template that installs it. */
  readonly jobTemplate: number;
  /** Ids of the job templates of other operations. */
  readonly operations?: Readonly<Record<string, number>>;
  /** Passed to the playbook beside the variable `interlock`. */
  readonly extraVars?: JsonObject;
  /**
   * Name of the last task of the playbook. A host on which it ran is done; without it, only a job that succeeded as a
   * whole proves that.
   */
  readonly endMarker?: string;
  /** The playbook itself stops after `interlock.stop_after_failures` failed hosts. */
  readonly stopsAfterFailures?: boolean;
}

/** The binding of a target. */
export interface AwxTarget {
  /** Name of the host in the inventory of the job template. */
  readonly host: string;
}

/** The parameters of a distribution. */
export interface AwxParameters {
  readonly extraVars?: JsonObject;
}

/**
 * Names that a limit takes as they are. Everything else could be a pattern: `*`, `a:b`, `!a`, `&a`, `~regex`, `[1:3]`,
 * `@file` (Ansible user guide, "Patterns: targeting hosts and groups").
 */
export const PLAIN_HOST = /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,254}$/;

const secret: JsonSchema = { type: 'object', 'x-secret': true };
const id: JsonSchema = { type: 'integer', minimum: 1 };
const extraVars: JsonSchema = {
  type: 'object',
  propertyNames: { pattern: '^[A-Za-z_][A-Za-z0-9_]*$', not: { const: 'interlock' } },
  description: 'Extra variables of the playbook. The name interlock is taken.',
};

/** Schema of {@link AwxConfig}. */
export const CONFIG_SCHEMA: JsonSchema = {
  title: 'AWX or Ansible Automation Platform controller',
  type: 'object',
  additionalProperties: false,
  required: ['baseUrl', 'auth'],
  properties: {
    ...HTTP_SETTINGS,
    find: { enum: ['label', 'recent'], default: 'label' },
    keyPrefix: {
      type: 'string',
      pattern: '^[A-Za-z0-9._-]{1,40}$',
      description: 'Put before the key of a run in AWX. Needed where several servers use one controller.',
    },
    callback: {
      description: 'How a webhook notification of AWX proves where it comes from.',
      oneOf: [
        {
          type: 'object',
          additionalProperties: false,
          required: ['header', 'token'],
          properties: { header: { type: 'string', pattern: '^[A-Za-z0-9-]+$' }, token: secret },
        },
        {
          type: 'object',
          additionalProperties: false,
          required: ['username', 'password'],
          properties: { username: { type: 'string', minLength: 1 }, password: secret },
        },
      ],
    },
    pollMs: { type: 'integer', minimum: 20, maximum: 600_000, default: DEFAULT_POLL_MS },
    settleMs: { type: 'integer', minimum: 0, maximum: 3_600_000, default: DEFAULT_SETTLE_MS },
  },
};

/** Schema of {@link AwxTarget}. */
export const TARGET_SCHEMA: JsonSchema = {
  title: 'A host of the inventory',
  type: 'object',
  additionalProperties: false,
  required: ['host'],
  properties: {
    host: { type: 'string', pattern: PLAIN_HOST.source, not: { enum: ['all', 'ungrouped'] } },
  },
};

/** Schema of {@link AwxPackage}. */
export const PACKAGE_SCHEMA: JsonSchema = {
  title: 'A package that job templates install',
  type: 'object',
  additionalProperties: false,
  required: ['jobTemplate'],
  properties: {
    jobTemplate: { ...id, description: 'Id of the job template that installs the package.' },
    operations: {
      type: 'object',
      additionalProperties: false,
      properties: { remove: id, verify: id, undo: id, commit: id },
      description: 'Ids of the job templates of other operations.',
    },
    extraVars,
    endMarker: { type: 'string', minLength: 1, maxLength: 1024, description: 'Name of the last task of the playbook.' },
    stopsAfterFailures: { type: 'boolean', description: 'The playbook obeys interlock.stop_after_failures.' },
  },
};

/** Schema of {@link AwxParameters}. */
export const PARAMETERS_SCHEMA: JsonSchema = {
  title: 'Parameters of a distribution through AWX',
  type: 'object',
  additionalProperties: false,
  properties: { extraVars },
};
