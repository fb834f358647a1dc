import { canonicalJson } from '../adapters/fingerprint.js';
import type { NodeType } from '../domain/node-id.js';
import { membershipOf, type RowShape } from './row-shape.js';

/** The content of a value as a text: the same for two values if and only if they are equal. */
export const contentOf = (value: unknown): string => canonicalJson(value);

/** A set of values compared by content. */
export class Elements {
  readonly #byText = new Map<string, unknown>();

  /** @param text the content of the value, see {@link contentOf} */
  delete = (text: string): boolean => this.#byText.delete(text);
  add = (text: string, value: unknown): void => void this.#byText.set(text, value);
  get size(): number {
    return this.#byText.size;
  }
  take(): unknown[] {
    const values = [...this.#byText.values()];
    this.#byText.clear();
    return values;
  }
}

/** A row that a transaction touched, with what its events tell of it so far. */
export interface Tracked {
  readonly type: NodeType;
  readonly id: string;
  /** Known once a field of the row was seen, not only a list. */
  shape: RowShape | undefined;
  /** The row in the entity manager, once it was seen there. */
  entity: object | undefined;
  gone: boolean;
  /** The fields as the events recorded so far leave them. */
  told: Record<string, unknown>;
  /** Fields that SQL wrote past the entity manager and no event tells of yet. */
  readonly written: Map<string, unknown>;
  readonly lists: Map<string, { readonly left: Elements; readonly came: Elements }>;
}

/** An entity with what the entity manager keeps beside it. */
export type AnyEntity = object & {
  id: string;
  __helper?: { __originalEntityData?: Record<string, unknown>; __em?: unknown };
};

/** Whether two values of a field have the same content. */
export const same = (a: unknown, b: unknown): boolean =>
  a === b || (typeof a === 'object' && typeof b === 'object' && a && b ? canonicalJson(a) === canonicalJson(b) : false);

/** What left a set and what came to it. */
export function difference({ before, after }: { readonly before: unknown; readonly after: unknown }) {
  // A set that is new or gone as a whole: an approval can have as many elements as a release has targets.
  if (before == null || after == null) return { before: before ?? [], after: after ?? [] };
  const texts = (set: unknown) => new Map((set as unknown[]).map((element) => [canonicalJson(element), element]));
  const [was, is] = [texts(before), texts(after)];
  return {
    before: [...was].filter(([text]) => !is.has(text)).map(([, element]) => element),
    after: [...is].filter(([text]) => !was.has(text)).map(([, element]) => element),
  };
}

/** Whether a row is an element of a list of the given object. */
export const isElementOf = (entity: AnyEntity, ownerId: string): boolean => {
  const membership = membershipOf(entity.constructor.name);
  return membership !== undefined && (entity as unknown as Record<string, unknown>)[membership.by] === ownerId;
};

/** Whether a row is not stored yet. */
export const isNew = ({ entity, gone }: Tracked): boolean =>
  entity !== undefined && !gone && (entity as AnyEntity).__helper?.__originalEntityData === undefined;
