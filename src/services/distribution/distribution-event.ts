import { rollUpCounts, type TargetCounts } from '../../domain/distribution/distribution-outcome.js';
import { toNodeId } from '../../domain/node-id.js';
import { TARGET_STATES, type TargetState } from '../../domain/distribution/observation.js';
import type { Distribution } from '../../entities/distribution/distribution.entity.js';
import type { TargetChange } from './target-execution.service.js';
import type { EventDraft, UnitOfWork } from '../unit-of-work.js';

/** Progress of a distribution right after an event. `distributionStream` shows it without a query. */
export interface DistributionSnapshot {
  readonly state: Distribution['state'];
  readonly percent: number;
  readonly attempt: number;
  /** Targets by state; states without a target are left out. */
  readonly counts: Readonly<Partial<Record<TargetState, number>>>;
}

/** A snapshot for an event's data. */
export function snapshotOf(
  distribution: Distribution,
  counts: TargetCounts,
  state = distribution.state,
): DistributionSnapshot {
  return {
    state,
    percent: rollUpCounts(counts, false, false).percent,
    attempt: distribution.attempt,
    counts: Object.fromEntries(TARGET_STATES.filter((s) => counts[s] > 0).map((s) => [s, counts[s]])),
  };
}

/** `CANCEL_REJECTED` to `distribution.target-cancel-rejected`. */
const typeOf = (state: TargetState) => `distribution.target-${state.toLowerCase().replaceAll('_', '-')}`;

/** The event of a target that has come into another state. */
export function targetEvent(distribution: Distribution, change: TargetChange, counts: TargetCounts): EventDraft {
  return {
    type: typeOf(change.to),
    subjectType: 'Distribution',
    subject: distribution,
    topics: [distribution.releaseId, change.ciId, change.id],
    tells: [change.ciId],
    reason: change.reason?.message ?? null,
    data: {
      target: { id: toNodeId('TargetExecution', change.id), state: change.to },
      ci: { id: toNodeId('ConfigurationItem', change.ciId), name: change.ciName },
      from: change.from,
      to: change.to,
      attempt: change.attempt,
      percent: change.percent,
      step: change.step,
      nativeStatus: change.nativeStatus,
      reason: change.reason,
      distribution: snapshotOf(distribution, counts),
    },
  };
}

/** Records something about a distribution that concerns no single target. */
export function recordDistributionEvent(
  uow: UnitOfWork,
  distribution: Distribution,
  type: string,
  counts: TargetCounts,
  details: { readonly reason?: string | null; readonly data?: Record<string, unknown> } = {},
): void {
  uow.record({
    type,
    subjectType: 'Distribution',
    subject: distribution,
    topics: [distribution.releaseId],
    reason: details.reason ?? null,
    data: { ...details.data, distribution: snapshotOf(distribution, counts) },
  });
}
