/** The JSON Schema of a profile. `profile.ts` checks what a schema cannot say. */
import { ADAPTER_ERRORS, ADAPTER_OPERATIONS, TARGET_STATES, type JsonSchema } from '../../src/adapters/adapter.js';

const text = (description: string): JsonSchema => ({ type: 'string', minLength: 1, maxLength: 4096, description });
const closed = (properties: Readonly<Record<string, JsonSchema>>, required: readonly string[]): JsonSchema => ({
  type: 'object',
  additionalProperties: false,
  properties,
  required,
});

const NAME = '^[A-Za-z_][A-Za-z0-9_.-]{0,127}$';
const template = text('A text with placeholders such as {target.deviceId}.');
const path: JsonSchema = {
  type: 'string',
  pattern: '^/[^\\s#\\\\]*$',
  maxLength: 1024,
  description: 'Below `baseUrl`, beginning with a slash.',
};
const elementPath: JsonSchema = {
  type: 'string',
  pattern: '^(\\*|[A-Za-z_][A-Za-z0-9_.-]*)(/(\\*|[A-Za-z_][A-Za-z0-9_.-]*))*$',
  maxLength: 1024,
  description: 'Local names of elements below the SOAP body, separated by slashes; * stands for any name.',
};
const expression: JsonSchema = {
  type: 'string',
  format: 'regex',
  minLength: 1,
  maxLength: 1024,
  description: 'A regular expression. In an answer, its first group is the value.',
};

/** What each call's answer must and can name. */
const ANSWERS: Readonly<Record<string, readonly [required: readonly string[], optional: readonly string[]]>> = {
  submit: [['id'], []],
  status: [['status'], ['message']],
  search: [['id'], []],
  cancel: [[], []],
};

function answer(call: string, part: JsonSchema): JsonSchema {
  const [required = [], optional = []] = ANSWERS[call] ?? [];
  return closed(Object.fromEntries([...required, ...optional].map((name) => [name, part])), required);
}

function callsOf(callSchema: (name: string) => JsonSchema): JsonSchema {
  const names = Object.keys(ANSWERS);
  return closed(Object.fromEntries(names.map((name) => [name, callSchema(name)])), ['submit', 'status']);
}

const soapArgument = closed(
  {
    name: { type: 'string', pattern: NAME },
    value: template,
    type: { type: 'string', pattern: '^xsd:[A-Za-z]+$', description: 'For rpc-encoded. Default xsd:string.' },
  },
  ['name', 'value'],
);

function soapCall(name: string): JsonSchema {
  const soapAction: JsonSchema = { type: 'string', pattern: '^[!#-~]*$', description: 'Default: empty.' };
  // The operation and the parts of the verified call are code.
  if (name === 'submit') return closed({ soapAction, answer: answer(name, elementPath) }, ['answer']);
  const own = { operation: { type: 'string', pattern: NAME }, arguments: { type: 'array', items: soapArgument } };
  return closed({ ...own, soapAction, answer: answer(name, elementPath) }, ['operation', 'arguments', 'answer']);
}

const soapTransport = closed(
  {
    kind: { const: 'soap' },
    path,
    wsdl: path,
    namespace: text('Namespace of the operations.'),
    style: { enum: ['rpc-encoded', 'rpc-literal', 'document-literal'] },
    qualified: { type: 'boolean', description: 'For document-literal: arguments are in the namespace too.' },
    auth: {
      enum: ['basic', 'wsse-text', 'wsse-digest'],
      description: 'HTTP Basic, or a WS-Security UsernameToken with the password as text or as digest.',
    },
    calls: callsOf(soapCall),
  },
  ['kind', 'path', 'namespace', 'style', 'auth', 'calls'],
);

const commandTransport = closed(
  {
    kind: { const: 'soapcli' },
    command: {
      type: 'array',
      minItems: 1,
      items: { type: 'string', minLength: 1 },
      description: 'The program, by its absolute path, and arguments of every call.',
    },
    password: {
      description: 'How the program gets the password. An argument is not possible: other users can read those.',
      oneOf: [
        closed({ by: { const: 'stdin' } }, ['by']),
        closed({ by: { const: 'file' } }, ['by']),
        closed({ by: { const: 'environment' }, variable: { type: 'string', pattern: '^[A-Za-z_][A-Za-z0-9_]*$' } }, [
          'by',
          'variable',
        ]),
      ],
    },
    environment: { type: 'object', additionalProperties: { type: 'string' } },
    calls: callsOf((name) =>
      closed({ arguments: { type: 'array', items: template }, answer: answer(name, expression) }, [
        'arguments',
        'answer',
      ]),
    ),
  },
  ['kind', 'command', 'password', 'calls'],
);

const grouping: JsonSchema = {
  oneOf: [
    closed({ per: { const: 'target' } }, ['per']),
    closed(
      {
        per: { const: 'group' },
        separator: { type: 'string', minLength: 1, maxLength: 8, pattern: '^[^,=]+$' },
        size: { type: 'integer', minimum: 1, maximum: 1000 },
        holdsForAll: { type: 'array', uniqueItems: true, items: { enum: ['succeeded', 'failed', 'cancelled'] } },
      },
      ['per', 'separator', 'size', 'holdsForAll'],
    ),
  ],
};

const workflow = closed(
  {
    workflow: template,
    parameters: {
      type: 'array',
      items: closed({ name: { type: 'string', pattern: NAME }, value: template }, ['name', 'value']),
    },
  },
  ['workflow', 'parameters'],
);

/** See the file's head. */
export const PROFILE_SCHEMA: JsonSchema = {
  title: 'Profile of a Tivoli Provisioning Manager',
  ...closed(
    {
      $schema: { type: 'string' },
      format: { const: 1 },
      name: text('Name of the profile.'),
      product: text('Product and version.'),
      verified: {
        description: 'False until a site has compared every part with its product; then who did it, and when.',
        anyOf: [{ const: false }, closed({ by: text('Who.'), on: { type: 'string', format: 'date' } }, ['by', 'on'])],
      },
      transport: { oneOf: [soapTransport, commandTransport] },
      requests: grouping,
      workflows: {
        ...closed(Object.fromEntries(ADAPTER_OPERATIONS.map((name) => [name, workflow])), []),
        minProperties: 1,
      },
      plannerParameters: { type: 'array', uniqueItems: true, items: { type: 'string', pattern: NAME } },
      states: {
        type: 'object',
        minProperties: 1,
        propertyNames: { minLength: 1 },
        additionalProperties: { enum: TARGET_STATES.filter((state) => state !== 'unknown') },
        description: 'What each status word means. Any other word is unknown.',
      },
      errors: {
        type: 'array',
        items: closed(
          {
            faultCode: { type: 'string', pattern: NAME },
            exitCode: { type: 'integer', minimum: 1, maximum: 255 },
            text: expression,
            as: { enum: Object.keys(ADAPTER_ERRORS) },
          },
          ['as'],
        ),
      },
      searchSettlesMs: { type: 'integer', minimum: 0, maximum: 3_600_000, default: 60_000 },
    },
    ['format', 'name', 'product', 'verified', 'transport', 'requests', 'workflows', 'states'],
  ),
};
