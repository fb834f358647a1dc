import type { ScheduleConflict, UnsaidConflict } from './schedule-conflict.js';
import { intervalText } from './interval.js';

// The key of work outside its windows names all windows that hold for the target.
const more = ({ key }: UnsaidConflict): string => {
  const windows = key.split(':').length - 2;
  return windows > 1 ? ` and ${windows - 1} more ${windows === 2 ? 'window' : 'windows'}` : '';
};

/**
 * What a conflict says to people: both parties, the way between them and the time.
 * @param nameOf the name of a configuration item on its path
 */
export function conflictMessage(conflict: UnsaidConflict, nameOf: (ciId: string) => string): string {
  const { kind, left, right, path, ciId, person, team, interval } = conflict;
  const [one, other] = [`"${left.name}"`, `"${right.name}"`];
  const item = ciId === null ? '' : nameOf(ciId);
  const time = `from ${intervalText(interval)}.`;
  const way = path.map(nameOf).join(' > ');
  switch (kind) {
    case 'RESOURCE_OVERLOAD':
      if (left.id === right.id) return `${person?.name ?? 'Somebody'} is absent or does not work during ${one} ${time}`;
      return `${person?.name ?? 'Somebody'} is busy with ${other} and ${one} ${time}`;
    case 'TEAM_OVERLOAD':
      return `Team "${team?.name ?? ''}" has too many tasks at once with ${one}, ${other} among them, ${time}`;
    case 'MEDIA_NOT_AUTHORISED':
      return `${one} delivers ${other}, which is not authorised, ${time}`;
    case 'DEPENDENCY_ORDER':
      return `${one} begins before ${other} has ended, on which it depends: ${intervalText(interval)}.`;
    case 'NO_TIME_TO_BACK_OUT':
      return `After ${one} too little time is left for a back-out, because of ${other}, ${time}`;
    case 'BLACKOUT':
      return `${one} ${path.length === 1 ? 'works on' : 'impacts'} ${way} during blackout ${other} ${time}`;
    case 'OUTSIDE_CHANGE_WINDOW':
      return `${one} works on ${item} outside ${other}${more(conflict)} ${time}`;
    case 'REDUNDANCY_CONFLICT':
      if (left.id === right.id) return `${one} takes every member of ${item} ${time}`;
      if (left.work?.releaseId != null && left.work.releaseId === right.work?.releaseId)
        return `${one} takes the last members of ${item} while ${other} has others ${time}`;
      break;
    case 'CI_CONFLICT':
    case 'IMPACTED_CI_CONFLICT':
  }
  return `${one} and ${other} clash ${path.length === 1 ? `on ${item}` : `through ${way}`} ${time}`;
}

/** A conflict with its message. @param nameOf the name of a configuration item on its path */
export const withMessage = (conflict: UnsaidConflict, nameOf: (ciId: string) => string): ScheduleConflict => ({
  ...conflict,
  message: conflictMessage(conflict, nameOf),
});
