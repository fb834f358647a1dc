/** What settings, targets, packages and parameters look like. Whatever becomes part of a command is bounded here. */
import type { JsonSchema } from '../../src/adapters/adapter.js';

/** Hosts under way at a time when neither the request nor the settings say otherwise, and the most there can be. */
export const DEFAULT_PARALLEL = 10;
export const MOST_PARALLEL = 64;
export const DEFAULT_CONNECT_SECONDS = 10;
export const DEFAULT_GIVE_UP_SECONDS = 120;
export const DEFAULT_CANCEL_SECONDS = 10;

// A component never is "." or "..", and nothing in it means anything to a shell, to rsync or to the settings of ssh.
const PATH = '^(/(?!\\.{1,2}(/|$))[A-Za-z0-9._+-]+)+$';
// Nothing that the settings of ssh would replace or end at.
const LOCAL_PATH = '^/[^"%$\\\\\\p{Cc}]+$';
const USER = '^[A-Za-z_][A-Za-z0-9_.-]{0,63}$';
const VARIABLE = '^(?!RELEASE_|LD_|(PATH|ENV|IFS|HOME|SHELL|BASH_ENV|PS4)$)[A-Z][A-Z0-9_]{0,63}$';

const port = { type: 'integer', minimum: 1, maximum: 65_535 };
const user = { type: 'string', pattern: USER };
const text = { type: 'string', maxLength: 4_096, pattern: '^[^\\u0000]*$' };
const base = {
  type: 'string',
  maxLength: 512,
  pattern: PATH,
  description: 'The folder on the host in which `releases` and `current` are. It is created when it is missing.',
};
const command = (when: string): JsonSchema => ({
  type: 'array',
  minItems: 1,
  maxItems: 100,
  items: text,
  description:
    `A program and its arguments, run on the host ${when}. No shell reads them. ` +
    'Variables RELEASE_DIRECTORY, RELEASE_CURRENT, RELEASE_PREVIOUS and others are set; see the README.',
});

/** Settings of an instance. */
export const configSchema: JsonSchema = {
  title: 'SSH',
  type: 'object',
  additionalProperties: false,
  required: ['knownHostsFile'],
  oneOf: [{ required: ['identityFile'] }, { required: ['privateKey'] }, { required: ['identityAgent'] }],
  properties: {
    knownHostsFile: {
      type: 'string',
      pattern: LOCAL_PATH,
      description: 'The keys of the hosts, as `ssh-keyscan` prints them. A host that is not in it is refused.',
    },
    identityFile: {
      type: 'string',
      pattern: LOCAL_PATH,
      description: 'The file with the key to log in with, without a passphrase.',
    },
    privateKey: { 'x-secret': true, description: 'The key itself. It is given to an agent and written to no file.' },
    identityAgent: { type: 'string', pattern: LOCAL_PATH, description: 'The socket of an agent that has the key.' },
    user: { ...user, description: 'The user on the hosts, unless a target names another. Not root where avoidable.' },
    port: { ...port, default: 22 },
    base,
    secrets: {
      type: 'object',
      propertyNames: { pattern: VARIABLE },
      additionalProperties: { 'x-secret': true },
      description: 'Secrets that commands of packages may ask for by name. They get them on standard input.',
    },
    maxParallel: {
      type: 'integer',
      minimum: 1,
      maximum: MOST_PARALLEL,
      default: DEFAULT_PARALLEL,
      description: 'Hosts under way at a time, where a distribution does not ask for fewer.',
    },
    connectSeconds: { type: 'integer', minimum: 1, maximum: 120, default: DEFAULT_CONNECT_SECONDS },
    giveUpSeconds: {
      type: 'integer',
      minimum: 0,
      maximum: 86_400,
      default: DEFAULT_GIVE_UP_SECONDS,
      description: 'How long a host that cannot be reached is tried again before the target expires.',
    },
    cancelSeconds: {
      type: 'integer',
      minimum: 0,
      maximum: 600,
      default: DEFAULT_CANCEL_SECONDS,
      description: 'How long the processes of a cancelled run have to end by themselves before they are killed.',
    },
    minPollMs: { type: 'integer', minimum: 50, maximum: 60_000, default: 1_000 },
  },
};

/** How a host is addressed. */
export const targetSchema: JsonSchema = {
  title: 'Host',
  type: 'object',
  additionalProperties: false,
  required: ['host'],
  properties: {
    host: {
      type: 'string',
      maxLength: 253,
      pattern: '^[A-Za-z0-9:][A-Za-z0-9.:_-]*$',
      description: 'Name or address, as in the file of known hosts.',
    },
    port,
    user,
    base,
  },
};

/** What belongs to a package. */
export const packageSchema: JsonSchema = {
  title: 'Package',
  type: 'object',
  additionalProperties: false,
  properties: {
    directory: {
      type: 'string',
      maxLength: 128,
      pattern: '^(?!\\.{1,2}$)[A-Za-z0-9_+-][A-Za-z0-9._+-]*$',
      description: 'A folder of its own below `base`, for hosts that carry several packages.',
    },
    install: command('in the new version, before `current` is switched to it'),
    activate: command('after the switch; when it fails, `current` is switched back'),
    undo: command('after `current` has been switched back to the version before'),
    remove: command('in the version that is about to be removed'),
    secrets: {
      type: 'array',
      uniqueItems: true,
      maxItems: 20,
      items: { type: 'string', pattern: VARIABLE },
      description: 'Names of secrets in the settings that the commands read from standard input.',
    },
  },
};

/** What a planner may add. */
export const parametersSchema: JsonSchema = {
  title: 'Parameters',
  type: 'object',
  additionalProperties: false,
  properties: {
    variables: {
      type: 'object',
      maxProperties: 50,
      propertyNames: { pattern: VARIABLE },
      additionalProperties: text,
      description: 'Environment variables for the commands of the package. Not the place for secrets.',
    },
  },
};
