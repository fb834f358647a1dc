import { sql, type RawBuilder } from 'kysely';
import type { DistributionFacts } from '../../domain/distribution/distribution.guards.js';
import { DISTRIBUTION_STATES_AT_TOOL } from '../../domain/distribution/distribution.state.js';
import { isInQuestion } from './wave.facts.js';
import { isWorkedOn } from './target-end.facts.js';

/**
 * The other distributions of its release that are working on a target and a content of a distribution `d`, as JSON.
 * Work on a target is over once the tool has said how it ended there; in a back-out by several tools it also waits for
 * the turn of its tool. Stands beside `waveInQuestion`.
 */
export const worksThere: RawBuilder<NonNullable<DistributionFacts['worksThere']>> = sql`coalesce((
  select json_agg(json_build_object('id', o.id, 'name', o.number, 'target', there.name) order by o.id)
  from distribution o
  cross join lateral (
    select i.name
    from target_execution x
    join target_execution e on e.distribution_id = d.id and e.ci_id = x.ci_id
    join configuration_item i on i.id = x.ci_id
    where x.distribution_id = o.id and x.attempt >= o.attempt and ${isInQuestion}
      and ${isWorkedOn('x')}
    order by i.name, i.id
    limit 1
  ) there
  where o.release_id = d.release_id and o.id <> d.id
    and o.state = any(${[...DISTRIBUTION_STATES_AT_TOOL]}::text[])
    and exists (
      select 1 from distribution_content theirs
      join distribution_content ours on ours.dml_item_version_id = theirs.dml_item_version_id
      where theirs.distribution_id = o.id and ours.distribution_id = d.id)
), '[]')`;
