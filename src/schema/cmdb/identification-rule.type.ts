import { Field, Int, ObjectType } from 'type-graphql';
import type { CiClass } from '../../domain/cmdb/configuration-item.machine.js';
import {
  IDENTIFIER_FIELD_DESCRIPTIONS,
  IDENTIFIER_FIELDS,
  TEXT_COMPARISON_DESCRIPTIONS,
  TEXT_COMPARISONS,
  type IdentifierField,
  type TextComparison,
} from '../../domain/cmdb/identification.js';
import { CiClassEnum, enumFrom } from '../enums.js';
import { inputType, required, withDefault } from '../fields.js';
import { flag, instant, listType, oneOf } from '../list.js';
import { NodeType } from '../node.type.js';
import { DateTime } from '../scalars.js';
import { CiClassFilter } from './configuration-item.type.js';

export const IdentifierFieldEnum = enumFrom(
  'IdentifierField',
  IDENTIFIER_FIELDS,
  'What a configuration item is identified by.',
  IDENTIFIER_FIELD_DESCRIPTIONS,
);
export const TextComparisonEnum = enumFrom(
  'TextComparison',
  TEXT_COMPARISONS,
  'How texts are compared.',
  TEXT_COMPARISON_DESCRIPTIONS,
);

/** An identifier in the API. */
@ObjectType('Identifier', {
  description: 'Fields that identify an item together. An observation that lacks one of them skips the identifier.',
  simpleResolvers: true,
})
export class IdentifierType {
  @Field(() => [IdentifierFieldEnum], { description: 'Fields that all have to be the same.' })
  fields!: readonly IdentifierField[];

  @Field(() => TextComparisonEnum, { description: 'How the texts are compared. An external reference always EXACT.' })
  comparison!: TextComparison;
}

/** An identifier as it is set. */
export const IdentifierInput = inputType('IdentifierInput', 'Fields that identify an item together.', {
  fields: required(
    [IdentifierFieldEnum],
    'Fields that all have to be the same: EXTERNAL_REF alone, or others with SERIAL_NUMBER or NAME among them.',
  ),
  comparison: withDefault(TextComparisonEnum, 'EXACT', 'How the texts are compared.'),
});

/** An identification rule in the API, and the row it is read as. */
@ObjectType('IdentificationRule', {
  implements: NodeType,
  description:
    'By what observed things of a class are identified, after the id that a source gives and the key under which it ' +
    'told of an item before: the first identifier that fits counts.',
  simpleResolvers: true,
})
export class IdentificationRuleType extends NodeType {
  @Field(() => CiClassEnum, { description: 'Class of the items, e.g. SERVER.' })
  ciClass!: CiClass;

  @Field(() => [IdentifierType], { description: 'Identifiers, the one that counts most first.' })
  identifiers!: readonly IdentifierType[];

  @Field(() => Boolean, { description: 'Whether it says the default, because it was reset.' })
  isDefault!: boolean;

  @Field(() => Int, { description: 'Increases with every change. Pass it as `expectedVersion`.' })
  version!: number;

  @Field(() => DateTime, { description: 'Time at which the rule was created.' })
  createdAt!: string;

  @Field(() => DateTime, { description: 'Time of the last change to the rule.' })
  updatedAt!: string;
}

/** Lists of identification rules, with their filters and sort fields. */
export const identificationRuleList = listType('IdentificationRule', () => IdentificationRuleType, {
  of: 'identification rules',
  filter: {
    ciClass: oneOf(CiClassFilter, 'Class of the items.'),
    isDefault: flag('Whether it says the default, because it was reset.'),
    updatedAt: instant('Time of the last change.'),
  },
});
