import { sql, type RawBuilder } from 'kysely';
import type { Lapse } from '../../domain/approval-basis.js';
import { epochMs } from '../../database/expressions.js';
import { intervalOf, type Interval } from '../../domain/schedule/interval.js';
import { liesInThePast } from '../../domain/schedule/past.js';
import type { NamedRef } from '../../domain/blocker.js';
import type { ChangeState } from '../../domain/change/change.machine.js';
import type { UncoveredTarget } from '../../domain/cmdb/target.guards.js';
import {
  ENDED_DISTRIBUTION_STATES,
  type DistributionOperation,
  type DistributionState,
} from '../../domain/distribution/distribution.state.js';
import { isDriftCheck } from '../../domain/distribution/drift-check.js';
import type { DuplicateContent, ReleaseFacts } from '../../domain/release/release.guards.js';
import type { MissingPredecessor } from '../../domain/release/release-dependency.js';
import { slotIsNextOfDraft, type ReleaseState } from '../../domain/release/release.state.js';
import type { TemplateRequirements } from '../../domain/release/template.js';
import { waiverInForce } from './waiver.facts.js';
import type { GivenApproval } from '../../domain/release/approvals.js';
import { requirementsOf, type CompletedTest, type DigestedMedia } from '../../domain/release/test-evidence.js';
import {
  criticalOnes,
  criticalTargetsOf,
  targetsOfReleases,
  withCritical,
  withKnownCritical,
} from '../cmdb/criticality.facts.js';
import { contributorIds, plannerIds } from './contributors.facts.js';
import { releaseDeliveries } from '../distribution/delivery.facts.js';
import { judgeConflicts } from '../../domain/schedule/conflict-blocker.js';
import { endOfOwnTime } from '../distribution/distribution-time.facts.js';
import { findConflictsOf, plannedReleaseWorks, type FoundConflict } from '../schedule/schedule.facts.js';
import { openingsOf } from '../schedule/window-opening.facts.js';
import type { Actor } from '../../domain/actor.js';
import type { Queryable } from '../../database/queryable.js';
import { acceptanceLapses as findLapses } from './acceptance.facts.js';
import { ImpactReader } from '../cmdb/impact-reader.js';
import { targetColumns } from '../cmdb/target.facts.js';

/** The facts of a release with its state. */
export type KnownReleaseFacts = ReleaseFacts & {
  readonly state: ReleaseState;
  /** The planned times, when both are set. */
  readonly planned: Interval | null;
};

interface FactsRow {
  readonly id: string;
  readonly state: ReleaseState;
  readonly on_hold_reason: string | null;
  readonly skipped_states: ReleaseState[];
  readonly back_out_plan: string;
  readonly requires: TemplateRequirements | null;
  readonly has_schedule: boolean;
  readonly starts: number | null;
  readonly ends: number | null;
  readonly review_recorded: boolean;
  readonly owner_id: string;
  readonly number: string;
  readonly manager_id: string;
  readonly planner_ids: string[];
  readonly empty_states: ReleaseState[];
  readonly open_tasks: (NamedRef & { releaseState: ReleaseState })[];
  readonly contributor_ids: string[];
  readonly critical_targets: NamedRef[];
  readonly completed_tests: CompletedTest[];
  readonly approvals: GivenApproval[];
  readonly contents: DigestedMedia[];
  readonly unauthorised_media: NamedRef[];
  readonly duplicate_content: DuplicateContent[];
  readonly target_count: number;
  readonly unauthorised_targets: NamedRef[];
  readonly uncovered_targets: UncoveredTarget[];
  readonly decommissioned_targets: NamedRef[];
  readonly changes: (NamedRef & { state: ChangeState })[];
  readonly missing_predecessors: MissingPredecessor[];
  readonly distributions: (NamedRef & { state: DistributionState; operation: DistributionOperation })[];
}

const named = (name: string, more = '') =>
  sql.raw(`json_agg(json_build_object('id', x.id, 'name', x.${name}${more}) order by x.id)`);

// Compares by state, not by task: a plan may have other tasks than its template, but not none. A skipped task is there.
const emptyStates = sql`coalesce((
  select json_agg(distinct p.phase->>'releaseState')
  from jsonb_array_elements(to_jsonb(v.plan)->'phases') p(phase)
  where jsonb_array_length(p.phase->'tasks') > 0
    and p.phase->>'releaseState' <> all(r.skipped_states)
    and not exists (
      select from task x join phase f on f.id = x.phase_id
      where x.release_id = r.id and f.release_state = p.phase->>'releaseState' and x.state <> 'CANCELLED')), '[]')`;

// What a task `x` of kind TEST was completed on.
const testedOn = sql`coalesce((
  select json_agg(json_build_object('id', m.id, 'name', i.name || ' ' || m.label, 'digest', y.digest) order by m.id)
  from tested_content y join dml_item_version m on m.id = y.dml_item_version_id join dml_item i on i.id = m.item_id
  where y.task_id = x.id), '[]')`;

/**
 * What the rules need to know about releases, in a fixed number of statements for any number of them. Conflicts of the
 * schedule are not among it: they are costly and only `schedule` asks for them; {@link releaseFactsWithConflicts} has
 * them.
 */
export async function releaseFacts(
  db: Queryable,
  actor: Actor,
  ids: readonly string[],
): Promise<Map<string, KnownReleaseFacts>> {
  return await factsAbout(db, actor, ids);
}

/**
 * {@link releaseFacts} with nothing in it about targets, for commands whose rules do not ask about them: what a release
 * of thousands has of them takes most of the time.
 */
export async function releaseFactsWithoutTargets(
  db: Queryable,
  actor: Actor,
  ids: readonly string[],
): Promise<Map<string, KnownReleaseFacts>> {
  return await factsAbout(db, actor, ids, []);
}

/**
 * {@link releaseFacts} for another object that asks them.
 * @param impact what has been read already of what the targets impact.
 * @param targetIds database ids of the targets that are asked about; all by default.
 */
export async function releaseFactsFor(
  actor: Actor,
  ids: readonly string[],
  impact: ImpactReader,
  targetIds?: readonly string[],
): Promise<Map<string, KnownReleaseFacts>> {
  return await factsAbout(impact.db, actor, ids, targetIds, impact);
}

/** {@link releaseFacts} for a command that has read already, or will, what the targets impact. */
export const releaseFactsWith =
  (impact: ImpactReader) =>
  async (_: Queryable, actor: Actor, ids: readonly string[]): Promise<Map<string, KnownReleaseFacts>> =>
    await releaseFactsFor(actor, ids, impact);

/** The critical ones among an SQL array of items whose impact another question has read, or will. */
async function criticalAmong(impact: ImpactReader, targets: RawBuilder<unknown>): Promise<string[]> {
  const [row] = await impact.db.query<{ ids: string }>(sql`select array_to_string(${targets}, ',') as ids`);
  return await criticalOnes(impact, row?.ids ? row.ids.split(',') : []);
}

async function factsAbout(
  db: Queryable,
  actor: Actor,
  ids: readonly string[],
  only?: readonly string[],
  impact?: ImpactReader,
): Promise<Map<string, KnownReleaseFacts>> {
  const asked = only === undefined ? sql<boolean>`true` : sql<boolean>`x.ci_id = any(${only}::uuid[])`;
  const targets = targetsOfReleases(sql`${ids}::uuid[]`, asked);
  const rows = await db.query<FactsRow>(sql`
    ${impact === undefined ? withCritical(targets) : withKnownCritical(await criticalAmong(impact, targets))}
    select r.id, r.number, r.state, r.owner_id, r.manager_id, r.on_hold_reason, r.skipped_states, r.back_out_plan,
      v.plan -> 'requires' as requires,
      r.planned_start is not null and r.planned_end is not null as has_schedule,
      ${epochMs('r.planned_start')} as starts, ${epochMs('r.planned_end')} as ends,
      r.review_summary is not null as review_recorded,
      ${plannerIds} as planner_ids, ${contributorIds} as contributor_ids,
      ${emptyStates} as empty_states,
      coalesce(tasks.open, '[]') as open_tasks, coalesce(tasks.tests, '[]') as completed_tests,
      coalesce(tasks.approvals, '[]') as approvals,
      coalesce(contents.package, '[]') as contents, coalesce(contents.unauthorised, '[]') as unauthorised_media,
      coalesce((select ${named('name')} from ${criticalTargetsOf(sql`r.id`)} x), '[]') as critical_targets,
      coalesce(contents.duplicate, '[]') as duplicate_content, targets.n::int as target_count,
      coalesce(targets.unauthorised, '[]') as unauthorised_targets,
      targets.uncovered as uncovered_targets, targets.decommissioned as decommissioned_targets,
      coalesce((select ${named('number', `, 'state', x.state`)}
        from release_change rc join change x on x.id = rc.change_id
        where rc.release_id = r.id and rc.live), '[]') as changes,
      coalesce((select ${named('number', `, 'state', x.state`)}
        from release_dependency rd join release x on x.id = rd.predecessor_id
        where rd.release_id = r.id and x.deployed_at is null), '[]') as missing_predecessors,
      coalesce((select ${named('number', `, 'state', x.state, 'operation', x.operation`)}
        from distribution x where x.release_id = r.id), '[]') as distributions
    from release r
    left join release_template_version v on v.id = r.template_version_id
    cross join lateral (
      select json_agg(json_build_object('id', x.id, 'name', x.name, 'releaseState', f.release_state)
        order by f.position, x.position, x.id)
          filter (where x.state not in ('COMPLETED', 'SKIPPED', 'CANCELLED')) as open,
        json_agg(json_build_object('id', x.id, 'name', x.name, 'testerId', x.completed_by_id, 'testedOn', ${testedOn})
          order by x.actual_end desc, x.id desc)
          filter (where x.kind = 'TEST' and x.state = 'COMPLETED' and x.evidence is not null) as tests,
        json_agg(json_build_object('id', x.id, 'name', x.name, 'mandatory', x.mandatory, 'role', x.assignee_role,
          'approverId', x.completed_by_id) order by f.position, x.position, x.id)
          filter (where x.kind = 'APPROVAL' and x.state = 'COMPLETED') as approvals
      from task x join phase f on f.id = x.phase_id where x.release_id = r.id
    ) tasks
    cross join lateral (
      select json_agg(json_build_object('id', m.id, 'name', i.name || ' ' || m.label, 'digest', b.digest)
          order by m.id) as package,
        json_agg(json_build_object('id', m.id, 'name', i.name || ' ' || m.label) order by m.id)
          filter (where m.state <> 'AUTHORISED') as unauthorised,
        json_agg(json_build_object('version', json_build_object('id', m.id, 'name', i.name || ' ' || m.label),
          'other', json_build_object('id', m.first_id, 'name', i.name || ' ' || m.first_label)) order by m.id)
          filter (where m.id <> m.first_id) as duplicate
      from (select v.*, first_value(v.id) over item as first_id, first_value(v.label) over item as first_label
        from release_content x join dml_item_version v on v.id = x.dml_item_version_id
        where x.release_id = r.id window item as (partition by v.item_id order by v.id)) m
        join dml_item i on i.id = m.item_id left join media_blob b on b.id = m.media_id
    ) contents
    cross join lateral (
      select count(*) as n, ${named('name')} filter (where x.state <> 'AUTHORISED') as unauthorised,
        ${targetColumns(sql`r.id`)}
      from configuration_item x where x.id in (select x.ci_id from release_ci x where x.release_id = r.id
        and x.role = 'TARGET' and ${asked})
    ) targets
    where r.id = any(${ids}::uuid[])`);
  const lapses = await findLapses(
    db,
    rows.map(({ id }) => id),
    only,
    impact,
  );
  const backingOut = rows.filter(({ state }) => state === 'BACKING_OUT').map(({ id }) => id);
  const deliveries = await releaseDeliveries(db, backingOut);
  return new Map(
    rows.map((row) => {
      const left = deliveries.get(row.id)?.left;
      return [row.id, { ...present(row, actor, lapses.get(row.id) ?? []), ...(left && { leftByDistributions: left }) }];
    }),
  );
}

function present(row: FactsRow, actor: Actor, acceptanceLapses: readonly Lapse[]): KnownReleaseFacts {
  const requires = requirementsOf(row.requires, row.skipped_states, row.critical_targets);
  return {
    state: row.state,
    planned: intervalOf(row.starts, row.ends),
    actorId: actor.id ?? '',
    actorRoles: actor.roles,
    onHold: row.on_hold_reason === null ? null : { reason: row.on_hold_reason },
    skippedStates: row.skipped_states,
    openTasks: row.open_tasks,
    emptyStates: row.empty_states,
    ownerId: row.owner_id,
    release: { id: row.id, name: row.number, state: row.state, ownerId: row.owner_id, managerId: row.manager_id },
    plannerIds: row.planner_ids,
    hasBackOutPlan: row.back_out_plan !== '',
    backOutPlanRequired: requires.backOutPlan,
    testEvidenceRequired: requires.testEvidence,
    criticalTargets: row.critical_targets,
    contents: row.contents,
    completedTests: row.completed_tests,
    approvals: row.approvals,
    contributorIds: row.contributor_ids,
    contentCount: row.contents.length,
    duplicateContent: row.duplicate_content,
    targetCount: row.target_count,
    unauthorisedTargets: row.unauthorised_targets,
    uncoveredTargets: row.uncovered_targets,
    decommissionedTargets: row.decommissioned_targets,
    unauthorisedMedia: row.unauthorised_media,
    changes: row.changes,
    missingPredecessors: row.missing_predecessors,
    acceptanceLapses,
    hasSchedule: row.has_schedule,
    conflicts: [],
    distributions: row.distributions.map(({ operation, ...known }) => ({
      ...known,
      driftCheck: isDriftCheck({ operation, release: { state: row.state } }),
    })),
    reviewRecorded: row.review_recorded,
  };
}

/** States in which `releaseSchedule` may come next, so that conflicts of the planned times matter. */
const BEFORE_SCHEDULING: readonly ReleaseState[] = ['DRAFT', 'PLANNING', 'BUILDING', 'TESTING', 'ACCEPTED'];

/** The states of a booked release whose booking can move. */
export const BOOKED_STATES: readonly ReleaseState[] = ['SCHEDULED', 'COMMUNICATED'];

interface WaiverRow {
  readonly release_id: string;
  readonly code: string;
  readonly subject: string | null;
  readonly granted_by_id: string;
  readonly slot_starts: number | null;
  readonly slot_ends: number | null;
}

/**
 * The facts of releases with the conflicts of their planned times, each with whether a waiver sets it aside. A fixed
 * number of statements for any number of releases.
 * @param now decides which waivers are in force.
 * @param states of the releases whose conflicts are found. By default those not scheduled yet: a booked release asks
 *   about its new times when a command moves it, not before.
 */
export async function releaseFactsWithConflicts(
  db: Queryable,
  actor: Actor,
  ids: readonly string[],
  now: Date,
  states: readonly ReleaseState[] = BEFORE_SCHEDULING,
): Promise<Map<string, KnownReleaseFacts>> {
  const facts = await releaseFacts(db, actor, ids);
  const asking = [...facts]
    .filter(([, { state, hasSchedule }]) => hasSchedule && states.includes(state))
    .filter(([, { state, skippedStates }]) => state !== 'DRAFT' || slotIsNextOfDraft(skippedStates))
    .map(([id]) => id);
  for (const id of asking) {
    const known = facts.get(id);
    if (known?.planned) facts.set(id, { ...known, scheduleIsPast: liesInThePast(known.planned, now) });
  }
  const impact = new ImpactReader(db);
  const works = await plannedReleaseWorks(db, asking);
  const found = await findConflictsOf(db, works, null, impact);
  const openings = await openingsOf(db, works, found, now, impact);
  return await withJudgedConflicts(db, actor, facts, found, now, openings);
}

/**
 * Facts of releases with some conflicts, each with whether a waiver in force sets it aside. One statement.
 * @param found conflicts by release
 * @param openings when windows next allow those that clash with one
 */
export async function withJudgedConflicts(
  db: Queryable,
  actor: Actor,
  facts: Map<string, KnownReleaseFacts>,
  found: ReadonlyMap<string, readonly FoundConflict[]>,
  now: Date,
  openings: ReadonlyMap<string, Date | null>,
): Promise<Map<string, KnownReleaseFacts>> {
  const asking = [...found.keys()];
  const waivers = await db.query<WaiverRow>(sql`
    select w.release_id, w.code, w.subject_id as subject, w.granted_by_id,
      ${epochMs('w.slot_start')} as slot_starts, ${epochMs('w.slot_end')} as slot_ends
    from waiver w
    where w.release_id = any(${asking}::uuid[]) and ${waiverInForce(now)}`);
  for (const [id, conflicts] of found) {
    const known = facts.get(id);
    if (known === undefined) continue;
    // A waiver counts only when somebody else gave it: nobody who planned the release, and not who uses it now.
    const concerned = [...known.plannerIds, actor.id];
    const own = waivers
      .filter((waiver) => waiver.release_id === id && !concerned.includes(waiver.granted_by_id))
      .map((waiver) => ({ ...waiver, slot: intervalOf(waiver.slot_starts, waiver.slot_ends) }));
    facts.set(id, { ...known, conflicts: judgeConflicts(conflicts, own, openings.get(id)) });
  }
  return facts;
}

/**
 * Distributions of a release that have a time of their own outside its planned times, and are not over: moving the
 * release would leave them behind.
 */
export async function distributionsOutside(db: Queryable, releaseId: string): Promise<NamedRef[]> {
  return await db.query<NamedRef>(sql`
    select d.id, d.number as name
    from distribution d join release r on r.id = d.release_id
    where r.id = ${releaseId}::uuid and d.scheduled_start is not null
      and d.state <> all(${[...ENDED_DISTRIBUTION_STATES, 'MISSED']}::text[])
      and not (d.scheduled_start >= r.planned_start and ${endOfOwnTime} <= r.planned_end)
    order by d.number`);
}
