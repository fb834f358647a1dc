import { defineEntity, p } from '@mikro-orm/core';
import { createdAt, id } from '../columns.js';
import { Person } from '../people/person.entity.js';
import { Release } from './release.entity.js';

const ReleaseDependencySchema = defineEntity({
  name: 'ReleaseDependency',
  tableName: 'release_dependency',
  properties: {
    id: id(),
    releaseId: () => p.manyToOne(Release).mapToPk().fieldName('release_id').deleteRule('cascade'),
    predecessorId: () => p.manyToOne(Release).mapToPk().fieldName('predecessor_id').deleteRule('cascade'),
    addedById: () => p.manyToOne(Person).mapToPk().fieldName('added_by_id').deleteRule('restrict'),
    createdAt: createdAt(),
  },
  uniques: [{ properties: ['releaseId', 'predecessorId'] }],
  indexes: [{ properties: ['predecessorId'] }],
});

/** `release` can start only after `predecessor` is deployed. */
export class ReleaseDependency extends ReleaseDependencySchema.class {}
ReleaseDependencySchema.setClass(ReleaseDependency);
