import { CiRelationType } from '../../schema/cmdb/ci-relation.type.js';
import { ConfigurationItemType } from '../../schema/cmdb/configuration-item.type.js';
import { Ctx, FieldResolver, Resolver, Root } from 'type-graphql';
import { configurationItemRead } from '../../reads/cmdb/configuration-item.reads.js';
import type { Context } from '../context.js';

/** The two ends of a relation. */
@Resolver(() => CiRelationType)
export class CiRelationResolver {
  @FieldResolver(() => ConfigurationItemType, { description: 'Configuration item at the start of the relation.' })
  source(@Root() relation: CiRelationType, @Ctx() { reads }: Context) {
    return reads.byId(configurationItemRead, relation.sourceId);
  }

  @FieldResolver(() => ConfigurationItemType, { description: 'Configuration item at the end of the relation.' })
  target(@Root() relation: CiRelationType, @Ctx() { reads }: Context) {
    return reads.byId(configurationItemRead, relation.targetId);
  }
}
