/** The kinds of conflict that the schedule can have. Each is also the code of the blocker it becomes. */
export const SCHEDULE_CONFLICT_KINDS = ['CI_CONFLICT', 'IMPACTED_CI_CONFLICT', 'BLACKOUT', 'OUTSIDE_CHANGE_WINDOW', 'RESOURCE_OVERLOAD'] as const;

/** One of {@link SCHEDULE_CONFLICT_KINDS}. */
export type ScheduleConflictKind = (typeof SCHEDULE_CONFLICT_KINDS)[number];

/** The kinds of window in the schedule. */
export const WINDOW_KINDS = ['CHANGE_WINDOW', 'MAINTENANCE_WINDOW', 'BLACKOUT'] as const;

/** One of {@link WINDOW_KINDS}. */
export type WindowKind = (typeof WINDOW_KINDS)[number];

/** What each kind of window means. */
export const WINDOW_KIND_DESCRIPTIONS: Readonly<Record<WindowKind, string>> = {
  CHANGE_WINDOW: 'Time in which changes may be implemented.',
  MAINTENANCE_WINDOW: 'Time that a service has agreed for maintenance; changes may be implemented in it too.',
  BLACKOUT: 'Time in which nothing may be changed.',
};
