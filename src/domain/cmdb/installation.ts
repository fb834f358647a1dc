/** Source of an installation record: reported by the tool, digest verified on the target, or found by discovery. */
export const ASSURANCES = ['REPORTED', 'VERIFIED', 'DISCOVERED'] as const;

/** One of {@link ASSURANCES}. */
export type Assurance = (typeof ASSURANCES)[number];
