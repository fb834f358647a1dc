import { effectiveCriticalitySteps, type EffectiveCriticality } from '../../domain/cmdb/effective-criticality.js';
import type { Queryable } from '../../database/queryable.js';
import { inTurns } from '../turns.js';
import { readImpactGraph } from './impact.facts.js';

/** The effective criticality of any number of configuration items, with what forces it, in one statement. */
export async function effectiveCriticalities(
  db: Queryable,
  ciIds: readonly string[],
): Promise<Map<string, EffectiveCriticality>> {
  return await inTurns(effectiveCriticalitySteps(await readImpactGraph(db, ciIds), ciIds));
}
