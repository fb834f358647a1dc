import {
  Kind,
  visit,
  type DocumentNode,
  type FieldNode,
  type OperationDefinitionNode,
  type SelectionSetNode,
} from 'graphql';
import { RequestError } from '../domain/errors.js';
import { conditionsIn, SEARCH } from '../domain/filter-conditions.js';
import { argument, fragmentsOf, perFragment, withDefaults, type Variables } from './limits.js';

/** Maximum number of conditions in all filters of an operation together. */
export const MAX_CONDITIONS = 500;

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
