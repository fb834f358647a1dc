import { sql } from 'kysely';
import { blocker, collectBlockers, type Blocker, type NamedRef } from '../../domain/blocker.js';
import { targetsAreInService } from '../../domain/cmdb/target.guards.js';
import { everyTargetIsAuthorised } from '../../domain/distribution/distribution.guards.js';
import { isReturn, itTakesAway, itTakesOnlyWhatWasDelivered } from '../../domain/distribution/return.guards.js';
import type { DistributionOperation } from '../../domain/distribution/distribution.state.js';
import { returnables, type Returnable } from '../../facts/distribution/delivery.facts.js';
import { notReturnedIn, type ReturnWork } from '../../facts/distribution/return.facts.js';
import type { TargetChoice } from '../../domain/distribution/target-choice.js';
import { refuse, RequestError } from '../../domain/errors.js';
import { fromNodeId } from '../../domain/node-id.js';
import type { Release } from '../../entities/release/release.entity.js';
import type { UnitOfWork } from '../unit-of-work.js';
import { foundAmong, keptFilter } from './target-filter.service.js';
import { membersOfGroups } from './target-group-choice.service.js';

/** Maximum number of targets of a distribution. */
export const MAX_TARGETS = 20_000;

/** Maximum duration of a distribution, in minutes. */
export const MAX_DEADLINE_MINUTES = 43_200;

/** Maximum number of DML item versions of a distribution. */
export const MAX_CONTENTS = 100;

/** The choice of the targets of a distribution. */
export interface TargetChoiceInput {
  /** Node ids of target configuration items of the release. */
  readonly targetIds?: readonly string[] | null;
  /** Node ids of target groups: their members are chosen as if `targetIds` named them. */
  readonly targetGroupIds?: readonly string[] | null;
  /** Filter of configuration items: those that it finds among the targets of the release are chosen, too. */
  readonly targetFilter?: object | null;
  /** True for every target of the release. Never implied. A caller gives this or the others. */
  readonly allTargets?: boolean | null;
}

/** The fields that choose some of the targets, in the order in which errors name them. */
const SOME = ['targetIds', 'targetGroupIds', 'targetFilter'] as const;

const someField = (input: TargetChoiceInput) => SOME.find((field) => input[field] != null);

/** Whether an input chooses some of the targets. */
export const choosesSome = (input: TargetChoiceInput): boolean => someField(input) !== undefined;

/** Targets that were chosen, and what is wrong with them. */
export interface ChosenTargets {
  readonly ids: string[];
  readonly blockers: Blocker[];
  /** The choice, where what it finds can change. */
  readonly kept: TargetChoice | null;
}

const NOT_IN_RELEASE = {
  ConfigurationItem: 'configuration item is not a target',
  DmlItemVersion: 'DML item version is not content',
} as const;

/** What a release that is being backed out can have taken away, and by which operation. */
export interface ReturnChoice {
  readonly operation: DistributionOperation;
  readonly returnable: Returnable;
}

/**
 * What can be chosen for a distribution of a release; undefined while the release delivers.
 * @throws Refusal BACK_OUT_ONLY for an operation that takes nothing away
 */
export async function returnChoice(
  uow: UnitOfWork,
  release: Release,
  operation: DistributionOperation,
): Promise<ReturnChoice | undefined> {
  if (!isReturn({ release })) return undefined;
  const facts = { operation, release: { id: release.id, name: release.number, state: release.state } };
  refuse(collectBlockers([itTakesAway(facts)]));
  const returnable = (await returnables(uow, [release.id])).get(release.id);
  return returnable && { operation, returnable };
}

const holdsSomething = ({ operation, returnable }: ReturnChoice, ciId: string, contents = returnable.contents) =>
  contents.some((content) => returnable.returns(operation, ciId, content));

/** Contents of which the targets have something; all that the release worked with where there is none, to say so. */
function contentsToReturn(choice: ReturnChoice, targetIds: readonly string[]): string[] {
  const { contents } = choice.returnable;
  const some = contents.filter((id) => targetIds.some((target) => holdsSomething(choice, target, [id])));
  return some.length > 0 ? some : [...contents];
}

/** Says which ids the release did not work with. */
const untouched = (
  ids: readonly string[],
  allowed: ReadonlySet<string>,
  type: 'ConfigurationItem' | 'DmlItemVersion',
  release: Release,
): Blocker[] =>
  ids
    .filter((id) => !allowed.has(id))
    .map((id) =>
      blocker(
        'NOTHING_TO_RETURN',
        `No distribution of release ${release.number} worked ${
          type === 'ConfigurationItem' ? 'on this configuration item' : 'with this DML item version'
        }, so nothing of it can be returned.`,
        ['DEPLOYMENT_OPERATOR', 'RELEASE_MANAGER'],
        { subject: { type, id }, path: [type === 'ConfigurationItem' ? 'targetIds' : 'contentIds'] },
      ),
    );

/** What is wrong with a distribution of a release that is being backed out; nothing while it delivers. */
export function returnBlockers(release: Release, choice: ReturnChoice | undefined, work: ReturnWork): Blocker[] {
  if (choice === undefined) return [];
  const { operation, returnable } = choice;
  const known = {
    targets: work.targets.filter(({ id }) => returnable.targets.includes(id)),
    contents: work.contents.filter(({ id }) => returnable.contents.includes(id)),
  };
  const facts = {
    operation,
    release: { id: release.id, name: release.number, state: release.state },
    notReturned: notReturnedIn(returnable, operation, known),
  };
  return collectBlockers([itTakesOnlyWhatWasDelivered(facts)]);
}

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
  choice?: ReturnChoice,
): Promise<ChosenTargets | undefined> {
  const { targetIds, targetGroupIds, targetFilter, allTargets } = input;
  const field = someField(input);
  if (field === undefined && !allTargets) return undefined;
  if (field !== undefined && allTargets)
    throw new RequestError('BAD_USER_INPUT', `Give "${field}" or "allTargets: true", not both.`, { field });
  const filter = targetFilter == null ? null : await keptFilter(uow, targetFilter, 'targetFilter');
  const groups = await membersOfGroups(uow, targetGroupIds ?? []);
  const rows = await uow.query<{ id: string }>(
    sql`select distinct ci_id as id from release_ci where release_id = ${release.id} and role = 'TARGET' order by 1`,
  );
  const all = choice
    ? choice.returnable.targets.filter((id) => holdsSomething(choice, id)).toSorted()
    : rows.map(({ id }) => id);
  const named = new Set((targetIds ?? []).map((id) => fromNodeId('ConfigurationItem', id, 'targetIds')));
  const found = await foundAmong(uow, all, filter === null ? groups.filters : [...groups.filters, filter]);
  const ids = field === undefined ? all : [...new Set([...named, ...groups.ids, ...found])].sort();
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
              path: [field ?? 'targetIds'],
            },
          ),
        ]
      : [];
  const outside = choice
    ? untouched(ids, new Set(choice.returnable.targets), 'ConfigurationItem', release)
    : strays(ids, new Set(all), 'ConfigurationItem', release);
  // What only a group brought in is said of the groups.
  const said = outside.map((it) => (named.has(it.subject?.id ?? '') ? it : { ...it, path: ['targetGroupIds'] }));
  const blockers = [...groups.blockers, ...none, ...said];
  // A return is for what is there: nothing joins it.
  const lasts = choice !== undefined || (targetGroupIds == null && filter === null);
  const kept = lasts ? null : { ciIds: [...named].sort(), groupIds: groups.groupIds, filter };
  return { ids, kept, blockers: choice ? blockers : [...blockers, ...(await unusable(uow, ids))] };
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
  choice?: ReturnChoice,
  targetIds: readonly string[] = [],
): Promise<{ ids: string[]; blockers: Blocker[] }> {
  const rows = await uow.query<{ id: string }>(
    sql`select dml_item_version_id as id from release_content where release_id = ${release.id} order by id`,
  );
  const all = choice ? contentsToReturn(choice, targetIds) : rows.map(({ id }) => id);
  const ids =
    contentIds == null ? all : [...new Set(contentIds.map((id) => fromNodeId('DmlItemVersion', id, 'contentIds')))];
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
  const outside = choice
    ? untouched(ids, new Set(choice.returnable.contents), 'DmlItemVersion', release)
    : strays(ids, new Set(all), 'DmlItemVersion', release);
  return { ids, blockers: [...none, ...outside] };
}
