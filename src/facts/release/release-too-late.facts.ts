import { sql } from 'kysely';
import type { CiClass } from '../../domain/cmdb/configuration-item.machine.js';
import type { ReleaseState } from '../../domain/release/release.state.js';
import { isTooLateFor } from '../../domain/release/template-passed.js';
import type { ReleaseKind, Packaging, TemplatePlan } from '../../domain/release/template.js';
import type { Queryable } from '../../database/queryable.js';
import { effectiveCriticalities } from '../cmdb/effective-criticality.facts.js';
import { targetOf } from './release-target.facts.js';

interface Row {
  readonly key: string;
  readonly state: ReleaseState;
  readonly kind: ReleaseKind;
  readonly packaging: Packaging;
  readonly skipped: ReleaseState[];
  readonly known: string[];
  readonly rules: Pick<TemplatePlan, 'skipRules' | 'addRules'>;
  readonly targets: [string, CiClass][];
}

/** A change that may join a release. Ids are database ids. */
export interface Joining {
  /** What the caller knows it by. */
  readonly key: string;
  readonly changeId: string;
  readonly releaseId: string;
}

/**
 * The keys of those among some changes and releases where the release can no longer take the targets of the change,
 * because one of them asks for a step that the release is past. The same few statements for any number of them.
 */
export async function joinsTooLate(db: Queryable, joining: readonly Joining[]): Promise<Set<string>> {
  if (joining.length === 0) return new Set();
  const rows = await db.query<Row>(sql`
    select j.key, r.state, r.kind, r.packaging, to_jsonb(r.skipped_states) as skipped,
      to_jsonb(r.added_tasks || array(
        select t.template_key from task t where t.release_id = r.id and t.template_key is not null)) as known,
      jsonb_build_object('skipRules', v.plan -> 'skipRules', 'addRules', coalesce(v.plan -> 'addRules', '[]')) as rules,
      coalesce((
        select jsonb_agg(jsonb_build_array(c.id, c.ci_class)) from configuration_item c where c.id in (
          select x.ci_id from release_ci x where x.release_id = r.id and x.role = 'TARGET'
          union
          select x.ci_id from change_ci x where x.change_id = j.change_id and x.role = 'TARGET')
      ), '[]') as targets
    from unnest(${joining.map(({ key }) => key)}::text[], ${joining.map(({ changeId }) => changeId)}::uuid[],
      ${joining.map(({ releaseId }) => releaseId)}::uuid[]) j (key, change_id, release_id)
    join release r on r.id = j.release_id
    join release_template_version v on v.id = r.template_version_id
    where r.state <> 'DRAFT'`);
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
  return new Set(late.map(({ key }) => key));
}
