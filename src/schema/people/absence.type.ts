import { Field, Int, ObjectType } from 'type-graphql';
import { id, instant, listType } from '../list.js';
import { NodeType } from '../node.type.js';
import { DateTime } from '../scalars.js';

/** An absence in the API, and the row it is read as. */
@ObjectType('Absence', {
  implements: NodeType,
  description: 'Time at which a person is away. Interlock does not record why.',
  simpleResolvers: true,
})
export class AbsenceType extends NodeType {
  @Field(() => DateTime, { description: 'Start of the absence.' })
  startsAt!: string;

  @Field(() => DateTime, { description: 'End of the absence, exclusive.' })
  endsAt!: string;

  @Field(() => DateTime, { nullable: true, description: 'Time at which it was withdrawn. Null if it is in force.' })
  withdrawnAt!: string | null;

  @Field(() => Int, { description: 'Increases with every change. Pass it as `expectedVersion`.' })
  version!: number;

  @Field(() => DateTime, { description: 'Time at which the absence was entered.' })
  createdAt!: string;

  @Field(() => DateTime, { description: 'Time of the last change.' })
  updatedAt!: string;

  personId!: string;
}

/** Lists of absences, with their filters and sort fields. */
export const absenceList = listType('Absence', () => AbsenceType, {
  of: 'absences',
  filter: {
    person: id('Person', 'Person that is away.'),
    startsAt: instant('Start of the absence.'),
    endsAt: instant('End of the absence.'),
    withdrawnAt: instant('Time at which it was withdrawn. `isNull: true` matches absences in force.'),
  },
  order: { STARTS_AT: instant('Start of the absence.'), ENDS_AT: instant('End of the absence.') },
});
