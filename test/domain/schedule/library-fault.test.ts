import { expect, test } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { RRuleTemporal } from 'rrule-temporal';
import { Temporal } from 'temporal-polyfill';
import { expandOccurrences } from '../../../src/domain/schedule/recurrence.js';

// When this fails, the library has changed: then the workaround and the text in docs/windows.md may go.
test('the library drops the Mondays of the rule in docs/windows.md, and Interlock does not', () => {
  const block = /^> ```js\n([^]*?)^> ```/m.exec(readFileSync('docs/windows.md', 'utf8'))?.[1] ?? '';
  const code = block.replace(/^> ?/gm, '').replace('rule.between', 'return rule.between');
  expect(code).toContain("rruleString: 'FREQ=YEARLY;BYDAY=1WE,MO'");
  // eslint-disable-next-line no-new-func
  const found = new Function('RRuleTemporal', 'Temporal', code)(RRuleTemporal, Temporal) as string[];
  expect(found.map((text) => text.slice(0, 10))).toEqual(['2026-01-07']);
  const ours = expandOccurrences(
    {
      startsAt: new Date('2026-01-05T10:00:00Z'),
      endsAt: new Date('2026-01-05T11:00:00Z'),
      rrule: 'FREQ=YEARLY;BYDAY=1WE,MO',
      timeZone: 'UTC',
    },
    new Date('2026-01-01T00:00:00Z'),
    new Date('2026-02-01T00:00:00Z'),
  );
  expect(ours.map(({ startsAt }) => startsAt.toISOString().slice(8, 10))).toEqual(['05', '07', '12', '19', '26']);
});
