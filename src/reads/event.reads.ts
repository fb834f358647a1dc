import { sql } from 'kysely';
import { type LoggedEvent, toCursor } from '../events/log.js';
import { toNodeId, type NodeType } from '../domain/node-id.js';
import type { EventType } from '../schema/event.type.js';
import { column, defineEdge, defineRead } from './model.js';

/** A row of the event log as the read side has it. */
export type EventRow = LoggedEvent;

/** How events are read as a list. Only events that have their position are shown, so that every cursor stays valid. */
export const eventRead = defineRead<EventRow>({
  type: 'Event',
  table: 'domain_event',
  keys: [
    'position',
    'type',
    'aggregateType',
    'aggregateId',
    'aggregateVersion',
    'at',
    'actorId',
    'actorName',
    'requestId',
    'reason',
    'payload',
  ],
  order: { POSITION: { column: sql`coalesce(t.position, 9007199254740991)`, type: 'bigint' } },
  filters: {
    type: { kind: 'text', column: column('type') },
    at: { kind: 'instant', column: column('at') },
    actor: { kind: 'id', type: 'Person', column: column('actorId') },
    requestId: { kind: 'text', column: column('requestId') },
  },
});

/** The history of any object: events about it or of interest to its followers. */
export const eventsOf = (parent: NodeType) =>
  defineEdge<EventRow>({
    name: `${parent}.events`,
    model: eventRead,
    on: sql`t.topics @> array[p.id]`,
    defaultOrder: [{ field: 'POSITION', direction: 'DESC' }],
  });

/** An event as the API shows it. Nothing is looked up: the row is complete in itself. */
export function presentEvent(event: EventRow): EventType {
  const { subject, changes, ...data } = event.payload as {
    changes?: EventType['changes'];
    subject?: { number: string | null; name: string | null; state: string | null };
  };
  return {
    id: event.id,
    cursor: toCursor(event.position ?? 0),
    type: event.type,
    at: event.at,
    actor: { id: event.actorId && toNodeId('Person', event.actorId), name: event.actorName },
    subject: {
      id: toNodeId(event.aggregateType as NodeType, event.aggregateId),
      type: event.aggregateType,
      version: event.aggregateVersion,
      number: subject?.number ?? null,
      name: subject?.name ?? null,
      state: subject?.state ?? null,
    },
    reason: event.reason,
    requestId: event.requestId,
    changes: changes ?? [],
    data,
  };
}
