import { Authorized, Ctx, FieldResolver, Query, Resolver, Root } from 'type-graphql';
import { decisionPointMachine } from '../../domain/distribution/decision-point.machine.js';
import type { ListInput } from '../../domain/list.js';
import { decisionPointFacts } from '../../facts/distribution/decision-point.facts.js';
import { decisionPointRead, distributionDecisions } from '../../reads/distribution/decision-point.reads.js';
import { distributionRead } from '../../reads/distribution/distribution.reads.js';
import { distributionWaveRead } from '../../reads/distribution/distribution-wave.reads.js';
import { personRead } from '../../reads/people/person.reads.js';
import { decisionPointList, DecisionPointType } from '../../schema/distribution/decision-point.type.js';
import { DistributionType } from '../../schema/distribution/distribution.type.js';
import { DistributionWaveType } from '../../schema/distribution/distribution-wave.type.js';
import { ListArgs } from '../../schema/list.js';
import { PersonType } from '../../schema/people/person.type.js';
import { AvailableCommandType } from '../../schema/user-error.type.js';
import { presentCommands } from '../available-commands.js';
import type { Context } from '../context.js';

/** The list of decisions, and what a decision refers to. */
@Resolver(() => DecisionPointType)
export class DecisionPointResolver {
  @Authorized()
  @Query(() => decisionPointList.Connection, {
    description: 'Lists decision points. With `state: OPEN`, the work list of rollouts that wait for somebody.',
  })
  decisionPoints(@ListArgs(decisionPointList, 'oldest first') list: ListInput, @Ctx() { reads }: Context) {
    return reads.page(decisionPointRead, list);
  }

  @FieldResolver(() => DistributionType, { description: 'Distribution whose rollout waits for the decision.' })
  distribution(@Root() decision: DecisionPointType, @Ctx() { reads }: Context) {
    return reads.byId(distributionRead, decision.distributionId);
  }

  @FieldResolver(() => DistributionWaveType, { description: 'Wave that tripped the threshold.' })
  wave(@Root() decision: DecisionPointType, @Ctx() { reads }: Context) {
    return reads.byId(distributionWaveRead, decision.waveId);
  }

  @FieldResolver(() => PersonType, {
    nullable: true,
    description: 'Person who has claimed the decision. Null if nobody has.',
  })
  claimedBy(@Root() decision: DecisionPointType, @Ctx() { reads }: Context) {
    return reads.byId(personRead, decision.claimedById);
  }

  @FieldResolver(() => PersonType, {
    nullable: true,
    description: 'Person who decided. Null while it is open, and if the default took effect.',
  })
  decidedBy(@Root() decision: DecisionPointType, @Ctx() { reads }: Context) {
    return reads.byId(personRead, decision.decidedById);
  }

  @FieldResolver(() => [AvailableCommandType], {
    description: 'Commands in the current state, with the blockers that apply to you.',
  })
  async availableCommands(@Root() decision: DecisionPointType, @Ctx() { reads }: Context) {
    const facts = await reads.batch(
      'decisionPoint.facts',
      async (ids, db, actor) => await decisionPointFacts(db, actor, ids),
      decision.id,
    );
    return await presentCommands(reads, decisionPointMachine, decision.state, facts);
  }
}

/** Decisions about the rollout of a distribution. */
@Resolver(() => DistributionType)
export class DistributionDecisionsResolver {
  @FieldResolver(() => decisionPointList.Connection, {
    description: 'Decisions about the rollout of the distribution, oldest first.',
  })
  decisionPoints(
    @Root() distribution: DistributionType,
    @ListArgs(decisionPointList, 'oldest first') list: ListInput,
    @Ctx() { reads }: Context,
  ) {
    return reads.edge(distributionDecisions, distribution.id, list);
  }
}
