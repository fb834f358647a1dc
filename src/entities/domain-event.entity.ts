import { defineEntity, p } from '@mikro-orm/core';
import { id } from './columns.js';

const DomainEventSchema = defineEntity({
  name: 'DomainEvent',
  tableName: 'domain_event',
  properties: {
    id: id(),
    position: p.bigint('number').nullable().unique(),
    sequence: p.bigint('number').autoincrement(),
    type: p.text(),
    aggregateType: p.text(),
    aggregateId: p.uuid(),
    aggregateVersion: p.integer(),
    topics: p.uuid().array(),
    at: p.datetime(),
    actorId: p.uuid().nullable(),
    actorName: p.text(),
    requestId: p.text(),
    reason: p.text().nullable(),
    payload: p.json<Record<string, unknown>>(),
  },
  indexes: [
    { name: 'domain_event_unrelayed', properties: ['sequence'], where: 'position is null' },
    { name: 'domain_event_topics', properties: ['topics'], type: 'gin' },
    { properties: ['aggregateId', 'position'] },
  ],
});

/**
 * The event log, outbox and audit trail in one append-only table. A row is written in the transaction of the change it tells of;
 * `position` is stamped afterwards by the relay, in an order that never goes back, and is what cursors are made of.
 */
export class DomainEvent extends DomainEventSchema.class {}
DomainEventSchema.setClass(DomainEvent);
