import { Arg, Authorized, Ctx, FieldResolver, ID, Query, Resolver, Root } from 'type-graphql';
import { changeRead } from '../../reads/change/change.reads.js';
import { distributionRead } from '../../reads/distribution/distribution.reads.js';
import { releaseMove } from '../../reads/release/release-move.reads.js';
import { taskRead } from '../../reads/release/task.reads.js';
import { waiverRead } from '../../reads/release/waiver.reads.js';
import { ChangeType } from '../../schema/change/change.type.js';
import { DistributionType } from '../../schema/distribution/distribution.type.js';
import {
  MoveFollowerType,
  MoveWarningType,
  ReleaseMoveSimulationType,
} from '../../schema/release/release-move.type.js';
import { TaskType } from '../../schema/release/task.type.js';
import { WaiverType } from '../../schema/release/waiver.type.js';
import { DateTime } from '../../schema/scalars.js';
import { AvailableCommandType } from '../../schema/user-error.type.js';
import { presentCommand } from '../available-commands.js';
import type { Context } from '../context.js';
import { WORK } from '../work.js';

/** What another time of a release would change. */
@Resolver(() => ReleaseMoveSimulationType)
export class ReleaseMoveResolver {
  @Authorized()
  @Query(() => ReleaseMoveSimulationType, {
    complexity: 4 * WORK.conflicts,
    description:
      'Tells what another planned time of a release would bring, before `releaseMoveSchedule` or `releaseSchedule` ' +
      'does it: every rule that would refuse it, conflicts that come and go, and the tasks, changes and ' +
      'distributions that follow. Nothing changes.',
  })
  async releaseSimulateMove(
    @Arg('id', () => ID, { description: 'Id of the release.' }) id: string,
    @Arg('startsAt', () => DateTime, { description: 'New planned start.' }) startsAt: string,
    @Arg('endsAt', () => DateTime, { description: 'New planned end, exclusive.' }) endsAt: string,
    @Arg('moveDistributions', () => Boolean, {
      defaultValue: false,
      description: 'Whether distributions that have not started move along, as in `releaseMoveSchedule`.',
    })
    moveDistributions: boolean,
    @Ctx() { reads, services }: Context,
  ) {
    return await releaseMove(reads.db, reads.actor, { id, startsAt, endsAt, moveDistributions }, services.clock());
  }

  @FieldResolver(() => AvailableCommandType, {
    nullable: true,
    complexity: WORK.facts,
    description:
      'Command that gives the release the new time, with every rule that would block it for you. Null if the release ' +
      'is in a state in which it cannot be scheduled.',
  })
  async command(@Root() { commandName, rules }: ReleaseMoveSimulationType, @Ctx() { reads }: Context) {
    return commandName === null ? null : await presentCommand(reads.perRow, commandName, rules);
  }
}

/** The objects that follow a release. */
@Resolver(() => MoveFollowerType)
export class MoveFollowerResolver {
  @FieldResolver(() => TaskType, { nullable: true, description: 'The task. Null for other followers.' })
  task(@Root() { taskId }: MoveFollowerType, @Ctx() { reads }: Context) {
    return reads.byId(taskRead, taskId);
  }

  @FieldResolver(() => ChangeType, { nullable: true, description: 'The change. Null for other followers.' })
  change(@Root() { changeId }: MoveFollowerType, @Ctx() { reads }: Context) {
    return reads.byId(changeRead, changeId);
  }

  @FieldResolver(() => DistributionType, { nullable: true, description: 'The distribution. Null for other followers.' })
  distribution(@Root() { distributionId }: MoveFollowerType, @Ctx() { reads }: Context) {
    return reads.byId(distributionRead, distributionId);
  }
}

/** The objects that a move makes worse. */
@Resolver(() => MoveWarningType)
export class MoveWarningResolver {
  @FieldResolver(() => TaskType, { nullable: true, description: 'Task that the warning is about, if it is about one.' })
  task(@Root() { taskId }: MoveWarningType, @Ctx() { reads }: Context) {
    return reads.byId(taskRead, taskId);
  }

  @FieldResolver(() => WaiverType, {
    nullable: true,
    description: 'Waiver that the warning is about, if it is about one.',
  })
  waiver(@Root() { waiverId }: MoveWarningType, @Ctx() { reads }: Context) {
    return reads.byId(waiverRead, waiverId);
  }
}
