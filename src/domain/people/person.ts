/** Whether an actor is a human or a service account. */
export const PERSON_KINDS = ['HUMAN', 'SERVICE'] as const;

/** One of {@link PERSON_KINDS}. */
export type PersonKind = (typeof PERSON_KINDS)[number];
