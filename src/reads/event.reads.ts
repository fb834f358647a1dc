import { sql, type RawBuilder } from 'kysely';
import { type LoggedEvent, toCursor } from '../events/log.js';
import { fromNodeId, toNodeId, type NodeType } from '../domain/node-id.js';
import type { EventType } from '../schema/event.type.js';
import { column, defineEdge, defineRead } from './model.js';

/** A row of the event log as the read side has it. */
export type EventRow = LoggedEvent;

// An event that waits for its position is newer than all that have one. The indexes of the table have this expression.
const PLACE = sql`coalesce(t.position, 9007199254740991)`;

// Events carry the time of their commands, and positions the order of the commits, so a time says nearly, but not
// exactly, where in the log its events are. The relay keeps the first and the last time of every thousand positions.
const inZonesFrom = (at: RawBuilder<unknown>) =>
  sql`${PLACE} >= (select coalesce(min(z.zone), 2000000000) * 1000::bigint from event_zone z where z.last_at >= ${at})`;
const inZonesUpTo = (at: RawBuilder<unknown>) => sql`${PLACE} <= (
  select case when max(z.zone) is not distinct from (select max(y.zone) from event_zone y) then 9007199254740991
    else coalesce(max(z.zone), -1) * 1000::bigint + 999 end from event_zone z where z.first_at <= ${at})`;

// The types in the log, each found by one look into the index.
const TYPES = sql`with recursive k (v) as (
    (select e.type from domain_event e order by e.type limit 1)
    union all
    select (select e.type from domain_event e where e.type > k.v order by e.type limit 1) from k where k.v is not null
  ) select k.v from k where k.v is not null`;

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
    'tokenId',
    'requestId',
    'reason',
    'payload',
  ],
  order: {
    POSITION: { column: PLACE, type: 'bigint' },
    // The events of one object are found by the object and then sorted. Ordered by an index, PostgreSQL would rather
    // walk through the log until it has met enough of them.
    PLACE: { column: sql`${PLACE} + 0`, type: 'bigint' },
  },
  filters: {
    type: { kind: 'text', column: column('type') },
    at: { kind: 'instant', column: column('at'), atOrAfter: inZonesFrom, atOrBefore: inZonesUpTo },
    actor: { kind: 'id', type: 'Person', column: column('actorId') },
    requestId: { kind: 'text', column: column('requestId') },
  },
  groups: {
    type: (comparison) => (comparison['eq'] !== undefined ? undefined : { keys: TYPES, column: column('type') }),
    actor: ({ in: ids, ...rest }) =>
      Array.isArray(ids) && Object.values(rest).every((value) => value === undefined)
        ? {
            keys: sql`select distinct unnest(${ids.map((id) => fromNodeId('Person', id, 'actor'))}::uuid[])`,
            column: column('actorId'),
          }
        : undefined,
  },
});

/** The history of any object: events about it or of interest to its followers. */
export const eventsOf = (parent: NodeType) =>
  defineEdge<EventRow>({
    name: `${parent}.events`,
    model: eventRead,
    on: sql`t.topics @> array[p.id]`,
    defaultOrder: [{ field: 'PLACE', direction: 'DESC' }],
  });

/** Who caused an event, as the API shows it. */
export const presentActor = ({ actorId, actorName, tokenId }: EventRow): EventType['actor'] => ({
  id: actorId && toNodeId('Person', actorId),
  name: actorName,
  accessToken: tokenId && toNodeId('AccessToken', tokenId),
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
    actor: presentActor(event),
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
