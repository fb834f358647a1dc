import { defineEntity, p } from '@mikro-orm/core';
import { RELEASE_STATES } from '../../domain/release/release.state.js';
import { id, mutable } from '../columns.js';
import { Release } from './release.entity.js';

const PhaseSchema = defineEntity({
  name: 'Phase',
  tableName: 'phase',
  properties: {
    id: id(),
    releaseId: () => p.manyToOne(Release).mapToPk().fieldName('release_id').deleteRule('restrict'),
    name: p.text(),
    releaseState: p.enum(RELEASE_STATES),
    position: p.integer(),
    templateKey: p.text().nullable(),
    ...mutable(),
  },
  indexes: [{ properties: ['releaseId', 'position', 'id'] }],
});

/**
 * A group of tasks in a release plan, tied to the release state in which they must be done. `templateKey` is the key of
 * the phase in its template; null when it was added by hand.
 */
export class Phase extends PhaseSchema.class {}

PhaseSchema.setClass(Phase);
