import { defineEntity, p } from '@mikro-orm/core';
import { CHANGE_RELEASE_REQUEST_STATES, REQUEST_MODES } from '../../domain/change/change-release-request.machine.js';
import { byInstant, id, mutable, number, whereGiven } from '../columns.js';
import { Person } from '../people/person.entity.js';
import { Release } from '../release/release.entity.js';
import { Change } from './change.entity.js';

const ChangeReleaseRequestSchema = defineEntity({
  name: 'ChangeReleaseRequest',
  tableName: 'change_release_request',
  properties: {
    id: id(),
    number: number('CRR', 'change_release_request'),
    changeId: () => p.manyToOne(Change).mapToPk().fieldName('change_id').deleteRule('restrict'),
    releaseId: () => p.manyToOne(Release).mapToPk().fieldName('release_id').nullable().deleteRule('restrict'),
    mode: p.enum(REQUEST_MODES),
    state: p.enum(CHANGE_RELEASE_REQUEST_STATES).default('SUBMITTED'),
    justification: p.text().default(''),
    requestedById: () => p.manyToOne(Person).mapToPk().fieldName('requested_by_id').deleteRule('restrict'),
    decidedById: () => p.manyToOne(Person).mapToPk().fieldName('decided_by_id').nullable().deleteRule('restrict'),
    decidedAt: p.datetime().nullable(),
    decisionReason: p.text().nullable(),
    expiresAt: p.datetime().nullable(),
    ...mutable(),
  },
  uniques: [{ name: 'change_release_request_one_open', properties: ['changeId'], where: "state = 'SUBMITTED'" }],
  indexes: [
    { properties: ['changeId'] },
    { properties: ['releaseId'] },
    { properties: ['requestedById'] },
    whereGiven('change_release_request', 'decided_by_id'),
    { properties: ['state', 'id'] },
    byInstant('change_release_request', 'expires_at'),
  ],
});

/** A request that a release implement a change. At most one is open per change. */
export class ChangeReleaseRequest extends ChangeReleaseRequestSchema.class {}

ChangeReleaseRequestSchema.setClass(ChangeReleaseRequest);
