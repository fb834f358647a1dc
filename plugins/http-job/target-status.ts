/** What the status of a job means for its targets. */
import {
  isFinalTargetState,
  type RequestTarget,
  type TargetReport,
  type TargetState,
} from '../../src/adapters/adapter.js';
import type { TargetSource } from './profile.js';
import { all, at, read, type Document } from './reader.js';
import type { Job } from './scope.js';
import { foremost, isEnd, stateOf } from './states.js';
import { Template, type Scope } from './template.js';

/** The status of a job, read from the tool. */
export interface JobStatus {
  readonly native: string;
  readonly state: TargetState;
  /** The job is over. */
  readonly ended: boolean;
  readonly url?: string;
  readonly message?: string;
  readonly percent?: number;
}

/** What a source says about single targets: every native status, by the tool's name of the target. */
export function nativesIn(source: TargetSource, document: Document, scope: Scope): Map<string, string[]> {
  const natives = new Map<string, string[]>();
  const say = (name: string | undefined, native: string | undefined): void => {
    if (name !== undefined && native !== undefined) natives.set(name, [...(natives.get(name) ?? []), native]);
  };
  if (source.list !== undefined) {
    for (const body of all(document.body, source.list)) {
      const member = { headers: document.headers, body };
      say(read(source.name, member, scope), read(source.state, member, scope));
    }
  }
  if (source.map !== undefined) {
    const map = at(document.body, source.map);
    if (typeof map === 'object' && map !== null && !Array.isArray(map))
      for (const [name, value] of Object.entries(map))
        for (const native of all(value, source.values ?? '')) if (typeof native !== 'object') say(name, String(native));
  }
  for (const [pointer, native] of Object.entries(source.sets ?? {}))
    for (const name of all(document.body, `${pointer}/*`)) if (typeof name === 'string') say(name, native);
  return natives;
}

/** What the tool itself says about a target; undefined when it says nothing. */
export type Said = { readonly native: string; readonly state: TargetState; readonly ended: boolean } | undefined;

/** What a source says about each target of a job, by its id. Labels that two targets share say nothing. */
export function saidBy(
  source: TargetSource,
  natives: ReadonlyMap<string, string[]>,
  targets: readonly RequestTarget[],
  scopeOf: (target: RequestTarget) => Scope,
): Map<string, Said> {
  const label = new Template(source.label);
  const labels = targets.map((target) => label.text(scopeOf(target)));
  return new Map(
    targets.map(({ ciId }, index): [string, Said] => {
      const name = labels[index] as string;
      if (labels.indexOf(name) !== labels.lastIndexOf(name)) return [ciId, undefined];
      const native = foremost(natives.get(name) ?? [], source.states);
      if (native === undefined) return [ciId, undefined];
      const found = stateOf(native, source.states);
      return [ciId, { native, state: found.state, ended: isEnd(found) }];
    }),
  );
}

const reason = (code: string, message: string, retryable = true): { reason: NonNullable<TargetReport['reason']> } => ({
  reason: { code, message, retryable },
});

/** The report of one target by the status of its job, when that speaks for it. */
function byJob(status: JobStatus, speaks: boolean, alone: boolean): Omit<TargetReport, 'ciId' | 'at' | 'attempt'> {
  const { native: nativeStatus, state, ended, message = `The job ended as ${nativeStatus}.` } = status;
  if (!ended) return { state, nativeStatus };
  if (state === 'succeeded' && speaks) return { state, nativeStatus };
  if (state === 'succeeded') {
    const said = 'The job ended well and does not say whether it reached this target.';
    return { state: 'unknown', nativeStatus, ...reason('TARGET_NOT_REPORTED', said) };
  }
  // A job for several targets that failed has failed for one of them at least, and nobody knows for which.
  if (!alone) return { state: 'unknown', nativeStatus, ...reason('JOB_NOT_SUCCESSFUL', message) };
  return { state, nativeStatus, ...reason('JOB_NOT_SUCCESSFUL', message) };
}

/**
 * A report for each target of a job: what the tool says about the target, else what the job's own status means for it.
 * A job that is over leaves no target open.
 */
export function reportsOf(
  job: Job,
  status: JobStatus,
  said: ReadonlyMap<string, Said>,
  { speaks, at: when }: { readonly speaks: boolean; readonly at: string },
): TargetReport[] {
  const alone = job.targets.length === 1 && said.size === 0;
  return job.targets.map(({ ciId }): TargetReport => {
    const own = said.get(ciId);
    const base = { ciId, at: when, attempt: 1 };
    if (own === undefined) return { ...base, ...byJob(status, speaks, alone) };
    if (status.ended && !own.ended) {
      const left = `The job is over (${status.native}), and the last status of this target is ${own.native}.`;
      return { ...base, state: 'unknown', nativeStatus: own.native, ...reason('TARGET_NOT_FINISHED', left) };
    }
    const good = own.state === 'succeeded' || !isFinalTargetState(own.state);
    const why = good ? {} : reason('TARGET_NOT_SUCCESSFUL', `The tool reports ${own.native}.`);
    return { ...base, state: own.state, nativeStatus: own.native, ...why };
  });
}
