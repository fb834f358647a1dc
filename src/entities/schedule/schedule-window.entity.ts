import { defineEntity, p } from '@mikro-orm/core';
import type { KeptFilter } from '../../domain/distribution/target-choice.js';
import { CI_CLASSES } from '../../domain/cmdb/configuration-item.machine.js';
import { WINDOW_KINDS } from '../../domain/schedule/schedule.js';
import type { WindowException } from '../../domain/schedule/window-exception.js';
import { externalRef, id, mutable, number } from '../columns.js';

const ScheduleWindowSchema = defineEntity({
  name: 'ScheduleWindow',
  tableName: 'schedule_window',
  properties: {
    id: id(),
    number: number('WIN', 'schedule_window'),
    name: p.text(),
    description: p.text().default(''),
    kind: p.enum(WINDOW_KINDS),
    startsAt: p.datetime(),
    endsAt: p.datetime(),
    rrule: p.text().nullable(),
    timeZone: p.text().default('UTC'),
    exceptions: p.json<WindowException[]>().default([]),
    ciClasses: p.enum(CI_CLASSES).array().default([]),
    filter: p.json<KeptFilter>().nullable(),
    active: p.boolean().default(true),
    ...externalRef(),
    ...mutable(),
  },
  uniques: [{ properties: ['externalSource', 'externalKey'] }],
  indexes: [{ properties: ['startsAt', 'id'] }],
  checks: [{ name: 'schedule_window_ends_after_start', expression: 'starts_at < ends_at' }],
});

/**
 * A change window, maintenance window or blackout: first occurrence, optional RRULE and IANA zone. It applies to its
 * CIs and services (schedule_window_ci), to CI classes and to what its filter finds; with none of them, to everything.
 * A window of an imported calendar has the name of the calendar and the UID of its event as external reference.
 */
export class ScheduleWindow extends ScheduleWindowSchema.class {}
ScheduleWindowSchema.setClass(ScheduleWindow);
