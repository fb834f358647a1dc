import type { CiClass, Criticality, LifecycleState } from './configuration-item.machine.js';

/** Most rows of one import. */
export const MAX_IMPORT_ROWS = 500;

/** What to do when a row cannot be taken. */
export const IMPORT_ERROR_POLICIES = ['IGNORE_FAILED', 'REJECT_EVERYTHING'] as const;

/** One of {@link IMPORT_ERROR_POLICIES}. */
export type ImportErrorPolicy = (typeof IMPORT_ERROR_POLICIES)[number];

/** What each policy does. */
export const IMPORT_ERROR_POLICY_DESCRIPTIONS: Readonly<Record<ImportErrorPolicy, string>> = {
  IGNORE_FAILED: 'Takes the good rows and reports the others.',
  REJECT_EVERYTHING: 'Takes nothing unless every row can be taken.',
};

/** What became of a row. */
export const IMPORT_STATUSES = ['CREATED', 'UPDATED', 'UNCHANGED', 'FAILED', 'NOT_WRITTEN'] as const;

/** One of {@link IMPORT_STATUSES}. */
export type ImportStatus = (typeof IMPORT_STATUSES)[number];

/** What each status means. */
export const IMPORT_STATUS_DESCRIPTIONS: Readonly<Record<ImportStatus, string>> = {
  CREATED: 'It was registered.',
  UPDATED: 'It was known and differed; it has been edited.',
  UNCHANGED: 'It was known and differs in nothing; nothing was written.',
  FAILED: 'It could not be taken; the code tells why.',
  NOT_WRITTEN: 'It could have been taken, but another row failed and everything was rejected.',
};

/** Why a row was not taken. */
export const IMPORT_FAILURES = ['BAD_USER_INPUT', 'NOT_FOUND', 'DUPLICATE_ROW', 'CLASS_FIXED', 'CI_PROTECTED'] as const;

/** One of {@link IMPORT_FAILURES}. */
export type ImportFailure = (typeof IMPORT_FAILURES)[number];

/** What each reason means. */
export const IMPORT_FAILURE_DESCRIPTIONS: Readonly<Record<ImportFailure, string>> = {
  BAD_USER_INPUT: 'A value is malformed, too long or missing.',
  NOT_FOUND: 'It refers to something that does not exist.',
  DUPLICATE_ROW: 'An earlier row of the same import has the same reference.',
  CLASS_FIXED: 'The item is known with another class, and the class of an item cannot change.',
  CI_PROTECTED: 'The item is in a protected lifecycle state and no authorised change names it as target.',
};

/** One configuration item as another system knows it. What is absent stays as it is. */
export interface ImportRow {
  readonly externalRef: { readonly source: string; readonly key: string };
  readonly name: string;
  readonly ciClass: CiClass;
  readonly description?: string | null;
  readonly criticality?: Criticality | null;
  readonly lifecycleState?: LifecycleState | null;
  /** Null takes it away. */
  readonly ownerTeamId?: string | null;
  readonly attributes?: Record<string, unknown> | null;
  readonly bindings?: Record<string, unknown> | null;
}

/** What became of one row; plain JSON. */
export interface ImportRowResult {
  /** Place of the row in the input, from 0. */
  readonly index: number;
  readonly externalRef: { readonly source: string; readonly key: string };
  readonly status: ImportStatus;
  /** Database id of the item; null for a row that was not taken. */
  readonly ciId: string | null;
  readonly code: ImportFailure | null;
  readonly message: string | null;
  readonly field: string | null;
}
