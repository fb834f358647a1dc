import { defineEntity, p } from '@mikro-orm/core';
import { createdAt, id } from '../columns.js';
import { Person } from '../people/person.entity.js';
import { Release } from './release.entity.js';
import { DmlItemVersion } from '../library/dml-item-version.entity.js';

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
