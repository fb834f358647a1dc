import { blocker, type Blocker } from '../blocker.js';
import { intervalCovers, type Interval } from './interval.js';
import { conflictSubject, waivableSubjects, type ScheduleConflict } from './schedule-conflict.js';

/** A conflict of some work, with whether a waiver in force sets it aside. */
export type JudgedConflict = ScheduleConflict & {
  readonly waived: boolean;
  /** Of a conflict with a window: when windows next allow the work, as ISO text; null if not in the examined time. */
  readonly opensAt?: string | null;
};

/** Whether a conflict is with a window, so that windows say when the work is allowed. */
export const isWithWindow = ({ left, right }: ScheduleConflict): boolean =>
  left.type === 'ScheduleWindow' || right.type === 'ScheduleWindow';

/** A waiver that is in force, as far as conflicts are concerned. */
export interface ConflictWaiver {
  /** The rule it sets aside: for a conflict, its kind. */
  readonly code: string;
  /** Database id of what it is about; null for everything. */
  readonly subject: string | null;
  /** Of a blackout: the time for which it was given. */
  readonly slot: Interval | null;
}

/**
 * Whether a waiver counts at a time. On another day of the same blackout somebody has to judge again. A waiver of a
 * blackout without a time was granted before waivers had one, for a release that had none either: it covers nothing.
 */
export const waiverCovers = ({ code, slot }: Pick<ConflictWaiver, 'code' | 'slot'>, time: Interval): boolean =>
  slot === null ? code !== 'BLACKOUT' : intervalCovers(slot, time);

/** Judges conflicts by the waivers in force. @param opensAt when windows next allow the work, if they do not */
export function judgeConflicts<C extends ScheduleConflict>(
  conflicts: readonly C[],
  waivers: readonly ConflictWaiver[],
  opensAt: Date | null = null,
): (C & JudgedConflict)[] {
  const isWaived = (conflict: ScheduleConflict) => {
    const subjects = waivableSubjects(conflict);
    return waivers.some(
      (waiver) =>
        isWaivable(conflict) &&
        waiver.code === conflict.kind &&
        (waiver.subject === null || subjects.includes(waiver.subject)) &&
        waiverCovers(waiver, conflict.interval),
    );
  };
  return conflicts.map((conflict) => ({
    ...conflict,
    waived: isWaived(conflict),
    opensAt: isWithWindow(conflict) ? (opensAt?.toISOString() ?? null) : null,
  }));
}

/**
 * Whether a waiver can set a conflict aside. A mere notice needs none. A version that is not authorised is never
 * delivered: the start of a distribution refuses it without exception.
 */
export const isWaivable = ({ kind, severity }: Pick<ScheduleConflict, 'kind' | 'severity'>): boolean =>
  severity !== 'LOW' && kind !== 'MEDIA_NOT_AUTHORISED';

/**
 * The one rule for everything that occupies configuration items in time, a release or a distribution: no conflict is
 * left without a waiver, mere notices aside. A blocker per conflict.
 */
export function conflictBlockers(conflicts: readonly JudgedConflict[]): Blocker[] {
  return conflicts
    .filter((conflict) => !conflict.waived && conflict.severity !== 'LOW')
    .map((conflict) => ({ ...conflict, subject: conflictSubject(conflict) }))
    .map(({ kind, severity, message, subject, path, opensAt }) =>
      isWaivable({ kind, severity })
        ? blocker(
            kind,
            `${message} Choose another time, or have the conflict waived.`,
            ['RELEASE_MANAGER', 'CHANGE_AUTHORITY', 'RELEASE_OWNER'],
            { subject, via: path.map((id) => ({ type: 'ConfigurationItem', id })), waivable: true, opensAt },
          )
        : blocker(kind, `${message} Have it authorised, or replace it.`, ['DML_LIBRARIAN', 'RELEASE_MANAGER'], {
            subject,
          }),
    );
}
