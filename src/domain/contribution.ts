/**
 * What a person did for an object that somebody else has to approve: wrote what is approved, or worked on a task of its
 * building.
 */
export const CONTRIBUTION_PARTS = ['AUTHOR', 'BUILDER'] as const;

/** One of {@link CONTRIBUTION_PARTS}. */
export type ContributionPart = (typeof CONTRIBUTION_PARTS)[number];

/** Types of the objects that are approved by somebody without a part in them. */
export const APPROVED_TYPES = [
  'Change',
  'Distribution',
  'DmlItemVersion',
  'Release',
  'ReleaseTemplateVersion',
] as const;

/** One of {@link APPROVED_TYPES}. */
export type ApprovedType = (typeof APPROVED_TYPES)[number];
