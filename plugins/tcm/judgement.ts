/**
 * What is believed of each target, from what the product said: transport states, results of the log, silent gateways,
 * and what was seen before. Pure. A success needs positive evidence; a word without a known meaning is `unknown`.
 */
import { createHash } from 'node:crypto';
import {
  isFinalTargetState,
  type Observation,
  type TargetReport,
  type TargetState,
} from '../../src/adapters/adapter.js';
import type { Order, Seen } from './order-book.js';
import type { Profile } from './profile-format.js';
import { spelledPackage } from './templates.js';
import type { ResultLine, TransportLine } from './tivoli-output.js';

/**
 * Transport states that are never an end. Sure: a repeater tries an endpoint again until its cut-off (APAR IV30360), so
 * no profile can make them one.
 */
export const NEVER_AN_END: readonly string[] = ['INTERRUPTED', 'UNAVAILABLE'];

/** What was read of a run. */
export interface Evidence {
  /** By endpoint. The same endpoint may come several times, also from a gateway that it has left. */
  readonly transport: ReadonlyMap<string, readonly TransportLine[]>;
  /** Of the log, oldest first; absent where the profile has none. */
  readonly results?: readonly ResultLine[];
  /** What the gateway of an endpoint said instead of an answer. */
  readonly silent: ReadonlyMap<string, string>;
  /** False while some gateways have not been read yet. */
  readonly whole: boolean;
}

/** What is asked of {@link judge}. */
export interface Question {
  readonly profile: Profile;
  readonly order: Order;
  readonly runId: string;
  readonly evidence: Evidence;
  /** What was believed before, by `ciId`. */
  readonly before: Readonly<Record<string, Seen>>;
  readonly now: Date;
  /** A cancel of the whole run was passed on. */
  readonly cancelled: boolean;
}

/** The answer of {@link judge}. */
export interface Judgement {
  readonly reports: readonly TargetReport[];
  /** What to remember. */
  readonly seen: Readonly<Record<string, Seen>>;
  readonly run: Observation['run'];
  readonly complete: boolean;
}

/** What one look says of one target. */
interface Finding {
  readonly state: TargetState;
  readonly nativeStatus: string;
  readonly at?: string;
  readonly step?: string;
  readonly paused?: boolean;
  readonly detail?: string;
  /** Nobody knows, and a later word may still tell. */
  readonly open?: boolean;
  /** From the log, which corrects what the transport said. */
  readonly fromLog?: boolean;
}

const NOT_LISTED = 'NOT_LISTED';

/** How far each state that is no end has come, for an endpoint that two gateways list. */
const RANK: Readonly<Partial<Record<TargetState, number>>> = { pending: 0, unreachable: 1, staging: 2, running: 3 };

function meaningOf(profile: Profile, word: string): { state: TargetState; paused: boolean } {
  const meaning = Object.hasOwn(profile.states, word) ? profile.states[word] : undefined;
  if (meaning === 'paused') return { state: 'pending', paused: true };
  return { state: meaning ?? 'unknown', paused: false };
}

function asFinding(profile: Profile, { state: word, at, detail }: TransportLine): Finding {
  const { state, paused } = meaningOf(profile, word);
  return { state, nativeStatus: word, at, detail, paused, open: state === 'unknown' };
}

/** One finding from all lines of an endpoint: an end beats a step, a further step a lesser one. */
function fromTransport(profile: Profile, lines: readonly TransportLine[]): Finding | undefined {
  const findings = lines.map((line) => asFinding(profile, line));
  const ends = findings.filter(({ state }) => isFinalTargetState(state) && state !== 'unknown');
  if (new Set(ends.map(({ state }) => state)).size > 1) {
    const nativeStatus = [...new Set(ends.map((end) => end.nativeStatus))].join(' / ');
    return { state: 'unknown', nativeStatus, open: true, detail: 'Two gateways report different ends.' };
  }
  const [end] = ends;
  if (end !== undefined) return end;
  const odd = findings.find(({ state }) => state === 'unknown');
  if (odd !== undefined) return odd;
  return findings.toSorted((a, b) => (RANK[b.state] ?? 0) - (RANK[a.state] ?? 0))[0];
}

/** The latest result in the log that belongs to this run and target. */
function fromLog(question: Question, endpoint: string): Finding | undefined {
  const { profile, order, runId, evidence } = question;
  if (profile.results.from !== 'log') return undefined;
  const ordered = new Date(order.orderedAt).getTime() - 1_000;
  const own = evidence.results?.findLast(
    (line) =>
      line.endpoint === endpoint &&
      (line.id === undefined || line.id === runId) &&
      (line.package === undefined || line.package === spelledPackage(order.package)) &&
      (line.id !== undefined || (line.at !== undefined && new Date(line.at).getTime() >= ordered)),
  );
  if (own === undefined) return undefined;
  const { words } = profile.results;
  const state = (Object.hasOwn(words, own.state) ? words[own.state] : undefined) ?? 'unknown';
  return { state, nativeStatus: own.state, at: own.at, detail: own.detail, fromLog: true, open: state === 'unknown' };
}

/** The finding of one look, before time and memory have their say. */
function look(question: Question, endpoint: string): Finding {
  const { profile, evidence } = question;
  const result = fromLog(question, endpoint);
  if (result !== undefined) return result;
  const transport = fromTransport(profile, evidence.transport.get(endpoint) ?? []);
  if (transport?.state === 'succeeded' && profile.results.from === 'log')
    return { ...transport, state: 'running', step: 'Transported; the log of the package has no result yet' };
  if (transport !== undefined && isFinalTargetState(transport.state)) return transport;
  const silence = evidence.silent.get(endpoint);
  if (silence !== undefined) return { state: 'unreachable', nativeStatus: silence };
  return transport ?? { state: 'pending', nativeStatus: NOT_LISTED };
}

const REASONS: Readonly<Partial<Record<TargetState, readonly [code: string, message: string, retryable: boolean]>>> = {
  unreachable: ['UNREACHABLE', 'The endpoint does not answer. The repeater tries again until its cut-off.', true],
  failed: ['FAILED', 'The product reports a failure.', true],
  rejected: ['REJECTED', 'The product refused the package for this endpoint.', false],
  skipped: ['SKIPPED', 'The product did not start this endpoint.', true],
  cancelled: ['CANCELLED', 'The distribution to this endpoint was cancelled.', true],
  expired: ['EXPIRED', 'The product gave the endpoint up.', true],
  unknown: ['NO_MEANING', 'The profile does not say what this status means.', true],
};

function reasonOf(finding: Finding, gaveUp: boolean): TargetReport['reason'] | undefined {
  if (gaveUp) {
    const message = 'The product has said nothing more about this endpoint for too long, so nobody knows its result.';
    return { code: 'NO_RESULT', message: finding.detail ?? message, retryable: true };
  }
  const [code, message, retryable] = REASONS[finding.state] ?? [];
  if (code === undefined || message === undefined || retryable === undefined) return undefined;
  return { code, message: finding.detail ?? message, retryable };
}

/** True when nothing that is under way can bring a word about this target, so that its silence means something. */
function isSilent({ evidence }: Question, finding: Finding, othersEnded: boolean): boolean {
  if (finding.open === true || finding.step !== undefined) return true;
  return finding.nativeStatus === NOT_LISTED && finding.state === 'pending' && othersEnded && evidence.whole;
}

function runOf(question: Question, reports: readonly TargetReport[], paused: boolean): Observation['run'] {
  const counts = new Map<string, number>();
  for (const { nativeStatus } of reports) counts.set(nativeStatus, (counts.get(nativeStatus) ?? 0) + 1);
  const nativeStatus = [...counts].map(([word, count]) => `${count} ${word}`).join(', ');
  const states = new Set(reports.map(({ state }) => state));
  if (reports.every(({ state }) => isFinalTargetState(state)) && reports.length > 0) {
    const outcome =
      states.size === 1 && states.has('succeeded')
        ? 'success'
        : states.has('unknown')
          ? 'unknown'
          : states.has('cancelled') && !states.has('failed')
            ? 'cancel'
            : 'failure';
    return { phase: 'finished', outcome, nativeStatus };
  }
  const begun = reports.some(({ state }) => state !== 'pending');
  const phase = question.cancelled ? 'cancelling' : paused ? 'paused' : begun ? 'running' : 'queued';
  return { phase, nativeStatus };
}

/** See the file's head. */
export function judge(question: Question): Judgement {
  const { order, before, now, profile } = question;
  const looks = order.targets.map(({ ciId, endpoint }) => {
    const found = look(question, endpoint);
    const known = before[ciId];
    const stays =
      known !== undefined &&
      isFinalTargetState(known.state as TargetState) &&
      known.state !== 'unknown' &&
      found.fromLog !== true;
    const finding: Finding = stays
      ? { state: known.state as TargetState, nativeStatus: known.nativeStatus, at: known.at, detail: known.detail }
      : found;
    return { ciId, finding, known };
  });
  const othersEnded = looks.every(
    ({ finding }) => isFinalTargetState(finding.state) || finding.nativeStatus === NOT_LISTED,
  );
  const seen: Record<string, Seen> = {};
  let openEnds = 0;
  const reports = looks.map(({ ciId, finding, known }): TargetReport => {
    const silent = isSilent(question, finding, othersEnded);
    // A step or silence lasts since it began; the state before the patience ended counts as the same.
    const mark = `${finding.nativeStatus}${silent ? ' (silent)' : ''}`;
    const since = known?.mark === mark ? known.since : now.toISOString();
    const gaveUp = silent && now.getTime() - new Date(since).getTime() >= profile.patienceSeconds * 1000;
    const state = gaveUp ? 'unknown' : finding.state;
    if (!isFinalTargetState(state) || (finding.open === true && !gaveUp)) openEnds += 1;
    const same = known?.state === state && known.nativeStatus === finding.nativeStatus;
    const at = finding.at ?? (same ? known.at : now.toISOString());
    const reason = reasonOf(finding, gaveUp);
    seen[ciId] = { state, nativeStatus: finding.nativeStatus, at, mark, since, detail: finding.detail };
    return {
      ciId,
      state,
      nativeStatus: finding.nativeStatus,
      at,
      attempt: 1,
      ...(finding.step !== undefined && !gaveUp && { step: finding.step }),
      ...(reason !== undefined && { reason }),
    };
  });
  const complete = openEnds === 0;
  const waiting = looks.filter(({ finding }) => !isFinalTargetState(finding.state));
  const paused = waiting.length > 0 && waiting.every(({ finding }) => finding.paused === true);
  const run = runOf(question, reports, paused);
  // An end that may still be corrected does not finish the run.
  const open = !complete && run.phase === 'finished';
  return { reports, seen, run: open ? { phase: 'running', nativeStatus: run.nativeStatus } : run, complete };
}

const MARK = 4;

function markOf({ state, nativeStatus, step, reason }: TargetReport): string {
  const text = JSON.stringify([state, nativeStatus, step, reason]);
  return createHash('sha256').update(text).digest('base64url').slice(0, MARK);
}

/** A cursor that says what its holder knows of each target, so that it needs no memory of ours. */
export function cursorOf(reports: readonly TargetReport[]): string {
  return reports.map(markOf).join('');
}

/** The reports that the holder of a cursor does not know. */
export function since(reports: readonly TargetReport[], cursor: string | null): readonly TargetReport[] {
  if (cursor?.length !== reports.length * MARK) return reports;
  return reports.filter((report, index) => cursor.slice(index * MARK, (index + 1) * MARK) !== markOf(report));
}
