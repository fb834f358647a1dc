/** How far the delivery to one target has come. */
export const TARGET_STATES = [
  'PENDING',
  'SENT',
  'ACKNOWLEDGED',
  'TRANSFERRING',
  'TRANSFERRED',
  'INSTALLING',
  'VERIFYING',
  'SUCCEEDED',
  'FAILED',
  'SKIPPED',
  'UNREACHABLE',
  'CANCEL_REQUESTED',
  'CANCELLED',
  'CANCEL_REJECTED',
  'UNKNOWN',
  'BACKED_OUT',
  'REJECTED',
  'EXPIRED',
] as const;

/** One of {@link TARGET_STATES}. */
export type TargetState = (typeof TARGET_STATES)[number];

/** What each state means. */
export const TARGET_STATE_DESCRIPTIONS: Readonly<Record<TargetState, string>> = {
  PENDING: 'Nothing has been sent for this target yet.',
  SENT: 'The order has gone to the tool.',
  ACKNOWLEDGED: 'The tool has taken the order for this target.',
  TRANSFERRING: 'The content is on its way to the target.',
  TRANSFERRED: 'The content has arrived at the target.',
  INSTALLING: 'The content is being installed.',
  VERIFYING: 'The installation is being checked.',
  SUCCEEDED: 'Done and good.',
  FAILED: 'Tried and failed.',
  SKIPPED: 'Left out by the tool because nothing had to be done, or never begun when the run ended.',
  UNREACHABLE: 'The tool cannot reach the target now and may still do so before the deadline.',
  CANCEL_REQUESTED: 'A cancel was asked for and the tool has not answered it.',
  CANCELLED: 'Cancelled; the tool confirmed that it did not go on.',
  CANCEL_REJECTED: 'The tool refused the cancel, so the delivery goes on.',
  UNKNOWN: 'The run is over and nobody can say what happened on this target. A later truth replaces it.',
  BACKED_OUT: 'Returned to what it carried before.',
  REJECTED: 'The target or the tool refused the content.',
  EXPIRED: 'The deadline passed before the target was reached.',
};
