import { defineEntity, p } from '@mikro-orm/core';
import { CI_ROLES } from '../../domain/release/release-scope.js';
import { Change } from '../change/change.entity.js';
import { ConfigurationItem } from '../cmdb/configuration-item.entity.js';
import { createdAt, id } from '../columns.js';
import { Person } from '../people/person.entity.js';
import { Release } from './release.entity.js';

const ReleaseCiSchema = defineEntity({
  name: 'ReleaseCi',
  tableName: 'release_ci',
  properties: {
    id: id(),
    releaseId: () => p.manyToOne(Release).mapToPk().fieldName('release_id').deleteRule('restrict'),
    ciId: () => p.manyToOne(ConfigurationItem).mapToPk().fieldName('ci_id').deleteRule('restrict'),
    role: p.enum(CI_ROLES),
    viaChangeId: () => p.manyToOne(Change).mapToPk().fieldName('via_change_id').nullable().deleteRule('restrict'),
    addedById: () => p.manyToOne(Person).mapToPk().fieldName('added_by_id').deleteRule('restrict'),
    createdAt: createdAt(),
  },
  uniques: [
    { properties: ['releaseId', 'role', 'ciId', 'viaChangeId'] },
    {
      name: 'release_ci_one_direct',
      properties: ['releaseId', 'role', 'ciId'],
      where: 'via_change_id is null',
    },
  ],
  indexes: [{ properties: ['ciId'] }, { properties: ['viaChangeId'] }],
});

/** A source or target CI of a release, contributed by a change (`viaChangeId`) or directly by a person. */
export class ReleaseCi extends ReleaseCiSchema.class {}
ReleaseCiSchema.setClass(ReleaseCi);
