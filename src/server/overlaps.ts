import { Kind, type DocumentNode, type FieldNode, type FragmentDefinitionNode, type SelectionSetNode } from 'graphql';

/** How many fields are looked at, per pair that is allowed. Real documents have far fewer, also with fragments. */
const FIELDS_PER_PAIR = 2;

/** A document of {@link MAX_TOKENS} tokens has fewer levels, unless a fragment is within itself, which is invalid. */
const MAX_LEVELS = 2_500;

/**
 * How many pairs of fields with the same name the validator compares, because they end in one place of the answer. The
 * number grows with the square of how often a field is repeated, and once more for the fields below: a document of
 * 15 kB can have millions. Fragments count as the fields in them.
 * @param most where counting ends; the result is then larger than that, but not exact.
 */
export function overlapsOf(document: DocumentNode, most: number): number {
  const fragments = new Map<string, FragmentDefinitionNode>();
  for (const definition of document.definitions)
    if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments.set(definition.name.value, definition);
  let pairs = 0;
  let fields = 0;
  const done = () => pairs > most || fields > most * FIELDS_PER_PAIR;

  // All fields that the sets have at their own level, by the name under which they are answered. The validator looks at
  // a fragment once per level, so one within itself ends here, too.
  const collect = (sets: readonly SelectionSetNode[]): Iterable<readonly FieldNode[]> => {
    const found = new Map<string, FieldNode[]>();
    const spread = new Set<string>();
    const add = (set: SelectionSetNode): void => {
      for (const selection of set.selections) {
        if ((fields += 1) > most * FIELDS_PER_PAIR) return;
        if (selection.kind === Kind.FIELD) {
          const name = selection.alias?.value ?? selection.name.value;
          const same = found.get(name);
          if (same) same.push(selection);
          else found.set(name, [selection]);
        } else if (selection.kind === Kind.INLINE_FRAGMENT) add(selection.selectionSet);
        else if (!spread.has(selection.name.value)) {
          spread.add(selection.name.value);
          const fragment = fragments.get(selection.name.value);
          if (fragment) add(fragment.selectionSet);
        }
      }
    };
    for (const set of sets) add(set);
    return found.values();
  };
  const count = (sets: readonly SelectionSetNode[], level = 0): void => {
    if (level > MAX_LEVELS) return;
    for (const same of collect(sets)) {
      pairs += (same.length * (same.length - 1)) / 2;
      if (done()) return;
      const below = same.flatMap(({ selectionSet }) => selectionSet ?? []);
      if (below.length > 0) count(below, level + 1);
    }
  };
  for (const definition of document.definitions) {
    if (definition.kind === Kind.OPERATION_DEFINITION || definition.kind === Kind.FRAGMENT_DEFINITION)
      count([definition.selectionSet]);
    if (done()) return Math.max(pairs, most + 1);
  }
  return pairs;
}
