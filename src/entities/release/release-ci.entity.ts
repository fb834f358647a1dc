import { defineEntity, p } from '@mikro-orm/core';
import { CI_ROLES } from '../../domain/release/release-scope.js';
import { Change } from '../change/change.entity.js';
import { ConfigurationItem } from '../cmdb/configuration-item.entity.js';
import { createdAt, id } from '../columns.js';
import { Person } from '../people/person.entity.js';
import { Release } from './release.entity.js';
import { DmlItemVersion } from '../library/dml-item-version.entity.js';

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

const ReleaseContentSchema = defineEntity({
  name: 'ReleaseContent',
  tableName: 'release_content',
  properties: {
    id: id(),
    releaseId: () => p.manyToOne(Release).mapToPk().fieldName('release_id').deleteRule('restrict'),
    dmlItemVersionId: () =>
      p.manyToOne(DmlItemVersion).mapToPk().fieldName('dml_item_version_id').deleteRule('restrict'),
    baselineDigest: p.text().nullable(),
    baselinedAt: p.datetime().nullable(),
    addedById: () => p.manyToOne(Person).mapToPk().fieldName('added_by_id').deleteRule('restrict'),
    createdAt: createdAt(),
  },
  uniques: [{ properties: ['releaseId', 'dmlItemVersionId'] }],
  indexes: [{ properties: ['dmlItemVersionId'] }],
});

/** A DML item version in the release package. Its digest is baselined when the release is accepted. */
export class ReleaseContent extends ReleaseContentSchema.class {}
ReleaseContentSchema.setClass(ReleaseContent);
