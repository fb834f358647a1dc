import type { CiClass, Criticality, LifecycleState } from './configuration-item.machine.js';

/** Maximum number of rows of one import. */
export const MAX_IMPORT_ROWS = 500;

/** What to do when a row fails. */
export const IMPORT_ERROR_POLICIES = ['IGNORE_FAILED', 'STOP_AT_FAILED', 'REJECT_EVERYTHING'] as const;

/** One of {@link IMPORT_ERROR_POLICIES}. */
export type ImportErrorPolicy = (typeof IMPORT_ERROR_POLICIES)[number];

/** What each policy does. */
export const IMPORT_ERROR_POLICY_DESCRIPTIONS: Readonly<Record<ImportErrorPolicy, string>> = {
  IGNORE_FAILED: 'Writes the valid rows and reports the others.',
  STOP_AT_FAILED: 'Writes the rows before the first one that fails.',
  REJECT_EVERYTHING: 'Writes nothing unless every row is valid.',
};

/** The result of a row. */
export const IMPORT_STATUSES = ['CREATED', 'UPDATED', 'UNCHANGED', 'FAILED', 'NOT_WRITTEN'] as const;

/** One of {@link IMPORT_STATUSES}. */
export type ImportStatus = (typeof IMPORT_STATUSES)[number];

/** What each status means. */
export const IMPORT_STATUS_DESCRIPTIONS: Readonly<Record<ImportStatus, string>> = {
  CREATED: 'The configuration item was registered.',
  UPDATED: 'The configuration item existed and was updated.',
  UNCHANGED: 'The configuration item existed with the same values. Nothing was written.',
  FAILED: 'The row is invalid or refused; see `code`.',
  NOT_WRITTEN: 'Another row failed, and the error policy says that this one is not written then.',
};

/** Why a row failed. */
export const IMPORT_FAILURES = [
  'BAD_USER_INPUT',
  'NOT_FOUND',
  'DUPLICATE_ROW',
  'CLASS_FIXED',
  'CLASS_RETIRED',
  'ATTRIBUTES_INVALID',
  'CI_PROTECTED',
  'CI_IN_USE',
] as const;

/** One of {@link IMPORT_FAILURES}. */
export type ImportFailure = (typeof IMPORT_FAILURES)[number];

/** What each reason means. */
export const IMPORT_FAILURE_DESCRIPTIONS: Readonly<Record<ImportFailure, string>> = {
  BAD_USER_INPUT: 'A value is malformed, too long or missing.',
  NOT_FOUND: 'The row refers to an object that does not exist.',
  DUPLICATE_ROW: 'An earlier row of the same import has the same external reference.',
  CLASS_FIXED: 'The item exists with another class, and the class of an item cannot change.',
  CLASS_RETIRED: 'The class is retired, so that nothing further can be of it.',
  ATTRIBUTES_INVALID: 'An attribute does not fit the schema of the class of the item.',
  CI_PROTECTED: 'The item is in a protected lifecycle state and no authorised change names it as target.',
  CI_IN_USE:
    'The row decommissions the item while a distribution is working on it, or puts it into production under work ' +
    'that no change covers.',
};

/** One configuration item of another system. Absent fields stay unchanged. */
export interface ImportRow {
  readonly externalRef: { readonly source: string; readonly key: string };
  readonly name: string;
  readonly ciClass: CiClass;
  readonly description?: string | null;
  readonly criticality?: Criticality | null;
  readonly lifecycleState?: LifecycleState | null;
  /** Null removes the owner. */
  readonly ownerTeamId?: string | null;
  /** For this and what follows, null removes the value. */
  readonly ownerId?: string | null;
  readonly supportTeamId?: string | null;
  readonly environment?: string | null;
  readonly location?: string | null;
  readonly serialNumber?: string | null;
  readonly manufacturer?: string | null;
  /** Key of a class below the built-in one. */
  readonly customClass?: string | null;
  readonly attributes?: Record<string, unknown> | null;
  readonly bindings?: Record<string, unknown> | null;
}

/** The result of one row, as plain JSON. */
export interface ImportRowResult {
  /** Index of the row in the input, starting at 0. */
  readonly index: number;
  readonly externalRef: { readonly source: string; readonly key: string };
  readonly status: ImportStatus;
  /** Database id of the item; null for a row that was not written. */
  readonly ciId: string | null;
  readonly code: ImportFailure | null;
  readonly message: string | null;
  readonly field: string | null;
}
