import { Arg, Authorized, Ctx, Mutation, Resolver } from 'type-graphql';
import { distributionRead } from '../../reads/distribution/distribution.reads.js';
import * as schema from '../../schema/distribution/distribution.inputs.js';
import type { CommandOnly } from '../../schema/inputs.js';
import * as service from '../../services/distribution/distribution-command.service.js';
import { command } from '../command.js';
import type { Context } from '../context.js';

const shows = (mutation: string) => ({ mutation, field: 'distribution', model: distributionRead });

/** Commands on a distribution. */
@Resolver()
export class DistributionCommandResolver {
  @Authorized('DEPLOYMENT_OPERATOR', 'RELEASE_MANAGER')
  @Mutation(() => schema.DistributionRequestApprovalPayload, {
    description: 'Asks somebody other than the planner to approve it.',
  })
  distributionRequestApproval(
    @Arg('input', () => schema.DistributionRequestApprovalInput, { description: 'Which distribution.' })
    input: CommandOnly,
    @Ctx() context: Context,
  ) {
    return command(context, shows('distributionRequestApproval'), input, (uow) =>
      service.distributionRequestApproval(uow, input),
    );
  }

  @Authorized('RELEASE_OWNER', 'RELEASE_MANAGER')
  @Mutation(() => schema.DistributionApprovePayload, {
    description: 'Approves it: it is scheduled and will start at its time. Never by who planned it.',
  })
  distributionApprove(
    @Arg('input', () => schema.DistributionApproveInput, { description: 'Which distribution.' }) input: CommandOnly,
    @Ctx() context: Context,
  ) {
    return command(context, shows('distributionApprove'), input, (uow) => service.distributionApprove(uow, input));
  }

  @Authorized('DEPLOYMENT_OPERATOR', 'RELEASE_MANAGER')
  @Mutation(() => schema.DistributionSchedulePayload, {
    description: 'Schedules it without approval, where none is required: it will start at its time.',
  })
  distributionSchedule(
    @Arg('input', () => schema.DistributionScheduleInput, { description: 'Which distribution.' }) input: CommandOnly,
    @Ctx() context: Context,
  ) {
    return command(context, shows('distributionSchedule'), input, (uow) => service.distributionSchedule(uow, input));
  }

  @Authorized('DEPLOYMENT_OPERATOR', 'RELEASE_MANAGER')
  @Mutation(() => schema.DistributionReplanPayload, {
    description: 'Takes it back to PLANNED so that it can be edited. An approval it had is void.',
  })
  distributionReplan(
    @Arg('input', () => schema.DistributionReplanInput, { description: 'Which distribution.' }) input: CommandOnly,
    @Ctx() context: Context,
  ) {
    return command(context, shows('distributionReplan'), input, (uow) => service.distributionReplan(uow, input));
  }

  @Authorized('DEPLOYMENT_OPERATOR')
  @Mutation(() => schema.DistributionStartPayload, {
    description:
      'Starts it now. Every rule is checked again at this moment. The order is stored first and sent after the answer; it is never sent twice.',
  })
  distributionStart(
    @Arg('input', () => schema.DistributionStartInput, { description: 'Which distribution.' }) input: CommandOnly,
    @Ctx() context: Context,
  ) {
    return command(context, shows('distributionStart'), input, (uow) =>
      service.distributionStart(uow, input, context.services.tools),
    );
  }

  @Authorized('DEPLOYMENT_OPERATOR')
  @Mutation(() => schema.DistributionPausePayload, {
    description: 'Holds it. Targets that the tool has in hand may still finish.',
  })
  distributionPause(
    @Arg('input', () => schema.DistributionPauseInput, { description: 'Which distribution.' }) input: CommandOnly,
    @Ctx() context: Context,
  ) {
    return command(context, shows('distributionPause'), input, (uow) => service.distributionPause(uow, input));
  }

  @Authorized('DEPLOYMENT_OPERATOR')
  @Mutation(() => schema.DistributionResumePayload, { description: 'Lets it go on. Every rule is checked again.' })
  distributionResume(
    @Arg('input', () => schema.DistributionResumeInput, { description: 'Which distribution.' }) input: CommandOnly,
    @Ctx() context: Context,
  ) {
    return command(context, shows('distributionResume'), input, (uow) => service.distributionResume(uow, input));
  }

  @Authorized('DEPLOYMENT_OPERATOR')
  @Mutation(() => schema.DistributionStopPayload, {
    description: 'Asks the tool to stop. The tool may refuse, and what happened meanwhile is recorded as it was.',
  })
  distributionStop(
    @Arg('input', () => schema.DistributionStopInput, { description: 'Which distribution.' })
    input: schema.DistributionStopInput,
    @Ctx() context: Context,
  ) {
    return command(context, shows('distributionStop'), input, (uow) => service.distributionStop(uow, input));
  }

  @Authorized('DEPLOYMENT_OPERATOR')
  @Mutation(() => schema.DistributionRetryFailedPayload, {
    description: 'Tries again, only on the targets that did not succeed.',
  })
  distributionRetryFailed(
    @Arg('input', () => schema.DistributionRetryFailedInput, { description: 'Which distribution.' }) input: CommandOnly,
    @Ctx() context: Context,
  ) {
    return command(context, shows('distributionRetryFailed'), input, (uow) =>
      service.distributionRetryFailed(uow, input, context.services.tools),
    );
  }

  @Authorized('DEPLOYMENT_OPERATOR')
  @Mutation(() => schema.DistributionStartBackOutPayload, {
    description: 'Lets the tool return the targets to what they carried before.',
  })
  distributionStartBackOut(
    @Arg('input', () => schema.DistributionStartBackOutInput, { description: 'Which distribution.' })
    input: CommandOnly,
    @Ctx() context: Context,
  ) {
    return command(context, shows('distributionStartBackOut'), input, (uow) =>
      service.distributionStartBackOut(uow, input, context.services.tools),
    );
  }

  @Authorized('DEPLOYMENT_OPERATOR')
  @Mutation(() => schema.DistributionReconcilePayload, {
    description: 'Settles a start of which the server cannot tell whether it took effect.',
  })
  distributionReconcile(
    @Arg('input', () => schema.DistributionReconcileInput, { description: 'Which distribution.' })
    input: schema.DistributionReconcileInput,
    @Ctx() context: Context,
  ) {
    return command(context, shows('distributionReconcile'), input, (uow) => service.distributionReconcile(uow, input));
  }

  @Authorized('DEPLOYMENT_OPERATOR', 'RELEASE_MANAGER')
  @Mutation(() => schema.DistributionCancelPayload, { description: 'Gives it up before it has started.' })
  distributionCancel(
    @Arg('input', () => schema.DistributionCancelInput, { description: 'Which distribution.' }) input: CommandOnly,
    @Ctx() context: Context,
  ) {
    return command(context, shows('distributionCancel'), input, (uow) => service.distributionCancel(uow, input));
  }
}
