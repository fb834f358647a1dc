import { sql } from 'kysely';
import { lapsesBetween, type ApprovalBasis, type BasisEntry, type Lapse } from '../../domain/approval-basis.js';
import type { Blocker, NamedRef } from '../../domain/blocker.js';
import type { UncoveredTarget } from '../../domain/cmdb/target.guards.js';
import type { DeploymentToolState } from '../../domain/distribution/deployment-tool.machine.js';
import type { DistributionFacts } from '../../domain/distribution/distribution.guards.js';
import type { DistributionState } from '../../domain/distribution/distribution.state.js';
import { RETRYABLE_TARGET_STATES } from '../../domain/distribution/observation.js';
import type { ReleaseFacts } from '../../domain/release/release.guards.js';
import { promiseBlockers, releaseMachine } from '../../domain/release/release.machine.js';
import { commandToDistribute, distributionIsNext, type ReleaseState } from '../../domain/release/release.state.js';
import { decide } from '../../domain/state-machine.js';
import { releaseFacts } from '../release/release.facts.js';
import { waiverInForce } from '../release/waiver.facts.js';
import { timeFactsOf } from '../schedule/schedule.facts.js';
import type { Actor } from '../../domain/actor.js';
import type { Queryable } from '../../database/queryable.js';
import { distributionBasis } from '../approval-basis.facts.js';
import { targetColumns } from '../cmdb/target.facts.js';
import { criticalAmong } from '../cmdb/impact.facts.js';
import { delivered } from './delivered.js';

interface FactsRow {
  readonly id: string;
  readonly planned_by_id: string;
  readonly approval_required: boolean;
  readonly approved: boolean;
  readonly state_reason: string | null;
  readonly has_planned_start: boolean;
  /** Whether its booked time has passed before the tool received it; a retry is not bound to it. */
  readonly window_over: boolean;
  readonly release: NamedRef & {
    readonly state: ReleaseState;
    readonly hold: string | null;
    readonly skipped: ReleaseState[];
  };
  readonly tool: NamedRef & {
    readonly state: DeploymentToolState;
    readonly detail: string | null;
    readonly canPause: boolean;
    readonly canCancel: boolean;
    readonly canUndo: boolean;
  };
  readonly ci_ids: string[];
  /** Targets that the distribution does nothing to any more. */
  readonly done_ids: string[];
  /** What was approved and what is there now, where the two differ in any way. */
  readonly judged: { readonly then: ApprovalBasis; readonly now: ApprovalBasis } | null;
  readonly unauthorised_targets: NamedRef[];
  readonly uncovered_targets: UncoveredTarget[];
  readonly decommissioned_targets: NamedRef[];
  readonly unauthorised_media: NamedRef[];
  readonly altered_media: NamedRef[];
  readonly out_of_scope: NonNullable<DistributionFacts['outOfScope']>;
  readonly failed: number;
  readonly delivered: number;
  readonly waivers: { readonly code: string; readonly subject: string | null }[];
}

const named = (name: string) => sql.raw(`json_agg(json_build_object('id', x.id, 'name', ${name}) order by x.id)`);

// Both machines have these rules, and the messages of the distribution say more.
const SAID_ALREADY = ['RELEASE_ON_HOLD', 'NOT_COMMUNICATED'];
// Both have these, too: the distribution for its own targets.
const SAID_OF_OWN_TARGETS = ['CI_PROTECTED', 'CI_DECOMMISSIONED'];

// States from which a distribution, or what failed of it, starts. Only there its approval matters.
const STARTABLE: readonly DistributionState[] = ['SCHEDULED', 'PARTIALLY_SUCCEEDED', 'FAILED', 'STOPPED'];

/** An SQL condition on a target execution `e`: what the distribution does to the target is not behind it. */
const TO_BE_DONE = sql`e.state not in ('SUCCEEDED', 'BACKED_OUT')`;

const toBeDone = sql`array(select e.ci_id from target_execution e where e.distribution_id = d.id and ${TO_BE_DONE})`;

/** What the rules of the release have against its distribution, each pointing at something. */
function startBlockers({ release, ci_ids }: FactsRow, facts: ReleaseFacts | undefined): Blocker[] {
  if (facts === undefined) return [];
  const command = commandToDistribute(release.state, release.skipped);
  const decision = command === null ? undefined : decide(releaseMachine, release.state, command, facts);
  if (decision?.ok === true) return [];
  return (decision?.blockers ?? promiseBlockers(facts))
    .filter(
      ({ code, subject }) =>
        !SAID_ALREADY.includes(code) && !(SAID_OF_OWN_TARGETS.includes(code) && ci_ids.includes(subject?.id ?? '')),
    )
    .map((blocker) => ({ ...blocker, subject: blocker.subject ?? { type: 'Release', id: release.id } }));
}

// Targets that are behind it count no more: one may have gone into production since it got its delivery.
function approvalLapses({ judged, done_ids }: FactsRow): Lapse[] {
  if (judged === null) return [];
  const ahead = ({ kind, id }: BasisEntry) => kind !== 'TARGET' || !done_ids.includes(id);
  return lapsesBetween(judged.then.filter(ahead), judged.now.filter(ahead));
}

/**
 * What the rules need to know about distributions, for any number of them in a fixed number of statements.
 * @param now the instant at which windows and blackouts are asked for.
 */
export async function distributionFacts(
  db: Queryable,
  actor: Actor,
  ids: readonly string[],
  now: Date,
): Promise<Map<string, DistributionFacts>> {
  const rows = await db.query<FactsRow>(sql`
    select d.id, d.planned_by_id, d.approval_required or targets.critical as approval_required,
      d.approved_at is not null as approved,
      case when d.approved_basis is distinct from basis.now then
        json_build_object('then', d.approved_basis, 'now', basis.now) end as judged,
      d.state_reason, d.scheduled_start is not null as has_planned_start,
      coalesce(${now} >= coalesce(d.scheduled_end, d.scheduled_start + d.deadline_minutes * interval '1 minute'), false)
        and not exists (
          select 1 from distribution_run b
          where b.distribution_id = d.id and b.submitted_at is not null) as window_over,
      json_build_object('id', r.id, 'name', r.number, 'state', r.state, 'hold', r.on_hold_reason,
        'skipped', r.skipped_states) as release,
      json_build_object('id', k.id, 'name', k.name, 'state', k.state, 'detail', k.detail,
        'canPause', coalesce(k.capabilities->>'pause' = 'true', false),
        'canCancel', coalesce(k.capabilities->>'cancel' <> 'none', false),
        'canUndo', coalesce(k.capabilities->'operations' @> '"undo"', false)) as tool,
      targets.ids as ci_ids, targets.done as done_ids, targets.unauthorised as unauthorised_targets,
      targets.failed, targets.delivered,
      targets.uncovered as uncovered_targets, targets.decommissioned as decommissioned_targets,
      contents.unauthorised as unauthorised_media, contents.altered as altered_media,
      (targets.strays::jsonb || contents.strays::jsonb) as out_of_scope,
      coalesce((
        select json_agg(json_build_object('code', w.code, 'subject', w.subject_id))
        from waiver w
        where w.release_id = r.id and ${waiverInForce(now)}), '[]') as waivers
    from distribution d
    join release r on r.id = d.release_id
    join deployment_tool k on k.id = d.deployment_tool_id
    cross join lateral (
      select case when d.approved_basis is not null and d.state = any(${[...STARTABLE]}::text[])
        then ${distributionBasis} else d.approved_basis end as now
    ) basis
    cross join lateral (
      select coalesce(json_agg(x.id order by x.id), '[]') as ids,
        coalesce(${named('x.name')} filter (where x.state <> 'AUTHORISED'), '[]') as unauthorised,
        coalesce(json_agg(json_build_object('type', 'ConfigurationItem', 'id', x.id, 'name', x.name) order by x.id)
          filter (where not exists (
            select 1 from release_ci s
            where s.release_id = d.release_id and s.role = 'TARGET' and s.ci_id = x.id)), '[]') as strays,
        count(*) filter (where e.state = any(${[...RETRYABLE_TARGET_STATES]}::text[]) and e.attempt > 0
          and not exists (
            select 1 from distribution_run b
            where b.distribution_id = d.id and b.attempt = e.attempt and b.back_out))::int as failed,
        count(*) filter (where ${delivered})::int as delivered,
        exists (select from ${criticalAmong(toBeDone)}) as critical,
        coalesce(json_agg(x.id) filter (where not ${TO_BE_DONE}), '[]') as done,
        ${targetColumns(sql`d.release_id`, TO_BE_DONE)}
      from target_execution e join configuration_item x on x.id = e.ci_id where e.distribution_id = d.id
    ) targets
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
  const waiting = rows
    .filter(
      ({ release }) => commandToDistribute(release.state, release.skipped) !== null || release.state === 'DISTRIBUTING',
    )
    .map(({ release }) => release.id);
  const times = await timeFactsOf(db, now, new Map(rows.map((row) => [row.id, row.ci_ids])));
  const releases = await releaseFacts(db, actor, [...new Set(waiting)]);
  return new Map(
    rows.map((row) => {
      const { release, tool, waivers } = row;
      const windowWaived = waivers.some(({ code }) => code === 'WINDOW_CLOSED' || code === 'OUTSIDE_CHANGE_WINDOW');
      const blackoutWaived = (window: string) =>
        waivers.some(({ code, subject }) => code === 'BLACKOUT' && (subject === null || subject === window));
      const time = times.get(row.id);
      return [
        row.id,
        {
          actorId: actor.id ?? '',
          actorRoles: actor.roles,
          plannerId: row.planned_by_id,
          approvalRequired: row.approval_required,
          approvalIsStale: !row.approved,
          approvalLapses: approvalLapses(row),
          release: {
            id: release.id,
            name: release.name,
            state: release.state,
            onHold: release.hold === null ? null : { reason: release.hold },
            skipsCommunication: release.skipped.includes('COMMUNICATED'),
            distributionIsNext: distributionIsNext(release.state, release.skipped),
            startBlockers: startBlockers(row, releases.get(release.id)),
          },
          outOfScope: row.out_of_scope,
          stateReason: row.state_reason,
          hasPlannedStart: row.has_planned_start,
          windowIsOpen: !row.window_over && (windowWaived || time?.windowIsOpen !== false),
          activeBlackouts: (time?.activeBlackouts ?? []).filter(({ id }) => !blackoutWaived(id)),
          targetCount: row.ci_ids.length,
          unauthorisedTargets: row.unauthorised_targets,
          uncoveredTargets: row.uncovered_targets,
          decommissionedTargets: row.decommissioned_targets,
          unauthorisedMedia: row.unauthorised_media,
          alteredMedia: row.altered_media,
          tool: {
            id: tool.id,
            name: tool.name,
            state: tool.state,
            detail: tool.detail,
            canPause: tool.canPause,
            canCancel: tool.canCancel,
            canUndo: tool.canUndo,
          },
          failedTargetCount: row.failed,
          deliveredTargetCount: row.delivered,
        },
      ];
    }),
  );
}
