import { sql } from 'kysely';
import type { ApprovalBasis } from '../../domain/approval-basis.js';
import type { NamedRef } from '../../domain/blocker.js';
import type { UncoveredTarget } from '../../domain/cmdb/target.guards.js';
import type { DeploymentToolState } from '../../domain/distribution/deployment-tool.machine.js';
import type { DistributionFacts } from '../../domain/distribution/distribution.guards.js';
import type { DistributionOperation, DistributionState } from '../../domain/distribution/distribution.state.js';
import { RETRYABLE_TARGET_STATES } from '../../domain/distribution/observation.js';
import { distributionIsNext, releaseIsInSchedule, type ReleaseState } from '../../domain/release/release.state.js';
import { waiverInForce } from '../release/waiver.facts.js';
import { judgeConflicts, waiverCovers } from '../../domain/schedule/conflict-blocker.js';
import { intervalOf } from '../../domain/schedule/interval.js';
import { epochMs } from '../../database/expressions.js';
import { findConflictsOf, type FoundConflict, type PlannedWork } from '../schedule/schedule.facts.js';
import { openingsOf } from '../schedule/window-opening.facts.js';
import { windowStatusOf } from '../schedule/window-status.facts.js';
import { commitsAhead, endOfOwnTime, leftOut, timeToOccupy } from './distribution-time.facts.js';
import { authorIdsOf } from '../contribution.facts.js';
import { approvalLapses, TO_BE_DONE } from './distribution-approval.facts.js';
import { releasesOf, startBlockers } from './distribution-release.facts.js';
import { returnFactsOf, returnWork, type ReturnWork } from './return.facts.js';
import {
  brokenGroupsOf,
  mayEndUntil,
  runIsOpenOf,
  targetsInQuestion,
  toolInQuestion,
  toolsOfWaves,
  type ToolsRow,
  waveFactsOf,
  waveInQuestion,
  wavesOfDistribution,
  type WavesRow,
} from './wave.facts.js';
import { someTargetIsSilent } from './target-end.facts.js';
import { tasksBefore } from './tasks-before.facts.js';
import { worksThere } from './works-there.facts.js';
import type { Actor } from '../../domain/actor.js';
import type { Queryable } from '../../database/queryable.js';
import { distributionBasis } from '../approval-basis.facts.js';
import { ImpactReader } from '../cmdb/impact-reader.js';
import { targetColumns } from '../cmdb/target.facts.js';
import { criticalOnes } from '../cmdb/criticality.facts.js';
import { delivered } from './delivered.js';
import { pinnedMedia } from './pinned-media.js';
import { targetLimitsOf, targetLimitUses, type TargetLimit } from './target-limit.facts.js';

interface FactsRow {
  readonly id: string;
  readonly planner_ids: string[];
  readonly approval_required: boolean;
  readonly approved: boolean;
  readonly state_reason: string | null;
  /** Number and name, for messages. */
  readonly title: string;
  readonly state: DistributionState;
  readonly operation: DistributionOperation;
  /** What it would do while its release is being backed out. */
  readonly work: ReturnWork | null;
  /** Its own time, as epoch milliseconds. */
  readonly starts: number | null;
  readonly ends: number | null;
  readonly deadline_minutes: number;
  readonly received: boolean;
  readonly release: NamedRef & {
    readonly ownerId: string;
    readonly managerId: string;
    readonly state: ReleaseState;
    readonly hold: string | null;
    readonly skipped: ReleaseState[];
    /** How long its back-out takes, in minutes. */
    readonly backOut: number | null;
    readonly starts: number | null;
    readonly ends: number | null;
  };
  readonly left_out: DistributionFacts['leftOut'];
  readonly limits: TargetLimit[];
  readonly tool: NamedRef & {
    readonly state: DeploymentToolState;
    readonly detail: string | null;
    readonly canPause: boolean;
    readonly canCancel: boolean;
    readonly canUndo: boolean;
    readonly canPreflight: boolean;
    readonly hasLogs: boolean;
  };
  /** The wave whose targets `ci_ids` and the other lists of targets hold; null where they hold all. */
  readonly in_question: string | null;
  readonly ci_ids: string[];
  /** Targets that the distribution no longer does anything to. */
  readonly done_ids: string[];
  /** What was approved and what is there now, without the targets, while the approval still matters. */
  readonly judged: { readonly then: ApprovalBasis; readonly now: ApprovalBasis } | null;
  readonly waves: WavesRow | null;
  readonly tools: ToolsRow | null;
  readonly run_is_open: boolean;
  readonly some_target_is_silent: boolean;
  /** As epoch milliseconds. */
  readonly may_end_until: number | null;
  readonly tasks_before: NonNullable<DistributionFacts['tasksBefore']>;
  readonly works_there: NonNullable<DistributionFacts['worksThere']>;
  readonly unauthorised_targets: NamedRef[];
  readonly uncovered_targets: UncoveredTarget[];
  readonly decommissioned_targets: NamedRef[];
  readonly unauthorised_media: NamedRef[];
  readonly altered_media: NamedRef[];
  readonly pinned_media: NonNullable<DistributionFacts['pinnedMedia']>;
  readonly out_of_scope: NonNullable<DistributionFacts['outOfScope']>;
  readonly failed: boolean;
  readonly delivered: boolean;
  /** Waivers in force, without those of people who planned the release or the distribution. */
  readonly waivers: {
    readonly code: string;
    readonly subject: string | null;
    readonly by: string;
    readonly starts: number | null;
    readonly ends: number | null;
  }[];
}

const named = (name: string) => sql.raw(`json_agg(json_build_object('id', x.id, 'name', ${name}) order by x.id)`);

// States from which a distribution, or what is left of it, starts or is sent. Only there its approval matters.
const STARTABLE: readonly DistributionState[] = [
  'SCHEDULED',
  'STARTING',
  'PAUSED',
  'BETWEEN_WAVES',
  'AWAITING_DECISION',
  'PARTIALLY_SUCCEEDED',
  'FAILED',
  'STOPPED',
];

/**
 * The distributions that work on a target on which it can harm something critical: somebody else has to approve them.
 * Only those that nobody has asked an approval for are looked at.
 */
async function criticalOf(rows: readonly FactsRow[], impact: ImpactReader): Promise<ReadonlySet<string>> {
  const open = rows.filter((row) => !row.approval_required);
  const critical = new Set(
    open.length === 0
      ? []
      : await criticalOnes(
          impact,
          rows.flatMap(({ ci_ids }) => ci_ids),
        ),
  );
  return new Set(
    open
      .filter((row) => {
        const done = new Set(row.done_ids);
        return row.ci_ids.some((id) => critical.has(id) && !done.has(id));
      })
      .map(({ id }) => id),
  );
}

/**
 * What the rules need to know about distributions, for any number of them in a fixed number of statements.
 * @param now the instant at which windows and blackouts are asked for.
 * @param impact keeps what is read of what the targets impact, for further use.
 */
export async function distributionFacts(
  db: Queryable,
  actor: Actor,
  ids: readonly string[],
  now: Date,
  impact = new ImpactReader(db),
): Promise<Map<string, DistributionFacts>> {
  const rows = await db.query<FactsRow>(sql`
    select d.id, d.number || ' ' || d.name as title, d.state, d.operation, ${authorIdsOf(sql`d.id`)} as planner_ids,
      d.approval_required, d.approved_at is not null as approved,
      case when basis.now is not null then
        json_build_object('then', d.approved_basis, 'now', basis.now) end as judged,
      d.state_reason,
      d.deadline_minutes,
      exists(
        select 1 from distribution_run b where b.distribution_id = d.id and b.submitted_at is not null) as received,
      ${epochMs('d.scheduled_start')} as starts, (extract(epoch from ${endOfOwnTime}) * 1000)::float8 as ends,
      json_build_object('id', r.id, 'name', r.number, 'state', r.state, 'hold', r.on_hold_reason,
        'ownerId', r.owner_id, 'managerId', r.manager_id, 'backOut', r.back_out_minutes,
        'skipped', r.skipped_states, 'starts', ${epochMs('r.planned_start')}, 'ends', ${epochMs('r.planned_end')})
        as release,
      case when r.state = 'BACKING_OUT' then ${returnWork} end as work,
      json_build_object('id', k.id, 'name', k.name, 'state', k.state, 'detail', k.detail,
        'canPause', coalesce(k.capabilities->>'pause' = 'true', false),
        'canCancel', coalesce(k.capabilities->>'cancel' <> 'none', false),
        'canUndo', coalesce(k.capabilities->'operations' @> '"undo"', false),
        'canPreflight', coalesce(k.capabilities->>'preflight' <> 'none', false),
        'hasLogs', coalesce(k.capabilities->>'logs' = 'cursor', false)) as tool,
      ${targetLimitsOf} as limits,
      in_question.wave_id as in_question, targets.ids as ci_ids, targets.done as done_ids,
      targets.unauthorised as unauthorised_targets, some_targets.failed, some_targets.delivered,
      targets.uncovered as uncovered_targets, targets.decommissioned as decommissioned_targets,
      contents.unauthorised as unauthorised_media, contents.altered as altered_media,
      ${pinnedMedia} as pinned_media,
      (targets.strays::jsonb || contents.strays::jsonb) as out_of_scope, ${leftOut} as left_out,
      ${tasksBefore} as tasks_before,
      ${worksThere} as works_there, ${wavesOfDistribution} as waves, ${toolsOfWaves} as tools,
      ${runIsOpenOf} as run_is_open,
      (extract(epoch from ${mayEndUntil(now)}) * 1000)::float8 as may_end_until,
      ${someTargetIsSilent(now)} as some_target_is_silent,
      coalesce((
        select json_agg(json_build_object('code', w.code, 'subject', w.subject_id, 'by', w.granted_by_id,
          'starts', ${epochMs('w.slot_start')}, 'ends', ${epochMs('w.slot_end')}))
        from waiver w
        where w.release_id = r.id and ${waiverInForce(now)}
          and w.granted_by_id <> r.manager_id
          and not exists (
            select 1 from contribution p
            where p.subject_id in (r.id, d.id) and p.part = 'AUTHOR' and p.person_id = w.granted_by_id)
      ), '[]') as waivers
    from distribution d
    join release r on r.id = d.release_id
    join deployment_tool k on k.id = ${toolInQuestion}
    ${waveInQuestion}
    cross join lateral (
      select case when d.approved_basis is not null and (d.state = any(${[...STARTABLE]}::text[])
          or (d.state = 'SUCCEEDED' and d.outcome_policy <> 'ALL'))
        then ${distributionBasis} end as now
    ) basis
    cross join lateral (
      select coalesce(json_agg(x.id order by x.id), '[]') as ids,
        coalesce(${named('x.name')} filter (where x.state <> 'AUTHORISED'), '[]') as unauthorised,
        coalesce(json_agg(json_build_object('type', 'ConfigurationItem', 'id', x.id, 'name', x.name) order by x.id)
          filter (where not exists (
            select 1 from release_ci s
            where s.release_id = d.release_id and s.role = 'TARGET' and s.ci_id = x.id)), '[]') as strays,
        coalesce(json_agg(x.id) filter (where not ${TO_BE_DONE}), '[]') as done,
        ${targetColumns(sql`d.release_id`, TO_BE_DONE)}
      from ${targetsInQuestion} join configuration_item x on x.id = e.ci_id
    ) targets
    cross join lateral (
      select exists (
          select from target_execution e
          where e.distribution_id = d.id and e.state = any(${[...RETRYABLE_TARGET_STATES]}::text[]) and not e.excluded
            and (e.attempt > 0 or e.wave_id is not null)
            and not exists (
              select 1 from distribution_run b
              where b.distribution_id = d.id and b.attempt = e.attempt and b.back_out)) as failed,
        exists (select from target_execution e where e.distribution_id = d.id and ${delivered}) as delivered
    ) some_targets
    cross join lateral (
      select coalesce(${named(`i.name || ' ' || x.label`)} filter (where x.state <> 'AUTHORISED'), '[]')
          as unauthorised,
        coalesce(${named(`i.name || ' ' || x.label`)}
          filter (where m.digest is distinct from c.digest
            or m.digest is distinct from coalesce(s.baseline_digest, m.digest)), '[]') as altered,
        coalesce(json_agg(json_build_object('type', 'DmlItemVersion', 'id', x.id, 'name', i.name || ' ' || x.label)
          order by x.id) filter (where s.id is null), '[]') as strays
      from distribution_content c
      join dml_item_version x on x.id = c.dml_item_version_id
      join dml_item i on i.id = x.item_id
      left join media_blob m on m.id = x.media_id
      left join release_content s on s.release_id = d.release_id and s.dml_item_version_id = x.id
      where c.distribution_id = d.id
    ) contents
    where d.id = any(${ids}::uuid[])`);
  const times = await windowStatusOf(db, now, new Map(rows.map((row) => [row.id, row.ci_ids])), impact);
  const works = rows.flatMap((row): PlannedWork[] => {
    const time = timeToOccupy(
      { state: row.state, own: intervalOf(row.starts, row.ends), deadlineMinutes: row.deadline_minutes },
      now,
    );
    const { id, title: name, release } = row;
    const backOutMinutes = row.operation === 'INSTALL' ? release.backOut : null;
    const work = { id, name, ciIds: row.ci_ids, releaseId: release.id, distributionId: id, backOutMinutes };
    return time === null ? [] : [{ ...work, ...time }];
  });
  const conflicts = await findConflictsOf(db, works, now, impact);
  const openings = await openingsOf(db, works, conflicts, now, impact);
  const returns = await returnFactsOf(db, rows);
  const broken = await brokenGroupsOf(db, rows);
  const releases = await releasesOf(actor, rows, impact);
  const lapses = await approvalLapses(rows, impact);
  const critical = await criticalOf(rows, impact);
  const limits = await targetLimitUses(db, rows);
  return new Map(
    rows.map((row) => {
      const { release, tool, tools } = row;
      // Nobody uses a waiver of their own.
      const waivers = row.waivers
        .filter(({ by }) => by !== actor.id)
        .map((waiver) => ({ ...waiver, slot: intervalOf(waiver.starts, waiver.ends) }));
      const countingNow = waivers.filter((waiver) => waiverCovers(waiver, { startsAt: now, endsAt: now }));
      const isWaived = (code: string) => countingNow.some((waiver) => waiver.code === code);
      const blackoutWaived = (window: string) =>
        countingNow.some(({ code, subject }) => code === 'BLACKOUT' && (subject === null || subject === window));
      const time = times.get(row.id);
      const windowIsOpen =
        isWaived('WINDOW_CLOSED') || isWaived('OUTSIDE_CHANGE_WINDOW') || time?.windowIsOpen !== false;
      const activeBlackouts = (time?.activeBlackouts ?? []).filter(({ id }) => !blackoutWaived(id));
      // The rules about this moment say it already.
      const isSaid = ({ kind, right }: FoundConflict) =>
        !commitsAhead(row.state) &&
        ((kind === 'BLACKOUT' && activeBlackouts.some(({ id }) => id === right.id)) ||
          (kind === 'OUTSIDE_CHANGE_WINDOW' && (!windowIsOpen || isWaived('WINDOW_CLOSED'))));
      return [
        row.id,
        {
          actorId: actor.id ?? '',
          actorRoles: actor.roles,
          plannerIds: row.planner_ids,
          operation: row.operation,
          ...returns.get(row.id),
          approvalRequired: row.approval_required || critical.has(row.id),
          approvalIsStale: !row.approved,
          approvalLapses: lapses.get(row.id) ?? [],
          release: {
            id: release.id,
            name: release.name,
            ownerId: release.ownerId,
            managerId: release.managerId,
            state: release.state,
            onHold: release.hold === null ? null : { reason: release.hold },
            skipsCommunication: release.skipped.includes('COMMUNICATED'),
            distributionIsNext: distributionIsNext(release.state, release.skipped),
            startBlockers: startBlockers(row, releases.get(row.id)),
            slot: intervalOf(release.starts, release.ends),
            slotIsBooked: releaseIsInSchedule(release.state) && !release.skipped.includes('SCHEDULED'),
            skipsScheduling: release.skipped.includes('SCHEDULED'),
          },
          ownTime: intervalOf(row.starts, row.ends),
          now,
          toolReceivedIt: row.received,
          windowIsWaived: isWaived('WINDOW_CLOSED'),
          conflicts: judgeConflicts(
            (conflicts.get(row.id) ?? []).filter((conflict) => !isSaid(conflict)),
            waivers,
            openings.get(row.id),
          ),
          leftOut: row.left_out,
          tasksBefore: row.tasks_before,
          worksThere: row.works_there,
          runIsOpen: row.run_is_open,
          someTargetIsSilent: row.some_target_is_silent,
          mayEndUntil: row.may_end_until === null ? null : new Date(row.may_end_until),
          ...waveFactsOf(row.waves, broken.get(row.id) ?? []),
          outOfScope: row.out_of_scope,
          stateReason: row.state_reason,
          hasPlannedStart: row.starts !== null,
          windowIsOpen,
          nextOpening: time?.opensAt?.toISOString() ?? null,
          activeBlackouts,
          targetCount: row.ci_ids.length,
          unauthorisedTargets: row.unauthorised_targets,
          uncoveredTargets: row.uncovered_targets,
          decommissionedTargets: row.decommissioned_targets,
          unauthorisedMedia: row.unauthorised_media,
          alteredMedia: row.altered_media,
          pinnedMedia: row.pinned_media,
          targetLimits: limits.get(row.id) ?? [],
          tool: {
            id: tool.id,
            name: tool.name,
            state: tool.state,
            detail: tool.detail,
            canPause: tool.canPause,
            canCancel: tool.canCancel,
            canUndo: tool.canUndo,
            canPreflight: tools?.canPreflight ?? tool.canPreflight,
            hasLogs: tools?.hasLogs ?? tool.hasLogs,
          },
          ...(tools && { toolsToUndo: tools.delivered, idleTools: tools.idle }),
          someTargetFailed: row.failed,
          somethingWasDelivered: row.delivered,
        },
      ];
    }),
  );
}
