import { defineEntity, p } from '@mikro-orm/core';
import { CI_CLASSES } from '../../domain/cmdb/configuration-item.machine.js';
import { BOOKED_ENTRY_KINDS, WINDOW_KINDS } from '../../domain/schedule/schedule.js';
import { ConfigurationItem } from '../cmdb/configuration-item.entity.js';
import { createdAt, id, mutable, number } from '../columns.js';
import { Distribution } from '../distribution/distribution.entity.js';
import { Person } from '../people/person.entity.js';
import { Release } from '../release/release.entity.js';

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
    ciClasses: p.enum(CI_CLASSES).array().default([]),
    active: p.boolean().default(true),
    ...mutable(),
  },
  indexes: [{ properties: ['startsAt', 'id'] }],
  checks: [{ name: 'schedule_window_ends_after_start', expression: 'starts_at < ends_at' }],
});

/**
 * A change window, maintenance window or blackout: first occurrence, optional RRULE and IANA zone. It applies to its
 * CIs (schedule_window_ci) and CI classes; with neither, to everything.
 */
export class ScheduleWindow extends ScheduleWindowSchema.class {}
ScheduleWindowSchema.setClass(ScheduleWindow);

const ScheduleWindowCiSchema = defineEntity({
  name: 'ScheduleWindowCi',
  tableName: 'schedule_window_ci',
  properties: {
    id: id(),
    windowId: () => p.manyToOne(ScheduleWindow).mapToPk().fieldName('window_id').deleteRule('cascade'),
    ciId: () => p.manyToOne(ConfigurationItem).mapToPk().fieldName('ci_id').deleteRule('restrict'),
  },
  uniques: [{ properties: ['windowId', 'ciId'] }],
  indexes: [{ properties: ['ciId'] }],
});

/** A CI that a window applies to. */
export class ScheduleWindowCi extends ScheduleWindowCiSchema.class {}
ScheduleWindowCiSchema.setClass(ScheduleWindowCi);

const ScheduleEntrySchema = defineEntity({
  name: 'ScheduleEntry',
  tableName: 'schedule_entry',
  properties: {
    id: id(),
    kind: p.enum(BOOKED_ENTRY_KINDS),
    title: p.text(),
    startsAt: p.datetime(),
    endsAt: p.datetime(),
    releaseId: () => p.manyToOne(Release).mapToPk().fieldName('release_id').nullable().deleteRule('restrict'),
    distributionId: () =>
      p.manyToOne(Distribution).mapToPk().fieldName('distribution_id').nullable().deleteRule('restrict'),
    live: p.boolean().default(true),
    ...mutable(),
  },
  uniques: [
    { name: 'schedule_entry_one_per_release', properties: ['releaseId'], where: "kind = 'RELEASE'" },
    { name: 'schedule_entry_one_per_distribution', properties: ['distributionId'], where: "kind = 'DISTRIBUTION'" },
  ],
  indexes: [{ properties: ['startsAt', 'id'] }, { properties: ['endsAt'] }, { properties: ['releaseId'] }],
  checks: [{ name: 'schedule_entry_ends_after_start', expression: 'starts_at < ends_at' }],
});

/**
 * A booked interval (half open, UTC) in the Change Implementation Schedule. Cancelled entries stay and are no longer
 * live. Tasks need no booking: the schedule shows them by their planned dates.
 */
export class ScheduleEntry extends ScheduleEntrySchema.class {}
ScheduleEntrySchema.setClass(ScheduleEntry);

const WaiverSchema = defineEntity({
  name: 'Waiver',
  tableName: 'waiver',
  properties: {
    id: id(),
    releaseId: () => p.manyToOne(Release).mapToPk().fieldName('release_id').deleteRule('restrict'),
    code: p.text(),
    subjectType: p.text().nullable(),
    subjectId: p.uuid().nullable(),
    reason: p.text(),
    expiresAt: p.datetime(),
    grantedById: () => p.manyToOne(Person).mapToPk().fieldName('granted_by_id').deleteRule('restrict'),
    createdAt: createdAt(),
  },
  indexes: [{ properties: ['releaseId', 'id'] }],
});

/** Permission to pass one waivable blocker of a release, with a reason and an expiry. */
export class Waiver extends WaiverSchema.class {}
WaiverSchema.setClass(Waiver);
