import { sql } from 'kysely';
import { blocker, collectBlockers, type Blocker, type NamedRef } from '../../domain/blocker.js';
import { targetsAreInService } from '../../domain/cmdb/target.guards.js';
import { everyTargetIsAuthorised } from '../../domain/distribution/distribution.guards.js';
import { RequestError } from '../../domain/errors.js';
import { fromNodeId } from '../../domain/node-id.js';
import type { Release } from '../../entities/release/release.entity.js';
import type { UnitOfWork } from '../unit-of-work.js';

/** Maximum number of targets of a distribution. */
export const MAX_TARGETS = 5_000;

/** Maximum number of DML item versions of a distribution. */
export const MAX_CONTENTS = 100;

/** The choice of the targets of a distribution. */
export interface TargetChoiceInput {
  /** Node ids of target configuration items of the release. */
  readonly targetIds?: readonly string[] | null;
  /** True for every target of the release. Never implied. A caller gives this or `targetIds`, not both. */
  readonly allTargets?: boolean | null;
}

const NOT_IN_RELEASE = {
  ConfigurationItem: 'configuration item is not a target',
  DmlItemVersion: 'DML item version is not content',
} as const;

const strays = (
  ids: readonly string[],
  allowed: ReadonlySet<string>,
  type: 'ConfigurationItem' | 'DmlItemVersion',
  release: Release,
): Blocker[] =>
  ids
    .filter((id) => !allowed.has(id))
    .map((id) =>
      blocker(
        'PLAN_INVALID',
        `This ${NOT_IN_RELEASE[type]} of release ${release.number}. Add it to the release first.`,
        ['RELEASE_MANAGER'],
        {
          subject: { type, id },
          path: [type === 'ConfigurationItem' ? 'targetIds' : 'contentIds'],
        },
      ),
    );

/**
 * The chosen ids among those of the release, and what is wrong with the choice. `undefined` means that nothing was
 * chosen.
 */
export async function chooseTargets(
  uow: UnitOfWork,
  release: Release,
  input: TargetChoiceInput,
): Promise<{ ids: string[]; blockers: Blocker[] } | undefined> {
  const { targetIds, allTargets } = input;
  if (targetIds == null && !allTargets) return undefined;
  if (targetIds != null && allTargets)
    throw new RequestError('BAD_USER_INPUT', 'Give "targetIds" or "allTargets: true", not both.', {
      field: 'targetIds',
    });
  const rows = await uow.query<{ id: string }>(
    sql`select distinct ci_id as id from release_ci where release_id = ${release.id} and role = 'TARGET' order by 1`,
  );
  const ids =
    targetIds == null
      ? rows.map(({ id }) => id)
      : [...new Set(targetIds.map((id) => fromNodeId('ConfigurationItem', id, 'targetIds')))].sort();
  if (ids.length > MAX_TARGETS)
    throw new RequestError('LIMIT_EXCEEDED', `A distribution has at most ${MAX_TARGETS} targets.`, {
      field: 'targetIds',
      max: MAX_TARGETS,
    });
  const none =
    ids.length === 0
      ? [
          blocker(
            'NO_TARGETS',
            'A distribution needs at least one target; "none" never means "all".',
            ['DEPLOYMENT_OPERATOR', 'RELEASE_MANAGER'],
            {
              path: ['targetIds'],
            },
          ),
        ]
      : [];
  const outside = strays(ids, new Set(rows.map(({ id }) => id)), 'ConfigurationItem', release);
  return { ids, blockers: [...none, ...outside, ...(await unusable(uow, ids))] };
}

// Whether a change covers a protected target is asked when the distribution is scheduled: the change may still come.
async function unusable(uow: UnitOfWork, ids: readonly string[]): Promise<Blocker[]> {
  const rows = await uow.query<NamedRef & { authorised: boolean; decommissioned: boolean }>(sql`
    select id, name, state = 'AUTHORISED' as authorised, lifecycle_state = 'DECOMMISSIONED' as decommissioned
    from configuration_item
    where id = any(${ids}::uuid[]) and (state <> 'AUTHORISED' or lifecycle_state = 'DECOMMISSIONED')
    order by id`);
  return collectBlockers([
    everyTargetIsAuthorised({ unauthorisedTargets: rows.filter(({ authorised }) => !authorised) }),
    targetsAreInService({ decommissionedTargets: rows.filter(({ decommissioned }) => decommissioned) }),
  ]);
}

/**
 * The chosen DML item versions among the content of the release, and what is wrong with the choice. Without a choice,
 * a distribution delivers all content of the release.
 */
export async function chooseContents(
  uow: UnitOfWork,
  release: Release,
  contentIds: readonly string[] | null | undefined,
): Promise<{ ids: string[]; blockers: Blocker[] }> {
  const rows = await uow.query<{ id: string }>(
    sql`select dml_item_version_id as id from release_content where release_id = ${release.id} order by id`,
  );
  const ids =
    contentIds == null
      ? rows.map(({ id }) => id)
      : [...new Set(contentIds.map((id) => fromNodeId('DmlItemVersion', id, 'contentIds')))];
  if (ids.length > MAX_CONTENTS)
    throw new RequestError('LIMIT_EXCEEDED', `A distribution delivers at most ${MAX_CONTENTS} DML item versions.`, {
      field: 'contentIds',
      max: MAX_CONTENTS,
    });
  const none =
    ids.length === 0
      ? [
          blocker(
            'NO_CONTENT',
            `Release ${release.number} has nothing to distribute. Add content to it first.`,
            ['RELEASE_MANAGER'],
            { path: ['contentIds'] },
          ),
        ]
      : [];
  return { ids, blockers: [...none, ...strays(ids, new Set(rows.map(({ id }) => id)), 'DmlItemVersion', release)] };
}
