import { sql } from 'kysely';
import type { CiClass } from '../../domain/cmdb/configuration-item.machine.js';
import type { ReleaseState } from '../../domain/release/release.state.js';
import type { AddRule, Packaging, ReleaseKind, SkipRule, TemplateRequirements } from '../../domain/release/template.js';
import type { EffectiveCriticalityType } from '../../schema/cmdb/effective-criticality.type.js';
import type { BatchRead } from '../reads.js';
import type { SkippedStep } from '../../domain/release/template-skips.js';
import { addRuleName, applicableSteps, type ApplicableSteps } from '../../domain/release/template-additions.js';
import { presentCriticality } from '../cmdb/effective-criticality.reads.js';
import { effectiveCriticalities } from '../../facts/cmdb/effective-criticality.facts.js';
import type { NamedRef } from '../../domain/blocker.js';
import { requirementsOf } from '../../domain/release/test-evidence.js';
import { criticalTargetsOf, targetsOfReleases, withCritical } from '../../facts/cmdb/criticality.facts.js';
import type { Steps } from '../../domain/steps.js';
import { inTurns } from '../../facts/turns.js';
import { targetOf } from '../../facts/release/release-target.facts.js';

/** A target that decides about the plan of its release. */
export interface DecidingTarget {
  readonly ciId: string;
  readonly effectiveCriticality: EffectiveCriticalityType;
  readonly rules: readonly string[];
  readonly reason: string;
}

/** A step that a skip rule would leave out and targets force a release to keep. */
export interface ForcedStep {
  readonly state: ReleaseState;
  readonly count: number;
  /** The first {@link MAX_FORCING} targets that force it. */
  readonly targets: readonly DecidingTarget[];
  /** Their ids. */
  readonly ciIds: readonly string[];
}

/** A task that a rule added to the plan of a release. */
export interface AddedTask {
  readonly taskId: string;
  readonly rule: string;
  readonly state: ReleaseState;
  readonly applies: boolean;
  readonly reason: string;
  readonly count: number;
  /** The first {@link MAX_FORCING} targets that the rule applies to. */
  readonly targets: readonly DecidingTarget[];
}

/** How the plan of a release follows from its template and its targets. */
export interface ReleasePlanRow {
  readonly requires: TemplateRequirements;
  readonly skippedStates: readonly ReleaseState[];
  readonly skippedBy: readonly { readonly state: ReleaseState; readonly rules: readonly string[] }[];
  readonly forcedBy: readonly ForcedStep[];
  readonly addedBy: readonly AddedTask[];
}

/** Most targets that are named for one forced step. */
export const MAX_FORCING = 50;

interface Row {
  readonly id: string;
  readonly kind: ReleaseKind;
  readonly packaging: Packaging;
  readonly skipped_states: ReleaseState[];
  readonly requires: TemplateRequirements | null;
  readonly skip_rules: SkipRule[] | null;
  readonly add_rules: AddRule[] | null;
  readonly added_tasks: { readonly id: string; readonly key: string }[];
  readonly targets: { readonly ciId: string; readonly ciClass: CiClass }[];
  readonly critical_targets: NamedRef[];
}

const rulesFor = (skipped: readonly SkippedStep[], state: ReleaseState): readonly string[] =>
  skipped.find((step) => step.state === state)?.rules ?? [];

// The tasks of a plan that have the key of a task in an add rule.
const addedTasks = sql`coalesce((
  select json_agg(json_build_object('id', t.id, 'key', t.template_key) order by f.position, t.position, t.id)
  from task t join phase f on f.id = t.phase_id
  where t.release_id = r.id and t.template_key in (
    select k.key #>> '{}' from jsonb_path_query(v.plan, '$.addRules[*].tasks[*].key') k(key))), '[]')`;

type Deciding = (ciId: string, rules: readonly string[], reason: string) => readonly DecidingTarget[];

function addedBy(row: Row, { added }: ApplicableSteps, deciding: Deciding): AddedTask[] {
  const rules = row.add_rules ?? [];
  return row.added_tasks.flatMap(({ id, key }) => {
    const index = rules.findIndex(({ tasks }) => tasks.some((task) => task.key === key));
    const rule = rules[index];
    if (rule === undefined) return [];
    const label = addRuleName(rule, index);
    const step = added.find((one) => one.rule === rule);
    const targets = step?.targets ?? [];
    return [
      {
        taskId: id,
        rule: label,
        state: rule.releaseState,
        applies: step !== undefined,
        reason: step?.reason ?? `${label} no longer applies. A task that was started stays in the plan.`,
        count: targets.length,
        targets: targets.slice(0, MAX_FORCING).flatMap(({ ciId, reason }) => deciding(ciId, [label], reason)),
      },
    ];
  });
}

/** What the templates of releases ask of them and why, in two statements for any number of them. */
export const releasePlans: BatchRead<ReleasePlanRow> = async (ids, db) => {
  const rows = await db.query<Row>(sql`
    ${withCritical(targetsOfReleases(sql`${ids}::uuid[]`))}
    select r.id, r.kind, r.packaging, r.skipped_states, v.plan -> 'requires' as requires, v.plan -> 'skipRules'
      as skip_rules, v.plan -> 'addRules' as add_rules, ${addedTasks} as added_tasks,
      coalesce((select json_agg(json_build_object('ciId', c.id, 'ciClass', c.ci_class) order by c.name, c.id)
        from configuration_item c where v.id is not null and c.id in (select x.ci_id from release_ci x
          where x.release_id = r.id and x.role = 'TARGET')), '[]') as targets,
      coalesce((select json_agg(json_build_object('id', x.id, 'name', x.name) order by x.id)
        from ${criticalTargetsOf(sql`r.id`)} x), '[]') as critical_targets
    from release r left join release_template_version v on v.id = r.template_version_id
    where r.id = any(${ids}::uuid[])`);
  const ciIds = [...new Set(rows.flatMap(({ targets }) => targets.map(({ ciId }) => ciId)))];
  const effective = await effectiveCriticalities(db, ciIds);
  const planOf = (row: Row): ReleasePlanRow => {
    const targets = row.targets.flatMap(({ ciId, ciClass }) => {
      const found = effective.get(ciId);
      return found === undefined ? [] : [targetOf(ciId, ciClass, found)];
    });
    const rules = { skipRules: row.skip_rules ?? [], addRules: row.add_rules ?? [] };
    const steps = applicableSteps(rules, row, targets);
    const { skipped, forcedBy } = steps;
    const deciding: Deciding = (ciId, names, reason) => {
      const found = effective.get(ciId);
      return found === undefined
        ? []
        : [{ ciId, rules: names, reason, effectiveCriticality: presentCriticality(found) }];
    };
    const states = [...new Set(forcedBy.map(({ state }) => state))];
    return {
      requires: requirementsOf(row.requires, row.skipped_states, row.critical_targets),
      skippedStates: row.skipped_states,
      skippedBy: row.skipped_states.map((state) => ({ state, rules: rulesFor(skipped, state) })),
      forcedBy: states.map((state) => {
        const forcing = forcedBy.filter((forced) => forced.state === state);
        return {
          state,
          count: forcing.length,
          ciIds: forcing.slice(0, MAX_FORCING).map(({ ciId }) => ciId),
          targets: forcing
            .slice(0, MAX_FORCING)
            .flatMap((forced) => deciding(forced.ciId, forced.rules, forced.reason)),
        };
      }),
      addedBy: addedBy(row, steps, deciding),
    };
  };
  const plans = function* (): Steps<Map<string, ReleasePlanRow>> {
    const found = new Map<string, ReleasePlanRow>();
    for (const row of rows) {
      yield;
      found.set(row.id, planOf(row));
    }
    return found;
  };
  return await inTurns(plans());
};
