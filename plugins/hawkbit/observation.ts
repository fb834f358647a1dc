/** Reads a rollout and its actions as an observation of a run. */
import {
  isFinalTargetState,
  type Observation,
  type TargetReport,
  type TargetState,
} from '../../src/adapters/adapter.js';
import { needsHistory, outcomeOf, phaseOf, stateOfAction, stateWithoutAction } from './action-state.js';
import type { Action, HawkbitApi, Rollout } from './hawkbit-api.js';
import type { TargetMap } from './run-record.js';

/** Actions that a cursor says are settled: their end was reported, and their history need not be read again. */
const settledIn = (cursor: string | null): Set<number> =>
  new Set(
    (cursor ?? '')
      .split(',')
      .map(Number)
      .filter((id) => Number.isSafeInteger(id) && id > 0),
  );

/** The newest action of a rollout on each target. */
export function byTarget(actions: readonly Action[]): Map<string, Action> {
  const newest = new Map<string, Action>();
  for (const action of actions)
    if (action.id > (newest.get(action.controllerId)?.id ?? 0)) newest.set(action.controllerId, action);
  return newest;
}

/**
 * A look at a rollout. The targets decide about the end: a rollout can be stopped while devices still install, and be
 * paused or running though every device has ended.
 */
export async function observeRollout(
  api: HawkbitApi,
  rollout: Rollout,
  look: { readonly targets: TargetMap; readonly cursor: string | null; readonly url: string; readonly pollMs: number },
  signal: AbortSignal,
): Promise<Observation> {
  const { targets, cursor, url, pollMs } = look;
  const actions = byTarget(await api.actions(rollout.id, signal));
  const settled = settledIn(cursor);
  const reports: TargetReport[] = [];
  let open = 0;
  for (const [controllerId, ciId] of Object.entries(targets)) {
    const action = actions.get(controllerId);
    if (action !== undefined && settled.has(action.id)) continue;
    const history = action !== undefined && needsHistory(action) ? await api.history(action, signal) : [];
    const verdict = action === undefined ? stateWithoutAction(rollout) : stateOfAction(action, history);
    const at = new Date((action ?? rollout).modified).toISOString();
    reports.push({ ciId, at, attempt: 1, ...verdict });
    if (!isFinalTargetState(verdict.state) || (action?.active ?? false)) open += 1;
    else if (action !== undefined) settled.add(action.id);
  }
  const phase = phaseOf(rollout.status);
  const base = { nativeStatus: rollout.status, url };
  const next = { cursor: [...settled].join(',') || '0', nextPollMs: pollMs };
  if (open > 0 || phase === undefined || phase === 'queued') {
    const shown = phase === undefined ? 'running' : phase === 'finished' ? 'cancelling' : phase;
    return { run: { phase: shown, ...base }, targets: reports, ...next, complete: false };
  }
  const outcome = await wholeOutcome(api, targets, actions, rollout, signal, reports);
  return { run: { phase: 'finished', outcome, ...base }, targets: reports, cursor: next.cursor, complete: true };
}

/** The verdict needs the targets whose end was reported before, too. */
async function wholeOutcome(
  api: HawkbitApi,
  targets: TargetMap,
  actions: ReadonlyMap<string, Action>,
  rollout: Rollout,
  signal: AbortSignal,
  reports: readonly TargetReport[],
): Promise<ReturnType<typeof outcomeOf>> {
  const known = new Map(reports.map(({ ciId, state }) => [ciId, state]));
  const states: TargetState[] = [];
  for (const [controllerId, ciId] of Object.entries(targets)) {
    const action = actions.get(controllerId);
    const history = action && !known.has(ciId) && needsHistory(action) ? await api.history(action, signal) : [];
    const read = action === undefined ? stateWithoutAction(rollout) : stateOfAction(action, history);
    states.push(known.get(ciId) ?? read.state);
  }
  return outcomeOf(states);
}
