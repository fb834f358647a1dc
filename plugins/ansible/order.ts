/** From a request to what Ansible receives: which playbook, which arguments, which files. Everything here is pure. */
import {
  AdapterError,
  packageDigest,
  type Artifact,
  type DistributionRequest,
  type JsonObject,
  type JsonValue,
  type RequestTarget,
} from '../../src/adapters/adapter.js';
import { aliasesOf, batchesOf, dataYaml, inventoryOf } from './inventory.js';
import {
  DEFAULT_CONNECT_SECONDS,
  DEFAULT_FORKS,
  type Delivery,
  type Operation,
  type OperationBinding,
  type PackageBinding,
  type Parameters,
  type Settings,
  type TargetBinding,
} from './settings.js';
import type { Proof } from './verdict.js';

/** The playbook of an operation: the built-in one, one below `playbookDir`, or one that the package brings along. */
export type Play =
  | { readonly kind: 'built-in'; readonly delivery: Delivery }
  | ({ readonly kind: 'own'; readonly path: string } & Tags)
  | ({ readonly kind: 'shipped'; readonly artifact: Artifact } & Tags);

interface Tags {
  readonly tags: readonly string[];
  readonly skipTags: readonly string[];
}

const refuse = (code: 'INVALID_ARGUMENT' | 'FAILED_PRECONDITION' | 'UNIMPLEMENTED', message: string): never => {
  throw new AdapterError(code, message);
};

function builtIn(request: DistributionRequest, binding: PackageBinding): Play {
  const delivery = binding.delivery ?? 'by-value';
  const { artifacts } = request.package;
  if (artifacts.length === 0)
    refuse('INVALID_ARGUMENT', 'The package has no file and names no playbook, so there is nothing to deliver.');
  for (const { name } of artifacts) {
    if (name === '.' || name === '..' || [...name].some((char) => char === '/' || char < ' '))
      refuse('INVALID_ARGUMENT', `The file name ${JSON.stringify(name)} cannot be used on a host.`);
  }
  if (new Set(artifacts.map(({ name }) => name)).size < artifacts.length)
    refuse('INVALID_ARGUMENT', 'Two files of the package have the same name.');
  const homeless = request.targets.filter((target) => (target.binding as TargetBinding).directory === undefined);
  if (binding.directory === undefined && homeless.length > 0)
    refuse('INVALID_ARGUMENT', `Neither the package nor ${homeless[0]?.name} names the directory to deliver to.`);
  const local = artifacts.find(({ uri }) => !/^https?:/.test(uri));
  if (delivery === 'by-reference' && request.operation === 'install' && local !== undefined)
    refuse('FAILED_PRECONDITION', `A host cannot fetch ${local.name} from here. Set "media": "http" for this tool.`);
  return { kind: 'built-in', delivery };
}

/**
 * What to play for a request.
 * @throws AdapterError UNIMPLEMENTED when the package cannot do the operation, FAILED_PRECONDITION when the settings do
 *   not allow its playbook, INVALID_ARGUMENT when its bindings do not add up.
 */
export function playOf(request: DistributionRequest, settings: Settings): Play {
  const binding = request.package.binding as PackageBinding;
  const operation = request.operation as Operation;
  const special: OperationBinding | undefined = binding.operations?.[operation];
  const { tags = [], skipTags = [] } = special ?? {};
  const path = special?.playbook ?? binding.playbook;
  if (path === undefined && binding.playbookArtifact === undefined) return builtIn(request, binding);
  if (operation !== 'install' && special === undefined)
    refuse('UNIMPLEMENTED', `The package names neither a playbook nor tags for ${operation}.`);
  if (path !== undefined) {
    if (settings.playbookDir === undefined)
      refuse('FAILED_PRECONDITION', 'The package names a playbook, and this tool has no `playbookDir`.');
    if (path.split('/').includes('..')) refuse('INVALID_ARGUMENT', 'The playbook must lie below `playbookDir`.');
    return { kind: 'own', path, tags, skipTags };
  }
  if (settings.allowShippedPlaybooks !== true)
    refuse('FAILED_PRECONDITION', 'The package brings its playbook along, and this tool does not allow that.');
  const artifact = request.package.artifacts.find(({ name }) => name === binding.playbookArtifact);
  if (artifact === undefined) return refuse('INVALID_ARGUMENT', `The package has no ${binding.playbookArtifact}.`);
  return { kind: 'shipped', artifact, tags, skipTags };
}

/** Where things are on this machine. */
export interface Places {
  /** The folder of the run. */
  readonly run: string;
  /** The folder `control` of this plugin. */
  readonly control: string;
  /** The playbook. */
  readonly playbook: string;
}

/** The secrets that a run needs, each the name of a file below `secrets`. */
export type SecretName = 'key' | 'become' | 'vault' | 'token';

/** The arguments of `ansible-playbook`, without the inventory. No secret is among them: they are in files. */
export function argumentsOf(
  request: DistributionRequest,
  settings: Settings,
  play: Play,
  playbook: string,
): readonly string[] {
  const { tags, skipTags } = play.kind === 'built-in' ? { tags: [], skipTags: [] } : play;
  return [
    ...['-e', '@vars.yml'],
    ...(settings.mediaToken === undefined ? [] : ['-e', '@secrets/media.yml']),
    ...(settings.privateKey === undefined ? [] : ['--private-key', 'secrets/key']),
    ...(settings.becomePassword === undefined ? [] : ['--become-password-file', 'secrets/become']),
    ...(settings.vaultPassword === undefined ? [] : ['--vault-password-file', 'secrets/vault']),
    ...['--forks', String(request.maxParallel ?? settings.forks ?? DEFAULT_FORKS)],
    ...(request.dryRun ? ['--check'] : []),
    ...(tags.length > 0 ? ['--tags', tags.join(',')] : []),
    ...(skipTags.length > 0 ? ['--skip-tags', skipTags.join(',')] : []),
    playbook,
  ];
}

/**
 * The settings of Ansible for one run.
 * @param isShared lets the tasks of a host share a connection. The supervisor ends what is left of them.
 */
export function ansibleCfg(settings: Settings, { control }: Pick<Places, 'control'>, isShared: boolean): string {
  const ssh = [
    `-F ${settings.sshConfigFile === undefined ? '/dev/null' : `'${settings.sshConfigFile}'`}`,
    '-o BatchMode=yes',
    '-o StrictHostKeyChecking=yes',
    `-o 'UserKnownHostsFile="${settings.knownHostsFile}"'`,
    '-o GlobalKnownHostsFile=/dev/null',
    // A dead link is noticed after 15 seconds. Without this, a shared connection over it hangs without a limit.
    '-o ServerAliveInterval=5 -o ServerAliveCountMax=3',
    settings.privateKey === undefined ? '' : '-o IdentitiesOnly=yes -o IdentityAgent=none',
    isShared ? '-o ControlMaster=auto -o ControlPersist=60s' : '-o ControlMaster=no -o ControlPath=none',
  ];
  return `[defaults]
callback_plugins = ${control}/callback_plugins
callbacks_enabled = interlock_events
stdout_callback = default
library = ${control}/library
host_key_checking = True
retry_files_enabled = False
nocows = True
nocolor = True
timeout = ${settings.connectTimeoutSeconds ?? DEFAULT_CONNECT_SECONDS}
[inventory]
enable_plugins = yaml
[ssh_connection]
pipelining = True
retries = 0
ssh_executable = ${control}/ssh
ssh_args = ${ssh.filter((part) => part !== '').join(' ')}
`;
}

/** The environment of Ansible on top of the usual one: everything it writes stays in the folder of the run. */
export function environmentOf({ run }: Pick<Places, 'run'>): Record<string, string> {
  return {
    ANSIBLE_CONFIG: `${run}/ansible.cfg`,
    ANSIBLE_HOME: `${run}/home`,
    ANSIBLE_LOCAL_TEMP: `${run}/tmp`,
    LC_ALL: 'C.UTF-8',
    PYTHONDONTWRITEBYTECODE: '1',
  };
}

/** The variables of the playbook. Texts of people are data in it and are never evaluated as templates. */
export function variablesOf(request: DistributionRequest, settings: Settings, play: Play, places: Places): string {
  const { package: content, release, operation, key, actor, dryRun } = request;
  const binding = content.binding as PackageBinding;
  const brought = play.kind === 'shipped' ? play.artifact : undefined;
  const interlock: JsonObject = {
    key,
    operation,
    actor,
    dry_run: dryRun,
    release: { ...release, changeIds: [...release.changeIds] },
    package: {
      digest: packageDigest(content.artifacts) ?? '',
      artifacts: content.artifacts.filter((artifact) => artifact !== brought).map((artifact) => ({ ...artifact })),
    },
    delivery: binding.delivery ?? 'by-value',
    directory: binding.directory ?? '',
    prestaged: binding.prestaged ?? '',
    media: `${places.run}/media`,
    end_tasks: `${places.control}/end.yml`,
  };
  const { variables = {} } = request.parameters as Parameters;
  const fixed: Record<string, JsonValue> = settings.allowControlNode === true ? {} : { ansible_connection: 'ssh' };
  return `${dataYaml({ ...variables, ...fixed, interlock })}\n`;
}

/** What the supervisor reads; see `control/supervise.py`. */
export interface Order {
  readonly key: string;
  readonly program: string;
  readonly arguments: readonly string[];
  readonly batches: readonly (readonly string[])[];
  readonly alsoAllowed: readonly string[];
  readonly stopAfterFailures: number | null;
  /** Seconds since 1970. */
  readonly deadline: number;
  readonly env: Readonly<Record<string, string>>;
}

/** What a run is, stored for the observers of it. */
export interface RunRecord {
  readonly fingerprint: string;
  readonly createdAt: string;
  /** Configuration items by their name in the inventory. */
  readonly hosts: Readonly<Record<string, string>>;
  readonly proof: Proof;
}

/** The files of a run by name, without its secrets and media. */
export function filesOf(
  request: DistributionRequest,
  settings: Settings,
  play: Play,
  places: Places,
  isShared = true,
): { readonly files: Readonly<Record<string, string>>; readonly order: Order; readonly aliases: readonly string[] } {
  const aliases = aliasesOf(request.targets);
  const targets = new Map(aliases.map((alias, index) => [alias, request.targets[index] as RequestTarget]));
  const batches = batchesOf(aliases, request, settings.forks ?? DEFAULT_FORKS);
  const order: Order = {
    key: request.key,
    program: settings.ansiblePlaybook ?? 'ansible-playbook',
    arguments: argumentsOf(request, settings, play, places.playbook),
    batches,
    alsoAllowed: settings.allowControlNode === true ? ['localhost', '127.0.0.1'] : [],
    stopAfterFailures: request.stopAfterFailures ?? null,
    deadline: Date.parse(request.deadline) / 1_000,
    env: environmentOf(places),
  };
  const inventories = batches.map((batch, number) => [
    `inventory-${number}.yml`,
    inventoryOf(new Map(batch.map((alias) => [alias, targets.get(alias) as RequestTarget])), settings),
  ]);
  return {
    aliases,
    order,
    files: {
      ...Object.fromEntries(inventories),
      'inventory-all.yml': inventoryOf(targets, settings),
      'ansible.cfg': ansibleCfg(settings, places, isShared),
      'vars.yml': variablesOf(request, settings, play, places),
      'order.json': JSON.stringify(order),
    },
  };
}
