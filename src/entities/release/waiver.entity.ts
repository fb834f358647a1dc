import { defineEntity, p } from '@mikro-orm/core';
import { WAIVER_STATES } from '../../domain/release/waiver.machine.js';
import { id, mutable } from '../columns.js';
import { Person } from '../people/person.entity.js';
import { Release } from './release.entity.js';

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
    slotStart: p.datetime().nullable(),
    slotEnd: p.datetime().nullable(),
    expiresAt: p.datetime(),
    grantedById: () => p.manyToOne(Person).mapToPk().fieldName('granted_by_id').deleteRule('restrict'),
    state: p.enum(WAIVER_STATES).default('GRANTED'),
    revokedById: () => p.manyToOne(Person).mapToPk().fieldName('revoked_by_id').nullable().deleteRule('restrict'),
    revokedAt: p.datetime().nullable(),
    revokeReason: p.text().nullable(),
    ...mutable(),
  },
  indexes: [{ properties: ['releaseId', 'id'] }],
});

/**
 * Permission to pass one waivable blocker of a release, with a reason and an expiry, until it is revoked. One of a
 * blackout counts for the time from `slotStart` to `slotEnd`.
 */
export class Waiver extends WaiverSchema.class {}

WaiverSchema.setClass(Waiver);
