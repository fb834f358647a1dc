/** What a DML item is made of. */
export const DML_ITEM_KINDS = ['SOFTWARE', 'FIRMWARE', 'HARDWARE', 'DOCUMENT'] as const;

/** One of {@link DML_ITEM_KINDS}. */
export type DmlItemKind = (typeof DML_ITEM_KINDS)[number];

/** What each kind means. */
export const DML_ITEM_KIND_DESCRIPTIONS: Readonly<Record<DmlItemKind, string>> = {
  SOFTWARE: 'A program, package or configuration that is installed.',
  FIRMWARE: 'Software that is embedded in a device.',
  HARDWARE: 'A definitive spare. Its media are the documents that come with it.',
  DOCUMENT: 'A document that belongs to a product, e.g. a manual.',
};

/** What a check found wrong with stored media. */
export const MEDIA_PROBLEMS = ['MISSING', 'ALTERED'] as const;

/** One of {@link MEDIA_PROBLEMS}. */
export type MediaProblem = (typeof MEDIA_PROBLEMS)[number];

/** What each problem means. */
export const MEDIA_PROBLEM_DESCRIPTIONS: Readonly<Record<MediaProblem, string>> = {
  MISSING: 'The media store has no bytes under the digest.',
  ALTERED: 'The bytes in the media store have another digest than the one they were stored under.',
};

/** Whether a text is a SHA-256 as Interlock writes it: 64 lower-case hexadecimal digits. */
export const isDigest = (text: string): boolean => /^[0-9a-f]{64}$/.test(text);
