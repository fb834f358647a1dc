import { sql, type RawBuilder } from 'kysely';
import type { DistributionFacts } from '../../domain/distribution/distribution.guards.js';
import { isInQuestion } from './wave.facts.js';

/** Maximum number of targets that a refusal names for one version. */
const NAMED = 5;

/**
 * Media of a distribution `d` that installs which pins in force keep from targets that are still to be done, as JSON.
 * Needs `in_question`, see {@link isInQuestion}.
 */
export const pinnedMedia: RawBuilder<NonNullable<DistributionFacts['pinnedMedia']>> = sql`
  case when d.operation <> 'INSTALL' then '[]' else coalesce((
    select json_agg(json_build_object('id', x.id, 'name', x.name, 'targetCount', x.targets,
      'targets', to_json(x.names), 'reason', x.reason) order by x.name, x.id)
    from (
      select v.id, m.name || ' ' || v.label as name, count(*)::int as targets, min(n.reason) as reason,
        (array_agg(i.name order by i.name, i.id))[1:${sql.lit(NAMED)}] as names
      from distribution_content c
      join version_pin n on n.dml_item_version_id = c.dml_item_version_id and n.lifted_at is null
      join target_execution e on e.distribution_id = d.id and e.ci_id = n.ci_id
        and e.state not in ('SUCCEEDED', 'BACKED_OUT') and not e.excluded and ${isInQuestion}
      join configuration_item i on i.id = n.ci_id
      join dml_item_version v on v.id = c.dml_item_version_id
      join dml_item m on m.id = v.item_id
      where c.distribution_id = d.id
      group by v.id, m.name, v.label) x), '[]') end`;
