import {
  distributionList,
  type DistributionProgressType,
  DistributionType,
} from '../../schema/distribution/distribution.type.js';
import { sql } from 'kysely';
import { rollUpCounts, countTargets } from '../../domain/distribution/distribution-outcome.js';
import { DISTRIBUTION_STATES_AT_TOOL } from '../../domain/distribution/distribution.state.js';
import { TARGET_STATES, type TargetState } from '../../domain/distribution/observation.js';
import { defineEdge, defineRead } from '../model.js';
import type { BatchRead } from '../reads.js';

/** How distributions are read. */
export const distributionRead = defineRead<DistributionType>({
  list: distributionList,
  type: 'Distribution',
  table: 'distribution',
  of: DistributionType,
  computed: { targetFilter: sql`nullif(t.target_choice->'filter', 'null')` },
  keys: ['releaseId', 'deploymentToolId', 'plannedById', 'approvedById'],
  order: { SCHEDULED_START: { column: sql`coalesce(t.scheduled_start, 'infinity')`, type: 'timestamptz' } },
  filters: {
    target: {
      kind: 'related',
      of: 'id',
      type: 'ConfigurationItem',
      column: sql`e.ci_id`,
      exists: (condition) =>
        sql`exists (select 1 from target_execution e where e.distribution_id = t.id and ${condition})`,
    },
    content: {
      kind: 'related',
      of: 'id',
      type: 'DmlItemVersion',
      column: sql`c.dml_item_version_id`,
      exists: (condition) =>
        sql`exists (select 1 from distribution_content c where c.distribution_id = t.id and ${condition})`,
    },
  },
});

/** How runs are read. The stored order and the tool's handle are not for clients. */

/** How target executions are read. */

/** How reports are read. */

/** Distributions of a release, oldest first. */
export const releaseDistributions = defineEdge({
  name: 'Release.distributions',
  model: distributionRead,
  on: sql`t.release_id = p.id`,
});

/** Distributions that the hold of a release paused, oldest first. */
export const heldDistributions = defineEdge({
  name: 'ReleaseHold.paused',
  model: distributionRead,
  on: sql`t.release_id = p.id and t.state = 'PAUSED' and t.paused_by_hold`,
});

const GOING_ON = DISTRIBUTION_STATES_AT_TOOL.filter((state) => state !== 'PAUSED');

/** Distributions of a release that are at their tools and not paused, oldest first. */
export const distributionsGoingOn = defineEdge({
  name: 'ReleaseHold.goesOn',
  model: distributionRead,
  on: sql`t.release_id = p.id and t.state = any(${GOING_ON}::text[])`,
});

/** Distributions given to a deployment tool, newest first. */
export const toolDistributions = defineEdge({
  name: 'DeploymentTool.distributions',
  model: distributionRead,
  on: sql`t.deployment_tool_id = p.id`,
  defaultOrder: [{ field: 'ID', direction: 'DESC' }],
});

/** Attempts of a distribution, first to last. */

/** Targets of a distribution. */

/** Deliveries to a configuration item, newest first. */

/** Reports on a target, in the order in which they were recorded. */

/** The DML item versions of each distribution, with the digests they were planned with. */
export const distributionContents: BatchRead<{ dmlItemVersionId: string; digest: string | null }[]> = async (
  ids,
  db,
) => {
  const rows = await db.query<{ d: string; dmlItemVersionId: string; digest: string | null }>(sql`
    select distribution_id as d, dml_item_version_id as "dmlItemVersionId", digest from distribution_content
      where distribution_id = any(${ids}::uuid[]) order by id`);
  const found = new Map<string, { dmlItemVersionId: string; digest: string | null }[]>(ids.map((id) => [id, []]));
  for (const { d, ...content } of rows) found.get(d)?.push(content);
  return found;
};

type StateCount = { readonly d: string; readonly state: TargetState; readonly n: number };

/** How far each distribution has come, from one grouped count. */
export const distributionProgress: BatchRead<DistributionProgressType> = async (ids, db) =>
  progressOf(
    ids,
    await db.query<StateCount>(sql`
      select distribution_id as d, state, count(*)::int as n from target_execution
        where distribution_id = any(${ids}::uuid[]) group by distribution_id, state`),
  );

/** How far each wave has come, without excluded targets. */
export const waveProgress: BatchRead<DistributionProgressType> = async (ids, db) =>
  progressOf(
    ids,
    await db.query<StateCount>(sql`
      select wave_id as d, state, count(*)::int as n from target_execution
        where wave_id = any(${ids}::uuid[]) and not excluded group by wave_id, state`),
  );

function progressOf(ids: readonly string[], rows: readonly StateCount[]): Map<string, DistributionProgressType> {
  const byDistribution = new Map(ids.map((id) => [id, { ...countTargets([]) } as Record<TargetState, number>]));
  for (const { d, state, n } of rows) (byDistribution.get(d) as Record<TargetState, number>)[state] = n;
  return new Map(
    [...byDistribution].map(([id, counts]) => {
      const { total, ended, percent } = rollUpCounts(counts, false, false);
      return [
        id,
        {
          total,
          ended,
          percent,
          counts: TARGET_STATES.filter((state) => counts[state] > 0).map((state) => ({ state, count: counts[state] })),
        },
      ];
    }),
  );
}
