import { defineEntity, p } from '@mikro-orm/core';
import { CALENDAR_FEED_SCOPES } from '../../domain/schedule/calendar-feed.js';
import { ConfigurationItem } from '../cmdb/configuration-item.entity.js';
import { id, mutable } from '../columns.js';
import { Person } from '../people/person.entity.js';
import { Release } from '../release/release.entity.js';

const CalendarFeedSchema = defineEntity({
  name: 'CalendarFeed',
  tableName: 'calendar_feed',
  properties: {
    id: id(),
    name: p.text(),
    personId: () => p.manyToOne(Person).mapToPk().fieldName('person_id').deleteRule('restrict'),
    scope: p.enum(CALENDAR_FEED_SCOPES),
    ciId: () => p.manyToOne(ConfigurationItem).mapToPk().fieldName('ci_id').nullable().deleteRule('restrict'),
    involvedId: () => p.manyToOne(Person).mapToPk().fieldName('involved_id').nullable().deleteRule('restrict'),
    releaseId: () => p.manyToOne(Release).mapToPk().fieldName('release_id').nullable().deleteRule('restrict'),
    secretHash: p.text(),
    rotatedAt: p.datetime().nullable(),
    revokedAt: p.datetime().nullable(),
    lastUsedAt: p.datetime().nullable(),
    /** The tokens that it was created with. It is worth nothing once one of them is revoked. */
    lineage: p.uuid().array().default([]),
    /** Subject at the identity provider with whose sign-in it was created. It is worth nothing for another one. */
    subject: p.text().nullable(),
    ...mutable(),
  },
  indexes: [
    { properties: ['personId'] },
    { properties: ['ciId'] },
    { properties: ['involvedId'] },
    { properties: ['releaseId'] },
  ],
  checks: [
    {
      name: 'calendar_feed_shows_its_scope',
      expression: `(ci_id is not null) = (scope in ('CONFIGURATION_ITEM', 'SERVICE'))
        and (involved_id is not null) = (scope = 'PERSON') and (release_id is not null) = (scope = 'RELEASE')`,
    },
  ],
});

/** A secret address under which calendar programs read the schedule. Only the SHA-256 of its secret is stored. */
export class CalendarFeed extends CalendarFeedSchema.class {}
CalendarFeedSchema.setClass(CalendarFeed);
