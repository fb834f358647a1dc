import { sql } from 'kysely';
import type { Queryable } from '../../database/queryable.js';
import type { BaselineVerdict } from '../../domain/cmdb/baseline.machine.js';
import { notFound, RequestError } from '../../domain/errors.js';
import type { PageInput } from '../../domain/list.js';
import { fromNodeId } from '../../domain/node-id.js';
import { instantText } from '../../database/expressions.js';
import { baselineContent, baselineItems, type BaselineQuestion } from '../../facts/cmdb/baseline.facts.js';
import { baselineList, BaselineType } from '../../schema/cmdb/baseline.type.js';
import type { ConfigurationItemDifferenceType } from '../../schema/snapshot-diff.type.js';
import type { ListPage } from '../list-page.js';
import { defineEdge, defineRead } from '../model.js';
import type { Reads } from '../reads.js';
import { differencesBetween } from '../snapshot-diff.reads.js';

/** How baselines are read. */
export const baselineRead = defineRead<BaselineType>({
  list: baselineList,
  type: 'Baseline',
  table: 'baseline',
  of: BaselineType,
  keys: ['ciId', 'distributionId', 'takenById', 'decidedById'],
});

/** Baselines that were taken of a configuration item. */
export const baselinesOfCi = defineEdge({
  name: 'ConfigurationItem.baselines',
  model: baselineRead,
  on: sql`t.ci_id = p.id`,
});

/** Baselines that were taken around a distribution. */
export const baselinesOfDistribution = defineEdge({
  name: 'Distribution.baselines',
  model: baselineRead,
  on: sql`t.distribution_id = p.id`,
});

type Kept = BaselineQuestion & { readonly distributionId: string | null; readonly digest: string | null };

async function kept(db: Queryable, nodeId: string, field: string): Promise<Kept> {
  const [row] = await db.query<Kept>(sql`
    select b.id as "baselineId", b.ci_id as "ciId", b.with_dependencies as "withDependencies",
      b.distribution_id as "distributionId",
      ${instantText(sql`b.as_of`)} as "asOf", ${instantText(sql`b.known_at`)} as "knownAt", b.columns, b.digest
    from baseline b where b.id = ${fromNodeId('Baseline', nodeId, field)}`);
  if (!row) throw notFound('Baseline', field);
  return row;
}

/** Whether the history still gives what a baseline was taken of. @throws RequestError NOT_FOUND */
export async function verifyBaseline(db: Queryable, nodeId: string): Promise<BaselineVerdict> {
  const baseline = await kept(db, nodeId, 'baseline');
  if (baseline.digest === null) return 'PENDING';
  return (await baselineContent(db, baseline)).digest === baseline.digest ? 'INTACT' : 'ALTERED';
}

/**
 * A page of the items of a baseline that differ from another baseline, or from the record as it is now: those that are
 * in it, and those that would be.
 * @throws RequestError NOT_FOUND, BAD_USER_INPUT for two baselines of different things
 */
export async function baselineDiff(
  reads: Reads,
  { baseline, to }: { readonly baseline: string; readonly to: string | null },
  page: PageInput,
): Promise<ListPage<ConfigurationItemDifferenceType>> {
  const was = await kept(reads.db, baseline, 'baseline');
  const is = to === null ? { ...was, asOf: null, knownAt: null } : await kept(reads.db, to, 'to');
  if (is.ciId !== was.ciId || is.distributionId !== was.distributionId)
    throw new RequestError('BAD_USER_INPUT', 'The baselines are not of the same item or distribution.', {
      field: 'to',
    });
  return await differencesBetween(reads, { was, is, items: baselineItems(was) }, page);
}
