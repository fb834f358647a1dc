import { defineEntity, p } from '@mikro-orm/core';

const ScheduleReachSchema = defineEntity({
  name: 'ScheduleReach',
  tableName: 'schedule_reach',
  properties: {
    workId: p.uuid().primary(),
    ciId: p.uuid().primary(),
    /** Number of relations between a target and the item; 0 for a target. */
    steps: p.smallint(),
    /** The item before it on the shortest path from a target; null for a target. */
    viaId: p.uuid().nullable(),
    startsAt: p.datetime(),
    endsAt: p.datetime(),
    tier: p.smallint(),
  },
  indexes: [{ properties: ['ciId', 'tier', 'startsAt'] }],
});

/**
 * A configuration item that work touches: a target, or an item that it impacts. Derived, like the work itself. It has
 * no foreign key: a rollout has tens of thousands of these rows, which are deleted together with their work.
 */
export class ScheduleReach extends ScheduleReachSchema.class {}
ScheduleReachSchema.setClass(ScheduleReach);
