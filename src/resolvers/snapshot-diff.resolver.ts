import { Arg, Args, Authorized, Ctx, FieldResolver, ID, Query, Resolver, Root } from 'type-graphql';
import { ciSnapshotRead, installationSnapshotRead, relationSnapshotRead } from '../reads/snapshot.reads.js';
import { after, before, snapshotDiff } from '../reads/snapshot-diff.reads.js';
import { PageArgs } from '../schema/connection.js';
import { DateTime } from '../schema/scalars.js';
import {
  CiRelationDifferenceType,
  ConfigurationItemDifferenceConnection,
  ConfigurationItemDifferenceType,
  InstallationDifferenceType,
} from '../schema/snapshot-diff.type.js';
import {
  CiRelationSnapshotType,
  ConfigurationItemSnapshotType,
  InstallationSnapshotType,
} from '../schema/snapshot.type.js';
import type { Context } from './context.js';
import { WORK } from './work.js';

const EARLIER = { nullable: true, description: 'What it was at the earlier moment. Null if it was not there.' };
const LATER = { nullable: true, description: 'What it was at the later moment. Null if it was not there.' };

/** Configuration items that differ between two moments. */
@Resolver(() => ConfigurationItemDifferenceType)
export class SnapshotDiffResolver {
  @Authorized()
  @Query(() => ConfigurationItemDifferenceConnection, {
    complexity: WORK.factsWithConflicts,
    description:
      'Configuration items that differ between two moments, in their fields, relations or software: of one item, of ' +
      'an item with everything that it depends on, or of all. Oldest first.',
  })
  snapshotDiff(
    @Arg('from', () => DateTime, { description: 'The earlier moment.' }) from: string,
    @Arg('to', () => DateTime, { nullable: true, description: 'The later moment. Default: now.' })
    to: string | null | undefined,
    @Arg('knownAt', () => DateTime, {
      nullable: true,
      description: 'When both were believed to be so. Default: now.',
    })
    knownAt: string | null | undefined,
    @Arg('configurationItemId', () => ID, { nullable: true, description: 'Id of one item. Default: all items.' })
    ciId: string | null | undefined,
    @Arg('withDependencies', () => Boolean, {
      defaultValue: false,
      description:
        'Whether to compare also what the item depends on, at either moment, such as the servers of a service.',
    })
    withDependencies: boolean,
    @Args(() => PageArgs) page: PageArgs,
    @Ctx() { reads }: Context,
  ) {
    const question = {
      from,
      to: to ?? null,
      knownAt: knownAt ?? null,
      configurationItemId: ciId ?? null,
      withDependencies,
    };
    return snapshotDiff(reads.perRow, question, page);
  }

  @FieldResolver(() => ConfigurationItemSnapshotType, EARLIER)
  before(@Root() difference: ConfigurationItemDifferenceType) {
    return before(ciSnapshotRead, difference);
  }

  @FieldResolver(() => ConfigurationItemSnapshotType, LATER)
  after(@Root() difference: ConfigurationItemDifferenceType) {
    return after(ciSnapshotRead, difference);
  }
}

/** The two states of a relation that differs. */
@Resolver(() => CiRelationDifferenceType)
export class CiRelationDifferenceResolver {
  @FieldResolver(() => CiRelationSnapshotType, EARLIER)
  before(@Root() difference: CiRelationDifferenceType) {
    return before(relationSnapshotRead, difference);
  }

  @FieldResolver(() => CiRelationSnapshotType, LATER)
  after(@Root() difference: CiRelationDifferenceType) {
    return after(relationSnapshotRead, difference);
  }
}

/** The two states of an installation that differs. */
@Resolver(() => InstallationDifferenceType)
export class InstallationDifferenceResolver {
  @FieldResolver(() => InstallationSnapshotType, EARLIER)
  before(@Root() difference: InstallationDifferenceType) {
    return before(installationSnapshotRead, difference);
  }

  @FieldResolver(() => InstallationSnapshotType, LATER)
  after(@Root() difference: InstallationDifferenceType) {
    return after(installationSnapshotRead, difference);
  }
}
