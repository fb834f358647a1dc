import { OBSERVED_FIELDS, type ObservedContent } from './ci-observation.js';

/** Maximum number of sources of one order. */
export const MAX_ORDERED_SOURCES = 100;

/** Begins the name of a further attribute among those of fields. */
const ATTRIBUTE = 'attributes.';

/** An order of sources, and what it is for. Null stands for all classes, or for all fields. */
export interface SourceOrder {
  readonly ciClass: string | null;
  readonly field: string | null;
  /** The first one counts most. Sources that are not named count alike, and less than any of them. */
  readonly sources: readonly string[];
}

/** Whether this is a field that sources can say: one of the record, or `attributes.` with the name of an attribute. */
export const isObservable = (field: string): boolean =>
  (OBSERVED_FIELDS as readonly string[]).includes(field) ||
  (field.startsWith(ATTRIBUTE) && field.length > ATTRIBUTE.length);

/** The name of a further attribute as a field. */
export const attributeField = (name: string): string => `${ATTRIBUTE}${name}`;

/** The order that counts: the one for class and field, else for the class, else for the field, else for all. */
export function orderFor(orders: readonly SourceOrder[], ciClass: string, field: string): readonly string[] {
  const find = (ofClass: string | null, ofField: string | null) =>
    orders.find((one) => one.ciClass === ofClass && one.field === ofField);
  const order = find(ciClass, field) ?? find(ciClass, null) ?? find(null, field) ?? find(null, null);
  return order?.sources ?? [];
}

/** What a source says of an item. */
export interface SourceStatement {
  readonly source: string;
  readonly content: Pick<ObservedContent, 'fields' | 'attributes'>;
  readonly gone: boolean;
  readonly overdue: boolean;
}

const says = ({ content }: SourceStatement, field: string): boolean =>
  field.startsWith(ATTRIBUTE)
    ? Object.hasOwn(content.attributes, field.slice(ATTRIBUTE.length))
    : Object.hasOwn(content.fields, field);

/**
 * The source that says a field of an item with precedence over another one; undefined if none does. One that no longer
 * sees the item, or has been silent for too long, has no precedence.
 */
export function overrulerOf(
  orders: readonly SourceOrder[],
  { ciClass, field, source }: { readonly ciClass: string; readonly field: string; readonly source: string },
  statements: readonly SourceStatement[],
): string | undefined {
  const order = orderFor(orders, ciClass, field);
  const own = order.indexOf(source);
  const before = own === -1 ? order : order.slice(0, own);
  return before.find((other) =>
    statements.some((one) => one.source === other && !one.gone && !one.overdue && says(one, field)),
  );
}
