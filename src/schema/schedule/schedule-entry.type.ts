import { Field, ID, Int, ObjectType } from 'type-graphql';
import {
  SCHEDULE_ENTRY_KIND_DESCRIPTIONS,
  SCHEDULE_ENTRY_KINDS,
  type ScheduleEntryKind,
} from '../../domain/schedule/schedule.js';
import { CiClassFilter, LifecycleStateFilter } from '../cmdb/configuration-item.type.js';
import { enumFrom } from '../enums.js';
import { enumFilter } from '../filters.js';
import { NodeType } from '../node.type.js';
import { DateTime } from '../scalars.js';
import { custom, id, instant, listType, oneOf, text } from '../list.js';

export const ScheduleEntryKindEnum = enumFrom(
  'ScheduleEntryKind',
  SCHEDULE_ENTRY_KINDS,
  'Kind of activity that an entry of the schedule represents.',
  SCHEDULE_ENTRY_KIND_DESCRIPTIONS,
);

/** An entry of the schedule in the API, and the row it is read as. */
@ObjectType('ScheduleEntry', {
  implements: NodeType,
  description:
    'Interval in the Change Implementation Schedule: the deployment of a release, a distribution, a dated task, an ' +
    'authorised change or a CAB meeting.',
  simpleResolvers: true,
})
export class ScheduleEntryType extends NodeType {
  @Field(() => ScheduleEntryKindEnum, { description: 'Kind of activity that the entry represents.' })
  kind!: ScheduleEntryKind;

  @Field(() => String, {
    description: 'Number and name of the release, distribution, task or change, or title of the meeting.',
  })
  title!: string;

  @Field(() => DateTime, { description: 'Start of the entry.' })
  startsAt!: string;

  @Field(() => DateTime, {
    description: 'End of the entry, exclusive: entries that touch do not overlap.',
  })
  endsAt!: string;

  @Field(() => Boolean, {
    description: 'Whether the entry is in force. False after it was cancelled or its booking was withdrawn.',
  })
  live!: boolean;

  @Field(() => Int, { description: 'Increases with every change. Pass it as `expectedVersion`.' })
  version!: number;

  @Field(() => DateTime, { description: 'Time of the first booking.' })
  createdAt!: string;

  @Field(() => DateTime, { description: 'Time of the last change to the entry.' })
  updatedAt!: string;

  releaseId!: string | null;
  distributionId!: string | null;
  taskId!: string | null;
  changeId!: string | null;
}

export const ScheduleEntryKindFilter = enumFilter('ScheduleEntryKind', ScheduleEntryKindEnum);

/** Lists of entries of the schedule, with their filters and sort fields. */
export const scheduleEntryList = listType('ScheduleEntry', () => ScheduleEntryType, {
  of: 'entries of the schedule',
  filter: {
    kind: oneOf(ScheduleEntryKindFilter, 'Kind of activity that the entry represents.'),
    title: text('Title of the entry.'),
    release: id('Release', 'Release that the entry belongs to.'),
    distribution: id('Distribution', 'Distribution that the entry represents.'),
    task: id('Task', 'Task that the entry represents.'),
    change: id('Change', 'Change that the entry represents.'),
    ci: id('ConfigurationItem', 'Configuration item that the entry works on.'),
    ciClass: custom(CiClassFilter, 'Class of a configuration item that the entry works on.'),
    ciLifecycleState: custom(
      LifecycleStateFilter,
      'Stage, such as TEST or PRODUCTION, of a configuration item that the entry works on.',
    ),
    ciOwnerTeam: id('Team', 'Team that owns a configuration item that the entry works on.'),
    felt: custom(
      ID,
      'Id of a configuration item. Matches entries that impact it: they work on it or on one that it depends on, up ' +
        'to 20 relations away.',
    ),
    person: id(
      'Person',
      'Person involved: owner or manager of the release, assignee of the task, or requester of the change.',
    ),
    startsAt: instant('Start of the entry.'),
    endsAt: instant('End of the entry.'),
  },
  order: { STARTS_AT: instant('Start of the entry.'), ENDS_AT: instant('End of the entry.') },
  descriptions: { filter: 'Filter for the schedule. Every given condition must hold.' },
});
