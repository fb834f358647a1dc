import { defineEntity, p } from '@mikro-orm/core';

const DuplicateStaleSchema = defineEntity({
  name: 'DuplicateStale',
  tableName: 'duplicate_stale',
  properties: {
    id: p.bigint('number').primary().autoincrement(),
    ciId: p.uuid(),
  },
});

/**
 * A configuration item that has to be compared with others, because what identifies it changed. Triggers of the
 * database write it, so that no writer can forget.
 */
export class DuplicateStale extends DuplicateStaleSchema.class {}
DuplicateStaleSchema.setClass(DuplicateStale);
