import { defineEntity, p } from '@mikro-orm/core';

const DriftStaleSchema = defineEntity({
  name: 'DriftStale',
  tableName: 'drift_stale',
  properties: {
    id: p.bigint('number').primary().autoincrement(),
    ciId: p.uuid(),
  },
  indexes: [{ properties: ['ciId'] }],
});

/**
 * A configuration item that has to be compared again with what sources say of it, because its record changed. Triggers
 * of the database write it, so that no writer can forget.
 */
export class DriftStale extends DriftStaleSchema.class {}
DriftStaleSchema.setClass(DriftStale);
