import { Ctx, FieldResolver, Resolver, Root } from 'type-graphql';
import { ciWindowStatus, releaseWindowStatus } from '../../facts/schedule/window-status.facts.js';
import { ConfigurationItemType } from '../../schema/cmdb/configuration-item.type.js';
import { ReleaseType } from '../../schema/release/release.type.js';
import { WindowStatusType } from '../../schema/schedule/window-status.type.js';
import { WORK } from '../work.js';
import type { Context } from '../context.js';

/** Windows of a release at the moment. */
@Resolver(() => ReleaseType)
export class ReleaseWindowStatusResolver {
  @FieldResolver(() => WindowStatusType, {
    nullable: true,
    complexity: WORK.conflicts,
    description: 'Whether windows and blackouts allow work on all targets now. Null without targets.',
  })
  async windowStatus(@Root() release: ReleaseType, @Ctx() { reads, services }: Context) {
    const now = services.clock();
    return await reads.batch(
      'release.windowStatus',
      async (ids, db) => await releaseWindowStatus(db, now, ids),
      release.id,
    );
  }
}

/** Windows of a configuration item at the moment. */
@Resolver(() => ConfigurationItemType)
export class ConfigurationItemWindowStatusResolver {
  @FieldResolver(() => WindowStatusType, {
    nullable: true,
    complexity: WORK.conflicts,
    description: 'Whether windows and blackouts allow work on the item now.',
  })
  async windowStatus(@Root() ci: ConfigurationItemType, @Ctx() { reads, services }: Context) {
    const now = services.clock();
    return await reads.batch('ci.windowStatus', async (ids, db) => await ciWindowStatus(db, now, ids), ci.id);
  }
}
