import { defineEntity, p } from '@mikro-orm/core';
import { id, mutable } from '../columns.js';
import { Distribution } from '../distribution/distribution.entity.js';
import { DmlItemVersion } from '../library/dml-item-version.entity.js';
import { Person } from '../people/person.entity.js';
import { ConfigurationItem } from './configuration-item.entity.js';

const VersionPinSchema = defineEntity({
  name: 'VersionPin',
  tableName: 'version_pin',
  properties: {
    id: id(),
    ciId: () => p.manyToOne(ConfigurationItem).mapToPk().fieldName('ci_id').deleteRule('restrict'),
    dmlItemVersionId: () =>
      p.manyToOne(DmlItemVersion).mapToPk().fieldName('dml_item_version_id').deleteRule('restrict'),
    reason: p.text(),
    distributionId: () =>
      p.manyToOne(Distribution).mapToPk().fieldName('distribution_id').nullable().deleteRule('restrict'),
    pinnedById: () => p.manyToOne(Person).mapToPk().fieldName('pinned_by_id').nullable().deleteRule('restrict'),
    pinnedAt: p.datetime(),
    liftedAt: p.datetime().nullable(),
    liftedById: () => p.manyToOne(Person).mapToPk().fieldName('lifted_by_id').nullable().deleteRule('restrict'),
    liftReason: p.text().nullable(),
    ...mutable(),
  },
  uniques: [{ name: 'version_pin_one_in_force', properties: ['dmlItemVersionId', 'ciId'], where: 'lifted_at is null' }],
  indexes: [
    { properties: ['ciId', 'id'] },
    { properties: ['dmlItemVersionId', 'id'] },
    { properties: ['distributionId'] },
  ],
});

/**
 * Keeps a version from a configuration item: after a back-out, or because a person says so. In force until it is
 * lifted; then it is history.
 */
export class VersionPin extends VersionPinSchema.class {}
VersionPinSchema.setClass(VersionPin);
