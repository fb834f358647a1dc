import { sql } from 'kysely';
import { RowFailure } from '../../domain/file-import.js';
import type { UnitOfWork } from '../unit-of-work.js';
import type { WellFormed } from './observation-input.js';

/** What is known of the item that an observation is about. */
export interface IdentifiedItem {
  readonly id: string;
  readonly ciClass: string;
  readonly isRetired: boolean;
}

interface Found extends IdentifiedItem {
  readonly row: number;
  /** How it was found; the lowest rank counts. */
  readonly rank: number;
}

/**
 * Finds the configuration items that observations of a source are about, in one statement: by the id that the source
 * gives, by the key under which it told of an item before, by the external reference, and last by name and class.
 * @returns for each observation the item, the failure when it is not clear which one it is, or undefined if there is
 *   none.
 */
export async function identifyObserved(
  uow: UnitOfWork,
  source: string,
  observations: readonly WellFormed[],
): Promise<(IdentifiedItem | RowFailure | undefined)[]> {
  const keys = observations.map(({ key }) => key);
  const found = await uow.query<Found>(sql`
    with asked as (
      select * from unnest(
        ${observations.map(({ ciId }) => ciId)}::uuid[],
        ${keys}::text[],
        ${observations.map(({ fields }) => fields.name ?? null)}::text[],
        ${observations.map(({ ciClass }) => ciClass)}::text[]
      ) with ordinality a(id, key, name, ci_class, row)
    ), found as (
      select a.row, 1 as rank, a.id from asked a where a.id is not null
      union all
      select a.row, 2, o.ci_id from asked a
      join ci_observation o on o.source = ${source} and o.key = a.key where a.id is null
      union all
      select a.row, 3, c.id from asked a
      join configuration_item c on c.external_source = ${source} and c.external_key = a.key where a.id is null
      union all
      select a.row, 4, c.id from asked a
      join configuration_item c on c.name collate "und-x-icu" = a.name and c.state <> 'RETIRED'
        and c.ci_class = coalesce(a.ci_class, c.ci_class)
        -- Under another key of the same source it is another thing with the same name.
        and not (a.key is not null and c.external_source is not distinct from ${source})
        and not exists (
          select from ci_observation o where o.ci_id = c.id and o.source = ${source} and a.key is not null
            and o.key is not null)
      where a.id is null and a.name is not null
    )
    select f.row::int - 1 as row, f.rank, c.id, c.ci_class as "ciClass", c.state = 'RETIRED' as "isRetired"
    from found f join configuration_item c on c.id = f.id
    order by f.row, f.rank, c.id`);
  const byRow = Map.groupBy(found, ({ row }) => row);
  return observations.map((observation, row) => {
    const all = byRow.get(row) ?? [];
    const nearest = all.filter(({ rank }) => rank === all[0]?.rank);
    const [item, another] = new Map(nearest.map((one) => [one.id, one])).values();
    if (another !== undefined)
      return new RowFailure('AMBIGUOUS', 'Several configuration items fit. Give the "ciId" or a "key".', 'name');
    if (item === undefined && observation.ciId !== null)
      return new RowFailure('NOT_FOUND', 'There is no ConfigurationItem with this id.', 'ciId');
    if (item !== undefined && observation.ciClass !== null && observation.ciClass !== item.ciClass)
      return new RowFailure('CLASS_FIXED', `The class of this configuration item is ${item.ciClass}.`, 'ciClass');
    return item;
  });
}
