/** The settings of an instance, and what follows from its profile without asking the tool. Pure. */
import { ADAPTER_OPERATIONS, type Capabilities, type JsonSchema } from '../../src/adapters/adapter.js';
import { HTTP_SETTINGS } from '../../src/adapters/http.js';
import { fieldsOf, templatesOf } from './order.js';
import { callOf, canSearch, type TpmProfile } from './profile-format.js';
import { PROFILE_SCHEMA } from './profile-schema.js';
import { DEFAULT_RESPONSE_BYTES, DEFAULT_TIMEOUT_MS, MAX_TIMEOUT_MS, type Connection } from './transport.js';

/** See {@link CONFIG_SCHEMA}. */
export interface TpmSettings extends Connection {
  /** The profile, or the absolute path of its file. */
  readonly profile: TpmProfile | string;
  readonly concurrency?: number;
  readonly pollMs?: number;
}

/** Calls at a time, and the time between two looks at a run, in milliseconds. */
export const DEFAULT_CONCURRENCY = 4;
export const DEFAULT_POLL_MS = 10_000;
/** All deployment requests of a run are sent within the two minutes that the server allows for a start. */
const MAX_TARGETS = 1_000;

/** The schema of the settings. */
export const CONFIG_SCHEMA: JsonSchema = {
  title: 'Tivoli Provisioning Manager',
  type: 'object',
  additionalProperties: false,
  required: ['profile', 'baseUrl', 'username', 'password'],
  properties: {
    profile: {
      description: 'The profile of your site, or the absolute path of its file.',
      anyOf: [{ type: 'string', pattern: '^/' }, PROFILE_SCHEMA],
    },
    baseUrl: { ...HTTP_SETTINGS.baseUrl, description: 'Address of the server, for example https://tpm.example:8777.' },
    allowHttp: HTTP_SETTINGS.allowHttp,
    username: { type: 'string', minLength: 1, maxLength: 256, pattern: '^[^-:\\s][^:\\u0000-\\u001f]*$' },
    password: { type: 'object', 'x-secret': true },
    timeoutMs: {
      type: 'integer',
      minimum: 100,
      maximum: MAX_TIMEOUT_MS,
      default: DEFAULT_TIMEOUT_MS,
      description: 'For one call with its whole answer, in milliseconds.',
    },
    maxResponseBytes: { type: 'integer', minimum: 1024, maximum: 4_194_304, default: DEFAULT_RESPONSE_BYTES },
    concurrency: {
      type: 'integer',
      minimum: 1,
      maximum: 32,
      default: DEFAULT_CONCURRENCY,
      description: 'Maximum number of calls at a time.',
    },
    pollMs: {
      type: 'integer',
      minimum: 10,
      maximum: 600_000,
      default: DEFAULT_POLL_MS,
      description: 'Time between two looks at a run, in milliseconds.',
    },
  },
};

/** What an instance promises. A profile in a file is not known yet, so the minimum is promised until it is read. */
export function capabilitiesOf({ profile, pollMs = DEFAULT_POLL_MS }: TpmSettings): Capabilities {
  const known = typeof profile === 'object' ? profile : undefined;
  const perTarget = known === undefined || known.requests.per === 'target';
  const cancels = known !== undefined && callOf(known, 'cancel') !== undefined;
  const operations = ADAPTER_OPERATIONS.filter((name) => known?.workflows[name] !== undefined);
  return {
    submit: known !== undefined && canSearch(known) ? 'findable' : 'at-most-once',
    observe: ['poll'],
    targetStatus: perTarget ? 'live' : 'final',
    cancel: cancels ? 'best-effort' : 'none',
    cancelTargets: cancels && perTarget,
    pause: false,
    retryTargets: true,
    preflight: 'static',
    operations: known === undefined ? ['install'] : operations,
    artifacts: ['prestaged'],
    verifiesDigest: false,
    logs: 'none',
    toolSchedules: false,
    limits: { maxTargets: MAX_TARGETS, minPollMs: pollMs, typicalLatencyMs: pollMs },
  };
}

/** A value that can be passed on in request parameters. */
const VALUE: JsonSchema = { type: 'string', minLength: 1, maxLength: 1024, pattern: '^[^,=\\u0000-\\u001f\\u007f]+$' };

function bindingSchema(title: string, fields: readonly string[], required: readonly string[]): JsonSchema {
  return {
    title,
    type: 'object',
    additionalProperties: false,
    properties: Object.fromEntries(fields.map((name) => [name, VALUE])),
    required,
  };
}

/** What the bindings and parameters must look like: the fields that the workflows of the profile name. */
export function declaredSchemas(profile: TpmProfile): {
  readonly targetSchema: JsonSchema;
  readonly packageSchema: JsonSchema;
  readonly parametersSchema: JsonSchema;
} {
  const lists = Object.values(profile.workflows).map(templatesOf);
  const all = lists.flat();
  const scope = profile.requests.per === 'target' ? 'target' : 'targets';
  const inEach = (of: 'package' | 'target' | 'targets'): string[] =>
    fieldsOf(all, of).filter((name) => lists.every((list) => fieldsOf(list, of).includes(name)));
  const names = profile.plannerParameters ?? [];
  return {
    targetSchema: bindingSchema('Target of a Tivoli Provisioning Manager', fieldsOf(all, scope), inEach(scope)),
    packageSchema: bindingSchema(
      'Package of a Tivoli Provisioning Manager',
      fieldsOf(all, 'package'),
      inEach('package'),
    ),
    parametersSchema: {
      type: 'object',
      additionalProperties: false,
      properties:
        names.length === 0
          ? {}
          : {
              requestParameters: {
                type: 'object',
                additionalProperties: false,
                properties: Object.fromEntries(names.map((name) => [name, VALUE])),
                description: 'Further parameters of each deployment request.',
              },
            },
    },
  };
}
