/** The form of a profile as JSON Schema. `profile.schema.json` is this schema as a file, for editors. */
import { Ajv2020, type ErrorObject, type ValidateFunction } from 'ajv/dist/2020.js';
import { ADAPTER_OPERATIONS, TARGET_STATES, type JsonSchema } from '../../src/adapters/adapter.js';

const text = (description: string): JsonSchema => ({ type: 'string', minLength: 1, description });
const pattern = (description: string): JsonSchema => ({
  type: 'string',
  minLength: 1,
  maxLength: 1000,
  format: 'regex',
  description: `A JavaScript pattern: ${description}`,
});
const seconds = (description: string): JsonSchema => ({
  type: 'number',
  exclusiveMinimum: 0,
  maximum: 86_400,
  description,
});

/** An object with exactly these properties; names that end in `?` are optional. */
function exactly(properties: Readonly<Record<string, unknown>>, description: string): JsonSchema {
  const entries = Object.entries(properties).map(([name, schema]) => [name.replace(/\?$/, ''), schema] as const);
  return {
    type: 'object',
    additionalProperties: false,
    description,
    required: Object.keys(properties).filter((name) => !name.endsWith('?')),
    properties: Object.fromEntries(entries),
  };
}

const COMMAND = {
  argv: {
    type: 'array',
    minItems: 1,
    maxItems: 100,
    items: { type: 'string', minLength: 1, maxLength: 1000 },
    description: 'The program and its arguments, one item each. Nothing is split, and no shell interprets them.',
  },
  source: text('Where this is known from: a public document, or a transcript of your site.'),
  'timeoutSeconds?': seconds('Maximum duration of the command. Default: the setting timeoutMs of the instance.'),
};
const command = (description: string, more: Readonly<Record<string, unknown>> = {}): JsonSchema =>
  exactly({ ...COMMAND, ...more }, description);

const lines = (description: string): JsonSchema => ({
  type: 'array',
  minItems: 1,
  items: { type: 'string' },
  description,
});

const byOperation = (schema: JsonSchema, description: string): JsonSchema => ({
  type: 'object',
  minProperties: 1,
  additionalProperties: false,
  properties: Object.fromEntries(ADAPTER_OPERATIONS.map((name) => [name, schema])),
  description,
});

const words = (meanings: readonly string[], description: string): JsonSchema => ({
  type: 'object',
  minProperties: 1,
  additionalProperties: { enum: meanings },
  description,
});

const progress: JsonSchema = {
  description: 'Where the transport states of the targets come from.',
  anyOf: [
    exactly(
      {
        from: { const: 'gateways' },
        gateways: command('Lists the gateways, one per line.'),
        queue: command('Prints the queue of {gateway}.'),
        runId: pattern('the line of a block that names the run, with the group `id`.'),
        'silentGateway?': exactly(
          {
            pattern: pattern('what the queue command says of a gateway that does not answer.'),
            endpoints: command('Lists the endpoints of {gateway}, one per line.'),
          },
          'A gateway that does not answer makes all of its endpoints unreachable.',
        ),
      },
      'From the queues of all gateways. One walk serves all runs.',
    ),
    exactly(
      {
        from: { const: 'list' },
        list: command('Prints one line per target of {runId}.'),
        line: pattern('one target, with the groups `target` and `state`, and perhaps `time` and `detail`.'),
      },
      'From one list per run.',
    ),
  ],
};

const results: JsonSchema = {
  description: 'Where the final result of a target comes from.',
  anyOf: [
    exactly({ from: { const: 'progress' } }, 'The transport states are results.'),
    exactly(
      {
        from: { const: 'log' },
        read: command('Prints the end of the log of the package. It may use {package}, {packageName} and {runId}.'),
        line: pattern(
          'one result, with the groups `target` and `result`, with `id` or `time`, perhaps `package` and `detail`.',
        ),
        words: words(TARGET_STATES, 'The target state for each result in the log.'),
      },
      'From the log of the package. The transport alone never proves a success.',
    ),
  ],
};

/** The JSON Schema of a profile. */
export const PROFILE_SCHEMA: JsonSchema = exactly(
  {
    '$schema?': { type: 'string', description: 'For editors.' },
    format: { const: 1, description: 'The version of this format.' },
    name: { type: 'string', pattern: '^[A-Za-z0-9._-]{1,100}$', description: 'Name of the profile.' },
    product: text('The product and its level.'),
    verified: {
      description: 'False, or who compared every command and pattern with the product, and when.',
      anyOf: [
        { const: false },
        exactly(
          { by: text('The person or team.'), on: { type: 'string', pattern: '^\\d{4}-\\d{2}-\\d{2}$' } },
          'Who, and when.',
        ),
      ],
    },
    mode: { enum: ['distribution', 'plan'], description: 'One distribution per run, or one plan per run.' },
    timeZone: text('IANA name of the time zone of the times in the output, such as Europe/Rome.'),
    probe: command('A command without effect that works whenever the environment does.'),
    operations: byOperation(command('The order.'), 'The order for each operation that is offered.'),
    runId: pattern('the id of the run in the output of the order, with the group `id`.'),
    maxLabel: {
      type: 'integer',
      minimum: 40,
      maximum: 128,
      description: 'Longest label that the product takes, in characters. Longer keys are replaced by a digest.',
    },
    'find?': command('Lists the labels of all runs. Without it, a lost order is never sent again.', {
      line: pattern('one run, with the groups `label` and `id`.'),
      settleSeconds: seconds('How long after an order its run may still be missing in the list.'),
    }),
    'plan?': exactly(
      {
        documents: byOperation(
          exactly(
            {
              document: lines('The plan definition, line by line; {targets} stands for the lines of all targets.'),
              target: lines('The lines of one target.'),
            },
            'The document of a plan.',
          ),
          'The plan definition for each operation.',
        ),
        'import?': command('Gives {planFile} to the product.', {
          'repeated?': pattern('what the command says of a plan that is there already.'),
        }),
      },
      'For the mode `plan`.',
    ),
    progress,
    states: words([...TARGET_STATES, 'paused'], 'The meaning of each transport state.'),
    results,
    patienceSeconds: seconds('How long a target may stay without a known state or result.'),
    'cancel?': command('Cancels {runId}.'),
    'cancelTargets?': command('Cancels {endpoints} of {runId}.'),
    'pause?': command('Pauses {runId}.'),
    'resume?': command('Resumes {runId}.'),
    'errors?': {
      type: 'array',
      description: 'The meaning of error texts. The first that matches counts.',
      items: exactly(
        {
          pattern: pattern('a part of the error text.'),
          code: {
            enum: [
              'INVALID_ARGUMENT',
              'UNAUTHENTICATED',
              'PERMISSION_DENIED',
              'NOT_FOUND',
              'FAILED_PRECONDITION',
              'ABORTED',
              'RESOURCE_EXHAUSTED',
              'UNAVAILABLE',
              'OUTCOME_UNKNOWN',
            ],
          },
          source: text('Where this is known from.'),
        },
        'One error text.',
      ),
    },
    maxTargets: { type: 'integer', minimum: 1, maximum: 1000, description: 'Maximum targets of one order.' },
  },
  'A profile for Tivoli Configuration Manager.',
);

let validate: ValidateFunction | undefined;

function sentence({ instancePath, keyword, message, params }: ErrorObject): string {
  const place = `The profile${instancePath}`;
  if (keyword === 'additionalProperties')
    return `${place} must not have the property "${String(params['additionalProperty'])}".`;
  return `${place} ${message ?? 'is not valid'}.`;
}

function isPattern(regex: string): boolean {
  try {
    return new RegExp(regex, 'u') instanceof RegExp;
  } catch {
    return false;
  }
}

/** What is wrong with the form of a profile, one sentence each; empty for a well-formed one. */
export function formProblems(profile: unknown): string[] {
  validate ??= new Ajv2020({ allErrors: true, strictTypes: false, formats: { regex: isPattern } }).compile(
    structuredClone(PROFILE_SCHEMA),
  );
  if (validate(profile)) return [];
  return [...new Set((validate.errors ?? []).slice(0, 20).map(sentence))];
}
