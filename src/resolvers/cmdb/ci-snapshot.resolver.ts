import { Args, Ctx, FieldResolver, Resolver, Root } from 'type-graphql';
import {
  changesOfCiThen,
  ciSnapshotRead,
  incomingRelationsThen,
  installationsOfCiThen,
  outgoingRelationsThen,
  personSnapshotRead,
  teamSnapshotRead,
} from '../../reads/snapshot.reads.js';
import { PageArgs } from '../../schema/connection.js';
import {
  ChangeSnapshotConnection,
  CiRelationSnapshotConnection,
  CiRelationSnapshotType,
  ConfigurationItemSnapshotType,
  InstallationSnapshotConnection,
  PersonSnapshotType,
  TeamSnapshotType,
} from '../../schema/snapshot.type.js';
import type { Context } from '../context.js';

/** What belonged to a configuration item. */
@Resolver(() => ConfigurationItemSnapshotType)
export class ConfigurationItemSnapshotResolver {
  @FieldResolver(() => TeamSnapshotType, {
    nullable: true,
    description: 'Team that owned the item. Null if there was none.',
  })
  ownerTeam(@Root() ci: ConfigurationItemSnapshotType, @Ctx() { reads }: Context) {
    return reads.in(ci).byId(teamSnapshotRead, ci.ownerTeamId);
  }

  @FieldResolver(() => TeamSnapshotType, {
    nullable: true,
    description: 'Team that supported the item. Null if there was none.',
  })
  supportTeam(@Root() ci: ConfigurationItemSnapshotType, @Ctx() { reads }: Context) {
    return reads.in(ci).byId(teamSnapshotRead, ci.supportTeamId);
  }

  @FieldResolver(() => PersonSnapshotType, {
    nullable: true,
    description: 'Person who answered for the item. Null if there was none.',
  })
  owner(@Root() ci: ConfigurationItemSnapshotType, @Ctx() { reads }: Context) {
    return reads.in(ci).byId(personSnapshotRead, ci.ownerId);
  }

  @FieldResolver(() => CiRelationSnapshotConnection, {
    description: 'Relations that started at this item, read as "this KIND other".',
  })
  outgoingRelations(
    @Root() ci: ConfigurationItemSnapshotType,
    @Args(() => PageArgs) page: PageArgs,
    @Ctx() { reads }: Context,
  ) {
    return reads.in(ci).edge(outgoingRelationsThen, ci.id, page);
  }

  @FieldResolver(() => CiRelationSnapshotConnection, {
    description: 'Relations that ended at this item, read as "other KIND this".',
  })
  incomingRelations(
    @Root() ci: ConfigurationItemSnapshotType,
    @Args(() => PageArgs) page: PageArgs,
    @Ctx() { reads }: Context,
  ) {
    return reads.in(ci).edge(incomingRelationsThen, ci.id, page);
  }

  @FieldResolver(() => InstallationSnapshotConnection, { description: 'What was installed on the item at the moment.' })
  installations(
    @Root() ci: ConfigurationItemSnapshotType,
    @Args(() => PageArgs) page: PageArgs,
    @Ctx() { reads }: Context,
  ) {
    return reads.in(ci).edge(installationsOfCiThen, ci.id, page);
  }

  @FieldResolver(() => ChangeSnapshotConnection, { description: 'Changes that named the item, newest first.' })
  changes(@Root() ci: ConfigurationItemSnapshotType, @Args(() => PageArgs) page: PageArgs, @Ctx() { reads }: Context) {
    return reads.in(ci).edge(changesOfCiThen, ci.id, page);
  }
}

/** The two ends of a relation. */
@Resolver(() => CiRelationSnapshotType)
export class CiRelationSnapshotResolver {
  @FieldResolver(() => ConfigurationItemSnapshotType, {
    nullable: true,
    description: 'Configuration item at the start of the relation. Null if it was not recorded.',
  })
  source(@Root() relation: CiRelationSnapshotType, @Ctx() { reads }: Context) {
    return reads.in(relation).byId(ciSnapshotRead, relation.sourceId);
  }

  @FieldResolver(() => ConfigurationItemSnapshotType, {
    nullable: true,
    description: 'Configuration item at the end of the relation. Null if it was not recorded.',
  })
  target(@Root() relation: CiRelationSnapshotType, @Ctx() { reads }: Context) {
    return reads.in(relation).byId(ciSnapshotRead, relation.targetId);
  }
}

/** The resolvers of configuration items at a moment. */
export const CI_SNAPSHOT_RESOLVERS = [ConfigurationItemSnapshotResolver, CiRelationSnapshotResolver] as const;
