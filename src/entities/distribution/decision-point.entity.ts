import { defineEntity, p } from '@mikro-orm/core';
import { DECISION_CHOICES, DECISION_POINT_STATES } from '../../domain/distribution/decision-point.machine.js';
import { WAVE_TRIPS } from '../../domain/distribution/wave.js';
import { byInstant, id, mutable } from '../columns.js';
import { Person } from '../people/person.entity.js';
import { DistributionWave } from './distribution-wave.entity.js';
import { Distribution } from './distribution.entity.js';

const person = (column: string) => p.manyToOne(Person).mapToPk().fieldName(column).nullable().deleteRule('restrict');

const DecisionPointSchema = defineEntity({
  name: 'DecisionPoint',
  tableName: 'decision_point',
  properties: {
    id: id(),
    distributionId: () => p.manyToOne(Distribution).mapToPk().fieldName('distribution_id').deleteRule('restrict'),
    waveId: () => p.manyToOne(DistributionWave).mapToPk().fieldName('wave_id').deleteRule('restrict'),
    state: p.enum(DECISION_POINT_STATES).default('OPEN'),
    trip: p.enum(WAVE_TRIPS),
    message: p.text(),
    defaultChoice: p.enum(DECISION_CHOICES),
    dueAt: p.datetime().nullable(),
    claimedById: () => person('claimed_by_id'),
    claimedAt: p.datetime().nullable(),
    choice: p.enum(DECISION_CHOICES).nullable(),
    decidedById: () => person('decided_by_id'),
    decidedAt: p.datetime().nullable(),
    reason: p.text().nullable(),
    ...mutable(),
  },
  indexes: [
    { properties: ['distributionId', 'id'] },
    { properties: ['waveId'] },
    { properties: ['state', 'dueAt'] },
    { properties: ['claimedById'] },
    byInstant('decision_point', 'due_at'),
  ],
});

/** A question that a rollout asks people when a wave trips a threshold. The default takes effect when it is due. */
export class DecisionPoint extends DecisionPointSchema.class {}
DecisionPointSchema.setClass(DecisionPoint);
