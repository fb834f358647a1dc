import { sql, type RawBuilder } from 'kysely';
import {
  DEFAULT_IDENTIFIERS,
  identify,
  type IdentifiableItem,
  type Identifier,
  type Sought,
} from '../../domain/cmdb/identification.js';
import { RowFailure } from '../../domain/file-import.js';
import { eachOf } from '../../domain/steps.js';
import { identificationRules, identifiersOf } from '../../facts/cmdb/identification-rule.facts.js';
import { inTurns } from '../../facts/turns.js';
import type { UnitOfWork } from '../unit-of-work.js';
import type { WellFormed } from './observation-input.js';

/** What is known of the item that an observation is about. */
export interface IdentifiedItem {
  readonly id: string;
  readonly ciClass: string;
  readonly isRetired: boolean;
}

/** Several items fit. */
export class SeveralFit extends RowFailure {
  /** @param ids database ids of the items that fit. */
  constructor(readonly ids: readonly string[]) {
    super('AMBIGUOUS', 'Several configuration items fit. Give the "ciId" or a "key", or merge them.', 'name');
  }
}

/** Most items that are looked at for one observation and one identifier. */
const MAX_CANDIDATES = 50;

interface Candidate extends IdentifiableItem {
  readonly row: number;
}

const soughtOf = ({ ciId, key, ciClass, fields }: WellFormed): Sought => ({ ciId, key, ciClass, texts: fields });

/** The identifiers by which texts count, as rows of SQL: which fields have to be the same beside the text itself. */
function textIdentifiers(rules: ReadonlyMap<string, readonly Identifier[]>): RawBuilder<unknown> {
  const rows = [...rules, [null, DEFAULT_IDENTIFIERS] as const].flatMap(([ciClass, identifiers]) =>
    identifiers
      .filter(({ fields }) => !fields.includes('EXTERNAL_REF'))
      .map(({ fields }, nth) => ({
        class: ciClass,
        nth,
        serial: fields.includes('SERIAL_NUMBER'),
        name: fields.includes('NAME'),
        manufacturer: fields.includes('MANUFACTURER'),
        location: fields.includes('LOCATION'),
        environment: fields.includes('ENVIRONMENT'),
      })),
  );
  return sql`json_to_recordset(${JSON.stringify(rows)}::json) as i(class text, nth int, serial boolean, name boolean,
    manufacturer boolean, location boolean, environment boolean)`;
}

const same = (needed: RawBuilder<unknown>, known: RawBuilder<unknown>, wanted: RawBuilder<unknown>) =>
  sql`(not ${needed} or folded_name(${known}) = folded_name(${wanted}))`;

/**
 * All items that can be meant, in one statement: those with the id, the key or the reference, and those of whose rule
 * an identifier has the same texts, if case does not count. Which one it is the rules of the domain decide.
 */
async function candidatesFor(
  uow: UnitOfWork,
  source: string,
  observations: readonly WellFormed[],
  rules: ReadonlyMap<string, readonly Identifier[]>,
): Promise<Candidate[]> {
  const texts = (field: keyof WellFormed['fields']) => observations.map(({ fields }) => fields[field] ?? null);
  const first = sql`cross join lateral (
    select min(i.nth) as nth from rule i
    where (i.class = c.ci_class or (i.class is null and c.ci_class <> all(${[...rules.keys()]}::text[])))
      and ${same(sql`i.serial`, sql`c.serial_number`, sql`a.serial`)} and ${same(sql`i.name`, sql`c.name`, sql`a.name`)}
      and ${same(sql`i.manufacturer`, sql`c.manufacturer`, sql`a.manufacturer`)}
      and ${same(sql`i.location`, sql`c.location`, sql`a.location`)}
      and ${same(sql`i.environment`, sql`c.environment`, sql`a.environment`)}) i`;
  // What the source knows under another key is another thing, and must not take the place of what can be meant.
  const fits = sql`a.id is null and i.nth is not null and c.ci_class = coalesce(a.ci_class, c.ci_class)
    and (a.key is null or (case when c.external_source = ${source} then c.external_key end is null and not exists (
      select from ci_observation o where o.ci_id = c.id and o.source = ${source} and o.key is not null)))`;
  return await uow.query<Candidate>(sql`
    with asked as materialized (
      select * from unnest(
        ${observations.map(({ ciId }) => ciId)}::uuid[],
        ${observations.map(({ key }) => key)}::text[],
        ${observations.map(({ ciClass }) => ciClass)}::text[],
        ${texts('serialNumber')}::text[],
        ${texts('name')}::text[],
        ${texts('manufacturer')}::text[],
        ${texts('location')}::text[],
        ${texts('environment')}::text[]
      ) with ordinality a(id, key, ci_class, serial, name, manufacturer, location, environment, row)
    ), rule as materialized (
      select * from ${textIdentifiers(rules)}
    ), by_text as (
      select a.row, c.id, i.nth, c.name = a.name as exact, c.state = 'RETIRED' as retired
      from asked a join configuration_item c on folded_name(c.serial_number) = folded_name(a.serial) ${first}
      where ${fits}
      union
      select a.row, c.id, i.nth, c.name = a.name, false
      from asked a join configuration_item c on folded_name(c.name) = folded_name(a.name) and c.state <> 'RETIRED'
      ${first} where ${fits}
    ), found as (
      select row, id from asked where id is not null
      union
      select a.row, o.ci_id from asked a join ci_observation o on o.source = ${source} and o.key = a.key
      where a.id is null
      union
      select a.row, c.id from asked a
      join configuration_item c on c.external_source = ${source} and c.external_key = a.key where a.id is null
      union
      select t.row, t.id from (
        select b.*, row_number() over (partition by b.row, b.nth order by b.exact desc, b.retired, b.id) as n
        from by_text b
      ) t where t.n <= ${MAX_CANDIDATES}
    )
    select f.row::int - 1 as row, c.id, c.ci_class as "ciClass", c.state = 'RETIRED' as "isRetired",
      json_build_object('name', c.name, 'serialNumber', c.serial_number, 'manufacturer', c.manufacturer,
        'location', c.location, 'environment', c.environment) as texts,
      case when c.external_source = ${source} then c.external_key end as "refKey", o.key as "toldKey"
    from found f join configuration_item c on c.id = f.id
    left join ci_observation o on o.ci_id = c.id and o.source = ${source}
    order by f.row, c.id`);
}

function judged(
  observation: WellFormed,
  candidates: readonly Candidate[],
  rule: (ciClass: string) => readonly Identifier[],
): IdentifiedItem | RowFailure | undefined {
  const found = identify(soughtOf(observation), candidates, rule);
  const [item] = found;
  if (found.length > 1) return new SeveralFit(found.map(({ id }) => id));
  if (item === undefined && observation.ciId !== null)
    return new RowFailure('NOT_FOUND', 'There is no ConfigurationItem with this id.', 'ciId');
  if (item !== undefined && observation.ciClass !== null && observation.ciClass !== item.ciClass)
    return new RowFailure('CLASS_FIXED', `The class of this configuration item is ${item.ciClass}.`, 'ciClass');
  return item;
}

/**
 * Finds the configuration items that observations of a source are about, in two statements: by the id that the source
 * gives, by the key under which it told of an item before, and last by the identifiers of the class of the item.
 * @returns for each observation the item, the failure when it is not clear which one it is, or undefined if there is
 *   none.
 */
export async function identifyObserved(
  uow: UnitOfWork,
  source: string,
  observations: readonly WellFormed[],
): Promise<(IdentifiedItem | RowFailure | undefined)[]> {
  const rules = await identificationRules(uow);
  const byRow = Map.groupBy(await candidatesFor(uow, source, observations, rules), ({ row }) => row);
  const rule = identifiersOf(rules);
  return await inTurns(
    eachOf([...observations.entries()], ([row, observation]) => judged(observation, byRow.get(row) ?? [], rule)),
  );
}
