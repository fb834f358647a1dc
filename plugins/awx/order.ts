/** What is sent to AWX for a request, and why it may be refused before. Pure. */
import { AdapterError, type DistributionRequest, type JsonObject, type JsonValue } from '../../src/adapters/adapter.js';
import type { LaunchData } from './awx-api.js';
import { PLAIN_HOST, type AwxConfig, type AwxPackage, type AwxParameters, type AwxTarget } from './settings.js';

/** The name of the extra variable that carries the order. The job's record of it is how a run is read again. */
const VARIABLE = 'interlock';

/** What a job says of its order. */
export interface Order {
  readonly key: string;
  /** The key with the prefix of the server, see {@link nameOf}. */
  readonly name: string;
  readonly fingerprint: string;
  /** Ids of the configuration items by host. */
  readonly targets: Readonly<Record<string, string>>;
  readonly endMarker: string | undefined;
}

/** The name of a run in AWX: unique among all servers that use the controller. */
export const nameOf = (config: Pick<AwxConfig, 'keyPrefix'>, key: string): string => `${config.keyPrefix ?? ''}${key}`;

/** The host of a target. */
export const hostOf = (target: { readonly binding: unknown }): string => (target.binding as AwxTarget).host;

/**
 * The job template for the operation of a request.
 * @throws AdapterError FAILED_PRECONDITION when the package names none.
 */
export function templateOf({ operation, package: { binding } }: DistributionRequest): number {
  const { jobTemplate, operations = {} } = binding as AwxPackage;
  const id = operation === 'install' ? jobTemplate : operations[operation];
  if (id !== undefined) return id;
  throw new AdapterError('FAILED_PRECONDITION', `The package names no job template for the operation ${operation}.`);
}

/**
 * Fails for a request that no template could execute safely.
 * @throws AdapterError INVALID_ARGUMENT
 */
export function assertPlain(request: DistributionRequest): void {
  const hosts = request.targets.map(hostOf);
  const odd = hosts.find((host) => !PLAIN_HOST.test(host));
  if (odd !== undefined)
    throw new AdapterError('INVALID_ARGUMENT', `The host ${JSON.stringify(odd)} could be read as a pattern.`);
  const twice = hosts.find((host, index) => hosts.indexOf(host) !== index);
  if (twice !== undefined) throw new AdapterError('INVALID_ARGUMENT', `Two targets name the host ${twice}.`);
  // AWX marks variables given at launch as unsafe, unless ALLOW_JINJA_IN_EXTRA_VARS says otherwise; then Ansible would
  // evaluate them.
  const text = findText(extraVarsOf(request), (one) => /\{[{%#]/.test(one));
  if (text === undefined) return;
  throw new AdapterError('INVALID_ARGUMENT', `Ansible could evaluate the text ${JSON.stringify(text.slice(0, 80))}.`);
}

function findText(value: JsonValue, wanted: (text: string) => boolean): string | undefined {
  if (typeof value === 'string') return wanted(value) ? value : undefined;
  if (typeof value !== 'object' || value === null) return undefined;
  const parts = Array.isArray(value) ? (value as JsonValue[]) : Object.entries(value).flat();
  for (const part of parts) {
    const found = findText(part as JsonValue, wanted);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** The extra variables of the job: those of the package, then those of the distribution, then the order itself. */
export function extraVarsOf(request: DistributionRequest, config: Pick<AwxConfig, 'keyPrefix'> = {}): JsonObject {
  const binding = request.package.binding as AwxPackage;
  const { id, name, version, changeIds } = request.release;
  return {
    ...binding.extraVars,
    ...(request.parameters as AwxParameters).extraVars,
    [VARIABLE]: {
      key: request.key,
      name: nameOf(config, request.key),
      fingerprint: request.fingerprint,
      operation: request.operation,
      release: { id, name, version, change_ids: changeIds },
      artifacts: request.package.artifacts.map((one) => ({ ...one })),
      targets: Object.fromEntries(request.targets.map((target) => [hostOf(target), target.ciId])),
      actor: request.actor,
      deadline: request.deadline,
      ...(binding.endMarker !== undefined && { end_marker: binding.endMarker }),
      ...(request.stopAfterFailures !== undefined && { stop_after_failures: request.stopAfterFailures }),
    },
  };
}

/** The order of a job, from its extra variables; undefined for a job of somebody else. */
export function orderIn(extraVars: unknown): Order | undefined {
  let vars: unknown = extraVars;
  if (typeof extraVars === 'string') {
    try {
      vars = JSON.parse(extraVars);
    } catch {
      return undefined; // YAML, so not ours
    }
  }
  const order = (vars as { [VARIABLE]?: unknown } | null | undefined)?.[VARIABLE];
  if (typeof order !== 'object' || order === null) return undefined;
  const { key, name, fingerprint, targets, end_marker: endMarker } = order as Record<string, unknown>;
  if (typeof key !== 'string' || typeof name !== 'string' || typeof fingerprint !== 'string') return undefined;
  if (typeof targets !== 'object' || targets === null) return undefined;
  const pairs = Object.entries(targets).filter((pair): pair is [string, string] => typeof pair[1] === 'string');
  return {
    key,
    name,
    fingerprint,
    targets: Object.fromEntries(pairs),
    endMarker: typeof endMarker === 'string' ? endMarker : undefined,
  };
}

/**
 * Why a template cannot execute a request. AWX itself would launch a job all the same and tell in `ignored_fields`
 * what it left out, for example the limit: the job would then run on every host.
 */
export function templateProblems(data: LaunchData, request: DistributionRequest, config: AwxConfig): string[] {
  const vars = extraVarsOf(request);
  const { stopsAfterFailures = false } = request.package.binding as AwxPackage;
  const missing = data.variablesNeeded.filter((name) => !(name in vars));
  return [
    ...(data.asks('limit') ? [] : ['It does not ask for a limit, so a job would run on all hosts.']),
    ...(data.asks('variables') ? [] : ['It does not ask for variables, so a job would not know its order.']),
    ...(data.asks('labels') || config.find === 'recent'
      ? []
      : ['It does not ask for labels, so a job could not be found again. Set "find" to "recent" to go without.']),
    ...(data.jobType === 'run' || data.asks('job_type')
      ? []
      : [`Its job type is ${data.jobType}: it changes nothing.`]),
    ...(data.slices <= 1 ? [] : [`It splits a job into ${data.slices} slices, which are jobs of their own.`]),
    ...(data.inventory === undefined ? ['It has no inventory.'] : []),
    ...(data.passwordsNeeded.length === 0 ? [] : [`It needs passwords: ${data.passwordsNeeded.join(', ')}.`]),
    ...(missing.length === 0 ? [] : [`It needs variables that nobody gives: ${missing.join(', ')}.`]),
    ...(request.maxParallel === undefined || data.asks('forks')
      ? []
      : ['It does not ask for forks, so nothing would limit how many hosts are worked on at a time.']),
    ...(request.stopAfterFailures === undefined || stopsAfterFailures
      ? []
      : ['Nobody says that its playbook stops after so many failures ("stopsAfterFailures" of the package).']),
  ];
}

/** Why hosts cannot be targets, by host. */
export function hostProblems(
  names: readonly string[],
  found: { readonly hosts: ReadonlyMap<string, { readonly enabled: boolean }>; readonly groups: readonly string[] },
): Map<string, string> {
  const problems = new Map<string, string>();
  for (const name of names) {
    const host = found.hosts.get(name);
    if (host === undefined) problems.set(name, `The inventory has no host ${name}.`);
    else if (!host.enabled)
      problems.set(name, `The host ${name} is disabled in the inventory, so a job leaves it out.`);
    if (found.groups.includes(name))
      problems.set(name, `${name} is also the name of a group, so a job would run on all hosts of the group.`);
  }
  return problems;
}

/** The body of the launch. @param label id of the label with the key. */
export function launchBody(
  request: DistributionRequest,
  data: LaunchData,
  label: number | undefined,
  config: Pick<AwxConfig, 'keyPrefix'> = {},
): JsonObject {
  return {
    limit: request.targets.map(hostOf).join(','),
    extra_vars: extraVarsOf(request, config),
    ...(data.asks('job_type') && { job_type: request.dryRun ? 'check' : 'run' }),
    ...(label !== undefined && { labels: [...data.labels, label] }),
    ...(request.maxParallel !== undefined && { forks: request.maxParallel }),
  };
}
