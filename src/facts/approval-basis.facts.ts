import { sql, type RawBuilder } from 'kysely';
import type { Queryable } from '../database/queryable.js';
import type { ApprovalBasis, BasisEntry } from '../domain/approval-basis.js';
import type { EffectiveCriticality } from '../domain/cmdb/effective-criticality.js';
import { SLOT_PHASES } from '../domain/release/release-slot.js';
import { JUDGEMENT_TASK_KINDS } from '../domain/release/task.guards.js';
import type { Steps } from '../domain/steps.js';
import { ImpactReader } from './cmdb/impact-reader.js';
import { inTurns } from './turns.js';

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
 * What the owner of a release `r` judges by accepting it, as an `ApprovalBasis` to which {@link withCriticality} adds
 * how much work on each target can harm. Anything of it that changes calls for a new acceptance:
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
 *
 * @param only an SQL condition on a target `x` of the release: the part of the targets that is asked about.
 */
export const acceptanceBasis = (only: RawBuilder<boolean> = sql`true`): RawBuilder<unknown> =>
  asBasis([
    sql`select 'RELEASE', r.id::text, r.number, jsonb_build_object('name', r.name, 'kind', r.kind,
    'packaging', r.packaging, 'description', md5(r.description), 'backOut', r.back_out_minutes::text)`,
    OWNER,
    sql`select 'BACK_OUT_PLAN', md5(r.back_out_plan), '', null`,
    sql`
    select 'CHANGE', c.id::text, c.number, null
    from release_change x join change c on c.id = x.change_id
    where x.release_id = r.id and x.live and c.state <> 'CANCELLED'`,
    sql`
    select distinct x.role, c.id::text, c.name, case when x.role = 'TARGET' then
      jsonb_build_object('lifecycleState', c.lifecycle_state) end
    from release_ci x join configuration_item c on c.id = x.ci_id
    where x.release_id = r.id and (x.role <> 'TARGET' or ${only})`,
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

const ALL_TARGETS = sql`lateral (select e.* from target_execution e where e.distribution_id = d.id) e`;

/**
 * What is judged by approving or scheduling a distribution `d` of a release `r`, as an
 * `ApprovalBasis` to which {@link withCriticality} adds how much work on each target can harm: who answers for the
 * release, how many failures count as a success, and each target with its binding for its tool, so that nobody points
 * an approved delivery somewhere else. Plan and contents are fixed until it is planned again.
 *
 * @param targets its targets that are asked about, as an SQL table `e`.
 */
export const distributionBasis = (targets: RawBuilder<unknown> = ALL_TARGETS): RawBuilder<unknown> =>
  asBasis([
    OWNER,
    sql`
    select 'OUTCOME_POLICY', d.id::text, d.number,
      jsonb_build_object('requires', concat_ws(' ', d.outcome_policy, d.outcome_percent))
    where d.outcome_policy <> 'ALL'`,
    sql`
    select 'TARGET', c.id::text, c.name, jsonb_build_object(
      'lifecycleState', c.lifecycle_state, 'binding', md5(coalesce(c.bindings -> t.name, '{}')::text))
    from ${targets} join configuration_item c on c.id = e.ci_id
    left join distribution_wave w on w.id = e.wave_id
    join deployment_tool t on t.id = coalesce(w.deployment_tool_id, d.deployment_tool_id)`,
  ]);

/**
 * The part of a stored basis that is about some targets, and all that is not about targets.
 * @param basis an SQL expression for the basis. @param targets an SQL subquery with their ids, as text.
 */
export const basisOnTargets = (basis: RawBuilder<unknown>, targets: RawBuilder<unknown>): RawBuilder<unknown> => sql`(
  select coalesce(jsonb_agg(a.entry), '[]') from jsonb_array_elements(${basis}) a(entry)
  where a.entry ->> 'kind' <> 'TARGET' or a.entry ->> 'id' in ${targets})`;

/**
 * Adds to what is judged of each target how much work on it can harm, and which item forces that. One statement for any
 * number of bases, and none where they have no targets.
 */
export async function withCriticality(
  db: Queryable,
  bases: readonly ApprovalBasis[],
  impact = new ImpactReader(db),
): Promise<ApprovalBasis[]> {
  const targets = bases.flatMap((basis) => basis.filter(({ kind }) => kind === 'TARGET').map(({ id }) => id));
  const found = await impact.criticalities(targets);
  const rated = function* (): Steps<ApprovalBasis[]> {
    const all: ApprovalBasis[] = [];
    for (const basis of bases) {
      yield;
      all.push(basis.map((entry) => ratedEntry(entry, found)));
    }
    return all;
  };
  return await inTurns(rated());
}

function ratedEntry(entry: BasisEntry, found: ReadonlyMap<string, EffectiveCriticality>): BasisEntry {
  const effective = entry.kind === 'TARGET' ? found.get(entry.id) : undefined;
  if (effective === undefined) return entry;
  const { criticality, forcedBy } = effective;
  return {
    ...entry,
    judged: { ...entry.judged, criticality },
    ...(forcedBy.id !== entry.id && { forcedBy: forcedBy.name }),
  };
}
