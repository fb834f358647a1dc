import { Ctx, FieldResolver, Resolver, Root } from 'type-graphql';
import { changeRead } from '../../reads/change/change.reads.js';
import { configurationItemRead } from '../../reads/cmdb/configuration-item.reads.js';
import { personRead } from '../../reads/people/person.reads.js';
import { releaseRead } from '../../reads/release/release.reads.js';
import { ChangeType } from '../../schema/change/change.type.js';
import { ConfigurationItemType } from '../../schema/cmdb/configuration-item.type.js';
import { PersonType } from '../../schema/people/person.type.js';
import { ReleaseCiType } from '../../schema/release/release-ci.type.js';
import { ReleaseType } from '../../schema/release/release.type.js';
import type { Context } from '../context.js';

/** The objects that a scope entry connects. */
@Resolver(() => ReleaseCiType)
export class ReleaseCiResolver {
  @FieldResolver(() => ConfigurationItemType, { description: 'Configuration item in scope.' })
  ci(@Root() row: ReleaseCiType, @Ctx() { reads }: Context) {
    return reads.byId(configurationItemRead, row.ciId);
  }

  @FieldResolver(() => ReleaseType, { description: 'Release whose scope contains the item.' })
  release(@Root() row: ReleaseCiType, @Ctx() { reads }: Context) {
    return reads.byId(releaseRead, row.releaseId);
  }

  @FieldResolver(() => ChangeType, {
    nullable: true,
    description: 'Change that contributed the item. Null if a person added it directly.',
  })
  viaChange(@Root() row: ReleaseCiType, @Ctx() { reads }: Context) {
    return reads.byId(changeRead, row.viaChangeId);
  }

  @FieldResolver(() => PersonType, { description: 'Person who added the item, or the change that contributed it.' })
  addedBy(@Root() row: ReleaseCiType, @Ctx() { reads }: Context) {
    return reads.byId(personRead, row.addedById);
  }
}
