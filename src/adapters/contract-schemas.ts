/**
 * The wire form of the contract as JSON Schema. Requests are checked before an adapter sees them, answers before the
 * core sees them. The schema files of the exec protocol are generated from these.
 */
import { ADAPTER_OPERATIONS, TARGET_STATES, type JsonSchema } from './adapter.js';

const text = { type: 'string' };
const name = { type: 'string', minLength: 1, maxLength: 1000 };
const count = { type: 'integer', minimum: 1 };
const percent = { type: 'number', minimum: 0, maximum: 100 };
const instant = { type: 'string', format: 'date-time' };
const sha256 = { type: 'string', pattern: '^[0-9a-f]{64}$' };
const runKey = { type: 'string', pattern: '^[A-Za-z0-9][A-Za-z0-9._:-]{0,127}$' };
const verdict = { enum: ['ok', 'warn', 'block'] };

/**
 * An object with at least these properties; names ending in `?` are optional. For answers: a newer adapter may add
 * properties.
 */
function atLeast(properties: Record<string, unknown>): JsonSchema {
  const required = Object.keys(properties).filter((key) => !key.endsWith('?'));
  const bare = Object.entries(properties).map(([key, schema]) => [key.replace(/\?$/, ''), schema]);
  return { type: 'object', properties: Object.fromEntries(bare), required };
}

/** An object with exactly these properties. For requests: a misspelt property must not be ignored silently. */
function exactly(properties: Record<string, unknown>): JsonSchema {
  return { ...atLeast(properties), additionalProperties: false };
}

const secretRef = exactly({ $secret: { type: 'string', pattern: '^(env:[A-Za-z_][A-Za-z0-9_]*|file:/.+)$' } });

const artifact = exactly({
  name,
  version: text,
  sha256,
  size: { type: 'integer', minimum: 0 },
  uri: { type: 'string', pattern: '^(file|https?):' },
  mediaType: text,
});

/** `DistributionRequest`. Bindings are checked separately against the adapter's own schemas. */
export const DISTRIBUTION_REQUEST_SCHEMA: JsonSchema = exactly({
  key: runKey,
  fingerprint: sha256,
  operation: { enum: ADAPTER_OPERATIONS },
  release: exactly({ id: name, name, version: text, changeIds: { type: 'array', items: name } }),
  package: exactly({ binding: true, artifacts: { type: 'array', items: artifact } }),
  targets: { type: 'array', minItems: 1, items: exactly({ ciId: name, name, binding: true }) },
  parameters: { type: 'object' },
  'notBefore?': instant,
  deadline: instant,
  'maxParallel?': count,
  'stopAfterFailures?': count,
  'callback?': exactly({ url: { type: 'string', pattern: '^https?:' }, token: secretRef }),
  dryRun: { type: 'boolean' },
  actor: name,
});

/** `RunHandle`. */
export const RUN_HANDLE_SCHEMA: JsonSchema = atLeast({
  adapterId: name,
  apiVersion: { const: 1 },
  key: runKey,
  native: { type: 'object' },
});

const targetReport = atLeast({
  ciId: name,
  state: { enum: TARGET_STATES },
  nativeStatus: text,
  at: instant,
  attempt: count,
  'step?': text,
  'percent?': percent,
  'reason?': atLeast({ code: name, message: text, retryable: { type: 'boolean' } }),
  'verifiedSha256?': sha256,
});

/** The answer of `find`: a `RunHandle`, or null when there is no such run. */
export const FOUND_SCHEMA: JsonSchema = { anyOf: [{ type: 'null' }, RUN_HANDLE_SCHEMA] };

/** The answer of a method that returns nothing. */
export const NOTHING_SCHEMA: JsonSchema = {};

/** `Observation`. */
export const OBSERVATION_SCHEMA: JsonSchema = atLeast({
  run: atLeast({
    phase: { enum: ['queued', 'running', 'paused', 'cancelling', 'finished'] },
    'outcome?': { enum: ['success', 'failure', 'cancel', 'error', 'unknown'] },
    'nativeStatus?': text,
    'percent?': percent,
    'message?': text,
    'url?': text,
  }),
  targets: { type: 'array', items: targetReport },
  cursor: { type: 'string', maxLength: 4096 },
  'nextPollMs?': { type: 'number', minimum: 0 },
  complete: { type: 'boolean' },
});

/** `PreflightReport`. */
export const PREFLIGHT_SCHEMA: JsonSchema = atLeast({
  verdict,
  messages: { type: 'array', items: text },
  targets: { type: 'array', items: atLeast({ ciId: name, verdict, 'message?': text }) },
});

/** `ProbeReport`. */
export const PROBE_SCHEMA: JsonSchema = atLeast({
  status: { enum: ['ready', 'starting', 'broken'] },
  'toolVersion?': text,
  'detail?': text,
});

/** `CancelReport`. */
export const CANCEL_SCHEMA: JsonSchema = atLeast({ accepted: { type: 'boolean' }, 'detail?': text });

/** `CallbackReport`. */
export const CALLBACK_SCHEMA: JsonSchema = atLeast({
  'key?': runKey,
  'native?': { type: 'object' },
  'dedupeId?': name,
  'observation?': OBSERVATION_SCHEMA,
});

/** `LogChunk`. */
export const LOG_CHUNK_SCHEMA: JsonSchema = atLeast({ chunk: text, cursor: text, eof: { type: 'boolean' } });

/** `Capabilities`. */
export const CAPABILITIES_SCHEMA: JsonSchema = atLeast({
  submit: { enum: ['idempotent', 'findable', 'at-most-once'] },
  observe: {
    type: 'array',
    items: { enum: ['poll', 'callback', 'reported'] },
    uniqueItems: true,
    anyOf: [{ contains: { const: 'poll' } }, { contains: { const: 'reported' } }],
  },
  targetStatus: { enum: ['live', 'final', 'none'] },
  cancel: { enum: ['confirmed', 'best-effort', 'none'] },
  cancelTargets: { type: 'boolean' },
  pause: { type: 'boolean' },
  retryTargets: { type: 'boolean' },
  preflight: { enum: ['dry-run', 'static', 'none'] },
  operations: { type: 'array', items: { enum: ADAPTER_OPERATIONS }, minItems: 1, uniqueItems: true },
  artifacts: {
    type: 'array',
    items: { enum: ['prestaged', 'by-reference', 'by-value'] },
    minItems: 1,
    uniqueItems: true,
  },
  verifiesDigest: { type: 'boolean' },
  logs: { enum: ['cursor', 'none'] },
  toolSchedules: { type: 'boolean' },
  limits: atLeast({
    'maxTargets?': count,
    'maxConcurrentRuns?': count,
    minPollMs: { type: 'number', minimum: 0, maximum: 86_400_000 },
    typicalLatencyMs: { type: 'number', minimum: 0, maximum: 86_400_000 },
  }),
});
