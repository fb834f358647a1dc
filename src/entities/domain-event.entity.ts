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
  triggers: [
    {
      name: 'append_only',
      timing: 'before',
      events: ['update', 'delete'],
      // Rows are never deleted. The only allowed update is the relay setting the position of a row.
      body:
        "if tg_op = 'UPDATE' and old.position is null and new.position is not null " +
        "and (to_jsonb(new) - 'position') = (to_jsonb(old) - 'position') then return new; end if; " +
        "raise exception 'domain_event is append-only' using errcode = '23514';",
    },
  ],
});

/**
 * The event log, outbox and audit trail in one append-only table. A row is written in the transaction of the change
 * that it records. The relay sets `position` afterwards, in strictly rising order; cursors are positions.
 */
export class DomainEvent extends DomainEventSchema.class {}
DomainEventSchema.setClass(DomainEvent);
