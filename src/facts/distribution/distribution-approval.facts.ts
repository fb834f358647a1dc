import { lapseSteps, type ApprovalBasis, type BasisEntry, type Lapse } from '../../domain/approval-basis.js';
import type { Steps } from '../../domain/steps.js';
import { withCriticality } from '../approval-basis.facts.js';
import type { ImpactReader } from '../cmdb/impact-reader.js';
import { inTurns } from '../turns.js';

/** A distribution with what was approved of it. */
interface Judged {
  readonly id: string;
  /** Targets that the distribution no longer does anything to. */
  readonly done_ids: readonly string[];
  /** What was approved and what is there now, while the approval still matters. */
  readonly judged: { readonly then: ApprovalBasis; readonly now: ApprovalBasis } | null;
}

/**
 * What differs from what was approved of distributions, by distribution. Targets that are behind it count no more: one
 * may have gone into production since it got its delivery.
 */
export async function approvalLapses(rows: readonly Judged[], impact: ImpactReader): Promise<Map<string, Lapse[]>> {
  const judged = rows.flatMap(({ id, judged, done_ids }) => {
    const done = new Set(done_ids);
    const ahead = ({ kind, id: entry }: BasisEntry) => kind !== 'TARGET' || !done.has(entry);
    return judged === null ? [] : [{ id, before: judged.then.filter(ahead), now: judged.now.filter(ahead) }];
  });
  const rated = await withCriticality(
    impact.db,
    judged.map(({ now }) => now),
    impact,
  );
  const steps = function* (): Steps<Map<string, Lapse[]>> {
    const lapses = new Map<string, Lapse[]>();
    for (const [index, { id, before }] of judged.entries())
      lapses.set(id, yield* lapseSteps(before, rated[index] ?? []));
    return lapses;
  };
  return await inTurns(steps());
}
