import { Field, ID, Int, ObjectType } from 'type-graphql';
import {
  SCHEDULE_ENTRY_KIND_DESCRIPTIONS,
  SCHEDULE_ENTRY_KINDS,
  type ScheduleEntryKind,
} from '../../domain/schedule/schedule.js';
import { CiClassFilter } from '../cmdb/configuration-item.type.js';
import { enumFrom } from '../enums.js';
import { enumFilter } from '../filters.js';
import { NodeType } from '../node.type.js';
import { DateTime } from '../scalars.js';
import { custom, id, instant, listType, oneOf, text } from '../list.js';

export const ScheduleEntryKindEnum = enumFrom(
  'ScheduleEntryKind',
  SCHEDULE_ENTRY_KINDS,
  'What an entry of the schedule stands for.',
  SCHEDULE_ENTRY_KIND_DESCRIPTIONS,
);

/** An entry of the schedule as the API shows it, and the row it is read as. */
@ObjectType('ScheduleEntry', {
  implements: NodeType,
  description:
    'An interval in the Change Implementation Schedule: the deployment of a release, a distribution, a dated ' +
    'task, a CAB meeting.',
  simpleResolvers: true,
})
export class ScheduleEntryType extends NodeType {
  @Field(() => ScheduleEntryKindEnum, { description: 'What it stands for.' })
  kind!: ScheduleEntryKind;

  @Field(() => String, { description: 'Number and name of what it stands for, or the title of the meeting.' })
  title!: string;

  @Field(() => DateTime, { description: 'Its start.' })
  startsAt!: string;

  @Field(() => DateTime, {
    description: 'Its end. The interval does not include this instant, so touching entries do not overlap.',
  })
  endsAt!: string;

  @Field(() => Boolean, {
    description: 'False once it was withdrawn: cancelled, or booked at another time and not again.',
  })
  live!: boolean;

  @Field(() => Int, { description: 'Grows with every change; give it back as `expectedVersion`.' })
  version!: number;

  @Field(() => DateTime, { description: 'When it was booked first.' })
  createdAt!: string;

  @Field(() => DateTime, { description: 'When it last changed.' })
  updatedAt!: string;

  releaseId!: string | null;
  distributionId!: string | null;
  taskId!: string | null;
}

export const ScheduleEntryKindFilter = enumFilter('ScheduleEntryKind', ScheduleEntryKindEnum);

/** Lists of entries of the schedule: what they can be filtered and ordered by. */
export const scheduleEntryList = listType('ScheduleEntry', () => ScheduleEntryType, {
  of: 'entries of the schedule',
  filter: {
    kind: oneOf(ScheduleEntryKindFilter, 'By what they stand for.'),
    title: text('By title.'),
    release: id('Release', 'By the release they belong to.'),
    distribution: id('Distribution', 'By the distribution they stand for.'),
    task: id('Task', 'By the task they stand for.'),
    ci: id('ConfigurationItem', 'By a configuration item that they work on.'),
    ciClass: custom(CiClassFilter, 'By the class of a configuration item that they work on.'),
    felt: custom(
      ID,
      'Entries that work on this configuration item or on one that it depends on, up to 20 relations away: all ' +
        'that a service will feel.',
    ),
    person: id('Person', 'By a person: owner or manager of the release, or assignee of the task.'),
    startsAt: instant('By start.'),
    endsAt: instant('By end.'),
  },
  order: { STARTS_AT: instant('Start.'), ENDS_AT: instant('End.') },
  descriptions: { filter: 'Narrows the schedule. All that is given must hold.' },
});
