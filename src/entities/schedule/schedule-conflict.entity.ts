import { defineEntity, p } from '@mikro-orm/core';
import { CONFLICT_SEVERITIES, SCHEDULE_CONFLICT_KINDS } from '../../domain/schedule/schedule-conflict.js';

const ScheduleConflictSchema = defineEntity({
  name: 'ScheduleConflict',
  tableName: 'schedule_conflict',
  properties: {
    key: p.text().primary(),
    kind: p.enum(SCHEDULE_CONFLICT_KINDS),
    severity: p.enum(CONFLICT_SEVERITIES),
    startsAt: p.datetime(),
    endsAt: p.datetime(),
    tier: p.smallint(),
    /** Id of the work or, of an overload, of the task. */
    leftId: p.uuid(),
    /** Id of the other work, task or window. */
    rightId: p.uuid(),
    leftReleaseId: p.uuid().nullable(),
    /** Null for a window. */
    rightReleaseId: p.uuid().nullable(),
    ciId: p.uuid().nullable(),
    personId: p.uuid().nullable(),
    teamId: p.uuid().nullable(),
    path: p.uuid().array(),
    relationIds: p.uuid().array(),
  },
  indexes: [
    {
      // The order of the list: `src/reads/schedule/schedule-conflict.reads.ts`.
      name: 'schedule_conflict_order',
      expression:
        'create index "schedule_conflict_order" on "schedule_conflict" ' +
        '("severity", "tier", "starts_at", "key" collate "C")',
    },
    { properties: ['leftId'] },
    { properties: ['leftReleaseId'] },
    { properties: ['rightReleaseId'] },
    { name: 'schedule_conflict_window', properties: ['rightId'] },
    { properties: ['personId'] },
    { properties: ['teamId'] },
  ],
});

/**
 * A conflict of the schedule, as found when the work, the window or the relation that causes it last changed. Names and
 * messages are not in it: they are put together when it is read.
 */
export class KeptConflict extends ScheduleConflictSchema.class {}
ScheduleConflictSchema.setClass(KeptConflict);
