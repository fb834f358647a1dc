import { defineEntity, p } from '@mikro-orm/core';
import { id } from './columns.js';

// `src/reads/event.reads.ts` orders by the same expression.
const PLACE = '(coalesce("position", 9007199254740991))';

const EDIT = `"aggregate_type" = 'ConfigurationItem'`;
const RELATION = `"type" in ('configuration-item.related', 'configuration-item.unrelated')`;

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
    /** The token that the actor used, if any. */
    tokenId: p.uuid().nullable(),
    requestId: p.text(),
    reason: p.text().nullable(),
    payload: p.json<Record<string, unknown>>(),
  },
  indexes: [
    { name: 'domain_event_unrelayed', properties: ['sequence'], where: 'position is null' },
    { name: 'domain_event_topics', properties: ['topics'], type: 'gin' },
    // The order in which the log is listed. An event that waits for its position is newer than all that have one.
    { name: 'domain_event_order', expression: `create index "domain_event_order" on "domain_event" (${PLACE})` },
    { name: 'domain_event_type', expression: `create index "domain_event_type" on "domain_event" ("type", ${PLACE})` },
    {
      name: 'domain_event_actor',
      expression: `create index "domain_event_actor" on "domain_event" ("actor_id", ${PLACE})`,
    },
    { name: 'domain_event_request', properties: ['requestId'] },
    // Edits of the record of configuration items, by item, by person, in order and by the change that they needed; and
    // the other ends of relations. `src/reads/cmdb/ci-touch.parts.ts` finds them.
    ...[
      ['domain_event_edit', '"at", "id"'],
      ['domain_event_edit_of_item', '"aggregate_id", "at"'],
      ['domain_event_edit_by_actor', '"actor_id", "at"'],
    ].map(([name = '', columns = '']) => ({
      name,
      expression: `create index "${name}" on "domain_event" (${columns}) where ${EDIT}`,
    })),
    {
      name: 'domain_event_edit_under_change',
      expression:
        'create index "domain_event_edit_under_change" on "domain_event" using gin ("topics") ' +
        `where ${EDIT} and "payload" -> 'underChanges' is not null`,
    },
    ...[
      ['domain_event_relation', '"at"'],
      ['domain_event_relation_of_item', '("topics"[2]), "at"'],
    ].map(([name = '', columns = '']) => ({
      name,
      expression: `create index "${name}" on "domain_event" (${columns}) where ${RELATION}`,
    })),
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
