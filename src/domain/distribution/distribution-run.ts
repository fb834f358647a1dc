/** Life of one call to a deployment tool: intent stored, accepted by the tool, ended, or answer unknown. */
export const RUN_STATES = ['INTENT', 'SUBMITTED', 'FINISHED', 'REFUSED', 'UNKNOWN'] as const;

/** How a run stands. */
export type DistributionRunState = (typeof RUN_STATES)[number];

/**
 * Why a run must end early: a person asked for it (`stop` or `abort`, as an adapter knows them), or its `deadline`
 * passed.
 */
export type CancelMode = 'stop' | 'abort' | 'deadline';

/** The tool's answer to a cancel; `UNSUPPORTED` when the tool has no cancel and was not asked. */
export type CancelAnswer = 'ACCEPTED' | 'REJECTED' | 'UNSUPPORTED';

/** A command that the tool has yet to receive. */
export type RunControl = 'PAUSE' | 'RESUME';

/**
 * After how many failures in a row a tool counts as silent: an event says so, and people may report what they see on
 * its targets.
 */
export const SILENT_AFTER = 3;
