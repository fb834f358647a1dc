import { sql, type RawBuilder } from 'kysely';
import { lapseSteps, type ApprovalBasis, type Lapse } from '../../domain/approval-basis.js';
import type { ReleaseState } from '../../domain/release/release.state.js';
import type { Steps } from '../../domain/steps.js';
import type { Queryable } from '../../database/queryable.js';
import { acceptanceBasis, judgedOfRelease } from '../approval-basis.facts.js';
import { ImpactReader } from '../cmdb/impact-reader.js';
import { differingTargets, OF_ACCEPTANCE, withForced } from '../judged-target.facts.js';
import { inTurns } from '../turns.js';

// States in which some of what the owner accepted still lies ahead. Later it is history.
const ACCEPTED_AHEAD: readonly ReleaseState[] = [
  'ACCEPTED',
  'SCHEDULED',
  'COMMUNICATED',
  'DISTRIBUTING',
  'PARTIALLY_DEPLOYED',
  'FAILED',
];

/**
 * Targets on which the releases of `basis` have done all that is planned there, as ids by release. Such a target may go
 * into production. @param only an SQL condition on a target execution `e`: the part of the targets that is asked about.
 */
const targetsBehind = (only: RawBuilder<unknown>): RawBuilder<unknown> => sql`
  select d.release_id, e.ci_id
  from target_execution e join distribution d on d.id = e.distribution_id
  where d.release_id in (select id from basis) and d.state <> 'CANCELLED' and ${only}
  group by d.release_id, e.ci_id
  having bool_and(e.state = 'SUCCEEDED') and bool_or(d.operation <> 'VERIFY')`;

interface BasisRow {
  readonly id: string;
  readonly before: ApprovalBasis;
  readonly now: ApprovalBasis;
  /** Database ids of the targets that lie ahead, separated by commas: the driver takes long for an array. */
  readonly targets: string;
}

/**
 * What has changed since the owners accepted releases, while that still matters: one lapse for each difference. At most
 * three statements for any number of releases.
 * @param only database ids of the targets that are asked about; all by default.
 */
export async function acceptanceLapses(
  db: Queryable,
  releaseIds: readonly string[],
  only?: readonly string[],
  impact = new ImpactReader(db),
): Promise<Map<string, Lapse[]>> {
  const asked = (ciId: RawBuilder<unknown>) => (only === undefined ? sql`true` : sql`${ciId} = any(${only}::uuid[])`);
  const accepted = sql`basis as materialized (
      select r.id, r.accepted_basis as before, ${acceptanceBasis} as now
      from release r
      where r.id = any(${releaseIds}::uuid[]) and r.accepted_basis is not null
        and not 'ACCEPTED' = any(r.skipped_states) and r.state = any(${[...ACCEPTED_AHEAD]}::text[])),
    behind as materialized (${targetsBehind(asked(sql`e.ci_id`))}),
    ahead as materialized (
      select distinct x.release_id as id, x.ci_id from release_ci x
      where x.release_id in (select id from basis) and x.role = 'TARGET' and ${asked(sql`x.ci_id`)}
        and (x.release_id, x.ci_id) not in (select release_id, ci_id from behind))`;
  const rows = await db.query<BasisRow>(sql`
    with ${accepted}
    select b.*, (select coalesce(string_agg(a.ci_id::text, ','), '') from ahead a where a.id = b.id) as targets
    from basis b order by b.id`);
  if (rows.length === 0) return new Map();
  const targets = rows.flatMap((row) => (row.targets === '' ? [] : row.targets.split(',')));
  const differing = await differingTargets(impact, OF_ACCEPTANCE, {
    with: accepted,
    before: sql`
        select a.release_id as id, a.ci_id, a.name, a.lifecycle_state, a.criticality, a.forced_by
        from accepted_target a
        where a.release_id in (select id from basis) and ${asked(sql`a.ci_id`)}
          and (a.release_id, a.ci_id) not in (select release_id, ci_id from behind)`,
    now: judgedOfRelease(sql`ahead x`, await withForced(impact, targets)),
  });
  const lapsesOf = function* (): Steps<Map<string, Lapse[]>> {
    const lapses = new Map<string, Lapse[]>();
    for (const { id, before, now } of rows) {
      const some = differing.get(id);
      lapses.set(id, yield* lapseSteps([...before, ...(some?.before ?? [])], [...now, ...(some?.now ?? [])]));
    }
    return lapses;
  };
  return await inTurns(lapsesOf());
}
