/** How a value came into the record. */
export const PROVENANCE_ORIGINS = ['COMMAND', 'IMPORT', 'OBSERVATION', 'ACCEPTANCE', 'UNKNOWN'] as const;

/** One of {@link PROVENANCE_ORIGINS}. */
export type ProvenanceOrigin = (typeof PROVENANCE_ORIGINS)[number];

/** What each origin means. */
export const PROVENANCE_ORIGIN_DESCRIPTIONS: Readonly<Record<ProvenanceOrigin, string>> = {
  COMMAND: 'Somebody set it by a command.',
  IMPORT: 'It came with a row of an import.',
  OBSERVATION: 'A source observed it when the item was registered.',
  ACCEPTANCE: 'A source observed it, and somebody accepted that.',
  UNKNOWN: 'It was set before the server kept where values come from.',
};

/** Who said a value, as it is kept: with short names, because there is one for each field of each item. */
export interface Said {
  /** Origin. */
  readonly o: ProvenanceOrigin;
  /** Source, if there is one. */
  readonly s?: string;
  /** Database id of the person. */
  readonly p?: string;
  /** When, as ISO text. */
  readonly at: string;
}

/** Who said the fields of an item that are not named otherwise. */
export const ALL_OTHERS = '*';

/** Fields of the record that have a provenance, beside the further attributes. */
export const PROVENANCE_FIELDS = [
  'name',
  'description',
  'customClassId',
  'criticality',
  'lifecycleState',
  'ownerTeamId',
  'ownerId',
  'supportTeamId',
  'environment',
  'location',
  'serialNumber',
  'manufacturer',
  'bindings',
] as const;

type Fields = Readonly<Partial<Record<(typeof PROVENANCE_FIELDS)[number], unknown>>> & {
  readonly attributes: Readonly<Record<string, unknown>>;
};

/** The name of a column as a field of the API: `ownerId` is shown as `owner`. */
export const shownField = (field: string): string => field.replace(/Id$/, '');

/** The fields of a record as they are now, to compare them with what they become. */
export const fieldsNow = (record: Fields): Fields =>
  Object.fromEntries([...PROVENANCE_FIELDS, 'attributes' as const].map((field) => [field, record[field]])) as Fields;

const same = (a: unknown, b: unknown): boolean => JSON.stringify(a ?? null) === JSON.stringify(b ?? null);

/** The fields that differ between two states of a record, further attributes as `attributes.<name>`. */
export function saidFields(before: Fields, after: Fields): string[] {
  const fields = PROVENANCE_FIELDS.filter((field) => !same(before[field], after[field])).map(shownField);
  const names = new Set([...Object.keys(before.attributes), ...Object.keys(after.attributes)]);
  const own = (of: Fields, name: string) => (Object.hasOwn(of.attributes, name) ? of.attributes[name] : null);
  const attributes = [...names].filter((name) => !same(own(before, name), own(after, name)));
  return [...fields, ...attributes.map((name) => `attributes.${name}`)];
}
