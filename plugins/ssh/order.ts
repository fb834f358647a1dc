/** An order as the worker gets it: everything it needs to know except secrets. Pure. */
import {
  AdapterError,
  packageDigest,
  type AdapterOperation,
  type DistributionRequest,
  type SecretRef,
} from '../../src/adapters/adapter.js';
import { createHash } from 'node:crypto';
import {
  DEFAULT_CANCEL_SECONDS,
  DEFAULT_CONNECT_SECONDS,
  DEFAULT_GIVE_UP_SECONDS,
  DEFAULT_PARALLEL,
} from './schemas.js';

/** Settings of an instance; see `configSchema`. */
export interface SshSettings {
  readonly knownHostsFile: string;
  readonly identityFile?: string;
  readonly privateKey?: SecretRef;
  readonly identityAgent?: string;
  readonly user?: string;
  readonly port?: number;
  readonly base?: string;
  readonly secrets?: Readonly<Record<string, SecretRef>>;
  readonly maxParallel?: number;
  readonly connectSeconds?: number;
  readonly giveUpSeconds?: number;
  readonly cancelSeconds?: number;
  readonly minPollMs?: number;
}

interface HostBinding {
  readonly host: string;
  readonly port?: number;
  readonly user?: string;
  readonly base?: string;
}

/** What belongs to a package; see `packageSchema`. */
export interface PackageBinding {
  readonly directory?: string;
  readonly install?: readonly string[];
  readonly activate?: readonly string[];
  readonly undo?: readonly string[];
  readonly remove?: readonly string[];
  readonly secrets?: readonly string[];
}

/** One host of an order. */
export interface OrderTarget {
  readonly ciId: string;
  readonly host: string;
  readonly port?: number;
  readonly user?: string;
  /** The folder with `releases` and `current`. */
  readonly root: string;
}

/** How to log in. */
export interface Login {
  readonly knownHostsFile: string;
  readonly identityFile?: string;
  readonly identityAgent?: string;
  /** The key is a secret, so the worker runs below an agent of its own. */
  readonly ownAgent: boolean;
  readonly connectSeconds: number;
}

/** See the file's head. */
export interface Order {
  readonly key: string;
  readonly fingerprint: string;
  readonly operation: AdapterOperation;
  readonly dryRun: boolean;
  readonly deadline: string;
  readonly release: { readonly name: string; readonly version: string };
  readonly actor: string;
  readonly artifacts: readonly { readonly name: string; readonly sha256: string; readonly size: number }[];
  /** The digest of the whole package. */
  readonly digest: string;
  /** The name of the version's folder: the digest of names and contents, so that a folder never changes. */
  readonly versionId: string;
  readonly package: PackageBinding;
  readonly variables: Readonly<Record<string, string>>;
  readonly targets: readonly OrderTarget[];
  readonly login: Login;
  readonly maxParallel: number;
  readonly stopAfterFailures?: number;
  readonly giveUpSeconds: number;
  readonly cancelSeconds: number;
}

const invalid = (message: string): AdapterError => new AdapterError('INVALID_ARGUMENT', message);

/** Whether a file of this name can be made on any host, and lies in its folder. */
const isFileName = (name: string): boolean =>
  name !== '' &&
  name !== '.' &&
  name !== '..' &&
  Buffer.byteLength(name) <= 255 &&
  !/[/\\\p{Cc}\p{Surrogate}]/u.test(name);

function artifactsOf({ package: { artifacts } }: DistributionRequest): Order['artifacts'] {
  if (artifacts.length === 0) throw invalid('The package has no media, so there is nothing to put on a host.');
  const byName = new Map<string, Order['artifacts'][number]>();
  for (const { name, sha256, size } of artifacts) {
    if (!isFileName(name)) throw invalid(`The medium ${JSON.stringify(name)} cannot be the name of a file on a host.`);
    const same = byName.get(name);
    if (same !== undefined && same.sha256 !== sha256) throw invalid(`Two different media are both named ${name}.`);
    byName.set(name, { name, sha256, size });
  }
  return [...byName.values()];
}

const versionIdOf = (artifacts: Order['artifacts']): string =>
  createHash('sha256')
    .update(JSON.stringify(artifacts.map(({ name, sha256 }) => [name, sha256]).toSorted()))
    .digest('hex')
    .slice(0, 40);

function targetsOf(request: DistributionRequest, settings: SshSettings, directory: string | undefined): OrderTarget[] {
  const places = new Map<string, string>();
  return request.targets.map(({ ciId, name, binding }) => {
    const { host, port = settings.port, user = settings.user, base = settings.base } = binding as HostBinding;
    if (base === undefined) throw invalid(`The target ${name} has no base, and neither have the settings.`);
    const root = directory === undefined ? base : `${base}/${directory}`;
    const place = `${user ?? ''}@${host}:${port ?? 22}${root}`;
    const other = places.get(place);
    if (other !== undefined) throw invalid(`The targets ${other} and ${name} are the same folder of the same host.`);
    places.set(place, name);
    return { ciId, host, root, ...(port !== undefined && { port }), ...(user !== undefined && { user }) };
  });
}

/** How to log in with these settings. */
export const loginOf = (settings: SshSettings): Login => ({
  knownHostsFile: settings.knownHostsFile,
  ownAgent: settings.privateKey !== undefined,
  connectSeconds: settings.connectSeconds ?? DEFAULT_CONNECT_SECONDS,
  ...(settings.identityFile !== undefined && { identityFile: settings.identityFile }),
  ...(settings.identityAgent !== undefined && { identityAgent: settings.identityAgent }),
});

/**
 * The order for a request whose bindings fit the schemas.
 * @throws AdapterError INVALID_ARGUMENT for what the schemas cannot see: no media, names that are no file names, a host
 *   without a base, one folder named twice, a secret that the settings do not have.
 */
export function orderOf(request: DistributionRequest, settings: SshSettings): Order {
  const binding = request.package.binding as PackageBinding;
  const artifacts = artifactsOf(request);
  const missing = binding.secrets?.find((name) => !Object.hasOwn(settings.secrets ?? {}, name));
  if (missing !== undefined)
    throw invalid(`The package asks for the secret ${missing}, which the settings do not have.`);
  const cap = settings.maxParallel ?? DEFAULT_PARALLEL;
  const { variables = {} } = request.parameters as { variables?: Record<string, string> };
  return {
    key: request.key,
    fingerprint: request.fingerprint,
    operation: request.operation,
    dryRun: request.dryRun,
    deadline: request.deadline,
    release: { name: request.release.name, version: request.release.version },
    actor: request.actor,
    artifacts,
    digest: packageDigest(request.package.artifacts) as string,
    versionId: versionIdOf(artifacts),
    package: binding,
    variables,
    targets: targetsOf(request, settings, binding.directory),
    login: loginOf(settings),
    maxParallel: Math.min(request.maxParallel ?? cap, cap),
    ...(request.stopAfterFailures !== undefined && { stopAfterFailures: request.stopAfterFailures }),
    giveUpSeconds: settings.giveUpSeconds ?? DEFAULT_GIVE_UP_SECONDS,
    cancelSeconds: settings.cancelSeconds ?? DEFAULT_CANCEL_SECONDS,
  };
}
