import type { ItemInstallation, LatestObservation, RecordedItem } from './ci-observation.js';
import type { DriftState } from './drift.machine.js';

/** What of an item differs. */
export const DRIFT_ASPECTS = ['ITEM', 'FIELD', 'ATTRIBUTE', 'RELATION', 'INSTALLATION'] as const;

/** One of {@link DRIFT_ASPECTS}. */
export type DriftAspect = (typeof DRIFT_ASPECTS)[number];

/** What each aspect is. */
export const DRIFT_ASPECT_DESCRIPTIONS: Readonly<Record<DriftAspect, string>> = {
  ITEM: 'The item itself: it is gone, or it is there although it is retired.',
  FIELD: 'A field of the record, such as its name.',
  ATTRIBUTE: 'One of the further attributes.',
  RELATION: 'A relation that starts at the item.',
  INSTALLATION: 'What is installed of a DML item.',
};

/** How observation and record differ. */
export const DRIFT_KINDS = ['DIFFERENT', 'UNEXPECTED', 'MISSING'] as const;

/** One of {@link DRIFT_KINDS}. */
export type DriftKind = (typeof DRIFT_KINDS)[number];

/** What each kind means. */
export const DRIFT_KIND_DESCRIPTIONS: Readonly<Record<DriftKind, string>> = {
  DIFFERENT: 'Recorded and observed, with different values.',
  UNEXPECTED: 'Observed, but not recorded.',
  MISSING: 'Recorded, but not observed where the source would see it.',
};

/** What explains a drift. */
export const DRIFT_EXPLANATIONS = ['CHANGE', 'DISTRIBUTION', 'UNEXPLAINED'] as const;

/** One of {@link DRIFT_EXPLANATIONS}. */
export type DriftExplanation = (typeof DRIFT_EXPLANATIONS)[number];

/** What each explanation means. */
export const DRIFT_EXPLANATION_DESCRIPTIONS: Readonly<Record<DriftExplanation, string>> = {
  CHANGE: 'An authorised change that names the item as target has not ended: somebody may be working on it.',
  DISTRIBUTION: 'A distribution is working on the item right now.',
  UNEXPLAINED: 'Neither a change nor a distribution tells why.',
};

/** One difference between the record of an item and what a source says of it. */
export interface Difference {
  readonly aspect: DriftAspect;
  /** Distinguishes the differences of one aspect. */
  readonly key: string;
  /** What it is about, for people: the name of a field or an attribute, the kind of a relation. Empty otherwise. */
  readonly name: string;
  readonly kind: DriftKind;
  /** Plain JSON with public ids; null when nothing is recorded. */
  readonly recorded: unknown;
  /** Plain JSON with public ids; null when nothing was observed. */
  readonly observed: unknown;
  /** Public id of the item at the end of a relation. */
  readonly target?: string;
  /** Public id of the DML item of an installation. */
  readonly dmlItem?: string;
}

/** Whether two JSON values have the same content, regardless of the order of keys. */
export function sameContent(a: unknown, b: unknown): boolean {
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return (a ?? null) === (b ?? null);
  const [left, right] = [Object.entries(a), b as Record<string, unknown>];
  return (
    Array.isArray(a) === Array.isArray(b) &&
    left.length === Object.keys(right).length &&
    left.every(([key, value]) => Object.hasOwn(right, key) && sameContent(value, right[key]))
  );
}

function kindOf(recorded: unknown, observed: unknown): DriftKind {
  if (recorded == null) return 'UNEXPECTED';
  return observed == null ? 'MISSING' : 'DIFFERENT';
}

function* values(
  aspect: 'FIELD' | 'ATTRIBUTE',
  recorded: Readonly<Record<string, unknown>>,
  observed: Readonly<Record<string, unknown>>,
): Generator<Difference> {
  for (const [name, value] of Object.entries(observed)) {
    const known = Object.hasOwn(recorded, name) ? recorded[name] : null;
    if (sameContent(known, value)) continue;
    yield { aspect, key: name, name, kind: kindOf(known, value), recorded: known ?? null, observed: value };
  }
}

function* relations(record: RecordedItem, { content }: LatestObservation): Generator<Difference> {
  const keyOf = ({ kind, target }: { kind: string; target: string }) => `${kind} ${target}`;
  const known = new Set(record.relations.map(keyOf));
  const seen = new Set(content.relations.map(keyOf));
  const about = (one: RecordedItem['relations'][number]) =>
    ({ aspect: 'RELATION', key: keyOf(one), name: one.kind, target: one.target }) as const;
  for (const one of content.relations)
    if (!known.has(keyOf(one))) yield { ...about(one), kind: 'UNEXPECTED', recorded: null, observed: { ...one } };
  for (const one of record.relations)
    if (content.relationKinds.includes(one.kind) && !seen.has(keyOf(one)))
      yield { ...about(one), kind: 'MISSING', recorded: { ...one }, observed: null };
}

const isInstalled = ({ version, digest }: ItemInstallation): boolean => version !== null || digest !== null;

// The strongest sign that both know decides: the digest, then the version of the library, then its label.
function sameInstallation(a: ItemInstallation, b: ItemInstallation): boolean {
  if (a.digest !== null && b.digest !== null) return a.digest === b.digest;
  if (a.dmlItemVersion !== null && b.dmlItemVersion !== null) return a.dmlItemVersion === b.dmlItemVersion;
  return a.version === b.version;
}

function* installations(record: RecordedItem, { content }: LatestObservation): Generator<Difference> {
  const known = new Map(record.installations.map((one) => [one.dmlItem, one]));
  const seen = new Set(content.installations.map(({ dmlItem }) => dmlItem));
  const difference = (dmlItem: string, was: ItemInstallation | undefined, is: ItemInstallation | undefined) =>
    ({
      aspect: 'INSTALLATION',
      key: dmlItem,
      name: '',
      kind: kindOf(was, is),
      recorded: was ?? null,
      observed: is ?? null,
      dmlItem,
    }) as const;
  for (const one of content.installations) {
    const was = known.get(one.dmlItem);
    const is = isInstalled(one) ? one : undefined;
    if (was === undefined && is === undefined) continue;
    if (was !== undefined && is !== undefined && sameInstallation(was, is)) continue;
    yield difference(one.dmlItem, was, is);
  }
  if (!content.allInstallations) return;
  for (const one of record.installations) if (!seen.has(one.dmlItem)) yield difference(one.dmlItem, one, undefined);
}

/**
 * What differs between the record of an item and the latest that a source says of it. Of an item that is gone, or that
 * is there although it is retired, nothing else counts. One that the source is overdue to tell of is missing, and what
 * it said last still counts.
 */
export function differencesOf(record: RecordedItem, seen: LatestObservation): Difference[] {
  const item = (kind: DriftKind, observed: unknown): Difference => ({
    aspect: 'ITEM',
    key: '',
    name: '',
    kind,
    recorded: { isRetired: record.isRetired },
    observed,
  });
  if (record.isRetired) return seen.gone || seen.overdue ? [] : [item('UNEXPECTED', { present: true })];
  if (seen.gone) return [item('MISSING', { present: false })];
  return [
    ...(seen.overdue ? [item('MISSING', { lastSeenAt: seen.observedAt })] : []),
    ...values('FIELD', record.fields, seen.content.fields),
    ...values('ATTRIBUTE', record.attributes, seen.content.attributes),
    ...relations(record, seen),
    ...installations(record, seen),
  ];
}

/** A drift of the same item and source that has not ended. */
export interface KnownDrift {
  readonly id: string;
  readonly aspect: DriftAspect;
  readonly key: string;
  readonly kind: DriftKind;
  readonly recorded: unknown;
  readonly observed: unknown;
  readonly state: DriftState;
}

/** What becomes of the drift of an item when it is compared again. */
export interface Reconciled<Known extends KnownDrift> {
  readonly found: readonly Difference[];
  /** Drift whose values are other ones now. `reopens`: somebody had rejected another observation. */
  readonly changed: readonly { readonly drift: Known; readonly difference: Difference; readonly reopens: boolean }[];
  readonly resolved: readonly Known[];
}

/**
 * Brings the drift that is known of an item and a source in line with the differences that there are. A rejected one
 * stays quiet until something else is observed.
 */
export function reconcile<Known extends KnownDrift>(
  known: readonly Known[],
  differences: readonly Difference[],
): Reconciled<Known> {
  const keyOf = ({ aspect, key }: { aspect: string; key: string }) => `${aspect} ${key}`;
  const wanted = new Map(differences.map((one) => [keyOf(one), one]));
  const present = new Map(known.map((one) => [keyOf(one), one]));
  return {
    found: differences.filter((one) => !present.has(keyOf(one))),
    changed: known.flatMap((drift) => {
      const difference = wanted.get(keyOf(drift));
      if (difference === undefined) return [];
      const observesSame = drift.kind === difference.kind && sameContent(drift.observed, difference.observed);
      if (observesSame && sameContent(drift.recorded, difference.recorded)) return [];
      return [{ drift, difference, reopens: drift.state === 'REJECTED' && !observesSame }];
    }),
    resolved: known.filter((drift) => !wanted.has(keyOf(drift))),
  };
}
