import { sql } from 'kysely';
import type { DeploymentToolFacts } from '../../domain/distribution/deployment-tool.machine.js';
import { DISTRIBUTION_STATES_AT_TOOL } from '../../domain/distribution/distribution.state.js';
import type { Actor } from '../../domain/actor.js';
import type { Queryable } from '../../database/queryable.js';

/** What the rules need to know about deployment tools, for any number of them in one statement. */
export async function deploymentToolFacts(
  db: Queryable,
  actor: Actor,
  ids: readonly string[],
): Promise<Map<string, DeploymentToolFacts>> {
  const rows = await db.query<{ id: string; live: DeploymentToolFacts['liveDistributions'] }>(sql`
    select t.id, coalesce((
      select json_agg(json_build_object('id', d.id, 'name', d.number) order by d.id)
      from distribution d
      where (d.deployment_tool_id = t.id or t.id = any(d.further_tool_ids))
        and d.state = any(${[...DISTRIBUTION_STATES_AT_TOOL]}::text[])), '[]') as live
    from deployment_tool t where t.id = any(${ids}::uuid[])`);
  return new Map(
    rows.map(({ id, live }) => [id, { actorId: actor.id ?? '', actorRoles: actor.roles, liveDistributions: live }]),
  );
}
