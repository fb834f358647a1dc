import { sql, type RawBuilder } from 'kysely';
import type { NamedRef } from '../../domain/blocker.js';
import type { DistributionOperation } from '../../domain/distribution/distribution.state.js';
import type { NotReturned, ReturnFacts } from '../../domain/distribution/return.guards.js';
import type { Queryable } from '../../database/queryable.js';
import { releaseDeliveries, returnables, type Returnable } from './delivery.facts.js';

/** Targets that a distribution has to work on, and its contents. */
export interface ReturnWork {
  readonly targets: readonly NamedRef[];
  readonly contents: readonly NamedRef[];
}

/** The work of a distribution `d` that is not behind it, as JSON. */
export const returnWork: RawBuilder<ReturnWork> = sql`json_build_object(
  'targets', coalesce((
    select json_agg(json_build_object('id', i.id, 'name', i.name) order by i.id)
    from target_execution e join configuration_item i on i.id = e.ci_id
    where e.distribution_id = d.id and e.state not in ('SUCCEEDED', 'BACKED_OUT')), '[]'),
  'contents', coalesce((
    select json_agg(json_build_object('id', v.id, 'name', i.name || ' ' || v.label) order by v.id)
    from distribution_content c
    join dml_item_version v on v.id = c.dml_item_version_id
    join dml_item i on i.id = v.item_id
    where c.distribution_id = d.id), '[]'))`;

/** The targets, each with the contents of which an operation would return nothing there. */
export const notReturnedIn = (
  { returns }: Returnable,
  operation: DistributionOperation,
  { targets, contents }: ReturnWork,
): NotReturned[] =>
  targets.flatMap((target) => {
    const none = contents.filter(({ id }) => !returns(operation, target.id, id));
    return none.length === 0 ? [] : [{ ...target, contents: none.map(({ name }) => name) }];
  });

/** What the rules of a return need to know of a distribution whose release is being backed out. */
export type KnownOfReturn = Required<Pick<ReturnFacts, 'notReturned' | 'isOwed'>>;

/** What is known of some distributions whose releases are being backed out, by distribution. */
export async function returnFactsOf(
  db: Queryable,
  rows: readonly {
    readonly id: string;
    readonly operation: DistributionOperation;
    readonly release: { readonly id: string };
    readonly work: ReturnWork | null;
    /** On how many targets it did something. */
    readonly delivered: boolean;
  }[],
): Promise<Map<string, KnownOfReturn>> {
  const asked = rows.filter(({ work }) => work !== null);
  const releaseIds = [...new Set(asked.map(({ release }) => release.id))];
  const returnable = await returnables(db, releaseIds);
  const owed = new Set(
    [...(await releaseDeliveries(db, releaseIds)).values()].flatMap(({ leftInAll }) => leftInAll.map(({ id }) => id)),
  );
  return new Map(
    asked.flatMap(({ id, operation, release, work, delivered }) => {
      const of = returnable.get(release.id);
      return work === null || of === undefined
        ? []
        : [[id, { notReturned: notReturnedIn(of, operation, work), isOwed: !delivered || owed.has(id) }] as const];
    }),
  );
}
