import { Ctx, FieldResolver, Resolver, Root } from 'type-graphql';
import { changeRead } from '../../reads/change/change.reads.js';
import { configurationItemRead } from '../../reads/cmdb/configuration-item.reads.js';
import { personRead } from '../../reads/people/person.reads.js';
import { releaseRead } from '../../reads/release/release.reads.js';
import { ChangeType } from '../../schema/change/change.type.js';
import { ConfigurationItemType } from '../../schema/cmdb/configuration-item.type.js';
import { DmlItemVersionType } from '../../schema/library/dml-item-version.type.js';
import { PersonType } from '../../schema/people/person.type.js';
import { ReleaseChangeType, ReleaseCiType, ReleaseContentType } from '../../schema/release/release-scope.type.js';
import { ReleaseType } from '../../schema/release/release.type.js';
import type { Context } from '../context.js';
import { dmlItemVersionRead } from '../../reads/library/dml-item-version.reads.js';

/** The ends of a membership. */
@Resolver(() => ReleaseChangeType)
export class ReleaseChangeResolver {
  @FieldResolver(() => ReleaseType, { description: 'The release.' })
  release(@Root() row: ReleaseChangeType, @Ctx() { reads }: Context) {
    return reads.byId(releaseRead, row.releaseId);
  }

  @FieldResolver(() => ChangeType, { description: 'The change.' })
  change(@Root() row: ReleaseChangeType, @Ctx() { reads }: Context) {
    return reads.byId(changeRead, row.changeId);
  }

  @FieldResolver(() => PersonType, { description: 'Who let it join.' })
  addedBy(@Root() row: ReleaseChangeType, @Ctx() { reads }: Context) {
    return reads.byId(personRead, row.addedById);
  }
}

/** The ends of a contribution. */
@Resolver(() => ReleaseCiType)
export class ReleaseCiResolver {
  @FieldResolver(() => ConfigurationItemType, { description: 'The configuration item.' })
  ci(@Root() row: ReleaseCiType, @Ctx() { reads }: Context) {
    return reads.byId(configurationItemRead, row.ciId);
  }

  @FieldResolver(() => ReleaseType, { description: 'The release.' })
  release(@Root() row: ReleaseCiType, @Ctx() { reads }: Context) {
    return reads.byId(releaseRead, row.releaseId);
  }

  @FieldResolver(() => ChangeType, {
    nullable: true,
    description: 'The change that contributed it; null when a person added it directly.',
  })
  viaChange(@Root() row: ReleaseCiType, @Ctx() { reads }: Context) {
    return reads.byId(changeRead, row.viaChangeId);
  }

  @FieldResolver(() => PersonType, { description: 'Who added it, or let the change join that brought it.' })
  addedBy(@Root() row: ReleaseCiType, @Ctx() { reads }: Context) {
    return reads.byId(personRead, row.addedById);
  }
}

/** The ends of an item of the package. */
@Resolver(() => ReleaseContentType)
export class ReleaseContentResolver {
  @FieldResolver(() => DmlItemVersionType, { description: 'The version.' })
  dmlItemVersion(@Root() row: ReleaseContentType, @Ctx() { reads }: Context) {
    return reads.byId(dmlItemVersionRead, row.dmlItemVersionId);
  }

  @FieldResolver(() => ReleaseType, { description: 'The release.' })
  release(@Root() row: ReleaseContentType, @Ctx() { reads }: Context) {
    return reads.byId(releaseRead, row.releaseId);
  }

  @FieldResolver(() => PersonType, { description: 'Who added it.' })
  addedBy(@Root() row: ReleaseContentType, @Ctx() { reads }: Context) {
    return reads.byId(personRead, row.addedById);
  }
}
