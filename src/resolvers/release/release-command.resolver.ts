import { Arg, Authorized, Ctx, Mutation, Resolver } from 'type-graphql';
import { releaseRead } from '../../reads/release/release.reads.js';
import { commandInput, type CommandOnly } from '../../schema/inputs.js';
import * as t from '../../schema/release/release-command.type.js';
import * as commands from '../../services/release/release-command.service.js';
import { command } from '../command.js';
import type { Context } from '../context.js';

const ReleaseStartPlanningInput = commandInput('releaseStartPlanning', 'release');
const ReleaseStartBuildingInput = commandInput('releaseStartBuilding', 'release');
const ReleaseStartTestingInput = commandInput('releaseStartTesting', 'release');
const ReleaseAcceptInput = commandInput('releaseAccept', 'release');
const ReleaseCompleteBackOutInput = commandInput('releaseCompleteBackOut', 'release');
const ReleaseStartReviewInput = commandInput('releaseStartReview', 'release');
const ReleaseCloseInput = commandInput('releaseClose', 'release');

const WHICH = { description: 'Which release.' };
const shows = (mutation: string) => ({ mutation, field: 'release', model: releaseRead });

/** The commands of the life cycle of a release. */
@Resolver()
export class ReleaseCommandResolver {
  @Authorized('RELEASE_MANAGER')
  @Mutation(() => t.ReleaseStartPlanningPayload, {
    description: 'Begins to plan a release. The tasks of its planning phases begin.',
  })
  releaseStartPlanning(
    @Arg('input', () => ReleaseStartPlanningInput, WHICH) input: CommandOnly,
    @Ctx() context: Context,
  ) {
    return command(context, shows('releaseStartPlanning'), input, (uow) => commands.releaseStartPlanning(uow, input));
  }

  @Authorized('RELEASE_MANAGER')
  @Mutation(() => t.ReleaseStartBuildingPayload, {
    description: 'Begins to build the package of a release. The tasks of planning must be done.',
  })
  releaseStartBuilding(
    @Arg('input', () => ReleaseStartBuildingInput, WHICH) input: CommandOnly,
    @Ctx() context: Context,
  ) {
    return command(context, shows('releaseStartBuilding'), input, (uow) => commands.releaseStartBuilding(uow, input));
  }

  @Authorized('RELEASE_MANAGER', 'TEST_MANAGER')
  @Mutation(() => t.ReleaseStartTestingPayload, {
    description: 'Begins to test a release. The tasks of the phases before must be done.',
  })
  releaseStartTesting(
    @Arg('input', () => ReleaseStartTestingInput, WHICH) input: CommandOnly,
    @Ctx() context: Context,
  ) {
    return command(context, shows('releaseStartTesting'), input, (uow) => commands.releaseStartTesting(uow, input));
  }

  @Authorized('RELEASE_OWNER')
  @Mutation(() => t.ReleaseAcceptPayload, {
    description:
      'Accepts a release as it is: scope, package, mandatory tasks. Its owner does it, who took no part in planning. Freezes the digests of the package; a later change of what was accepted calls for a new acceptance.',
  })
  releaseAccept(@Arg('input', () => ReleaseAcceptInput, WHICH) input: CommandOnly, @Ctx() context: Context) {
    return command(context, shows('releaseAccept'), input, (uow) => commands.releaseAccept(uow, input));
  }

  @Authorized('RELEASE_MANAGER')
  @Mutation(() => t.ReleaseSchedulePayload, {
    description:
      'Gives a release its place in the change implementation schedule. Every conflict is named at once; those that a waiver sets aside do not count.',
  })
  releaseSchedule(
    @Arg('input', () => t.ReleaseScheduleInput, { description: 'Which release, and when.' })
    input: t.ReleaseScheduleInput,
    @Ctx() context: Context,
  ) {
    return command(context, shows('releaseSchedule'), input, (uow) => commands.releaseSchedule(uow, input));
  }

  @Authorized('RELEASE_MANAGER')
  @Mutation(() => t.ReleaseReschedulePayload, {
    description: 'Takes a release out of the schedule, back to ACCEPTED, so that it can be scheduled anew.',
  })
  releaseReschedule(
    @Arg('input', () => t.ReleaseRescheduleInput, WHICH) input: t.ReleaseRescheduleInput,
    @Ctx() context: Context,
  ) {
    return command(context, shows('releaseReschedule'), input, (uow) => commands.releaseReschedule(uow, input));
  }

  @Authorized('RELEASE_MANAGER')
  @Mutation(() => t.ReleaseCommunicatePayload, {
    description:
      'Records what stakeholders were told about a scheduled release, which counts as communicated from then on.',
  })
  releaseCommunicate(
    @Arg('input', () => t.ReleaseCommunicateInput, { description: 'Who was told what.' })
    input: t.ReleaseCommunicateInput,
    @Ctx() context: Context,
  ) {
    return command(context, shows('releaseCommunicate'), input, (uow) => commands.releaseCommunicate(uow, input));
  }

  @Authorized('RELEASE_MANAGER', 'RELEASE_OWNER')
  @Mutation(() => t.ReleaseStartBackOutPayload, {
    description:
      'Begins to return the targets of a release to their previous state, by its back-out plan. The tasks of its back-out phases begin.',
  })
  releaseStartBackOut(
    @Arg('input', () => t.ReleaseStartBackOutInput, WHICH) input: t.ReleaseStartBackOutInput,
    @Ctx() context: Context,
  ) {
    return command(context, shows('releaseStartBackOut'), input, (uow) => commands.releaseStartBackOut(uow, input));
  }

  @Authorized('RELEASE_MANAGER', 'RELEASE_OWNER')
  @Mutation(() => t.ReleaseCompleteBackOutPayload, {
    description: 'Records that the targets of a release are back in their previous state.',
  })
  releaseCompleteBackOut(
    @Arg('input', () => ReleaseCompleteBackOutInput, WHICH) input: CommandOnly,
    @Ctx() context: Context,
  ) {
    return command(context, shows('releaseCompleteBackOut'), input, (uow) =>
      commands.releaseCompleteBackOut(uow, input),
    );
  }

  @Authorized('RELEASE_MANAGER', 'RELEASE_OWNER')
  @Mutation(() => t.ReleaseStartReviewPayload, {
    description: 'Begins the post implementation review of a release. Its distributions must be over.',
  })
  releaseStartReview(@Arg('input', () => ReleaseStartReviewInput, WHICH) input: CommandOnly, @Ctx() context: Context) {
    return command(context, shows('releaseStartReview'), input, (uow) => commands.releaseStartReview(uow, input));
  }

  @Authorized('RELEASE_MANAGER', 'RELEASE_OWNER')
  @Mutation(() => t.ReleaseClosePayload, {
    description: 'Closes a release for good: reviewed, all its changes closed, no task open.',
  })
  releaseClose(@Arg('input', () => ReleaseCloseInput, WHICH) input: CommandOnly, @Ctx() context: Context) {
    return command(context, shows('releaseClose'), input, (uow) => commands.releaseClose(uow, input));
  }

  @Authorized('RELEASE_MANAGER', 'RELEASE_OWNER')
  @Mutation(() => t.ReleaseCancelPayload, {
    description:
      'Gives a release up before its distribution. Its changes are free again, open requests to join it are rejected with the reason.',
  })
  releaseCancel(@Arg('input', () => t.ReleaseCancelInput, WHICH) input: t.ReleaseCancelInput, @Ctx() context: Context) {
    return command(context, shows('releaseCancel'), input, (uow) => commands.releaseCancel(uow, input));
  }
}
