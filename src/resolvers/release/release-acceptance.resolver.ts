import { Ctx, FieldResolver, Resolver, Root } from 'type-graphql';
import type { AppServices } from '../../app-services.js';
import { collectBlockers } from '../../domain/blocker.js';
import { acceptanceIsFresh } from '../../domain/release/release.guards.js';
import type { Lapse } from '../../domain/approval-basis.js';
import { acceptanceLapses } from '../../facts/release/acceptance.facts.js';
import { releaseFactsWithConflicts } from '../../facts/release/release.facts.js';
import type { Reads } from '../../reads/reads.js';
import { ReleaseType } from '../../schema/release/release.type.js';
import { BlockerType } from '../../schema/user-error.type.js';
import { presentBlockers } from '../available-commands.js';
import { WORK } from '../work.js';
import type { Context } from '../context.js';

/** The facts that decide the commands of a release, with those of all other releases of the response. */
export const commandFacts = async (id: string, reads: Reads, services: AppServices) =>
  await reads.batch(
    'release.facts',
    async (ids, db, actor) => await releaseFactsWithConflicts(db, actor, ids, services.clock()),
    id,
  );

// Only what acceptance is about: the facts of all commands cost much more.
const lapsesOf = async (id: string, reads: Reads): Promise<readonly Lapse[]> =>
  (await reads.batch('release.acceptanceLapses', async (ids, db) => await acceptanceLapses(db, ids), id)) ?? [];

/** Whether the acceptance of a release still holds. */
@Resolver(() => ReleaseType)
export class ReleaseAcceptanceResolver {
  @FieldResolver(() => Boolean, {
    complexity: WORK.approval,
    description:
      'Whether anything that the owner accepted has changed since, e.g. scope, plan, owner or the criticality of a ' +
      'target. Then the release must be accepted again.',
  })
  async acceptanceIsStale(@Root() { id }: ReleaseType, @Ctx() { reads }: Context) {
    return (await lapsesOf(id, reads.perRow)).length > 0;
  }

  @FieldResolver(() => [BlockerType], {
    complexity: WORK.approval,
    description:
      'What has changed since the owner accepted the release, one APPROVAL_STALE for each difference, with ' +
      'its object. Empty while the acceptance holds, and before the first one.',
  })
  async acceptanceLapses(@Root() { id }: ReleaseType, @Ctx() { reads }: Context) {
    const lapses = collectBlockers([acceptanceIsFresh({ acceptanceLapses: await lapsesOf(id, reads.perRow) })]);
    return await presentBlockers(reads.perRow, lapses);
  }
}
