import { sql } from 'kysely';
import type { CiClass } from '../../domain/cmdb/configuration-item.machine.js';
import type { ReleaseState } from '../../domain/release/release.state.js';
import { isTooLateFor } from '../../domain/release/template-passed.js';
import type { ReleaseKind, Packaging, TemplatePlan } from '../../domain/release/template.js';
import type { Queryable } from '../../database/queryable.js';
import { effectiveCriticalities } from '../cmdb/effective-criticality.facts.js';
import { targetOf } from './release-target.facts.js';

interface Row {
  readonly id: string;
  readonly state: ReleaseState;
  readonly kind: ReleaseKind;
  readonly packaging: Packaging;
  readonly skipped: ReleaseState[];
  readonly known: string[];
  readonly rules: Pick<TemplatePlan, 'skipRules' | 'addRules'>;
  readonly targets: [string, CiClass][];
}

/**
 * Those among some releases that cannot take the targets of a change any more, because one of them asks for a step that
 * the release is past. Two statements for any number of releases.
 */
export async function releasesTooLateFor(
  db: Queryable,
  changeId: string,
  releaseIds: readonly string[],
): Promise<Set<string>> {
  const rows = await db.query<Row>(sql`
    select r.id, r.state, r.kind, r.packaging, to_jsonb(r.skipped_states) as skipped,
      to_jsonb(r.added_tasks || array(
        select t.template_key from task t where t.release_id = r.id and t.template_key is not null)) as known,
      jsonb_build_object('skipRules', v.plan -> 'skipRules', 'addRules', coalesce(v.plan -> 'addRules', '[]')) as rules,
      coalesce((
        select jsonb_agg(jsonb_build_array(c.id, c.ci_class)) from configuration_item c where c.id in (
          select x.ci_id from release_ci x where x.release_id = r.id and x.role = 'TARGET'
          union
          select x.ci_id from change_ci x where x.change_id = ${changeId} and x.role = 'TARGET')
      ), '[]') as targets
    from release r
    join release_template_version v on v.id = r.template_version_id
    where r.id = any(${releaseIds}::uuid[]) and r.state <> 'DRAFT'`);
  if (rows.length === 0) return new Set();
  const effective = await effectiveCriticalities(db, [
    ...new Set(rows.flatMap(({ targets }) => targets.map(([id]) => id))),
  ]);
  const late = rows.filter(({ state, kind, packaging, skipped, known, rules, targets }) =>
    isTooLateFor(
      rules,
      { state, kind, packaging, skippedStates: skipped, knownTasks: new Set(known) },
      targets.flatMap(([id, ciClass]) => {
        const criticality = effective.get(id);
        return criticality === undefined ? [] : [targetOf(id, ciClass, criticality)];
      }),
    ),
  );
  return new Set(late.map(({ id }) => id));
}
