import { defineEntity, p } from '@mikro-orm/core';
import { Change } from '../change/change.entity.js';
import { createdAt, id } from '../columns.js';
import { Person } from '../people/person.entity.js';
import { Release } from './release.entity.js';

const ReleaseChangeSchema = defineEntity({
  name: 'ReleaseChange',
  tableName: 'release_change',
  properties: {
    id: id(),
    releaseId: () => p.manyToOne(Release).mapToPk().fieldName('release_id').deleteRule('restrict'),
    changeId: () => p.manyToOne(Change).mapToPk().fieldName('change_id').deleteRule('restrict'),
    live: p.boolean().default(true),
    addedById: () => p.manyToOne(Person).mapToPk().fieldName('added_by_id').deleteRule('restrict'),
    createdAt: createdAt(),
    leftAt: p.datetime().nullable(),
  },
  uniques: [{ name: 'release_change_one_live_release', properties: ['changeId'], where: 'live' }],
  indexes: [{ properties: ['releaseId', 'id'] }, { properties: ['changeId', 'id'] }],
});

/**
 * A change as part of a release. A change has at most one live release. When the change leaves, or the release is
 * cancelled, the row stays and is no longer live.
 */
export class ReleaseChange extends ReleaseChangeSchema.class {}
ReleaseChangeSchema.setClass(ReleaseChange);
