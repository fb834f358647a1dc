import { sql, type RawBuilder } from 'kysely';
import { lapseSteps, type BasisEntry, type Lapse } from '../../domain/approval-basis.js';
import type { ReleaseState } from '../../domain/release/release.state.js';
import type { Steps } from '../../domain/steps.js';
import type { Queryable } from '../../database/queryable.js';
import { acceptanceBasis, basisOnTargets, withCriticality } from '../approval-basis.facts.js';
import type { ImpactReader } from '../cmdb/impact-reader.js';
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
  select d.release_id, e.ci_id::text as ci_id
  from target_execution e join distribution d on d.id = e.distribution_id
  where d.release_id in (select id from basis) and d.state <> 'CANCELLED' and ${only}
  group by d.release_id, e.ci_id
  having bool_and(e.state = 'SUCCEEDED') and bool_or(d.operation <> 'VERIFY')`;

/** How many entries come in one row. A row is read at once, and others have their turn after it. */
const PER_ROW = 500;

interface EntriesRow {
  readonly id: string;
  readonly side: 'before' | 'now';
  /** JSON text of some entries. */
  readonly entries: string;
}

interface Sides {
  readonly before: BasisEntry[];
  readonly now: BasisEntry[];
}

function* sidesOf(rows: readonly EntriesRow[]): Steps<Map<string, Sides>> {
  const sides = new Map<string, Sides>();
  for (const { id, side, entries } of rows) {
    yield;
    const known = sides.get(id) ?? { before: [], now: [] };
    sides.set(id, known);
    known[side].push(...(JSON.parse(entries) as BasisEntry[]));
  }
  return sides;
}

/**
 * What has changed since the owners accepted releases, while that still matters: one lapse for each difference. At most
 * two statements for any number of releases.
 * @param only database ids of the targets that are asked about; all by default.
 */
export async function acceptanceLapses(
  db: Queryable,
  releaseIds: readonly string[],
  only?: readonly string[],
  impact?: ImpactReader,
): Promise<Map<string, Lapse[]>> {
  const accepted =
    only === undefined
      ? sql`r.accepted_basis`
      : basisOnTargets(sql`r.accepted_basis`, sql`(select unnest(${only}::text[]))`);
  const now = acceptanceBasis(only && sql`x.ci_id = any(${only}::uuid[])`);
  const rows = await db.query<EntriesRow>(sql`
    with basis as materialized (
      select r.id, ${accepted} as accepted, ${now} as now
      from release r
      where r.id = any(${releaseIds}::uuid[]) and r.accepted_basis is not null
        and not 'ACCEPTED' = any(r.skipped_states) and r.state = any(${[...ACCEPTED_AHEAD]}::text[])),
    behind as materialized (
      ${targetsBehind(only === undefined ? sql`true` : sql`e.ci_id = any(${only}::uuid[])`)}),
    entry as (
      select b.id, 'before' as side, e.value, e.n
      from basis b cross join jsonb_array_elements(b.accepted) with ordinality e(value, n)
      union all
      select b.id, 'now', e.value, e.n from basis b cross join jsonb_array_elements(b.now) with ordinality e(value, n))
    select e.id, side, jsonb_agg(value order by n)::text as entries
    from entry e
    where not (value ->> 'kind' = 'TARGET' and (e.id, value ->> 'id') in (select release_id, ci_id from behind))
    group by e.id, side, n / ${sql.lit(PER_ROW)}
    order by e.id, side, n / ${sql.lit(PER_ROW)}`);
  const sides = await inTurns(sidesOf(rows));
  const rated = await withCriticality(
    db,
    [...sides.values()].map(({ now }) => now),
    impact,
  );
  const lapsesOf = function* (): Steps<Map<string, Lapse[]>> {
    const lapses = new Map<string, Lapse[]>();
    for (const [index, [id, { before }]] of [...sides].entries())
      lapses.set(id, yield* lapseSteps(before, rated[index] ?? []));
    return lapses;
  };
  return await inTurns(lapsesOf());
}
