import { registerEnumType } from 'type-graphql';
import { BLOCKER_CODE_DESCRIPTIONS, BLOCKER_CODES } from '../domain/blocker.js';
import {
  CI_CLASS_DESCRIPTIONS,
  CI_CLASSES,
  CI_RELATION_KINDS,
  CI_RELATIONS,
  CONFIGURATION_ITEM_STATE_DESCRIPTIONS,
  CONFIGURATION_ITEM_STATES,
  CRITICALITIES,
  CRITICALITY_DESCRIPTIONS,
  LIFECYCLE_STATE_DESCRIPTIONS,
  LIFECYCLE_STATES,
} from '../domain/cmdb/configuration-item.machine.js';
import { ROLE_DESCRIPTIONS, ROLES } from '../domain/roles.js';

/**
 * Registers a GraphQL enum from a list of the domain. The values are the names, so no mapping is needed.
 * @param descriptions one sentence per value, so that the schema explains every value.
 */
export function enumFrom<const T extends string>(
  name: string,
  values: readonly T[],
  description: string,
  descriptions: Readonly<Record<T, string>>,
): { readonly [K in T]: K } {
  const object = Object.fromEntries(values.map((value) => [value, value])) as { readonly [K in T]: K };
  registerEnumType(object as Record<string, string>, {
    name,
    description,
    valuesConfig: Object.fromEntries(values.map((value) => [value, { description: descriptions[value] }])),
  });
  return object;
}

/** Sort direction. */
export const OrderDirection = enumFrom('OrderDirection', ['ASC', 'DESC'], 'Sort direction.', {
  ASC: 'Ascending: smallest, earliest or alphabetically first item first.',
  DESC: 'Descending: largest, latest or alphabetically last item first.',
});

export const RoleEnum = enumFrom(
  'Role',
  ROLES,
  'A role in release management. The roles of an actor decide which commands the actor can issue.',
  ROLE_DESCRIPTIONS,
);

export const BlockerCodeEnum = enumFrom(
  'BlockerCode',
  BLOCKER_CODES,
  'Reason for which a rule refuses a command. The list is closed, so clients can branch on it.',
  BLOCKER_CODE_DESCRIPTIONS,
);

export const CiClassEnum = enumFrom(
  'CiClass',
  CI_CLASSES,
  'Class of a configuration item, e.g. SERVER or APPLICATION.',
  CI_CLASS_DESCRIPTIONS,
);

export const CriticalityEnum = enumFrom(
  'Criticality',
  CRITICALITIES,
  'Degree to which the business depends on a configuration item.',
  CRITICALITY_DESCRIPTIONS,
);

export const LifecycleStateEnum = enumFrom(
  'LifecycleState',
  LIFECYCLE_STATES,
  'Stage of a configuration item in its lifecycle, independent of the state of its record.',
  LIFECYCLE_STATE_DESCRIPTIONS,
);

export const ConfigurationItemStateEnum = enumFrom(
  'ConfigurationItemState',
  CONFIGURATION_ITEM_STATES,
  'State of the CMDB record of a configuration item.',
  CONFIGURATION_ITEM_STATE_DESCRIPTIONS,
);

export const CiRelationKindEnum = enumFrom(
  'CiRelationKind',
  CI_RELATION_KINDS,
  'Kind of relation between two configuration items, read as "source KIND target".',
  Object.fromEntries(CI_RELATION_KINDS.map((kind) => [kind, CI_RELATIONS[kind].description])) as Record<
    (typeof CI_RELATION_KINDS)[number],
    string
  >,
);
