/** What an instance, a target, a package and a distribution may say to the hawkBit adapter. */
import type { JsonSchema } from '../../src/adapters/adapter.js';
import { HTTP_SETTINGS, type HttpSettings } from '../../src/adapters/http.js';

/** The settings of an instance. */
export interface HawkbitConfig extends HttpSettings {
  /** Put before the key, so that two servers can use one hawkBit. Default: nothing. */
  readonly keyPrefix?: string;
  /** Most targets of a rollout. Their ids have to fit into one query, see {@link MAX_QUERY}. */
  readonly maxTargets?: number;
  /** Interval between two looks at a rollout, in milliseconds. */
  readonly pollMs?: number;
  /** How long hawkBit may take to make a rollout ready, in milliseconds. */
  readonly readyMs?: number;
  /** Refuse a distribution set that lacks a file of the release, by digest. Default true. */
  readonly comparesDigests?: boolean;
}

export const DEFAULT_MAX_TARGETS = 50;
export const DEFAULT_POLL_MS = 10_000;
export const DEFAULT_READY_MS = 40_000;

/** Longest target filter of a rollout, in characters (TargetFilterQuery.QUERY_MAX_SIZE of hawkBit). */
export const MAX_QUERY = 1_024;
/** Longest name of a rollout (NamedEntity.NAME_MAX_SIZE of hawkBit). */
export const MAX_NAME = 128;

/** The binding of a package. */
export interface HawkbitPackage {
  /** Id of the distribution set that a device installs. */
  readonly distributionSet: number;
  /** Ids of the distribution sets of other operations. */
  readonly operations?: Readonly<Partial<Record<string, number>>>;
}

/** The binding of a target. */
export interface HawkbitTarget {
  readonly controllerId: string;
}

/** The parameters of a distribution. */
export interface HawkbitParameters {
  /** `forced`: the device installs at once. `soft`: when it suits the device. Default `forced`. */
  readonly type?: 'forced' | 'soft';
  /** Priority among the rollouts of hawkBit, 0 to 1,000. */
  readonly weight?: number;
}

/** Ids that a query takes as they are: no quote, space, wildcard, bracket or operator of RSQL. */
export const PLAIN_ID = /^[A-Za-z0-9_][A-Za-z0-9_.:-]{0,255}$/;

const id: JsonSchema = { type: 'integer', minimum: 1 };
const milliseconds = (minimum: number, byDefault: number): JsonSchema => ({
  type: 'integer',
  minimum,
  maximum: 3_600_000,
  default: byDefault,
});

/** Schema of {@link HawkbitConfig}. */
export const CONFIG_SCHEMA: JsonSchema = {
  title: 'hawkBit update server',
  type: 'object',
  additionalProperties: false,
  required: ['baseUrl', 'auth'],
  properties: {
    ...HTTP_SETTINGS,
    keyPrefix: {
      type: 'string',
      pattern: '^[A-Za-z0-9._-]{1,40}$',
      description: 'Put before the key of a run in hawkBit. Needed where several servers use one hawkBit.',
    },
    maxTargets: { type: 'integer', minimum: 1, maximum: 100, default: DEFAULT_MAX_TARGETS },
    pollMs: milliseconds(20, DEFAULT_POLL_MS),
    readyMs: milliseconds(0, DEFAULT_READY_MS),
    comparesDigests: { type: 'boolean', default: true },
  },
};

/** Schema of {@link HawkbitTarget}. */
export const TARGET_SCHEMA: JsonSchema = {
  title: 'A target of hawkBit',
  type: 'object',
  additionalProperties: false,
  required: ['controllerId'],
  properties: { controllerId: { type: 'string', pattern: PLAIN_ID.source } },
};

/** Schema of {@link HawkbitPackage}. */
export const PACKAGE_SCHEMA: JsonSchema = {
  title: 'A package that is a distribution set',
  type: 'object',
  additionalProperties: false,
  required: ['distributionSet'],
  properties: {
    distributionSet: { ...id, description: 'Id of the distribution set.' },
    operations: {
      type: 'object',
      additionalProperties: false,
      properties: { remove: id, undo: id },
      description: 'Ids of the distribution sets of other operations.',
    },
  },
};

/** Schema of {@link HawkbitParameters}. */
export const PARAMETERS_SCHEMA: JsonSchema = {
  title: 'Parameters of a distribution through hawkBit',
  type: 'object',
  additionalProperties: false,
  properties: { type: { enum: ['forced', 'soft'] }, weight: { type: 'integer', minimum: 0, maximum: 1_000 } },
};
