/**
 * The JSON Schemas of the exec protocol, made from the contract. Run with `--write` to write the files again after the
 * contract has changed: `node --import ./test/adapters/support/typescript.mjs test/adapters/support/exec-schemas.ts
 * --write`.
 */
import { writeFileSync } from 'node:fs';
import { ADAPTER_ERRORS } from '../../../src/adapters/adapter.js';
import * as shapes from '../../../src/adapters/contract-schemas.js';

const key = { type: 'string', pattern: '^[A-Za-z0-9][A-Za-z0-9._:-]{0,127}$' };
const native = { type: 'object', description: 'As the program gave it.' };
const cursor = { type: 'string', description: 'As the program gave it.' };
const request = shapes.DISTRIBUTION_REQUEST_SCHEMA;

function params(properties: Record<string, unknown>, optional: readonly string[] = []): object {
  const required = Object.keys(properties).filter((name) => !optional.includes(name));
  return { type: 'object', properties, required, additionalProperties: false };
}

const PARAMS: Readonly<Record<string, object>> = {
  describe: params({}),
  probe: params({}),
  preflight: params({ request }),
  submit: params({ request }),
  find: params({ key }),
  observe: params({ key, native, cursor: { anyOf: [{ type: 'null' }, cursor] } }),
  cancel: params(
    { key, native, targets: { type: 'array', items: { type: 'string' } }, mode: { enum: ['stop', 'abort'] } },
    ['targets'],
  ),
  pause: params({ key, native }),
  resume: params({ key, native }),
  logs: params({ key, native, ciId: { type: 'string' }, cursor, maxBytes: { type: 'integer', minimum: 1 } }, [
    'ciId',
    'cursor',
  ]),
};

const run = { type: 'object', properties: { native: { type: 'object' } }, required: ['native'] };
const someCapabilities = { ...shapes.CAPABILITIES_SCHEMA, required: [] };

const RESULTS: Readonly<Record<string, object>> = {
  describe: {
    type: 'object',
    properties: {
      capabilities: someCapabilities,
      targetSchema: { type: 'object' },
      packageSchema: { type: 'object' },
      parametersSchema: { type: 'object' },
    },
  },
  probe: shapes.PROBE_SCHEMA,
  preflight: shapes.PREFLIGHT_SCHEMA,
  submit: run,
  find: { anyOf: [{ type: 'null' }, run] },
  observe: shapes.OBSERVATION_SCHEMA,
  cancel: shapes.CANCEL_SCHEMA,
  pause: {},
  resume: {},
  logs: shapes.LOG_CHUNK_SCHEMA,
};

const error = {
  type: 'object',
  properties: {
    code: { enum: Object.keys(ADAPTER_ERRORS) },
    message: { type: 'string' },
    retryAfterMs: { type: 'number', minimum: 0 },
    native: {},
  },
  required: ['code', 'message'],
};

const head = { $schema: 'https://json-schema.org/draft/2020-12/schema' };

/** File name and content of each schema file. */
export const EXEC_SCHEMA_FILES: Readonly<Record<string, object>> = {
  'call.schema.json': {
    ...head,
    title: 'A call of the exec protocol: what the program reads',
    type: 'object',
    properties: {
      protocol: { const: 1 },
      method: { enum: Object.keys(PARAMS) },
      instance: { type: 'string', description: 'The name of the adapter instance.' },
      workDir: { type: 'string', description: 'A private directory of the instance that survives restarts.' },
      params: { type: 'object' },
    },
    required: ['protocol', 'method', 'instance', 'workDir', 'params'],
    allOf: Object.entries(PARAMS).map(([method, schema]) => ({
      if: { properties: { method: { const: method } } },
      // oxlint-disable-next-line unicorn/no-thenable -- a keyword of JSON Schema
      then: { properties: { params: schema } },
    })),
  },
  'reply.schema.json': {
    ...head,
    title: 'A reply of the exec protocol: what the program writes; `$defs` has the result of each method',
    type: 'object',
    oneOf: [
      { properties: { result: {} }, required: ['result'], not: { required: ['error'] } },
      { properties: { error }, required: ['error'], not: { required: ['result'] } },
    ],
    $defs: RESULTS,
  },
};

if (process.argv.includes('--write')) {
  for (const [name, content] of Object.entries(EXEC_SCHEMA_FILES)) {
    writeFileSync(
      new URL(`../../../plugins/exec/schema/${name}`, import.meta.url),
      `${JSON.stringify(content, null, 2)}\n`,
    );
  }
}
