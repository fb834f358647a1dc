import { sql } from 'kysely';
import { decisionPointList, DecisionPointType } from '../../schema/distribution/decision-point.type.js';
import { defineEdge, defineRead } from '../model.js';

/** How decision points are read. */
export const decisionPointRead = defineRead<DecisionPointType>({
  list: decisionPointList,
  type: 'DecisionPoint',
  table: 'decision_point',
  of: DecisionPointType,
  keys: ['distributionId', 'waveId', 'claimedById', 'decidedById'],
  order: { DUE_AT: { column: sql`coalesce(t.due_at, 'infinity')`, type: 'timestamptz' } },
});

/** Decisions about the rollout of a distribution, oldest first. */
export const distributionDecisions = defineEdge({
  name: 'Distribution.decisionPoints',
  model: decisionPointRead,
  on: sql`t.distribution_id = p.id`,
});
