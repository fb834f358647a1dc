import { sql } from 'kysely';
import type { NamedRef } from '../../domain/blocker.js';
import type { CiClass } from '../../domain/cmdb/configuration-item.machine.js';
import type { EffectiveCriticality } from '../../domain/cmdb/effective-criticality.js';
import type { SkipTarget } from '../../domain/release/template-skips.js';
import type { Queryable } from '../../database/queryable.js';
import { effectiveCriticalities } from '../cmdb/effective-criticality.facts.js';

/** A target with its name and its effective criticality. */
export interface ReleaseTarget extends SkipTarget, NamedRef {
  readonly effective: EffectiveCriticality;
}

/** A target as the rules of a template see it. */
export const targetOf = (ciId: string, ciClass: CiClass, effective: EffectiveCriticality): SkipTarget => ({
  ciId,
  ciClass,
  criticality: effective.criticality,
  ...(effective.forcedBy.id !== ciId && { forcedBy: effective.forcedBy }),
});

/** The targets of a release in order of their names, in two statements. */
export async function releaseTargets(db: Queryable, releaseId: string): Promise<ReleaseTarget[]> {
  const rows = await db.query<{ id: string; name: string; ci_class: CiClass }>(sql`
    select c.id, c.name, c.ci_class
    from configuration_item c
    where c.id in (select x.ci_id from release_ci x where x.release_id = ${releaseId} and x.role = 'TARGET')
    order by c.name, c.id`);
  const found = await effectiveCriticalities(
    db,
    rows.map(({ id }) => id),
  );
  return rows.flatMap(({ id, name, ci_class }) => {
    const effective = found.get(id);
    return effective === undefined ? [] : [{ id, name, effective, ...targetOf(id, ci_class, effective) }];
  });
}
