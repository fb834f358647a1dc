import { epochMs } from '../../database/expressions.js';
import { sql } from 'kysely';
import { SYSTEM } from '../../domain/actor.js';
import { collectBlockers } from '../../domain/blocker.js';
import { CHANGE_CAN_JOIN, RELEASE_STATES_OPEN_FOR_SCOPE } from '../../domain/change/change-release-request.machine.js';
import type { ChangeType } from '../../domain/change/change.machine.js';
import { candidacy, type Candidacy } from '../../domain/release/release-candidate.js';
import type { ReleaseState } from '../../domain/release/release.state.js';
import type { ReleaseKind } from '../../domain/release/template.js';
import { prospectiveRequestFacts } from '../../facts/change/change-release-request.facts.js';
import { joinsTooLate } from '../../facts/release/release-too-late.facts.js';
import { findConflictsOf } from '../../facts/schedule/schedule.facts.js';
import type { Queryable } from '../../database/queryable.js';

/** Most candidates that are given at once. */
export const MAX_CANDIDATES = 50;

// How many open releases are scored, the most promising first, so that thousands of open releases cost no more.
const SCORED = 200;

/** A release that could take a change, with how well it fits. */
export interface Candidate extends Candidacy {
  readonly releaseId: string;
}

interface Row {
  readonly id: string;
  readonly number: string;
  readonly state: ReleaseState;
  readonly kind: ReleaseKind;
  readonly on_hold: boolean;
  readonly starts: number | null;
  readonly ends: number | null;
  readonly shared_targets: number;
  readonly shared_sources: number;
  readonly type: ChangeType;
  readonly change_starts: number | null;
  readonly change_ends: number | null;
  readonly targets: number;
  readonly sources: number;
}

const date = (ms: number | null) => (ms === null ? null : new Date(ms));

/** What the calendar has against work on the targets of a change at the times of releases, by release. */
async function clashesOf(db: Queryable, changeId: string, rows: readonly Row[]): Promise<Map<string, string[]>> {
  const dated = rows.filter(({ starts, ends }) => starts !== null && ends !== null && starts < ends);
  if (dated.length === 0) return new Map();
  const targets = await db.query<{ ci_id: string }>(
    sql`select ci_id from change_ci where change_id = ${changeId} and role = 'TARGET'`,
  );
  const found = await findConflictsOf(
    db,
    dated.map(({ id, number, starts, ends }) => ({
      id,
      name: number,
      startsAt: new Date(starts ?? 0),
      endsAt: new Date(ends ?? 0),
      ciIds: targets.map(({ ci_id }) => ci_id),
      releaseId: id,
    })),
  );
  return new Map(
    [...found].map(([id, conflicts]) => [
      id,
      conflicts.filter(({ severity }) => severity !== 'LOW').map(({ message }) => message),
    ]),
  );
}

/**
 * The releases that a change can join now, best first; equal ones by planned start, then age. A fixed number of
 * statements. A change that no release could take, by the rules of the request to join one, has none. Nor does a
 * release count that is past a step which a target of the change asks for: its approval would be refused.
 */
export async function releaseCandidates(db: Queryable, changeId: string, limit: number): Promise<Candidate[]> {
  const change = await prospectiveRequestFacts(db, SYSTEM, changeId, null);
  if (change === undefined || collectBlockers(CHANGE_CAN_JOIN.map((guard) => guard(change))).length > 0) return [];
  const rows = await db.query<Row>(sql`
    with wanted as materialized (select x.ci_id, x.role from change_ci x where x.change_id = ${changeId}),
    shared as materialized (
      select s.release_id, count(distinct s.ci_id) filter (where s.role = 'TARGET')::int
        as targets, count(distinct s.ci_id) filter (where s.role = 'SOURCE')::int as sources
      from release_ci s join wanted w on w.ci_id = s.ci_id and w.role = s.role group by s.release_id
    )
    select r.id, r.number, r.state, r.kind, r.on_hold_at is not null as on_hold,
      ${epochMs('r.planned_start')} as starts, ${epochMs('r.planned_end')} as ends,
      coalesce(s.targets, 0) as shared_targets, coalesce(s.sources, 0) as shared_sources,
      c.type, ${epochMs('c.planned_start')} as change_starts, ${epochMs('c.planned_end')} as change_ends,
      (select count(*)::int from wanted where role = 'TARGET') as targets, (select count(*)::int from wanted
        where role = 'SOURCE') as sources
    from change c
    join release r on r.state = any(${[...RELEASE_STATES_OPEN_FOR_SCOPE]}::text[])
    left join shared s on s.release_id = r.id
    where c.id = ${changeId}
    order by coalesce(s.targets, 0) desc, coalesce(r.planned_start < c.planned_end
      and c.planned_start < r.planned_end, false) desc, r.planned_start nulls last, r.id
    limit ${SCORED}`);
  const score = (row: Row, clashes?: readonly string[]) => ({
    row,
    candidate: {
      releaseId: row.id,
      ...candidacy(
        {
          type: row.type,
          start: date(row.change_starts),
          end: date(row.change_ends),
          targetCount: row.targets,
          sourceCount: row.sources,
        },
        {
          state: row.state,
          kind: row.kind,
          onHold: row.on_hold,
          start: date(row.starts),
          end: date(row.ends),
          sharedTargets: row.shared_targets,
          sharedSources: row.shared_sources,
          ...(clashes && { clashes }),
        },
      ),
    },
  });
  // The calendar is asked for the best only: it costs more than all the rest.
  const late = await joinsTooLate(
    db,
    rows.map(({ id }) => ({ key: id, changeId, releaseId: id })),
  );
  const best = rows
    .filter(({ id }) => !late.has(id))
    .map((row) => score(row))
    .sort((x, y) => y.candidate.score - x.candidate.score)
    .slice(0, MAX_CANDIDATES)
    .map(({ row }) => row);
  const clashes = await clashesOf(db, changeId, best);
  return best
    .map((row) => score(row, clashes.get(row.id)).candidate)
    .sort((a, b) => b.score - a.score)
    .slice(0, limit);
}
