import { Field, Int, ObjectType } from 'type-graphql';
import {
  DUPLICATE_SIGN_DESCRIPTIONS,
  DUPLICATE_SIGNS,
  SUSPECTED_DUPLICATE_STATE_DESCRIPTIONS,
  SUSPECTED_DUPLICATE_STATES,
  type DuplicateSign,
  type SuspectedDuplicateState,
} from '../../domain/cmdb/suspected-duplicate.machine.js';
import { enumFrom } from '../enums.js';
import { enumFilter } from '../filters.js';
import { id, instant, listType, oneOf } from '../list.js';
import { NodeType } from '../node.type.js';
import { DateTime } from '../scalars.js';

export const DuplicateSignEnum = enumFrom(
  'DuplicateSign',
  DUPLICATE_SIGNS,
  'What two configuration items have in common that they should not.',
  DUPLICATE_SIGN_DESCRIPTIONS,
);
export const SuspectedDuplicateStateEnum = enumFrom(
  'SuspectedDuplicateState',
  SUSPECTED_DUPLICATE_STATES,
  'State of a suspected duplicate.',
  SUSPECTED_DUPLICATE_STATE_DESCRIPTIONS,
);

/** A suspected duplicate in the API, and the row it is read as. */
@ObjectType('SuspectedDuplicate', {
  implements: NodeType,
  description:
    'Two configuration items that may be one. The server finds them within seconds after a value changes that ' +
    'identifies one of them. Of many that are alike, each is paired with the one recorded before it.',
  simpleResolvers: true,
})
export class SuspectedDuplicateType extends NodeType {
  @Field(() => [DuplicateSignEnum], { description: 'What they have in common.' })
  signs!: DuplicateSign[];

  @Field(() => SuspectedDuplicateStateEnum, { description: 'State of the suspicion, e.g. OPEN.' })
  state!: SuspectedDuplicateState;

  @Field(() => String, { nullable: true, description: 'Reason for which it was dismissed. Null if it was not.' })
  reason!: string | null;

  @Field(() => DateTime, { nullable: true, description: 'Time at which it was resolved. Null before.' })
  closedAt!: string | null;

  @Field(() => Int, { description: 'Increases with every change. Pass it as `expectedVersion`.' })
  version!: number;

  @Field(() => DateTime, { description: 'Time at which the server found it.' })
  createdAt!: string;

  @Field(() => DateTime, { description: 'Time of the last change to it.' })
  updatedAt!: string;

  ciId!: string;
  otherId!: string;
  decidedById!: string | null;
}

export const SuspectedDuplicateStateFilter = enumFilter('SuspectedDuplicateState', SuspectedDuplicateStateEnum);

/** Lists of suspected duplicates, with their filters and sort fields. */
export const suspectedDuplicateList = listType('SuspectedDuplicate', () => SuspectedDuplicateType, {
  of: 'suspected duplicates',
  filter: {
    state: oneOf(SuspectedDuplicateStateFilter, 'State of the suspicion.'),
    ci: id('ConfigurationItem', 'The item of the two that was recorded first.'),
    other: id('ConfigurationItem', 'The item of the two that was recorded later.'),
    createdAt: instant('Time at which the server found it.'),
    closedAt: instant('Time at which it was resolved. `isNull: true` matches those that have not ended.'),
  },
});
