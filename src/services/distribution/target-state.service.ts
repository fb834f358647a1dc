import { sql } from 'kysely';
import { countTargets, type TargetCounts } from '../../domain/distribution/distribution-outcome.js';
import { type TargetState } from '../../domain/distribution/observation.js';
import type { UnitOfWork } from '../unit-of-work.js';

/** Targets of an attempt that are in one of some states, as ids of their configuration items. */
export async function targetsIn(
  uow: UnitOfWork,
  run: { readonly distributionId: string; readonly attempt: number },
  states: readonly TargetState[],
): Promise<{ ciId: string; state: TargetState; begun: boolean }[]> {
  return await uow.query(sql<{ ciId: string; state: TargetState; begun: boolean }>`
    select ci_id as "ciId", state, started_at is not null as begun from target_execution
    where distribution_id = ${run.distributionId} and attempt = ${run.attempt} and state = any(${states}::text[])
    order by id`);
}

const counted = new WeakMap<UnitOfWork, Map<string, TargetCounts>>();

/** Has the targets of a distribution counted again, after a change of their states or of which targets it has. */
export function targetsChanged(uow: UnitOfWork, distributionId: string): void {
  counted.get(uow)?.delete(distributionId);
}

/**
 * How many targets of a distribution are in each state. A rollout asks this a dozen times for each wave, and it costs
 * as much as the distribution has targets: so they are counted again only after a change. The distribution
 * is locked, or nothing depends on the figures.
 */
export async function countTargetStates(uow: UnitOfWork, distributionId: string): Promise<TargetCounts> {
  const known = counted.get(uow) ?? new Map<string, TargetCounts>();
  counted.set(uow, known);
  const counts = known.get(distributionId) ?? (await countAfresh(uow, distributionId));
  known.set(distributionId, counts);
  return counts;
}

async function countAfresh(uow: UnitOfWork, distributionId: string): Promise<TargetCounts> {
  const counts = { ...countTargets([]) } as Record<TargetState, number>;
  const rows = await uow.query<{ state: TargetState; n: number }>(sql`
    select state, count(*)::int as n from target_execution
    where distribution_id = ${distributionId}
    group by state`);
  for (const { state, n } of rows) counts[state] = n;
  return counts;
}
