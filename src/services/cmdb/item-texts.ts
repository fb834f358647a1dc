import { foldedName } from '../../domain/name.js';
import { line } from '../text.js';

/** Texts of one line that a configuration item may have, and their maximum lengths in characters. */
const ITEM_TEXTS = { environment: 50, location: 200, serialNumber: 100, manufacturer: 200 } as const;

/** One of the texts that a configuration item may have. */
export type ItemText = keyof typeof ITEM_TEXTS;

/** The texts of a configuration item as clients give them: null removes one, an absent one stays as it is. */
export type ItemTextsInput = { readonly [Name in ItemText]?: string | null };

const names = Object.keys(ITEM_TEXTS) as ItemText[];

// Sites name their environments themselves. In one case, `Test` of one source is the `test` of another.
const normal = (name: ItemText, value: string) => (name === 'environment' ? foldedName(value) : value);

/**
 * The given texts of a configuration item in the form in which they are stored.
 * @throws RequestError BAD_USER_INPUT for one that is empty, too long or of several lines
 */
export function itemTexts(input: ItemTextsInput): { [Name in ItemText]?: string | null } {
  return Object.fromEntries(
    names.flatMap((name) => {
      const value = input[name];
      if (value === undefined) return [];
      return [[name, value === null ? null : line(normal(name, value), name, { min: 1, max: ITEM_TEXTS[name] })]];
    }),
  );
}
