import { defineEntity, p } from '@mikro-orm/core';

const EventZoneSchema = defineEntity({
  name: 'EventZone',
  tableName: 'event_zone',
  properties: {
    zone: p.integer().primary().autoincrement(false),
    firstAt: p.datetime(),
    lastAt: p.datetime(),
  },
});

/**
 * The earliest and the latest time among a thousand neighbours in the event log: zone 3 has the positions 3000 to 3999.
 * The relay keeps it. Times and positions of events run nearly alike, but not quite; with the zones a list by time
 * finds where in the log to begin and to end.
 */
export class EventZone extends EventZoneSchema.class {}
EventZoneSchema.setClass(EventZone);
