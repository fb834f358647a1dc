import { Args, Authorized, Ctx, FieldResolver, Query, Resolver, Root } from 'type-graphql';
import type { ListInput } from '../../domain/list.js';
import { configurationItemRead } from '../../reads/cmdb/configuration-item.reads.js';
import { changesOfTouch, ciTouches } from '../../reads/cmdb/ci-touch.reads.js';
import { distributionRead } from '../../reads/distribution/distribution.reads.js';
import { targetExecutionRead } from '../../reads/distribution/target-execution.reads.js';
import { personRead } from '../../reads/people/person.reads.js';
import { releaseRead } from '../../reads/release/release.reads.js';
import { changeList } from '../../schema/change/change.type.js';
import { CiTouchConnection, CiTouchListArgs, CiTouchType } from '../../schema/cmdb/ci-touch.type.js';
import { ConfigurationItemType } from '../../schema/cmdb/configuration-item.type.js';
import { PageArgs } from '../../schema/connection.js';
import { DistributionType } from '../../schema/distribution/distribution.type.js';
import { TargetExecutionType } from '../../schema/distribution/target-execution.type.js';
import { PersonType } from '../../schema/people/person.type.js';
import { ReleaseType } from '../../schema/release/release.type.js';
import type { Context } from '../context.js';
import { WORK } from '../work.js';

/** What was done to configuration items, and what it refers to. */
@Resolver(() => CiTouchType)
export class CiTouchResolver {
  @Authorized()
  @Query(() => CiTouchConnection, {
    complexity: WORK.found,
    description:
      'Lists what was done to configuration items, newest first: by a change, a release, a distribution or a person, ' +
      'with a version or digest, or in a window of time.',
  })
  ciTouches(@Args(() => CiTouchListArgs) list: ListInput, @Ctx() { reads }: Context) {
    return ciTouches(reads, list);
  }

  @FieldResolver(() => ConfigurationItemType, { description: 'Configuration item that was touched.' })
  ci(@Root() touch: CiTouchType, @Ctx() { reads }: Context) {
    return reads.byId(configurationItemRead, touch.ciId);
  }

  @FieldResolver(() => PersonType, {
    nullable: true,
    description:
      'Person or service account who edited the record. Null for a delivery, whose people are those of its ' +
      'distribution, release and changes, and for the server.',
  })
  actor(@Root() touch: CiTouchType, @Ctx() { reads }: Context) {
    return reads.byId(personRead, touch.actorId);
  }

  @FieldResolver(() => TargetExecutionType, {
    nullable: true,
    description: 'Delivery to the item, with its reports and what it installed. Null for an edit of the record.',
  })
  targetExecution(@Root() touch: CiTouchType, @Ctx() { reads }: Context) {
    return reads.byId(targetExecutionRead, touch.targetExecutionId);
  }

  @FieldResolver(() => DistributionType, {
    nullable: true,
    description: 'Distribution that delivered to the item. Null for an edit of the record.',
  })
  distribution(@Root() touch: CiTouchType, @Ctx() { reads }: Context) {
    return reads.byId(distributionRead, touch.distributionId);
  }

  @FieldResolver(() => ReleaseType, {
    nullable: true,
    description: 'Release that was delivered. Null for an edit of the record.',
  })
  release(@Root() touch: CiTouchType, @Ctx() { reads }: Context) {
    return reads.byId(releaseRead, touch.releaseId);
  }

  @FieldResolver(() => changeList.Connection, {
    description:
      'Changes behind it: those of the release that have the item as a target, or those that an edit was made under.',
  })
  changes(@Root() touch: CiTouchType, @Args(() => PageArgs) page: PageArgs, @Ctx() { reads }: Context) {
    return reads.edge(changesOfTouch, touch.id, page);
  }
}
