import { Field, ObjectType } from 'type-graphql';
import {
  CLASS_MISFIT_REASON_DESCRIPTIONS,
  CLASS_MISFIT_REASONS,
  type ClassMisfitReason,
} from '../../domain/cmdb/class-migration.machine.js';
import { enumFrom } from '../enums.js';
import { enumFilter } from '../filters.js';
import { flag, id, listType, oneOf } from '../list.js';
import { NodeType } from '../node.type.js';
import { DateTime } from '../scalars.js';

export const ClassMisfitReasonEnum = enumFrom(
  'ClassMisfitReason',
  CLASS_MISFIT_REASONS,
  'Why the migration of a class lists an item.',
  CLASS_MISFIT_REASON_DESCRIPTIONS,
);

/** An item that does not fit in the API, and the row it is read as. */
@ObjectType('ClassMisfit', {
  implements: NodeType,
  description: 'Configuration item that does not fit the new schema of its class, or was not migrated.',
  simpleResolvers: true,
})
export class ClassMisfitType extends NodeType {
  @Field(() => ClassMisfitReasonEnum, { description: 'Why the item is listed, e.g. PROTECTED.' })
  reason!: ClassMisfitReason;

  @Field(() => [String], {
    description: 'What does not fit, 20 at most. Each begins with its path, e.g. `attributes.memory must be >= 8`.',
  })
  violations!: string[];

  @Field(() => Boolean, {
    description: 'Whether the item does not fit the schema that its class has now. Then it has to at its next edit.',
  })
  stands!: boolean;

  @Field(() => DateTime, { description: 'Time at which it was found.' })
  createdAt!: string;

  migrationId!: string;
  ciId!: string;
}

export const ClassMisfitReasonFilter = enumFilter('ClassMisfitReason', ClassMisfitReasonEnum);

/** Lists of items that do not fit, with their filters. */
export const classMisfitList = listType('ClassMisfit', () => ClassMisfitType, {
  of: 'items that do not fit',
  filter: {
    ci: id('ConfigurationItem', 'Item that is listed.'),
    reason: oneOf(ClassMisfitReasonFilter, 'Why it is listed.'),
    stands: flag('Whether it does not fit the schema that its class has now.'),
  },
  order: {},
});
