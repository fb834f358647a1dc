import { defineEntity, p } from '@mikro-orm/core';
import { createdAt, id } from '../columns.js';
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
    expiresAt: p.datetime(),
    grantedById: () => p.manyToOne(Person).mapToPk().fieldName('granted_by_id').deleteRule('restrict'),
    createdAt: createdAt(),
  },
  indexes: [{ properties: ['releaseId', 'id'] }],
});

/** Permission to pass one waivable blocker of a release, with a reason and an expiry. */
export class Waiver extends WaiverSchema.class {}

WaiverSchema.setClass(Waiver);
