import { Field, Int, ObjectType } from 'type-graphql';
import type { CiClass } from '../../domain/cmdb/configuration-item.machine.js';
import { CiClassEnum } from '../enums.js';
import { listType, oneOf, text } from '../list.js';
import { NodeType } from '../node.type.js';
import { DateTime } from '../scalars.js';
import { CiClassFilter } from './configuration-item.type.js';

/** An order of sources in the API, and the row it is read as. */
@ObjectType('SourcePrecedence', {
  implements: NodeType,
  description:
    'Which source counts more than which. Where several say a field of an item, the record is compared with the one ' +
    'that counts most, and the others are disagreements. Without an order, all sources count alike.',
  simpleResolvers: true,
})
export class SourcePrecedenceType extends NodeType {
  @Field(() => CiClassEnum, { nullable: true, description: 'Class of items that it is for. Null for all classes.' })
  ciClass!: CiClass | null;

  @Field(() => String, {
    nullable: true,
    description: 'Field that it is for, e.g. `location` or `attributes.rack`. Null for all fields.',
  })
  field!: string | null;

  @Field(() => [String], {
    nullable: true,
    description:
      'Sources, the one that counts most first. Those that are not named count less, and alike. Null if the order ' +
      'was removed: then the next wider one counts.',
  })
  sources!: string[] | null;

  @Field(() => Int, { description: 'Increases with every change. Pass it as `expectedVersion`.' })
  version!: number;

  @Field(() => DateTime, { description: 'Time at which the order was created.' })
  createdAt!: string;

  @Field(() => DateTime, { description: 'Time of the last change to the order.' })
  updatedAt!: string;
}

/** Lists of orders of sources, with their filters and sort fields. */
export const sourcePrecedenceList = listType('SourcePrecedence', () => SourcePrecedenceType, {
  of: 'orders of sources',
  filter: {
    ciClass: oneOf(CiClassFilter, 'Class of items that it is for. `isNull: true` matches those for all classes.'),
    field: text('Field that it is for. `isNull: true` matches those for all fields.'),
  },
});
