import type { CiRelationKind, LifecycleState } from './configuration-item.machine.js';

/** Maximum number of observations of one call. */
export const MAX_OBSERVATIONS = 1_000;
/** Maximum number of relations of one observation. */
export const MAX_OBSERVED_RELATIONS = 500;
/** Maximum number of installations of one observation. */
export const MAX_OBSERVED_INSTALLATIONS = 200;
/** Longest time until a source looks again, in minutes: a year. */
export const MAX_NEXT_WITHIN_MINUTES = 527_040;

/** What became of an observation. */
export const OBSERVATION_STATUSES = ['NEW', 'CHANGED', 'UNCHANGED', 'OUTDATED', 'FAILED'] as const;

/** One of {@link OBSERVATION_STATUSES}. */
export type ObservationStatus = (typeof OBSERVATION_STATUSES)[number];

/** What each status means. */
export const OBSERVATION_STATUS_DESCRIPTIONS: Readonly<Record<ObservationStatus, string>> = {
  NEW: 'The source has not told of the item before.',
  CHANGED: 'The source tells something else than before.',
  UNCHANGED: 'The source tells the same as before. Only the time of the observation is kept.',
  OUTDATED: 'The source has told of the item at a later time already. Nothing is kept.',
  FAILED: 'The observation is invalid, or it is unclear which item it is about; see `code`.',
};

/** Fields of a configuration item that can be observed, beside its attributes. */
export const OBSERVED_FIELDS = [
  'name',
  'description',
  'lifecycleState',
  'environment',
  'location',
  'serialNumber',
  'manufacturer',
] as const;

/** One of {@link OBSERVED_FIELDS}. */
export type ObservedField = (typeof OBSERVED_FIELDS)[number];

/** A relation "this KIND target", as it is recorded or observed. */
export interface ItemRelation {
  readonly kind: CiRelationKind;
  /** Public id of the item at its end. */
  readonly target: string;
}

/** A version that is installed, as it is recorded or observed. Without version and digest nothing is. */
export interface ItemInstallation {
  /** Public id of the DML item. */
  readonly dmlItem: string;
  /** Public id of the version; null when the library has no such version. */
  readonly dmlItemVersion: string | null;
  readonly version: string | null;
  readonly digest: string | null;
}

/** What a source says of an item. What it does not name it has not looked at. Plain JSON with public ids. */
export interface ObservedContent {
  readonly fields: Readonly<Partial<Record<ObservedField, string>>>;
  /** Attributes by name. Null: the item has no such attribute. */
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly relations: readonly ItemRelation[];
  /** Kinds of which the source sees every relation: recorded ones that it does not name are missing. */
  readonly relationKinds: readonly CiRelationKind[];
  readonly installations: readonly ItemInstallation[];
  /** Whether it sees everything that is installed: recorded installations that it does not name are missing. */
  readonly allInstallations: boolean;
}

/** What an observation says when a source only tells that an item is there. */
export const NOTHING_OBSERVED: ObservedContent = {
  fields: {},
  attributes: {},
  relations: [],
  relationKinds: [],
  installations: [],
  allInstallations: false,
};

/** The record of an item, as far as it can be observed. */
export interface RecordedItem {
  readonly isRetired: boolean;
  /** Null: nothing is recorded. */
  readonly fields: Readonly<Record<ObservedField, string | null>> & { readonly lifecycleState: LifecycleState };
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly relations: readonly ItemRelation[];
  readonly installations: readonly ItemInstallation[];
}

/** The latest observation of an item by one source. */
export interface LatestObservation {
  readonly content: ObservedContent;
  /** Whether the source says that the item is no longer there. */
  readonly gone: boolean;
  /** Whether the source has not told of it for longer than it said it would. */
  readonly overdue: boolean;
  /** ISO text. */
  readonly observedAt: string;
  /** Since when it has been as observed, by the source. ISO text. */
  readonly since: string;
}
