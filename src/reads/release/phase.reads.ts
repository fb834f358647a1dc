import { sql } from 'kysely';
import { PhaseType } from '../../schema/release/phase.type.js';
import { column, defineEdge, defineRead } from '../model.js';

/** How phases are read. */
export const phaseRead = defineRead<PhaseType>({
  type: 'Phase',
  table: 'phase',
  of: PhaseType,
  keys: ['releaseId'],
  order: { POSITION: { column: column('position'), type: 'int' } },
});

/** The phases of a release, in order. */
export const phasesOfRelease = defineEdge({
  name: 'Release.phases',
  model: phaseRead,
  on: sql`t.release_id = p.id`,
  defaultOrder: [{ field: 'POSITION', direction: 'ASC' }],
});
