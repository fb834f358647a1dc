/** The values that the templates of a profile can name. */
import { createHash } from 'node:crypto';
import type { DistributionRequest, JsonValue, RequestTarget } from '../../src/adapters/adapter.js';
import { fieldsOf, type StoredRun } from './job-store.js';
import type { HttpJobConfig, Profile } from './profile.js';
import type { Scope } from './template.js';

/** A job of a run: the whole run, or one target of it. */
export interface Job {
  readonly number: number;
  /** Names the job in the tool. */
  readonly key: string;
  readonly targets: readonly RequestTarget[];
}

/** The jobs of a run. Their keys never change. */
export function jobsOf(profile: Profile, run: Pick<StoredRun, 'key' | 'targets'>): Job[] {
  if (profile.jobs === 'per-run') return [{ number: 0, key: run.key, targets: run.targets }];
  return run.targets.map((target, number) => ({ number, key: `${run.key}.t${number + 1}`, targets: [target] }));
}

/** The keys of the run that a job may belong to. */
export function runKeysOf(jobKey: string): string[] {
  return [jobKey, jobKey.replace(/\.t\d+$/, '')].filter((key, index, keys) => keys.indexOf(key) === index);
}

const named = (prefix: string, value: unknown): [string, JsonValue][] =>
  Object.entries(fieldsOf(value)).map(([name, field]) => [`${prefix}.${name}`, field]);

/** The site's values with the defaults of the profile. */
export function siteOf(profile: Profile, config: HttpJobConfig): [string, JsonValue][] {
  return Object.entries(profile.site ?? {}).flatMap(([name, { default: usual }]): [string, JsonValue][] => {
    const value = config.site?.[name] ?? usual;
    return value === undefined ? [] : [[`site.${name}`, value]];
  });
}

/** What is known of a job as long as its run is: not the parameters, nor anything that is only for the order. */
export function scopeOfJob(
  site: readonly [string, JsonValue][],
  run: Pick<StoredRun, 'key' | 'packageBinding'>,
  job: Job,
  more: Readonly<Record<string, JsonValue | undefined>> = {},
): Scope {
  const [target] = job.targets;
  const values = new Map<string, JsonValue | undefined>([
    ...site,
    ...named('package', run.packageBinding),
    ...(target === undefined ? [] : named('target', target.binding)),
    ['target.name', target?.name],
    ['target.ciId', target?.ciId],
    ['key', run.key],
    ['job.key', job.key],
    // For names that allow less than a key: lower case, hexadecimal, 40 characters.
    ['job.hash', createHash('sha256').update(job.key).digest('hex').slice(0, 40)],
    ['job.number', job.number + 1],
    ...Object.entries(more),
  ]);
  return (name) => values.get(name);
}

/** What is known while a job is ordered. */
export function scopeOfOrder(
  site: readonly [string, JsonValue][],
  request: DistributionRequest,
  job: Job,
  secrets: Readonly<Record<string, string>> = {},
): Scope {
  const later = scopeOfJob(site, { key: request.key, packageBinding: request.package.binding }, job);
  const { artifacts } = request.package;
  const single = artifacts.length === 1 ? artifacts[0] : undefined;
  const listed = new Set(job.targets.flatMap(({ binding }) => Object.keys(fieldsOf(binding))));
  const values = new Map<string, JsonValue | undefined>([
    ['operation', request.operation],
    ['release.id', request.release.id],
    ['release.name', request.release.name],
    ['release.version', request.release.version],
    ['changes', request.release.changeIds],
    ['parameters', request.parameters],
    ...named('parameters', request.parameters),
    ['targets.name', job.targets.map(({ name }) => name)],
    ['targets.ciId', job.targets.map(({ ciId }) => ciId)],
    ...[...listed].map((name): [string, JsonValue] => [
      `targets.${name}`,
      job.targets.map(({ binding }) => fieldsOf(binding)[name] ?? null),
    ]),
    ['artifacts', artifacts.map(({ name, version, sha256, size, uri }) => ({ name, version, sha256, size, uri }))],
    ['artifact.name', single?.name],
    ['artifact.uri', single?.uri],
    ['artifact.sha256', single?.sha256],
    ['actor', request.actor],
    ['deadline', request.deadline],
    ['maxParallel', request.maxParallel],
    ['stopAfterFailures', request.stopAfterFailures],
    ['callback.url', request.callback?.url],
    ['fingerprint', request.fingerprint],
    ...Object.entries(secrets).map(([name, value]): [string, JsonValue] => [`secret.${name}`, value]),
  ]);
  return (name) => values.get(name) ?? later(name);
}
