import { deploymentToolList, DeploymentToolType } from '../../schema/distribution/deployment-tool.type.js';
import { sql } from 'kysely';
import { defineEdge, defineRead } from '../model.js';

// The adapter's words in the schema's spelling: `at-most-once` becomes AT_MOST_ONCE.
const spelt = (member: string) => sql`upper(replace(t.capabilities->>${sql.lit(member)}, '-', '_'))`;
const speltList = (member: string) =>
  sql`(select json_agg(upper(word)) from jsonb_array_elements_text(t.capabilities->${sql.lit(member)}) word)`;

/** How deployment tools are read. The configuration is not in the database at all. */
export const deploymentToolRead = defineRead<DeploymentToolType>({
  list: deploymentToolList,
  type: 'DeploymentTool',
  table: 'deployment_tool',
  of: DeploymentToolType,
  computed: {
    capabilities: sql`case when t.capabilities is not null then json_build_object(
      'submit', ${spelt('submit')}, 'observe', ${speltList('observe')}, 'cancel', ${spelt('cancel')}, 'pause',
        t.capabilities->'pause',
      'operations', ${speltList('operations')}, 'verifiesDigest', t.capabilities->'verifiesDigest',
      'maxTargets', t.capabilities->'limits'->'maxTargets',
      'maxConcurrentRuns', t.capabilities->'limits'->'maxConcurrentRuns') end`,
  },
});

/** Tools that single waves of a distribution can have in place of its own. */
export const furtherTools = defineEdge({
  name: 'Distribution.furtherDeploymentTools',
  model: deploymentToolRead,
  on: sql`t.id = any((select d.further_tool_ids from distribution d where d.id = p.id)::uuid[])`,
});
