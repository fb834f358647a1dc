import { defineEntity, p } from '@mikro-orm/core';
import { id } from '../columns.js';
import { DmlItemVersion } from '../library/dml-item-version.entity.js';
import { Distribution } from './distribution.entity.js';

const DistributionContentSchema = defineEntity({
  name: 'DistributionContent',
  tableName: 'distribution_content',
  properties: {
    id: id(),
    distributionId: () => p.manyToOne(Distribution).mapToPk().fieldName('distribution_id').deleteRule('cascade'),
    dmlItemVersionId: () =>
      p.manyToOne(DmlItemVersion).mapToPk().fieldName('dml_item_version_id').deleteRule('restrict'),
    digest: p.text().nullable(),
  },
  uniques: [{ properties: ['distributionId', 'dmlItemVersionId'] }],
  indexes: [{ properties: ['dmlItemVersionId'] }, { properties: ['digest'] }],
});

/** One DML item version that a distribution delivers, with its digest at the time of planning. */
export class DistributionContent extends DistributionContentSchema.class {}
DistributionContentSchema.setClass(DistributionContent);
