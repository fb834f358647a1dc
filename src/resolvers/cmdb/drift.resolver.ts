import { Authorized, Ctx, FieldResolver, Query, Resolver, Root } from 'type-graphql';
import { driftMachine } from '../../domain/cmdb/drift.machine.js';
import type { ListInput } from '../../domain/list.js';
import { driftFacts } from '../../facts/cmdb/drift.facts.js';
import { changeRead } from '../../reads/change/change.reads.js';
import { ciObservationRead } from '../../reads/cmdb/ci-observation.reads.js';
import { configurationItemRead } from '../../reads/cmdb/configuration-item.reads.js';
import { driftOfCi, driftRead } from '../../reads/cmdb/drift.reads.js';
import { distributionRead } from '../../reads/distribution/distribution.reads.js';
import { dmlItemRead } from '../../reads/library/dml-item.reads.js';
import { personRead } from '../../reads/people/person.reads.js';
import { ChangeType } from '../../schema/change/change.type.js';
import { CiObservationType } from '../../schema/cmdb/ci-observation.type.js';
import { ConfigurationItemType } from '../../schema/cmdb/configuration-item.type.js';
import { driftList, DriftType } from '../../schema/cmdb/drift.type.js';
import { DistributionType } from '../../schema/distribution/distribution.type.js';
import { DmlItemType } from '../../schema/library/dml-item.type.js';
import { ListArgs } from '../../schema/list.js';
import { PersonType } from '../../schema/people/person.type.js';
import { AvailableCommandType } from '../../schema/user-error.type.js';
import { presentCommands } from '../available-commands.js';
import type { Context } from '../context.js';
import { WORK } from '../work.js';

/** The list of drift, and what a drift refers to. */
@Resolver(() => DriftType)
export class DriftResolver {
  @Authorized()
  @Query(() => driftList.Connection, {
    description:
      'Lists differences between records and observations. With `state: OPEN` and `explanation: UNEXPLAINED`, those ' +
      'that somebody has to look at.',
  })
  drift(@ListArgs(driftList, 'oldest first') list: ListInput, @Ctx() { reads }: Context) {
    return reads.page(driftRead, list);
  }

  @FieldResolver(() => ConfigurationItemType, { description: 'Configuration item that differs.' })
  ci(@Root() drift: DriftType, @Ctx() { reads }: Context) {
    return reads.byId(configurationItemRead, drift.ciId);
  }

  @FieldResolver(() => CiObservationType, { description: 'What the source says of the item now.' })
  observation(@Root() drift: DriftType, @Ctx() { reads }: Context) {
    return reads.byId(ciObservationRead, drift.observationId);
  }

  @FieldResolver(() => ConfigurationItemType, {
    nullable: true,
    description: 'Item at the end of the relation. Null for other aspects.',
  })
  target(@Root() drift: DriftType, @Ctx() { reads }: Context) {
    return reads.byId(configurationItemRead, drift.targetId);
  }

  @FieldResolver(() => DmlItemType, {
    nullable: true,
    description: 'DML item of the installation. Null for other aspects.',
  })
  dmlItem(@Root() drift: DriftType, @Ctx() { reads }: Context) {
    return reads.byId(dmlItemRead, drift.dmlItemId);
  }

  @FieldResolver(() => ChangeType, { nullable: true, description: 'Change that was raised from it. Null if none was.' })
  change(@Root() drift: DriftType, @Ctx() { reads }: Context) {
    return reads.byId(changeRead, drift.changeId);
  }

  @FieldResolver(() => ChangeType, {
    nullable: true,
    description: 'Authorised change that names the item as target and has not ended. Null if there is none.',
  })
  explainingChange(@Root() drift: DriftType, @Ctx() { reads }: Context) {
    return reads.byId(changeRead, drift.explainingChangeId);
  }

  @FieldResolver(() => DistributionType, {
    nullable: true,
    description: 'Distribution that works on the item now. Null if there is none.',
  })
  explainingDistribution(@Root() drift: DriftType, @Ctx() { reads }: Context) {
    return reads.byId(distributionRead, drift.explainingDistributionId);
  }

  @FieldResolver(() => PersonType, {
    nullable: true,
    description: 'Person who accepted or rejected it. Null if nobody did.',
  })
  decidedBy(@Root() drift: DriftType, @Ctx() { reads }: Context) {
    return reads.byId(personRead, drift.decidedById);
  }

  @FieldResolver(() => [AvailableCommandType], {
    complexity: WORK.facts,
    description: 'Commands in the current state, with the blockers that apply to you.',
  })
  async availableCommands(@Root() drift: DriftType, @Ctx() { reads }: Context) {
    const facts = await reads.batch(
      'drift.facts',
      async (ids, db, actor) => await driftFacts(db, actor, ids),
      drift.id,
    );
    return await presentCommands(reads, driftMachine, drift.state, facts);
  }
}

/** Drift of a configuration item. */
@Resolver(() => ConfigurationItemType)
export class ConfigurationItemDriftResolver {
  @FieldResolver(() => driftList.Connection, {
    description: 'Differences between the record of the item and what sources observe.',
  })
  drift(
    @Root() ci: ConfigurationItemType,
    @ListArgs(driftList, 'oldest first') list: ListInput,
    @Ctx() { reads }: Context,
  ) {
    return reads.edge(driftOfCi, ci.id, list);
  }
}
