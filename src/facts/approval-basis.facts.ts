import { sql, type RawBuilder } from 'kysely';
import { SLOT_PHASES } from '../domain/release/release-slot.js';
import { JUDGEMENT_TASK_KINDS } from '../domain/release/task.guards.js';
import { CRITICALITY } from './judged-target.facts.js';

const asBasis = (entries: readonly RawBuilder<unknown>[]): RawBuilder<unknown> => sql`(
  select coalesce(jsonb_agg(jsonb_build_object('kind', e.kind, 'id', e.id, 'name', e.name, 'judged', e.judged)
    order by e.kind, e.id), '[]')
  from (${sql.join(entries, sql` union all `)}) e(kind, id, name, judged))`;

const OWNER = sql`
  select 'OWNER', p.id::text, p.name, null::jsonb from person p where p.id = r.owner_id`;

// Of the tasks that the slot dates, the time counts from the instant that moves with the slot.
const sinceAnchor = (column: string): RawBuilder<unknown> => sql`
  coalesce(extract(epoch from ${sql.ref(`x.${column}`)} - case
    when f.release_state = any(${[...SLOT_PHASES]}::text[]) then coalesce(r.tasks_anchor, 'epoch')
    else 'epoch' end)::text, '')`;

/**
 * What the owner of a release `r` judges by accepting it, without the targets, as an `ApprovalBasis`. What is judged of
 * the targets are rows, see {@link judgedOfRelease}. Anything of either that changes calls for a new acceptance:
 *
 * - the name, kind, packaging and description of the release, its back-out plan and the time for it, and who answers
 *   for it;
 * - the live changes that are not cancelled, the source and target CIs, the package;
 * - each task that is not dropped: what is to be done, in which step and phase, after which tasks and when, whether it
 *   is mandatory, and whose judgement it asks for. A mandatory task that is skipped counts as taken out; leaving out an
 *   optional one is what optional means.
 *
 * Not judged is what the work on the plan decides: who does a task, its state and evidence, its place in a list. The
 * times of the release are judged when it is scheduled, by the calendar. The slot takes its tasks along, and with them
 * what was accepted of their times.
 */
export const acceptanceBasis: RawBuilder<unknown> = asBasis([
  sql`select 'RELEASE', r.id::text, r.number, jsonb_build_object('name', r.name, 'kind', r.kind,
    'packaging', r.packaging, 'description', md5(r.description), 'backOut', r.back_out_minutes::text)`,
  OWNER,
  sql`select 'BACK_OUT_PLAN', md5(r.back_out_plan), '', null`,
  sql`
    select 'CHANGE', c.id::text, c.number, null
    from release_change x join change c on c.id = x.change_id
    where x.release_id = r.id and x.live and c.state <> 'CANCELLED'`,
  sql`
    select distinct x.role, c.id::text, c.name, null::jsonb
    from release_ci x join configuration_item c on c.id = x.ci_id
    where x.release_id = r.id and x.role <> 'TARGET'`,
  sql`
    select 'CONTENT', v.id::text, i.name || ' ' || v.label, null
    from release_content x
    join dml_item_version v on v.id = x.dml_item_version_id
    join dml_item i on i.id = v.item_id
    where x.release_id = r.id`,
  sql`
    select case when x.mandatory then 'TASK' else 'OPTIONAL_TASK' end, x.id::text, x.name,
      jsonb_build_object('name', x.name, 'kind', x.kind, 'step', f.release_state, 'phase', f.name,
        'description', md5(x.description),
        'role', case when x.kind = any(${[...JUDGEMENT_TASK_KINDS]}::text[]) then x.assignee_role end,
        'times', ${sinceAnchor('planned_start')} || '/' || ${sinceAnchor('planned_end')},
        'order', (select coalesce(md5(string_agg(d.predecessor_id::text, ',' order by d.predecessor_id)), '')
          from task_dependency d where d.task_id = x.id))
    from task x join phase f on f.id = x.phase_id
    where x.release_id = r.id and x.state <> 'CANCELLED' and not (x.mandatory and x.state = 'SKIPPED')`,
]);

/**
 * What is judged by approving or scheduling a distribution `d` of a release `r`, without the targets, as an
 * `ApprovalBasis`: who answers for the release, and how many failures count as a success. Plan and contents are fixed
 * until it is planned again. What is judged of the targets are rows, see {@link judgedOfDistribution}.
 */
export const distributionBasis: RawBuilder<unknown> = asBasis([
  OWNER,
  sql`
    select 'OUTCOME_POLICY', d.id::text, d.number,
      jsonb_build_object('requires', concat_ws(' ', d.outcome_policy, d.outcome_percent))
    where d.outcome_policy <> 'ALL'`,
]);

/**
 * What is judged of some targets of a distribution `d`, as an SQL subquery with the columns of `approved_target`: how
 * much work on each can harm, and its binding for its tool, so that nobody points an approved delivery somewhere else.
 * @param from SQL tables with `d` and its targets `e`. @param forced the join of {@link withForced}.
 * @param where an SQL condition on them.
 */
export const judgedOfDistribution = (
  from: RawBuilder<unknown>,
  forced: RawBuilder<unknown>,
  where: RawBuilder<unknown>,
): RawBuilder<unknown> => sql`
  select d.id, c.id as ci_id, c.name, c.lifecycle_state, ${CRITICALITY} as criticality, f.name as forced_by,
    md5(coalesce(c.bindings -> t.name, '{}')::text) as binding
  from ${from} join configuration_item c on c.id = e.ci_id
  left join distribution_wave w on w.id = e.wave_id
  join deployment_tool t on t.id = coalesce(w.deployment_tool_id, d.deployment_tool_id)
  ${forced}
  where ${where}`;

/**
 * What is judged of some targets of releases, as an SQL subquery with the columns of `accepted_target`.
 * @param targets an SQL table `x(id, ci_id)` of releases and targets, each once. @param forced the join of
 *   {@link withForced}.
 */
export const judgedOfRelease = (targets: RawBuilder<unknown>, forced: RawBuilder<unknown>): RawBuilder<unknown> => sql`
  select x.id, c.id as ci_id, c.name, c.lifecycle_state, ${CRITICALITY} as criticality, f.name as forced_by
  from ${targets} join configuration_item c on c.id = x.ci_id ${forced}`;
