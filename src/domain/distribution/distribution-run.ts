/** Life of one call to a deployment tool: intent stored, accepted by the tool, ended, or answer unknown. */
export const RUN_STATES = ['INTENT', 'SUBMITTED', 'FINISHED', 'REFUSED', 'UNKNOWN'] as const;

/** How a run stands. */
export type DistributionRunState = (typeof RUN_STATES)[number];
