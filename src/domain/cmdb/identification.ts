/** What a configuration item can be identified by. */
export const IDENTIFIER_FIELDS = [
  'EXTERNAL_REF',
  'SERIAL_NUMBER',
  'MANUFACTURER',
  'NAME',
  'LOCATION',
  'ENVIRONMENT',
] as const;

/** One of {@link IDENTIFIER_FIELDS}. */
export type IdentifierField = (typeof IDENTIFIER_FIELDS)[number];

/** What each field stands for. */
export const IDENTIFIER_FIELD_DESCRIPTIONS: Readonly<Record<IdentifierField, string>> = {
  EXTERNAL_REF: 'External reference of the item: the name of the source, and what the source calls the item.',
  SERIAL_NUMBER: 'Serial number that the manufacturer gave.',
  MANUFACTURER: 'Manufacturer. Only beside a serial number or a name.',
  NAME: 'Name of the item.',
  LOCATION: 'Place where the item is. Only beside a serial number or a name.',
  ENVIRONMENT: 'Environment that the item belongs to. Only beside a serial number or a name.',
};

/** How texts are compared. */
export const TEXT_COMPARISONS = ['EXACT', 'FOLDED'] as const;

/** One of {@link TEXT_COMPARISONS}. */
export type TextComparison = (typeof TEXT_COMPARISONS)[number];

/** What each comparison means. */
export const TEXT_COMPARISON_DESCRIPTIONS: Readonly<Record<TextComparison, string>> = {
  EXACT: 'Letter by letter. Blanks around a text never count.',
  FOLDED: 'Without regard to case, to invisible characters and to compatible forms of a character.',
};

/** A set of fields that identify an item if it has the same value in each of them. */
export interface Identifier {
  readonly fields: readonly IdentifierField[];
  readonly comparison: TextComparison;
}

/** Maximum number of identifiers of a rule. */
export const MAX_IDENTIFIERS = 10;

/** The rule of each class that has none of its own: the reference in the source, then the name. */
export const DEFAULT_IDENTIFIERS: readonly Identifier[] = [
  { fields: ['EXTERNAL_REF'], comparison: 'EXACT' },
  { fields: ['NAME'], comparison: 'EXACT' },
];

/** Fields that are texts of the record. */
export type TextField = Exclude<IdentifierField, 'EXTERNAL_REF'>;

/** The field of the record that each text is in. */
export const TEXT_OF = {
  SERIAL_NUMBER: 'serialNumber',
  MANUFACTURER: 'manufacturer',
  NAME: 'name',
  LOCATION: 'location',
  ENVIRONMENT: 'environment',
} as const satisfies Readonly<Record<TextField, string>>;

/** Texts by which items are identified. */
export type IdentifyingTexts = Readonly<Partial<Record<(typeof TEXT_OF)[TextField], string | null>>>;

/** Why identifiers cannot be a rule; undefined if they can. */
export function problemOfIdentifiers(identifiers: readonly Identifier[]): string | undefined {
  if (identifiers.length === 0 || identifiers.length > MAX_IDENTIFIERS)
    return `A rule has 1 to ${MAX_IDENTIFIERS} identifiers.`;
  const seen = new Set<string>();
  for (const { fields } of identifiers) {
    if (new Set(fields).size < fields.length) return 'An identifier names a field twice.';
    if (fields.includes('EXTERNAL_REF') && fields.length > 1)
      return 'EXTERNAL_REF identifies an item alone. Make it an identifier of its own.';
    if (!fields.some((field) => ['EXTERNAL_REF', 'SERIAL_NUMBER', 'NAME'].includes(field)))
      return 'An identifier needs EXTERNAL_REF, SERIAL_NUMBER or NAME: nothing else belongs to one item.';
    const key = fields.toSorted().join();
    if (seen.has(key)) return 'Two identifiers of the rule have the same fields.';
    seen.add(key);
  }
  return undefined;
}

// What `folded_name` of the database leaves out.
// eslint-disable-next-line no-misleading-character-class -- each one is left out by itself
const IGNORED = /[\u00AD\u034F\u061C\u180E\u200B\u200C\u200D\u200E\u200F\u2060\uFE0E\uFE0F\uFEFF]/gu;

/** A text in the form in which FOLDED compares it; as `folded_name` of the database. */
export const folded = (text: string): string => text.replace(IGNORED, '').normalize('NFKC').toLowerCase();

/** What a source says of a thing, as far as it identifies it. */
export interface Sought {
  /** Database id of the item, if the source gives it. */
  readonly ciId: string | null;
  /** What the source calls it. */
  readonly key: string | null;
  /** Its class; null if the source does not say. */
  readonly ciClass: string | null;
  readonly texts: IdentifyingTexts;
}

/** A recorded item that may be the one that a source means. */
export interface IdentifiableItem {
  readonly id: string;
  readonly ciClass: string;
  readonly isRetired: boolean;
  readonly texts: IdentifyingTexts;
  /** Its key in the source by its external reference; null if the reference is to another system. */
  readonly refKey: string | null;
  /** The key under which the source told of it before; null if it did not, or gave none. */
  readonly toldKey: string | null;
}

const sameText = (a: string, b: string, comparison: TextComparison): boolean =>
  a === b || (comparison === 'FOLDED' && folded(a) === folded(b));

/** Whether an item has the values of an identifier that a source gives. All of them must be present. */
export function matches({ fields, comparison }: Identifier, sought: Sought, item: IdentifiableItem): boolean {
  return fields.every((field) => {
    if (field === 'EXTERNAL_REF') return sought.key !== null && item.refKey === sought.key;
    const [wanted, known] = [sought.texts[TEXT_OF[field]], item.texts[TEXT_OF[field]]];
    return wanted != null && known != null && sameText(wanted, known, comparison);
  });
}

/** Whether an item can be the one by this identifier at all. */
function isEligible({ fields }: Identifier, sought: Sought, item: IdentifiableItem): boolean {
  if (fields.includes('EXTERNAL_REF')) return true;
  // What is recorded under another key of the same source is another thing that is called the same.
  if (sought.key !== null && (item.refKey !== null || item.toldKey !== null)) return false;
  if (sought.ciClass !== null && sought.ciClass !== item.ciClass) return false;
  // The name of a retired item can have been given to another one. A serial number never is.
  return !item.isRetired || fields.includes('SERIAL_NUMBER');
}

/** How near an item is to what is sought: the lower, the nearer; undefined if it is another one. */
function rankOf(sought: Sought, item: IdentifiableItem, identifiers: readonly Identifier[]): number | undefined {
  if (sought.ciId !== null) return item.id === sought.ciId ? 0 : undefined;
  if (sought.key !== null && item.toldKey === sought.key) return 1;
  const nth = identifiers.findIndex((one) => matches(one, sought, item) && isEligible(one, sought, item));
  return nth === -1 ? undefined : 2 + nth;
}

/**
 * The items that a source can mean: by their id, by the key under which the source told of one before, else by the
 * first identifier of the rule of their class that applies. A retired one counts only if none in use fits alike.
 * @param rule the identifiers of a class, in order.
 * @returns none if nothing fits, and several if it is not clear which one.
 */
export function identify<Item extends IdentifiableItem>(
  sought: Sought,
  items: readonly Item[],
  rule: (ciClass: string) => readonly Identifier[],
): Item[] {
  let nearest: number | undefined;
  let found: Item[] = [];
  for (const item of items) {
    const rank = rankOf(sought, item, rule(item.ciClass));
    if (rank === undefined || (nearest !== undefined && rank > nearest)) continue;
    if (rank === nearest) found.push(item);
    else [nearest, found] = [rank, [item]];
  }
  const inUse = found.filter(({ isRetired }) => !isRetired);
  return inUse.length > 0 ? inUse : found;
}
