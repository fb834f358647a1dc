import { sql } from 'kysely';
import type { DistributionPreflightType } from '../../schema/distribution/distribution-preflight.type.js';
import { defineEdge } from '../model.js';
import type { BatchRead } from '../reads.js';
import { targetExecutionRead } from './target-execution.reads.js';

/** The latest preflight of each distribution; null where nobody asked. */
export const distributionPreflights: BatchRead<DistributionPreflightType | null> = async (ids, db) => {
  const rows = await db.query<DistributionPreflightType>(sql`
    select distribution_id as "distributionId", asked_at as "askedAt", answered_at as "answeredAt", kind, verdict,
      messages, tool_version as "toolVersion", error
    from distribution_preflight where distribution_id = any(${ids}::uuid[])`);
  const found = new Map<string, DistributionPreflightType | null>(ids.map((id) => [id, null]));
  for (const row of rows) found.set(row.distributionId, row);
  return found;
};

/** Targets of which a tool said something in the latest preflight of a distribution. */
export const preflightTargets = defineEdge({
  name: 'DistributionPreflight.targets',
  model: targetExecutionRead,
  on: sql`t.distribution_id = p.id and t.preflight_verdict is not null`,
});
