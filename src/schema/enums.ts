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
 * Registers a GraphQL enum from a list of the domain. The values are the names themselves, so nothing is mapped anywhere.
 * @param descriptions one sentence per value: every value of the schema is explained.
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

/** Direction of an order. */
export const OrderDirection = enumFrom('OrderDirection', ['ASC', 'DESC'], 'Direction of an order.', {
  ASC: 'Smallest, earliest or first in the alphabet first.',
  DESC: 'Largest, latest or last in the alphabet first.',
});

export const RoleEnum = enumFrom(
  'Role',
  ROLES,
  'A role of release management. What an actor may do depends on the roles they hold.',
  ROLE_DESCRIPTIONS,
);

export const BlockerCodeEnum = enumFrom(
  'BlockerCode',
  BLOCKER_CODES,
  'Why a rule of the domain refuses a command. The list is closed.',
  BLOCKER_CODE_DESCRIPTIONS,
);

export const CiClassEnum = enumFrom('CiClass', CI_CLASSES, 'Kind of a configuration item.', CI_CLASS_DESCRIPTIONS);

export const CriticalityEnum = enumFrom(
  'Criticality',
  CRITICALITIES,
  'How much the business depends on a configuration item.',
  CRITICALITY_DESCRIPTIONS,
);

export const LifecycleStateEnum = enumFrom(
  'LifecycleState',
  LIFECYCLE_STATES,
  'Where a configuration item is in its own life.',
  LIFECYCLE_STATE_DESCRIPTIONS,
);

export const ConfigurationItemStateEnum = enumFrom(
  'ConfigurationItemState',
  CONFIGURATION_ITEM_STATES,
  'State of the record of a configuration item.',
  CONFIGURATION_ITEM_STATE_DESCRIPTIONS,
);

export const CiRelationKindEnum = enumFrom(
  'CiRelationKind',
  CI_RELATION_KINDS,
  'Kind of a relation between two configuration items; read it as "source KIND target".',
  Object.fromEntries(CI_RELATION_KINDS.map((kind) => [kind, CI_RELATIONS[kind].description])) as Record<
    (typeof CI_RELATION_KINDS)[number],
    string
  >,
);
