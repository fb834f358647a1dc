import { defineEntity, p } from '@mikro-orm/core';
import { TARGET_STATES } from '../../domain/distribution/observation.js';
import { createdAt, id, whereGiven } from '../columns.js';
import { Person } from '../people/person.entity.js';
import { DistributionRun } from './distribution-run.entity.js';
import { TargetExecution } from './target-execution.entity.js';

const TargetReportSchema = defineEntity({
  name: 'TargetReport',
  tableName: 'target_report',
  properties: {
    id: id(),
    targetExecutionId: () =>
      p.manyToOne(TargetExecution).mapToPk().fieldName('target_execution_id').deleteRule('restrict'),
    runId: () => p.manyToOne(DistributionRun).mapToPk().fieldName('run_id').deleteRule('restrict'),
    attempt: p.integer(),
    state: p.enum(TARGET_STATES),
    nativeStatus: p.text(),
    reportedAt: p.datetime(),
    dedupeKey: p.text(),
    effect: p.text(),
    reasonCode: p.text().nullable(),
    message: p.text().nullable(),
    evidence: p.text().nullable(),
    reportedById: () => p.manyToOne(Person).mapToPk().fieldName('reported_by_id').nullable().deleteRule('restrict'),
    payload: p.json<Record<string, unknown>>(),
    createdAt: createdAt(),
  },
  uniques: [{ properties: ['runId', 'targetExecutionId', 'dedupeKey'] }],
  indexes: [{ properties: ['targetExecutionId', 'id'] }, whereGiven('target_report', 'reported_by_id')],
});

/** A report of a tool or person about a target, stored as received. `effect` tells whether it changed the state. */
export class TargetReport extends TargetReportSchema.class {}

TargetReportSchema.setClass(TargetReport);
