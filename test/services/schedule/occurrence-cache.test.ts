import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { endOfRecurrence, expandOccurrences } from '../../../src/domain/schedule/recurrence.js';
import type { Recurrence } from '../../../src/domain/schedule/schedule.js';
import { endOf, occurrencesIn } from '../../../src/facts/schedule/occurrence-cache.js';

const DAY = 86_400_000;
const HOUR = DAY / 24;
const START = Date.UTC(2026, 0, 1, 21);

describe('occurrences that are kept', () => {
  test('are those that are worked out, in whichever spans they are asked for', () => {
    const rrule = fc.constantFrom(
      null,
      'FREQ=DAILY',
      'FREQ=DAILY;COUNT=40',
      'FREQ=WEEKLY;BYDAY=SU',
      'FREQ=MONTHLY;BYMONTHDAY=-1',
      'FREQ=WEEKLY;INTERVAL=3;UNTIL=20270101T000000Z',
    );
    const window = fc.record({
      rrule,
      timeZone: fc.constantFrom('UTC', 'Europe/Berlin', 'Pacific/Kiritimati', 'Pacific/Niue'),
      hours: fc.integer({ min: 1, max: 200 }),
      kind: fc.constantFrom('CHANGE_WINDOW' as const, 'BLACKOUT' as const),
    });
    fc.assert(
      fc.property(
        window,
        fc.integer({ min: -40, max: 700 }),
        fc.integer({ min: 1, max: 90 * 24 }),
        ({ hours, ...rest }, day, length) => {
          const recurrence: Recurrence = { ...rest, startsAt: new Date(START), endsAt: new Date(START + hours * HOUR) };
          const from = new Date(START + day * DAY);
          const to = new Date(from.getTime() + length * HOUR);
          const span = { startsAt: from, endsAt: to };
          expect(occurrencesIn(recurrence, span)).toEqual(expandOccurrences(recurrence, from, to));
          expect(occurrencesIn(recurrence, span)).toEqual(occurrencesIn({ ...recurrence }, span));
          expect(endOf(recurrence)).toEqual(endOfRecurrence(recurrence));
        },
      ),
      { numRuns: 200 },
    );
  });
});
