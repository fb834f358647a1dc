import { sql } from 'kysely';
import { lapseSteps, type ApprovalBasis, type Lapse } from '../../domain/approval-basis.js';
import type { Steps } from '../../domain/steps.js';
import { judgedOfDistribution } from '../approval-basis.facts.js';
import type { ImpactReader } from '../cmdb/impact-reader.js';
import { differingTargets, OF_APPROVAL, withForced } from '../judged-target.facts.js';
import { inTurns } from '../turns.js';
import { targetsInQuestion, waveInQuestion } from './wave.facts.js';

/** An SQL condition on a target execution `e`: what the distribution does to the target is not behind it. */
export const TO_BE_DONE = sql`e.state not in ('SUCCEEDED', 'BACKED_OUT')`;

/** A distribution with what was approved of it. */
interface Judged {
  readonly id: string;
  /** Targets that are asked about. */
  readonly ci_ids: readonly string[];
  /** What was approved and what is there now, without the targets, while the approval still matters. */
  readonly judged: { readonly then: ApprovalBasis; readonly now: ApprovalBasis } | null;
}

const APPROVED = sql`a.ci_id, a.name, a.lifecycle_state, a.criticality, a.forced_by, a.binding`;

// Where all targets are asked about, those that were taken out of the distribution are, too. The question about a wave
// is about its targets only. "offset 0" keeps PostgreSQL from reading all rows of a distribution for one of its waves:
// it finds those of the wave by their key, also right after they were written, when it knows nothing of their number.
const before = (ids: readonly string[]) => sql`
  select d.id, a.*
  from distribution d ${waveInQuestion}
  cross join lateral (
    select * from (
      select ${APPROVED} from approved_target a
      where in_question.wave_id is null and a.distribution_id = d.id and not exists (
        select from target_execution e where e.distribution_id = d.id and e.ci_id = a.ci_id and not ${TO_BE_DONE})
      offset 0) of_all
    union all
    select a.* from target_execution e
    cross join lateral (
      select ${APPROVED} from approved_target a where a.distribution_id = d.id and a.ci_id = e.ci_id offset 0) a
    where e.wave_id = in_question.wave_id and ${TO_BE_DONE}
  ) a
  where d.id = any(${ids}::uuid[])`;

/**
 * What differs from what was approved of distributions, by distribution. Targets that are behind it count no more: one
 * may have gone into production since it got its delivery.
 */
export async function approvalLapses(rows: readonly Judged[], impact: ImpactReader): Promise<Map<string, Lapse[]>> {
  const judged = rows.flatMap(({ id, judged }) => (judged === null ? [] : [{ id, ...judged }]));
  if (judged.length === 0) return new Map();
  const ids = judged.map(({ id }) => id);
  const ciIds = rows.flatMap((row) => (row.judged === null ? [] : row.ci_ids));
  const now = judgedOfDistribution(
    sql`distribution d ${waveInQuestion} cross join ${targetsInQuestion}`,
    await withForced(impact, ciIds),
    sql`d.id = any(${ids}::uuid[]) and ${TO_BE_DONE}`,
  );
  const differing = await differingTargets(impact, OF_APPROVAL, { before: before(ids), now });
  const steps = function* (): Steps<Map<string, Lapse[]>> {
    const lapses = new Map<string, Lapse[]>();
    for (const { id, then, now: present } of judged) {
      const targets = differing.get(id);
      const was = [...then, ...(targets?.before ?? [])];
      lapses.set(id, yield* lapseSteps(was, [...present, ...(targets?.now ?? [])]));
    }
    return lapses;
  };
  return await inTurns(steps());
}
