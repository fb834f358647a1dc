/** What an operator, a configuration item, a package and a planner may tell the adapter, with the schemas for it. */
import type { JsonObject, JsonSchema, JsonValue, SecretRef } from '../../src/adapters/adapter.js';

/** The operations that the adapter offers. */
export const OPERATIONS = ['install', 'remove', 'verify', 'undo'] as const;
/** One of {@link OPERATIONS}. */
export type Operation = (typeof OPERATIONS)[number];

/** How the files of a package reach a host. */
export type Delivery = 'by-value' | 'by-reference' | 'prestaged';

/** The settings of an instance. */
export interface Settings {
  readonly knownHostsFile: string;
  readonly user?: string;
  readonly privateKey?: SecretRef;
  readonly becomePassword?: SecretRef;
  readonly vaultPassword?: SecretRef;
  readonly mediaToken?: SecretRef;
  readonly sshConfigFile?: string;
  readonly playbookDir?: string;
  readonly allowShippedPlaybooks?: boolean;
  readonly allowControlNode?: boolean;
  readonly variables?: readonly string[];
  readonly ansiblePlaybook?: string;
  readonly python?: string;
  readonly forks?: number;
  readonly connectTimeoutSeconds?: number;
  readonly rehearse?: boolean;
  readonly maxConcurrentRuns?: number;
}

/** How one configuration item is reached. */
export interface TargetBinding {
  readonly host: string;
  readonly alias?: string;
  readonly port?: number;
  readonly user?: string;
  readonly become?: boolean;
  readonly becomeUser?: string;
  readonly pythonInterpreter?: string;
  readonly remoteTmp?: string;
  readonly directory?: string;
  readonly variables?: JsonObject;
}

/** What to play for one operation, where that differs from the playbook of the package. */
export interface OperationBinding {
  readonly playbook?: string;
  readonly tags?: readonly string[];
  readonly skipTags?: readonly string[];
}

/** How one package is delivered. */
export interface PackageBinding {
  readonly playbook?: string;
  readonly playbookArtifact?: string;
  readonly operations?: Partial<Record<Operation, OperationBinding>>;
  readonly delivery?: Delivery;
  readonly directory?: string;
  readonly prestaged?: string;
}

/** What a planner may add. */
export interface Parameters {
  readonly variables?: Readonly<Record<string, JsonValue>>;
}

export const DEFAULT_FORKS = 5;
export const DEFAULT_CONNECT_SECONDS = 10;
export const DEFAULT_CONCURRENT_RUNS = 4;

const secret = (description: string): JsonSchema => ({ 'x-secret': true, description });
// Paths end up in options of ssh, where a quote or a percent sign has a meaning of its own.
const path = (description: string): JsonSchema => ({
  type: 'string',
  pattern: '^/[^"\'\\\\%\\u0000-\\u001f]*$',
  maxLength: 500,
  description,
});
const account = (description: string): JsonSchema => ({
  type: 'string',
  pattern: '^[A-Za-z_][A-Za-z0-9_.@-]{0,63}$',
  description,
});
const relativePlaybook: JsonSchema = {
  type: 'string',
  pattern: '^[A-Za-z0-9_][A-Za-z0-9_./-]*\\.ya?ml$',
  maxLength: 300,
  description: 'Path below `playbookDir`.',
};
const tags: JsonSchema = {
  type: 'array',
  minItems: 1,
  uniqueItems: true,
  items: { type: 'string', pattern: '^[A-Za-z0-9_][A-Za-z0-9_-]*$' },
};
/** Names of variables that mean nothing to Ansible itself. */
const FREE_NAME = '^(?!ansible_|interlock|vars$|hostvars$|groups$|group_names$|omit$)[a-z_][a-z0-9_]{0,63}$';

/** Settings of an instance. */
export const configSchema: JsonSchema = {
  title: 'Ansible',
  type: 'object',
  additionalProperties: false,
  required: ['knownHostsFile'],
  properties: {
    knownHostsFile: path('File of known hosts. A host with another key, or none here, is not touched.'),
    user: account('Who logs in on hosts whose binding names nobody.'),
    privateKey: secret('The private key to log in with, in the format of OpenSSH and without passphrase.'),
    becomePassword: secret('The password with which Ansible becomes another user.'),
    vaultPassword: secret('The password of encrypted variables.'),
    mediaToken: secret('Sent as bearer token by the hosts that fetch files by reference.'),
    sshConfigFile: path('Configuration of ssh, for instance for a jump host. Default: none, not even the usual one.'),
    playbookDir: path('The folder with the playbooks that packages may name.'),
    allowShippedPlaybooks: {
      type: 'boolean',
      default: false,
      description:
        'Packages may bring their playbook along. It is executed by Ansible on this machine with the rights of the ' +
        'server, so people who add media can do what the server can.',
    },
    allowControlNode: {
      type: 'boolean',
      default: false,
      description: 'Playbooks may also act on this machine: plays and delegated tasks on `localhost`.',
    },
    variables: {
      type: 'array',
      uniqueItems: true,
      items: { type: 'string', pattern: FREE_NAME },
      description: 'Names of the variables that a distribution may set. Default: none.',
    },
    ansiblePlaybook: { type: 'string', minLength: 1, default: 'ansible-playbook', description: 'The program.' },
    python: { type: 'string', minLength: 1, default: 'python3', description: 'Python 3.8 or later on this machine.' },
    forks: {
      type: 'integer',
      minimum: 1,
      maximum: 500,
      default: DEFAULT_FORKS,
      description: 'Number of hosts that Ansible works on at a time, unless the distribution says otherwise.',
    },
    connectTimeoutSeconds: { type: 'integer', minimum: 1, maximum: 300, default: DEFAULT_CONNECT_SECONDS },
    rehearse: {
      type: 'boolean',
      default: true,
      description: 'The preflight plays the playbook with `--check`. Otherwise it contacts no host.',
    },
    maxConcurrentRuns: { type: 'integer', minimum: 1, maximum: 100, default: DEFAULT_CONCURRENT_RUNS },
  },
};

/** The binding of a configuration item. */
export const targetSchema: JsonSchema = {
  title: 'Host',
  type: 'object',
  additionalProperties: false,
  required: ['host'],
  properties: {
    host: {
      type: 'string',
      pattern: '^[A-Za-z0-9][A-Za-z0-9.:_-]{0,252}$',
      description: 'Name or address, as ssh takes it.',
    },
    alias: {
      type: 'string',
      pattern: '^[A-Za-z0-9][A-Za-z0-9._-]{0,100}$',
      description: 'Its name in the inventory, and so of its file in `host_vars`. Default: the name of the item.',
    },
    port: { type: 'integer', minimum: 1, maximum: 65_535, default: 22 },
    user: account('Who logs in.'),
    become: { type: 'boolean', description: 'Become another user there, usually root.' },
    becomeUser: account('The user to become.'),
    pythonInterpreter: path('Python on the host.'),
    remoteTmp: path('Folder for temporary files on the host.'),
    directory: path('Where packages are delivered on this host, instead of the directory of the package.'),
    variables: {
      type: 'object',
      maxProperties: 100,
      propertyNames: { pattern: FREE_NAME },
      additionalProperties: { type: ['string', 'number', 'boolean'] },
      description: 'Further variables of this host. They are data: nothing in them is evaluated.',
    },
  },
};

const operationSchema: JsonSchema = {
  type: 'object',
  additionalProperties: false,
  properties: { playbook: relativePlaybook, tags, skipTags: tags },
};

/** The binding of a package. */
export const packageSchema: JsonSchema = {
  title: 'Package',
  type: 'object',
  additionalProperties: false,
  properties: {
    playbook: relativePlaybook,
    playbookArtifact: {
      type: 'string',
      pattern: '^[A-Za-z0-9_][A-Za-z0-9_.-]*\\.ya?ml$',
      description: 'File name of the artifact that is the playbook.',
    },
    operations: {
      type: 'object',
      additionalProperties: false,
      properties: Object.fromEntries(OPERATIONS.map((operation) => [operation, operationSchema])),
      description:
        'Playbook or tags by operation. A package with a playbook of its own can be installed, and whatever else is ' +
        'named here; `{}` plays the same playbook, which then looks at `interlock.operation`.',
    },
    delivery: {
      enum: ['by-value', 'by-reference', 'prestaged'],
      default: 'by-value',
      description: 'This machine copies the files, the host fetches them, or they are on the host already.',
    },
    directory: path('Where the built-in playbook delivers on the hosts.'),
    prestaged: path('With `prestaged`: the folder on the hosts in which the files stand under their names.'),
  },
  allOf: [
    { not: { required: ['playbook', 'playbookArtifact'] } },
    {
      anyOf: [
        { required: ['prestaged'] },
        { not: { required: ['delivery'], properties: { delivery: { const: 'prestaged' } } } },
      ],
    },
  ],
};

/** The parameters of a distribution; only the variables that the operator allows. */
export function parametersSchema(settings: Pick<Settings, 'variables'> = {}): JsonSchema {
  const names = settings.variables ?? [];
  return {
    title: 'Parameters',
    type: 'object',
    additionalProperties: false,
    properties: {
      variables: {
        type: 'object',
        additionalProperties: false,
        properties: Object.fromEntries(names.map((name) => [name, {}])),
        description: 'Variables of the playbook. They are data: nothing in them is evaluated.',
      },
    },
  };
}
