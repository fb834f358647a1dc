import { defineEntity, p } from '@mikro-orm/core';
import { Release } from '../release/release.entity.js';

const ScheduleWorkSchema = defineEntity({
  name: 'ScheduleWork',
  tableName: 'schedule_work',
  properties: {
    /** Id of the entry in the schedule or, for work that has none, of the distribution. */
    id: p.uuid().primary(),
    releaseId: () => p.manyToOne(Release).mapToPk().fieldName('release_id').deleteRule('cascade'),
    distributionId: p.uuid().nullable(),
    entryId: p.uuid().nullable(),
    startsAt: p.datetime(),
    endsAt: p.datetime(),
    /** When its back-out would end; the same as its own end where nobody said how long one takes. */
    backOutEndsAt: p.datetime(),
    tier: p.smallint(),
    /** Digest of what it touches, by which a change is noticed. Null for work that touches too much to be kept. */
    reachDigest: p.text().nullable(),
  },
  indexes: [
    { properties: ['releaseId'] },
    { properties: ['tier', 'startsAt'] },
    { properties: ['endsAt'] },
    { properties: ['backOutEndsAt'] },
    { name: 'schedule_work_unkept', properties: ['releaseId'], where: 'reach_digest is null' },
  ],
});

/**
 * What occupies configuration items in time: releases and distributions, as the rules of conflicts see them. Derived
 * from entries, distributions and runs, and kept because conflicts are looked for by what they touch.
 */
export class ScheduleWork extends ScheduleWorkSchema.class {}
ScheduleWorkSchema.setClass(ScheduleWork);
