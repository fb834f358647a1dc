import { insert, type Words } from './words.js';

/** The slots of releases in the calendar. */
export const scheduleRows = ({ id, release, doneRows, beginMs, begin, rollOut, rollOutEnd }: Words): string[] => [
  insert(
    'schedule_entry',
    {
      id: id('schedule_entry', 'r', beginMs),
      kind: `'RELEASE'`,
      title: `'Release ' || r`,
      starts_at: rollOut,
      ends_at: rollOutEnd,
      release_id: release('r'),
      live: 'true',
      created_at: begin,
      updated_at: begin,
    },
    doneRows,
  ),
];
