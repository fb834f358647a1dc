import { Ctx, FieldResolver, Resolver, Root } from 'type-graphql';
import { distributionRead } from '../../reads/distribution/distribution.reads.js';
import { releaseRead } from '../../reads/release/release.reads.js';
import { taskRead } from '../../reads/release/task.reads.js';
import { scheduleEntryRead } from '../../reads/schedule/schedule-entry.reads.js';
import { scheduleWindowRead } from '../../reads/schedule/schedule-window.reads.js';
import { DistributionType } from '../../schema/distribution/distribution.type.js';
import { ReleaseType } from '../../schema/release/release.type.js';
import { TaskType } from '../../schema/release/task.type.js';
import { ScheduleConflictPartyType } from '../../schema/schedule/schedule-conflict.type.js';
import { ScheduleEntryType } from '../../schema/schedule/schedule-entry.type.js';
import { ScheduleWindowType } from '../../schema/schedule/schedule-window.type.js';
import type { Context } from '../context.js';

/** The objects on one side of a conflict. */
@Resolver(() => ScheduleConflictPartyType)
export class ScheduleConflictPartyResolver {
  @FieldResolver(() => ScheduleEntryType, {
    nullable: true,
    description: 'Entry of the work in the schedule. Null for a window, and for work that is not booked yet.',
  })
  entry(@Root() party: ScheduleConflictPartyType, @Ctx() { reads }: Context) {
    return reads.byId(scheduleEntryRead, party.entryId);
  }

  @FieldResolver(() => ReleaseType, {
    nullable: true,
    description: 'Release that the work belongs to. Its manager and owner can plan it differently. Null for a window.',
  })
  release(@Root() party: ScheduleConflictPartyType, @Ctx() { reads }: Context) {
    return reads.byId(releaseRead, party.releaseId);
  }

  @FieldResolver(() => DistributionType, {
    nullable: true,
    description: 'Distribution, if the work is one. Null for other work and for a window.',
  })
  distribution(@Root() party: ScheduleConflictPartyType, @Ctx() { reads }: Context) {
    return reads.byId(distributionRead, party.distributionId);
  }

  @FieldResolver(() => TaskType, {
    nullable: true,
    description: 'Task, if the work is one. Null for other work and for a window.',
  })
  task(@Root() party: ScheduleConflictPartyType, @Ctx() { reads }: Context) {
    return reads.byId(taskRead, party.taskId);
  }

  @FieldResolver(() => ScheduleWindowType, {
    nullable: true,
    description: 'Window on this side of the conflict. Null for work.',
  })
  window(@Root() party: ScheduleConflictPartyType, @Ctx() { reads }: Context) {
    return reads.byId(scheduleWindowRead, party.windowId);
  }
}
