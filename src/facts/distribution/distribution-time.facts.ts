import { sql, type RawBuilder } from 'kysely';
import type { DistributionFacts } from '../../domain/distribution/distribution.guards.js';
import type { DistributionState } from '../../domain/distribution/distribution.state.js';
import { intervalContains, type Interval } from '../../domain/schedule/interval.js';

/**
 * When the own time of a distribution `d` ends: at its scheduled end or, without one, its deadline. Null without a
 * scheduled start.
 */
export const endOfOwnTime: RawBuilder<Date | null> = sql`
  coalesce(d.scheduled_end, d.scheduled_start + make_interval(mins => d.deadline_minutes))`;

/** What joined the release of a distribution `d` after that was planned for all targets or all contents, as JSON. */
export const leftOut: RawBuilder<DistributionFacts['leftOut']> = sql`coalesce((
  select json_agg(json_build_object('type', x.type, 'id', x.id, 'name', x.name) order by x.type, x.id)
  from (
    select 'ConfigurationItem' as type, i.id, i.name
    from (
      select s.ci_id from release_ci s where d.all_targets and s.release_id = d.release_id and s.role = 'TARGET'
      except
      select e.ci_id from target_execution e where e.distribution_id = d.id
    ) missing
    join configuration_item i on i.id = missing.ci_id
    union all
    select 'DmlItemVersion', v.id, i.name || ' ' || v.label
    from release_content s
    join dml_item_version v on v.id = s.dml_item_version_id
    join dml_item i on i.id = v.item_id
    where d.all_contents and s.release_id = d.release_id
      and not exists (
        select 1 from distribution_content c where c.distribution_id = d.id and c.dml_item_version_id = v.id)
  ) x), '[]')`;

/** Whether commands in this state commit a distribution to its own time. */
export const commitsAhead = (state: DistributionState): boolean =>
  (['PLANNED', 'AWAITING_APPROVAL'] as DistributionState[]).includes(state);

/** Commands of these states make a distribution run from now on. */
const RUNS_NOW: readonly DistributionState[] = [
  'SCHEDULED',
  'PAUSED',
  'BETWEEN_WAVES',
  'AWAITING_DECISION',
  'PARTIALLY_SUCCEEDED',
  'FAILED',
  'STOPPED',
];

/**
 * The time that a distribution would occupy by the next command; null when no command occupies any.
 * @param own its own time
 */
export function timeToOccupy(
  distribution: { readonly state: DistributionState; readonly own: Interval | null; readonly deadlineMinutes: number },
  now: Date,
): Interval | null {
  const { state, own, deadlineMinutes } = distribution;
  if (commitsAhead(state)) return own;
  if (!RUNS_NOW.includes(state)) return null;
  const inOwnTime = state === 'SCHEDULED' && own !== null && intervalContains(own, now);
  return { startsAt: now, endsAt: inOwnTime ? own.endsAt : new Date(now.getTime() + deadlineMinutes * 60_000) };
}
