/** The settings of an instance, and what a profile may hold. */
import { ADAPTER_OPERATIONS, TARGET_STATES, type JsonSchema } from '../../src/adapters/adapter.js';
import { HTTP_SETTINGS } from '../../src/adapters/http.js';
import { PROFILES } from './profiles.js';
import { CALLBACK_SETTINGS_SCHEMA } from './signature.js';

const text: JsonSchema = { type: 'string' };
const texts: JsonSchema = { type: 'object', additionalProperties: text };
const whole: JsonSchema = { type: 'integer', minimum: 0 };
const statuses: JsonSchema = { type: 'array', items: { type: 'integer', minimum: 100, maximum: 599 } };
const stateMap: JsonSchema = { type: 'object', additionalProperties: { enum: [...TARGET_STATES] } };
const pointer: JsonSchema = { type: 'string', pattern: '^(/.*)?$' };

const object = (properties: Readonly<Record<string, JsonSchema>>, required: readonly string[] = []): JsonSchema => ({
  type: 'object',
  additionalProperties: false,
  properties,
  required,
});

const selection = { list: pointer, where: texts };
const rule: JsonSchema = {
  anyOf: [
    pointer,
    object(
      {
        if: object(selection, ['list']),
        match: text,
        pointer,
        header: text,
        ...selection,
        value: pointer,
        text,
        join: { type: 'array', items: pointer, minItems: 2 },
      },
      [],
    ),
  ],
};
const reader: JsonSchema = { anyOf: [rule, { type: 'array', items: rule, minItems: 1 }] };
const bindings: JsonSchema = { type: 'object' };

const request = object(
  {
    method: { enum: ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'] },
    path: text,
    query: texts,
    headers: texts,
    form: texts,
    json: {},
    contentType: text,
  },
  ['path'],
);

const target = object(
  {
    request,
    label: text,
    states: stateMap,
    list: pointer,
    name: reader,
    state: reader,
    map: pointer,
    values: pointer,
    sets: texts,
  },
  ['label', 'states'],
);

const search = object(
  {
    request,
    list: pointer,
    at: reader,
    equals: text,
    contains: { type: 'boolean' },
    id: reader,
    ticket: reader,
    newest: object({ most: { type: 'integer', minimum: 1 }, since: reader }, ['most', 'since']),
  },
  ['request', 'list', 'at'],
);

/** The schema of a whole profile. */
export const PROFILE_SCHEMA: JsonSchema = object(
  {
    title: text,
    sources: { type: 'array', items: text },
    jobs: { enum: ['per-run', 'per-target'] },
    speaksForTargets: { type: 'boolean' },
    site: { type: 'object', additionalProperties: object({ description: text, default: text }, ['description']) },
    secrets: { type: 'array', items: { type: 'string', pattern: '^[A-Za-z][A-Za-z0-9_-]*$' } },
    target: bindings,
    package: bindings,
    parameters: bindings,
    operations: { type: 'array', items: { enum: [...ADAPTER_OPERATIONS] }, minItems: 1, uniqueItems: true },
    headers: texts,
    probe: object({ request, version: reader }, ['request']),
    check: {
      type: 'array',
      items: object(
        {
          request,
          expect: {
            type: 'array',
            items: object({ at: reader, equals: text, message: text }, ['at', 'equals', 'message']),
          },
        },
        ['request'],
      ),
    },
    submit: object(
      {
        request,
        statuses,
        id: reader,
        ticket: reader,
        exists: object({ statuses, fingerprint: reader }, ['statuses']),
        busy: object({ statuses, text }, ['statuses', 'text']),
      },
      ['request'],
    ),
    locate: object({ request, id: reader, state: reader, states: stateMap }, ['request', 'id']),
    search: { type: 'array', items: search, minItems: 1 },
    settleMs: whole,
    observe: object(
      {
        request,
        state: reader,
        states: stateMap,
        url: reader,
        message: reader,
        percent: reader,
        targets: { type: 'array', items: target, minItems: 1 },
      },
      ['request', 'state', 'states'],
    ),
    cancel: object(
      {
        request,
        abort: request,
        waiting: request,
        refused: statuses,
        accepted: object({ at: reader, values: { type: 'array', items: text } }, ['at', 'values']),
      },
      ['request'],
    ),
    logs: object({ request, lines: pointer }, ['request']),
    callback: object({ key: reader, contains: { type: 'boolean' } }, ['key']),
    limits: object({
      maxTargets: { type: 'integer', minimum: 1 },
      maxConcurrentRuns: { type: 'integer', minimum: 1 },
      minPollMs: { type: 'integer', minimum: 1 },
      typicalLatencyMs: whole,
    }),
  },
  ['title', 'sources', 'jobs', 'target', 'package', 'parameters', 'operations', 'probe', 'submit', 'observe'],
);

/** The schema of the settings. */
export const CONFIG_SCHEMA: JsonSchema = {
  title: 'Jobs by HTTP',
  ...object(
    {
      profile: {
        anyOf: [{ enum: Object.keys(PROFILES) }, PROFILE_SCHEMA],
        description: 'A ready profile by name, or a whole one.',
      },
      ...HTTP_SETTINGS,
      site: { ...texts, description: 'Values that the profile needs of this site.' },
      secrets: {
        type: 'object',
        additionalProperties: { type: 'object', 'x-secret': true },
        description: 'Secrets that the profile puts into headers and bodies.',
      },
      callback: CALLBACK_SETTINGS_SCHEMA,
      states: { ...stateMap, description: 'Meanings of native statuses, before those of the profile.' },
      minPollMs: { type: 'integer', minimum: 1, description: 'Minimum interval between two looks at a run.' },
      settleMs: { ...whole, description: 'How long a job that was sent may stay hidden from a search.' },
    },
    ['profile', 'baseUrl'],
  ),
};
