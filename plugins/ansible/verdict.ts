/**
 * What became of a target. Ansible's exit code says nothing about a single host, and `failures: 0` only that no task
 * failed, so success needs the end marker: it proves that the playbook came to its end there.
 */
import { packageDigest, type TargetReport, type TargetState } from '../../src/adapters/adapter.js';
import type { HostRecord, HostStats, StopReason } from './events.js';

/** What counts as proof of success. */
export interface Proof {
  /** The end marker must repeat the key of the run: the marker of another run proves nothing. */
  readonly key: string;
  /** A rehearsal succeeds without anything being there afterwards. */
  readonly dryRun: boolean;
  /** Digests of the files that must be on the target afterwards; none for operations that leave nothing there. */
  readonly digests: readonly string[];
  /** The digest of the whole package, reported where these files were found. */
  readonly packageDigest?: string;
}

/** How the work on a target came to its end. */
export interface Ending {
  /** Ansible played, but its callback plugin said nothing, so nobody knows what it did. */
  readonly isSilent: boolean;
  /** `exit` Ansible ended by itself · `lost` the process that watched it died · else why it was ended. */
  readonly why: StopReason | 'exit' | 'lost';
  readonly foreign?: { readonly hosts: readonly string[]; readonly task: string };
}

/** The host did not prove who it is, so nobody logged in. */
const OTHER_KEY = /HOST IDENTIFICATION HAS CHANGED|Host key verification failed|No .* host key is known/;
/** With these messages of ssh nobody was logged in, so nothing was executed. */
const NEVER_CONNECTED =
  /ssh: connect to host .* port \d+: |Could not resolve hostname|Permission denied \(|banner exchange|kex_exchange/;

/** The files that a successful run leaves on a target. */
export function proofOf(
  request: {
    readonly key: string;
    readonly operation: string;
    readonly dryRun: boolean;
    readonly package: { readonly artifacts: ReadonlyArray<{ readonly name: string; readonly sha256: string }> };
  },
  playbookArtifact?: string,
): Proof {
  const { key, operation, dryRun } = request;
  if (dryRun || (operation !== 'install' && operation !== 'verify')) return { key, dryRun, digests: [] };
  const files = request.package.artifacts.filter(({ name }) => name !== playbookArtifact);
  return {
    key,
    dryRun,
    digests: files.map(({ sha256 }) => sha256).sort(),
    packageDigest: packageDigest(request.package.artifacts),
  };
}

/** The line of Ansible's recap for one host. */
function recap(stats: HostStats): string {
  return (
    `ok=${stats.ok} changed=${stats.changed} unreachable=${stats.unreachable} failed=${stats.failures} ` +
    `skipped=${stats.skipped} rescued=${stats.rescued} ignored=${stats.ignored}`
  );
}

type Verdict = Pick<TargetReport, 'state' | 'reason' | 'verifiedSha256'>;

const verdict = (state: TargetState, code: string, message: string, retryable = true): Verdict => ({
  state,
  reason: { code, message, retryable },
});

function atEnd({ digests }: { readonly digests: readonly string[] }, proof: Proof): Verdict {
  if (proof.digests.length === 0 || digests.length === 0) return { state: 'succeeded' };
  const found = [...digests].sort();
  if (found.length === proof.digests.length && found.every((digest, index) => digest === proof.digests[index]))
    return { state: 'succeeded', verifiedSha256: proof.packageDigest };
  return verdict('failed', 'DIGEST_MISMATCH', `The host has ${found.join(', ')}, not ${proof.digests.join(', ')}.`);
}

function notBegun({ why, foreign }: Ending): Verdict {
  if (foreign !== undefined) return leftTheTargets('skipped', foreign);
  if (why === 'cancelled') return verdict('cancelled', 'CANCELLED', 'It was stopped before it began.');
  if (why === 'expired') return verdict('expired', 'DEADLINE', 'The deadline of the run passed before it began.');
  if (why === 'stopped') return verdict('skipped', 'STOPPED', 'Too many other targets have failed.');
  if (why === 'interrupted') return verdict('skipped', 'INTERRUPTED', 'This machine was shut down before it began.');
  return verdict('skipped', 'NOT_ATTEMPTED', 'Ansible ended without doing anything there.');
}

function leftTheTargets(state: TargetState, foreign: NonNullable<Ending['foreign']>): Verdict {
  const message = `The task "${foreign.task}" would have touched ${foreign.hosts.join(', ')}, which nobody asked for.`;
  return verdict(state, 'OTHER_HOSTS', message, false);
}

function lostConnection(record: HostRecord, message: string): Verdict {
  if (OTHER_KEY.test(message)) return verdict('failed', 'HOST_KEY', message, false);
  if (NEVER_CONNECTED.test(message)) return verdict('failed', 'UNREACHABLE', message);
  return verdict('unknown', 'CONNECTION_LOST', `The task "${record.task ?? ''}" may have gone on. ${message}`);
}

function verdictOf(record: HostRecord, proof: Proof, ending: Ending): Verdict {
  const { stats, end, marked, failure, failed, lost } = record;
  const valid = (marker: HostRecord['end']): marker is NonNullable<HostRecord['end']> => marker?.key === proof.key;
  if (stats !== undefined) {
    if (stats.unreachable > 0) return lostConnection(record, lost?.message ?? '');
    if (stats.failures > 0)
      return verdict('failed', failed?.code ?? 'TASK_FAILED', failed?.message ?? 'A task has failed.');
    if (valid(marked)) return atEnd(marked, proof);
    const message = 'No task failed, but the playbook did not come to its end marker on this host.';
    return verdict('unknown', 'NO_END_MARKER', message);
  }
  // Ansible did not sum up: it was ended, or it died.
  if (valid(end)) return atEnd(end, proof);
  if (lost !== undefined) return lostConnection(record, lost.message);
  if (failure !== undefined) return verdict('failed', failure.code, failure.message);
  if (ending.foreign !== undefined && record.tasks > 0 && !record.inFlight)
    return leftTheTargets('unknown', ending.foreign);
  if (record.tasks > 0) {
    const message = `Ansible was ended during "${record.task ?? ''}", which may go on.`;
    return verdict('unknown', 'INTERRUPTED', message);
  }
  if (!record.begun) return notBegun(ending);
  if (ending.why === 'lost') return verdict('unknown', 'LOST', 'The process that watched Ansible has died.');
  if (ending.isSilent) return verdict('unknown', 'NO_EVENTS', 'Ansible did not say what it did.');
  return notBegun(ending);
}

const inWords = (record: HostRecord): string => {
  if (record.stats !== undefined) return recap(record.stats);
  if (record.lost !== undefined) return 'UNREACHABLE';
  if (record.failure !== undefined) return 'FAILED';
  return record.tasks > 0 ? 'RUNNING' : record.begun ? 'BEGUN' : 'WAITING';
};

function report(ciId: string, record: HostRecord, more: Verdict): TargetReport {
  const { task, at } = record;
  return {
    ciId,
    nativeStatus: inWords(record),
    at,
    attempt: 1,
    ...(task !== undefined && { step: task }),
    ...(more.state === 'succeeded' && { percent: 100 }),
    ...more,
  };
}

/** The final state of a target. */
export function concluded(ciId: string, record: HostRecord, proof: Proof, ending: Ending): TargetReport {
  return report(ciId, record, verdictOf(record, proof, ending));
}

/** How far a target has come in a run that goes on. A task that failed may still be rescued, so it is no end. */
export function reached(ciId: string, record: HostRecord): TargetReport {
  const state = record.lost !== undefined ? 'unreachable' : record.tasks > 0 ? 'running' : 'pending';
  return report(ciId, record, { state });
}
