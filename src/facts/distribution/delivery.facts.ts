import { sql } from 'kysely';
import {
  cellOf,
  deliveryCells,
  returnsSomething,
  tally,
  type Delivery,
  type DeliveryStep,
  type GroupCells,
  type Step,
  type Tally,
  type TargetGroup,
} from '../../domain/distribution/delivery.js';
import type { DistributionOperation } from '../../domain/distribution/distribution.state.js';
import type { LeftByDistribution } from '../../domain/release/back-out.guards.js';
import type { Queryable } from '../../database/queryable.js';
import { delivered, unsettled } from './delivered.js';

/** How many targets a refusal names of each distribution. */
const NAMED_TARGETS = 5;

/**
 * What was done on each target of some releases, first to last. A distribution counts from the start of its latest
 * attempt on the target by our own clock, because the clocks of tools differ. Ids of runs grow with time, so they
 * decide between attempts of the same instant. A drift check is no part of it: it came after the outcome.
 */
const history = (releaseIds: readonly string[]) => sql`
  step as (
    select d.release_id, e.ci_id, jsonb_build_array(d.id, e.state, coalesce(b.back_out, false), e.state <> 'SUCCEEDED'
        and ${delivered}, not coalesce(b.back_out, false) and ${unsettled},
        r.residual_at is not null and e.updated_at <= r.residual_at) as said,
      coalesce(b.created_at, e.started_at, d.started_at) as at, b.id as run_id,
      d.started_at, e.id
    from distribution d
    join release r on r.id = d.release_id
    join target_execution e on e.distribution_id = d.id
    left join distribution_run b on b.distribution_id = d.id and b.attempt = e.attempt
    where d.release_id = any(${releaseIds}::uuid[]) and d.started_at is not null and not d.drift_check
  ),
  place as (
    select release_id, ci_id, bool_or(scope) as scope from (
      select release_id, ci_id, true as scope from release_ci
      where release_id = any(${releaseIds}::uuid[]) and role = 'TARGET'
      union all
      select distinct release_id, ci_id, false from step
    ) x
    group by release_id, ci_id
  ),
  history as (
    select p.release_id, p.ci_id, p.scope,
      coalesce(jsonb_agg(s.said order by s.at, s.run_id, s.started_at, s.id) filter (where s.id is not null), '[]')
        as steps
    from place p left join step s on s.release_id = p.release_id and s.ci_id = p.ci_id
    group by p.release_id, p.ci_id, p.scope
  )`;

type Said = readonly [
  distribution: string,
  state: DeliveryStep['state'],
  backOut: boolean,
  installed: boolean,
  unsettled: boolean,
  residual: boolean,
];

const stepsOf = (steps: readonly Said[]): DeliveryStep[] =>
  steps.map(([distribution, state, backOut, installed, unsettled, residual]) => ({
    distribution,
    state,
    backOut,
    installed,
    unsettled,
    residual,
  }));

interface NamedGroup extends TargetGroup {
  /** The first names of its targets, in their order. */
  readonly names: readonly string[];
}

/** What was sent for each of some releases, by release. */
async function deliveries(db: Queryable, releaseIds: readonly string[]) {
  const rows = await db.query<{
    id: string;
    contents: string[];
    distributions: (Delivery['distributions'][number] & { readonly number: string })[];
  }>(sql`
    select r.id,
      array(select dml_item_version_id from release_content where release_id = r.id) as contents,
      coalesce((
        select json_agg(json_build_object('id', d.id, 'number', d.number, 'operation', d.operation,
          'contents', array(select dml_item_version_id from distribution_content where distribution_id = d.id)))
        from distribution d
        where d.release_id = r.id and d.started_at is not null and not d.drift_check), '[]') as distributions
    from release r where r.id = any(${releaseIds}::uuid[])`);
  return new Map(rows.map((row) => [row.id, row]));
}

/** The targets of each of some releases, grouped by their history. */
async function targetGroups(db: Queryable, releaseIds: readonly string[]): Promise<Map<string, NamedGroup[]>> {
  const rows = await db.query<{ id: string; scope: boolean; steps: Said[]; n: number; names: string[] }>(sql`
    with ${history(releaseIds)}
    select h.release_id as id, h.scope, h.steps, count(*)::int as n,
      (array_agg(c.name order by c.name))[1:${sql.lit(NAMED_TARGETS)}] as names
    from history h join configuration_item c on c.id = h.ci_id
    group by h.release_id, h.scope, h.steps`);
  const groups = new Map<string, NamedGroup[]>(releaseIds.map((id) => [id, []]));
  for (const { id, scope, steps, n, names } of rows)
    groups.get(id)?.push({ inScope: scope, steps: stepsOf(steps), count: n, names });
  return groups;
}

/** What a release did, counted and by distribution. */
export interface ReleaseDelivery {
  readonly tally: Tally;
  /** What is, or may be, on targets and has neither been returned nor left by decision. */
  readonly left: readonly LeftByDistribution[];
  /** The same with what an earlier decision leaves. */
  readonly leftInAll: readonly LeftByDistribution[];
  /** How many targets `leftInAll` is about. */
  readonly leftTargets: number;
}

type NamedCells = GroupCells<NamedGroup>;

/** The targets, by distribution, on which something of the release is left. */
function leftByDistribution(
  distributions: readonly { readonly id: string; readonly number: string }[],
  groups: readonly NamedCells[],
  counts: (cell: NamedCells['cells'][number]) => boolean,
): LeftByDistribution[] {
  return distributions.flatMap(({ id, number }) => {
    const holding = groups.filter(({ cells }) => cells.some((cell) => counts(cell) && cell.owed.includes(id)));
    if (holding.length === 0) return [];
    const targets = holding.reduce((sum, { group }) => sum + group.count, 0);
    const names = holding
      .flatMap(({ group }) => group.names)
      .sort()
      .slice(0, NAMED_TARGETS);
    return [{ id, name: number, targets, targetNames: names }];
  });
}

/** What each of some releases did, from everything that was observed. Two statements for any number of releases. */
export async function releaseDeliveries(
  db: Queryable,
  releaseIds: readonly string[],
): Promise<Map<string, ReleaseDelivery>> {
  if (releaseIds.length === 0) return new Map();
  const known = await deliveries(db, releaseIds);
  const groups = await targetGroups(db, releaseIds);
  return new Map(
    [...known].map(([id, delivery]) => {
      const cells = deliveryCells(delivery, groups.get(id) ?? []);
      const has = (group: NamedCells) => group.cells.some(({ owed }) => owed.length > 0);
      return [
        id,
        {
          tally: tally(cells),
          left: leftByDistribution(delivery.distributions, cells, ({ residual }) => !residual),
          leftInAll: leftByDistribution(delivery.distributions, cells, () => true),
          leftTargets: cells.filter(has).reduce((sum, { group }) => sum + group.count, 0),
        },
      ];
    }),
  );
}

/**
 * What a release did for each of some of its changes: the cells of the targets that the change names. Two statements
 * for any number of changes.
 * @returns by id of the change.
 */
export async function changeDeliveries(
  db: Queryable,
  releaseId: string,
  changeIds: readonly string[],
): Promise<Map<string, Tally>> {
  const delivery = (await deliveries(db, [releaseId])).get(releaseId);
  const rows = await db.query<{ id: string; steps: Said[]; n: number }>(sql`
    with ${history([releaseId])}
    select x.change_id as id, coalesce(h.steps, '[]') as steps, count(*)::int as n
    from (
      select distinct change_id, ci_id from change_ci
      where change_id = any(${changeIds}::uuid[]) and role = 'TARGET'
    ) x
    left join history h on h.ci_id = x.ci_id
    group by x.change_id, coalesce(h.steps, '[]')`);
  const groups = new Map<string, TargetGroup[]>(changeIds.map((id) => [id, []]));
  for (const { id, steps, n } of rows) groups.get(id)?.push({ inScope: true, steps: stepsOf(steps), count: n });
  return new Map(
    [...groups].map(([id, own]) => [id, tally(deliveryCells(delivery ?? { distributions: [], contents: [] }, own))]),
  );
}

/** What can be returned of a release. */
export interface Returnable {
  /** Ids of the configuration items and DML item versions that its distributions worked with. */
  readonly targets: readonly string[];
  readonly contents: readonly string[];
  /** Whether an operation on a content of a target returns something that the release did there. */
  returns(operation: DistributionOperation, ciId: string, contentId: string): boolean;
  /** Whether something that one of its distributions did on a target is, or may be, still there. */
  owes(distributionId: string, ciId: string): boolean;
}

/** What can be returned of each of some releases. Two statements for any number of releases. */
export async function returnables(db: Queryable, releaseIds: readonly string[]): Promise<Map<string, Returnable>> {
  if (releaseIds.length === 0) return new Map();
  const known = await deliveries(db, releaseIds);
  const rows = await db.query<{ id: string; ci: string; steps: Said[] }>(sql`
    with ${history(releaseIds)}
    select release_id as id, ci_id as ci, steps from history where steps <> '[]'`);
  const found = new Map<string, Returnable>();
  for (const [id, { distributions }] of known) {
    const sent = new Map(distributions.map((distribution) => [distribution.id, distribution]));
    const steps = new Map(rows.filter((row) => row.id === id).map(({ ci, steps }) => [ci, stepsOf(steps)]));
    const stepsWith = (ciId: string, contentId: string) =>
      (steps.get(ciId) ?? []).flatMap((step): Step[] => {
        const of = sent.get(step.distribution);
        return of?.contents.includes(contentId) ? [{ ...step, operation: of.operation }] : [];
      });
    found.set(id, {
      targets: [...steps.keys()],
      contents: [...new Set(distributions.flatMap(({ contents }) => contents))],
      returns: (operation, ciId, contentId) => returnsSomething(stepsWith(ciId, contentId), operation),
      owes: (distributionId, ciId) =>
        (sent.get(distributionId)?.contents ?? []).some((content) =>
          cellOf(stepsWith(ciId, content)).owed.includes(distributionId),
        ),
    });
  }
  return found;
}
