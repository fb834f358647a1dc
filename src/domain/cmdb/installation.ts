/** How sure the record is: the tool said so, the digest was verified on the target, or discovery saw it. */
export const ASSURANCES = ['REPORTED', 'VERIFIED', 'DISCOVERED'] as const;

/** How sure the record of an installation is. */
export type Assurance = (typeof ASSURANCES)[number];
