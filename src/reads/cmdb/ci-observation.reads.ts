import { sql } from 'kysely';
import { ciObservationList, CiObservationType } from '../../schema/cmdb/ci-observation.type.js';
import { defineEdge, defineRead } from '../model.js';

/** How observations are read. */
export const ciObservationRead = defineRead<CiObservationType>({
  list: ciObservationList,
  type: 'CiObservation',
  table: 'ci_observation',
  of: CiObservationType,
  keys: ['ciId', 'observedById'],
});

/** What sources say of a configuration item. */
export const observationsOfCi = defineEdge({
  name: 'ConfigurationItem.observations',
  model: ciObservationRead,
  on: sql`t.ci_id = p.id`,
});
