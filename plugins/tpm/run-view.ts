/** What is known of a run, as the server reads it. Pure. */
import {
  isFinalTargetState,
  type Observation,
  type RunReport,
  type TargetReport,
  type TargetState,
} from '../../src/adapters/adapter.js';
import type { TpmProfile } from './profile-format.js';
import type { RequestRecord, Standing } from './run-store.js';

/** How a deployment request stands for each of its targets. */
export interface View {
  readonly state: TargetState;
  readonly word: string;
  readonly at: number;
  readonly reason?: TargetReport['reason'];
  /** Nothing further will change. */
  readonly settled: boolean;
}

/** After how many looks in a row at which the tool does not know a request it counts as lost. */
export const LOST_AFTER = 3;

/** What a status word means. A word that the profile does not list is unknown, whatever it looks like. */
export function stateOf(profile: TpmProfile, word: string): TargetState {
  return Object.hasOwn(profile.states, word) ? (profile.states[word] as TargetState) : 'unknown';
}

/** Whether a standing is the last one: a final state on the word of the tool, or a request that it has lost. */
export function isEnd({ state, missing = 0 }: Standing): boolean {
  return state === 'unknown' ? missing >= LOST_AFTER : isFinalTargetState(state);
}

/** In a group, an end that does not hold for every target says nothing about a single one. */
function forTargets(profile: TpmProfile, state: TargetState): TargetState {
  const { requests } = profile;
  if (requests.per === 'target' || !isFinalTargetState(state) || state === 'unknown') return state;
  return (requests.holdsForAll as readonly string[]).includes(state) ? state : 'unknown';
}

function seenView(profile: TpmProfile, { standing, ended, answer }: RequestRecord, at: number): View {
  if (standing === undefined) return { state: 'pending', word: 'accepted', at, settled: false };
  const { word, message, missing = 0 } = standing;
  const state = forTargets(profile, standing.state);
  const unknown =
    missing > 0
      ? 'The tool no longer knows the deployment request.'
      : standing.state === 'unknown'
        ? `The profile does not list the status "${word}".`
        : `The deployment request ended as "${word}", which does not say how this target ended.`;
  const text = state === 'unknown' ? unknown : (message ?? `The deployment request ended as "${word}".`);
  const bad = isFinalTargetState(state) && state !== 'succeeded';
  const requestId = answer?.kind === 'accepted' ? answer.requestId : '';
  const reason = { code: word.slice(0, 100), message: `Deployment request ${requestId}: ${text}`, retryable: false };
  return { state, word, at: standing.at, settled: ended, ...(bad && { reason }) };
}

/**
 * How a request stands.
 * @param waitMs how long after a claim its answer may still come.
 */
export function viewOf(
  profile: TpmProfile,
  record: RequestRecord,
  submittedAt: number,
  now: number,
  waitMs: number,
): View {
  const { claim, answer } = record;
  if (claim === undefined) return { state: 'pending', word: 'not sent yet', at: submittedAt, settled: false };
  if (claim.kind === 'closed')
    return {
      state: 'skipped',
      word: 'not sent',
      at: claim.at,
      reason: { code: claim.code, message: claim.message, retryable: true },
      settled: true,
    };
  if (answer === undefined && now - claim.at < waitMs)
    return { state: 'pending', word: 'being sent', at: claim.at, settled: false };
  if (answer === undefined || answer.kind === 'unclear') {
    const lost = 'The deployment request was sent and its answer was lost. It is never sent again.';
    const message = answer === undefined ? lost : `${lost} ${answer.message}`;
    const reason = { code: 'OUTCOME_UNKNOWN', message, retryable: false };
    return { state: 'unknown', word: 'no answer', at: answer?.at ?? claim.at + waitMs, reason, settled: true };
  }
  if (answer.kind === 'accepted') return seenView(profile, record, answer.at);
  const { code, message, at } = answer;
  const refused = answer.kind === 'rejected';
  return {
    state: refused ? 'rejected' : 'skipped',
    word: refused ? 'refused' : 'not sent',
    at,
    reason: { code, message, retryable: !refused },
    settled: true,
  };
}

function reportsOf({ order, answer, generation }: RequestRecord, view: View): TargetReport[] {
  const requestId = answer?.kind === 'accepted' ? answer.requestId : undefined;
  return order.ciIds.map((ciId) => ({
    ciId,
    state: view.state,
    nativeStatus: view.word,
    at: new Date(view.at).toISOString(),
    attempt: generation + 1,
    ...(requestId !== undefined && { step: `deployment request ${requestId}` }),
    ...(view.reason && { reason: view.reason }),
  }));
}

function runReport(views: readonly View[], complete: boolean): RunReport {
  const states = new Set(views.map(({ state }) => state));
  const settled = views.filter((view) => view.settled).length;
  const percent = Math.floor((settled / views.length) * 100);
  const words = [...new Set(views.map(({ word }) => word))];
  const nativeStatus = words.length > 5 ? `${words.slice(0, 5).join(', ')}, …` : words.join(', ');
  if (!complete) {
    const queued = states.size === 1 && states.has('pending');
    return { phase: queued ? 'queued' : 'running', nativeStatus, percent };
  }
  const outcome = states.has('unknown')
    ? 'unknown'
    : [...states].every((state) => state === 'succeeded')
      ? 'success'
      : [...states].every((state) => state === 'cancelled')
        ? 'cancel'
        : 'failure';
  return { phase: 'finished', outcome, nativeStatus, percent };
}

/** Everything that is known of a run: always a whole picture, so a lost answer of ours loses nothing. */
export function observationOf(
  records: readonly RequestRecord[],
  views: readonly View[],
  cursor: string,
  nextPollMs: number,
): Observation {
  const complete = views.every(({ settled }) => settled);
  return {
    run: runReport(views, complete),
    targets: records.flatMap((record, index) => reportsOf(record, views[index] as View)),
    cursor,
    nextPollMs,
    complete,
  };
}
