import type { EffectiveCriticality } from '../../domain/cmdb/effective-criticality.js';
import { effectiveCriticalities } from '../../facts/cmdb/effective-criticality.facts.js';
import type { EffectiveCriticalityType } from '../../schema/cmdb/effective-criticality.type.js';
import type { BatchRead } from '../reads.js';

/** An effective criticality as the API shows it. */
export const presentCriticality = ({
  criticality,
  forcedBy,
  path,
}: EffectiveCriticality): EffectiveCriticalityType => ({
  criticality,
  forcedById: forcedBy.id,
  pathIds: path,
});

/** The effective criticality of configuration items, in one statement for any number of them. */
export const effectiveCriticalityOfCis: BatchRead<EffectiveCriticalityType> = async (ids, db) => {
  const found = await effectiveCriticalities(db, ids);
  return new Map([...found].map(([id, effective]) => [id, presentCriticality(effective)]));
};
