import { defineEntity, p } from '@mikro-orm/core';

const ScheduleStaleSchema = defineEntity({
  name: 'ScheduleStale',
  tableName: 'schedule_stale',
  properties: {
    id: p.bigint('number').primary().autoincrement(),
    releaseId: p.uuid().nullable(),
    personId: p.uuid().nullable(),
    teamId: p.uuid().nullable(),
  },
  indexes: [{ properties: ['releaseId'] }, { properties: ['personId'] }, { properties: ['teamId'] }],
});

/**
 * A release, a person or a team whose kept conflicts have to be found again, because something they depend on changed.
 * Triggers of the database write it, so that no writer can forget.
 */
export class ScheduleStale extends ScheduleStaleSchema.class {}
ScheduleStaleSchema.setClass(ScheduleStale);
