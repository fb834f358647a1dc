import { ASSURANCES } from '../../domain/cmdb/installation.js';
import { defineEntity, p } from '@mikro-orm/core';
import { ConfigurationItem } from './configuration-item.entity.js';
import { id, mutable } from '../columns.js';
import { Distribution } from '../distribution/distribution.entity.js';
import { Release } from '../release/release.entity.js';
import { DmlItem } from '../library/dml-item.entity.js';
import { DmlItemVersion } from '../library/dml-item-version.entity.js';
import { TargetExecution } from '../distribution/target-execution.entity.js';

const InstallationSchema = defineEntity({
  name: 'Installation',
  tableName: 'installation',
  properties: {
    id: id(),
    ciId: () => p.manyToOne(ConfigurationItem).mapToPk().fieldName('ci_id').deleteRule('restrict'),
    dmlItemId: () => p.manyToOne(DmlItem).mapToPk().fieldName('dml_item_id').deleteRule('restrict'),
    dmlItemVersionId: () =>
      p.manyToOne(DmlItemVersion).mapToPk().fieldName('dml_item_version_id').deleteRule('restrict'),
    digest: p.text().nullable(),
    assurance: p.enum(ASSURANCES).default('REPORTED'),
    validFrom: p.datetime(),
    validTo: p.datetime().nullable(),
    previousId: () => p.manyToOne(Installation).mapToPk().fieldName('previous_id').nullable().deleteRule('restrict'),
    releaseId: () => p.manyToOne(Release).mapToPk().fieldName('release_id').nullable().deleteRule('restrict'),
    distributionId: () =>
      p.manyToOne(Distribution).mapToPk().fieldName('distribution_id').nullable().deleteRule('restrict'),
    targetExecutionId: () =>
      p.manyToOne(TargetExecution).mapToPk().fieldName('target_execution_id').nullable().deleteRule('restrict'),
    ...mutable(),
  },
  uniques: [{ name: 'installation_one_current', properties: ['ciId', 'dmlItemId'], where: 'valid_to is null' }],
  indexes: [
    { properties: ['ciId', 'validFrom', 'id'] },
    { properties: ['dmlItemVersionId'] },
    { properties: ['releaseId'] },
    { properties: ['distributionId'] },
    { properties: ['targetExecutionId'] },
    { properties: ['previousId'] },
    // Those that no distribution delivered, but somebody found.
    ...['dml_item_version_id', 'digest'].map((column) => ({
      name: `installation_found_${column}`,
      expression:
        `create index "installation_found_${column}" on "installation" ("${column}") ` +
        'where "distribution_id" is null',
    })),
  ],
});

/**
 * Which version of a DML item runs (or ran) on a CI: from when to when, what ran before, which distribution delivered
 * it.
 */
export class Installation extends InstallationSchema.class {}
InstallationSchema.setClass(Installation);
