import { Arg, Args, Authorized, Ctx, FieldResolver, Mutation, Query, Resolver, Root } from 'type-graphql';
import { distributionMachine } from '../../domain/distribution/distribution.machine.js';
import { distributionRead, targetExecutionRead } from '../../reads/distribution/distribution.reads.js';
import { PageArgs } from '../../schema/connection.js';
import {
  DistributionPlanInput,
  DistributionPlanPayload,
  DistributionUpdateInput,
  DistributionUpdatePayload,
} from '../../schema/distribution/distribution.inputs.js';
import {
  DistributionConnection,
  DistributionFilter,
  DistributionOrder,
  DistributionType,
} from '../../schema/distribution/distribution.type.js';
import {
  TargetExecutionReportInput,
  TargetExecutionReportPayload,
} from '../../schema/distribution/target-execution.type.js';
import { AvailableCommandType } from '../../schema/user-error.type.js';
import { distributionPlan, distributionUpdate } from '../../services/distribution/distribution-plan.service.js';
import { distributionFacts } from '../../facts/distribution/distribution.facts.js';
import { targetExecutionReport } from '../../services/distribution/target-report.service.js';
import { presentCommands } from '../available-commands.js';
import { command } from '../command.js';
import type { Context } from '../context.js';

/** Queries on distributions, their planning, and reports by people. */
@Resolver(() => DistributionType)
export class DistributionResolver {
  @Authorized()
  @Query(() => DistributionConnection, { description: 'Distributions.' })
  distributions(
    @Args(() => PageArgs) page: PageArgs,
    @Arg('filter', () => DistributionFilter, { nullable: true, description: 'Which ones.' })
    filter: DistributionFilter | null,
    @Arg('orderBy', () => [DistributionOrder], {
      nullable: true,
      description: 'In which order. Default: oldest first.',
    })
    orderBy: DistributionOrder[] | null,
    @Ctx() { reads }: Context,
  ) {
    return reads.page(distributionRead, { page, filter, orderBy });
  }

  @FieldResolver(() => [AvailableCommandType], {
    description: 'Commands that exist in its present state, and what stands in their way for you at this moment.',
  })
  async availableCommands(@Root() distribution: DistributionType, @Ctx() { reads, services }: Context) {
    const facts = await reads.batch(
      'distribution.facts',
      async (ids, db, actor) => await distributionFacts(db, actor, ids, services.clock()),
      distribution.id,
    );
    return await presentCommands(reads, distributionMachine, distribution.state, facts);
  }

  @Authorized('DEPLOYMENT_OPERATOR', 'RELEASE_MANAGER')
  @Mutation(() => DistributionPlanPayload, {
    description:
      'Plans the delivery of a release to some or all of its targets through a deployment tool. Refused with one error per target or content that does not fit the tool.',
  })
  distributionPlan(
    @Arg('input', () => DistributionPlanInput, { description: 'What goes where, how and when.' })
    input: DistributionPlanInput,
    @Ctx() context: Context,
  ) {
    const shows = { mutation: 'distributionPlan', field: 'distribution', model: distributionRead };
    return command(context, shows, input, (uow) => distributionPlan(uow, input, context.services.tools));
  }

  @Authorized('DEPLOYMENT_OPERATOR', 'RELEASE_MANAGER')
  @Mutation(() => DistributionUpdatePayload, {
    description: 'Edits a distribution that is still PLANNED. Who edits it counts as its planner.',
  })
  distributionUpdate(
    @Arg('input', () => DistributionUpdateInput, { description: 'What changes.' }) input: DistributionUpdateInput,
    @Ctx() context: Context,
  ) {
    const shows = { mutation: 'distributionUpdate', field: 'distribution', model: distributionRead };
    return command(context, shows, input, (uow) => distributionUpdate(uow, input, context.services.tools));
  }

  @Authorized('DEPLOYMENT_OPERATOR', 'TASK_ASSIGNEE')
  @Mutation(() => TargetExecutionReportPayload, {
    description:
      'Reports what a person did or saw on a target, with evidence. Only where people are the deployment tool; a tool that reports by itself is believed instead.',
  })
  targetExecutionReport(
    @Arg('input', () => TargetExecutionReportInput, { description: 'What happened.' })
    input: TargetExecutionReportInput,
    @Ctx() context: Context,
  ) {
    const shows = { mutation: 'targetExecutionReport', field: 'targetExecution', model: targetExecutionRead };
    return command(context, shows, input, (uow) => targetExecutionReport(uow, input, context.services.tools));
  }
}
