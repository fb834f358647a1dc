import {
  Kind,
  visit,
  type DocumentNode,
  type FieldNode,
  type OperationDefinitionNode,
  type SelectionSetNode,
} from 'graphql';
import { RequestError } from '../domain/errors.js';
import { argument, fragmentsOf, perFragment, withDefaults, type Variables } from './limits.js';

/** Maximum number of conditions in all filters of an operation together. */
export const MAX_CONDITIONS = 500;

/** As many conditions a search in texts counts: it has no index, and looks at every letter of every row. */
const SEARCH = 10;
const SEARCHES: ReadonlySet<string> = new Set(['contains', 'startsWith']);

// The operators of a filter, wherever they stand. A list of values is one condition: PostgreSQL hashes it.
function conditionsIn(filter: unknown): number {
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

/** Whether an operation has filters with values from its variables, so that their number can change. */
export function filtersVary(document: DocumentNode): boolean {
  let found = false;
  visit(document, {
    [Kind.ARGUMENT]: ({ name, value }) => {
      if (name.value === 'filter') visit(value, { [Kind.VARIABLE]: () => void (found = true) });
    },
  });
  return found;
}

/**
 * Refuses operations with too many conditions in all their filters together.
 * @throws RequestError LIMIT_EXCEEDED
 */
export function assertConditions(document: DocumentNode, operation: OperationDefinitionNode, given: Variables): void {
  const variables = withDefaults(operation, given);
  const ofSet = (set: SelectionSetNode | undefined, spread: (name: string) => number): number => {
    let conditions = 0;
    for (const selection of set?.selections ?? []) {
      if (selection.kind === Kind.FRAGMENT_SPREAD) conditions += spread(selection.name.value);
      else {
        if (selection.kind === Kind.FIELD) conditions += conditionsIn(filterOf(selection, variables));
        conditions += ofSet(selection.selectionSet, spread);
      }
    }
    return conditions;
  };
  const spread = perFragment(fragmentsOf(document), (fragment, inner) => ofSet(fragment.selectionSet, inner));
  const conditions = ofSet(operation.selectionSet, spread);
  if (conditions > MAX_CONDITIONS)
    throw new RequestError(
      'LIMIT_EXCEEDED',
      `The filters of the operation have ${conditions} conditions, where \`contains\` and \`startsWith\` count as ` +
        `${SEARCH} each; the maximum is ${MAX_CONDITIONS}.`,
      { conditions, max: MAX_CONDITIONS },
    );
}

const filterOf = (field: FieldNode, variables: Variables): unknown => argument(field, 'filter', variables);
