import { defineEntity, p } from '@mikro-orm/core';
import { ConfigurationItem } from '../cmdb/configuration-item.entity.js';
import { id } from '../columns.js';
import { DistributionRun } from './distribution-run.entity.js';

const RunLogSchema = defineEntity({
  name: 'RunLog',
  tableName: 'run_log',
  properties: {
    id: id(),
    runId: () => p.manyToOne(DistributionRun).mapToPk().fieldName('run_id').deleteRule('restrict'),
    ciId: () => p.manyToOne(ConfigurationItem).mapToPk().fieldName('ci_id').nullable().deleteRule('restrict'),
    cursor: p.text().nullable(),
    length: p.integer().default(0),
    complete: p.boolean().default(false),
    truncated: p.boolean().default(false),
    error: p.text().nullable(),
    failures: p.integer().default(0),
    nextReadAt: p.datetime().nullable(),
  },
  uniques: [
    { name: 'run_log_of_run', properties: ['runId'], where: 'ci_id is null' },
    { name: 'run_log_of_target', properties: ['runId', 'ciId'], where: 'ci_id is not null' },
  ],
  indexes: [{ properties: ['nextReadAt'] }, { properties: ['ciId'] }],
});

/**
 * How far the log of a run, or of one target of it, has been read from its tool. The text is in the event log. Nobody
 * reads on once `nextReadAt` is null.
 */
export class RunLog extends RunLogSchema.class {}
RunLogSchema.setClass(RunLog);
