/** Whether an actor is a human being or a program. */
export const PERSON_KINDS = ['HUMAN', 'SERVICE'] as const;

/** The kind of a person who can act. */
export type PersonKind = (typeof PERSON_KINDS)[number];
