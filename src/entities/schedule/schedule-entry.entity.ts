import { defineEntity, p } from '@mikro-orm/core';
import { BOOKED_ENTRY_KINDS } from '../../domain/schedule/schedule.js';
import { id, mutable } from '../columns.js';
import { Distribution } from '../distribution/distribution.entity.js';
import { Release } from '../release/release.entity.js';

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
