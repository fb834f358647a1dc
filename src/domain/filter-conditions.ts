/** As many conditions a search in texts counts: it has no index, and looks at every letter of every row. */
export const SEARCH = 10;

const SEARCHES: ReadonlySet<string> = new Set(['contains', 'startsWith']);

/** The conditions of a filter: its operators, wherever they stand. A list of values is one: PostgreSQL hashes it. */
export function conditionsIn(filter: unknown): number {
  if (typeof filter !== 'object' || filter === null) return 0;
  if (Array.isArray(filter)) return filter.reduce<number>((sum, part) => sum + conditionsIn(part), 0);
  let conditions = 0;
  for (const [name, value] of Object.entries(filter)) {
    const isInner = typeof value === 'object' && value !== null && !(Array.isArray(value) && !isListOfFilters(value));
    conditions += isInner ? conditionsIn(value) : SEARCHES.has(name) ? SEARCH : 1;
  }
  return conditions;
}

const isListOfFilters = (value: readonly unknown[]) => value.some((item) => typeof item === 'object' && item !== null);
