import type { WindowException } from './window-exception.js';

/** The kinds of window in the schedule. */
export const WINDOW_KINDS = ['CHANGE_WINDOW', 'MAINTENANCE_WINDOW', 'BLACKOUT'] as const;

/** One of {@link WINDOW_KINDS}. */
export type WindowKind = (typeof WINDOW_KINDS)[number];

/** What each kind of window means. */
export const WINDOW_KIND_DESCRIPTIONS: Readonly<Record<WindowKind, string>> = {
  CHANGE_WINDOW: 'Time for implementing changes.',
  MAINTENANCE_WINDOW: 'Time agreed with the users of a service for maintenance. Changes can be implemented in it too.',
  BLACKOUT: 'Time in which no changes are allowed.',
};

/** The kinds of entry in the schedule. */
export const SCHEDULE_ENTRY_KINDS = ['RELEASE', 'DISTRIBUTION', 'TASK', 'CHANGE', 'CAB_MEETING'] as const;

/** One of {@link SCHEDULE_ENTRY_KINDS}. */
export type ScheduleEntryKind = (typeof SCHEDULE_ENTRY_KINDS)[number];

/** Kinds that are booked explicitly. A task or change appears in the schedule because of its planned dates. */
export const BOOKED_ENTRY_KINDS = [
  'RELEASE',
  'DISTRIBUTION',
  'CAB_MEETING',
] as const satisfies readonly ScheduleEntryKind[];

/** What each kind of entry means. */
export const SCHEDULE_ENTRY_KIND_DESCRIPTIONS: Readonly<Record<ScheduleEntryKind, string>> = {
  RELEASE: 'The planned deployment of a release.',
  DISTRIBUTION: 'The scheduled start and end of a distribution to its targets.',
  TASK: 'A task of a release plan that has planned dates.',
  CHANGE: 'An authorised change that has planned dates, in a release or not.',
  CAB_MEETING: 'A meeting of the change advisory board.',
};

/** When a window is open: once, or repeatedly by the local time of its time zone. */
export interface Recurrence {
  /** The first occurrence. */
  readonly startsAt: Date;
  readonly endsAt: Date;
  /**
   * An RFC 5545 recurrence rule without `RRULE:`, e.g. `FREQ=WEEKLY;BYDAY=SU`. Absent for a window that is open once.
   */
  readonly rrule?: string | null;
  /** IANA name, e.g. `Europe/Berlin`. */
  readonly timeZone: string;
  /** Resolves an ambiguous end when the clock is set back: a blackout lasts until the later one. */
  readonly kind?: WindowKind;
  /** Occurrences that are cancelled, moved or added. */
  readonly exceptions?: readonly WindowException[];
}
