import { type RawBuilder, sql } from 'kysely';
import type { Queryable } from '../../database/queryable.js';
import type { Actor } from '../../domain/actor.js';
import { DEFAULT_IDENTIFIERS, type Identifier, type IdentifierField } from '../../domain/cmdb/identification.js';
import type { DuplicatePair } from '../../domain/cmdb/suspected-duplicate.js';
import type { ActorFacts } from '../../domain/roles.js';
import { identificationRules } from './identification-rule.facts.js';

/** What rules need to know about suspected duplicates. */
export const suspectedDuplicateFacts = async (
  _db: Queryable,
  actor: Actor,
  ids: readonly string[],
): Promise<Map<string, ActorFacts>> =>
  await Promise.resolve(new Map(ids.map((id) => [id, { actorId: actor.id ?? '', actorRoles: actor.roles }])));

const COLUMNS = {
  SERIAL_NUMBER: 'serial_number',
  MANUFACTURER: 'manufacturer',
  NAME: 'name',
  LOCATION: 'location',
  ENVIRONMENT: 'environment',
} as const satisfies Partial<Record<IdentifierField, string>>;

const fieldsOf = ({ fields }: Identifier) => fields.filter((field) => field !== 'EXTERNAL_REF');

/**
 * The neighbours of items among those that a condition makes alike, before and after them in the order of ids, and the
 * pairs that are kept and still alike.
 */
function alikeOnes(sign: string, alike: RawBuilder<unknown>, order: RawBuilder<unknown>): RawBuilder<unknown> {
  const nearest = (side: RawBuilder<unknown>, direction: RawBuilder<unknown>) => sql`
    select x.id, y.id as other, ${sql.lit(sign)} as sign from noted x cross join lateral (
      select y.id from configuration_item y
      where ${alike} and y.state <> 'RETIRED' and ${side}
      order by ${order}, y.id ${direction} limit 1
    ) y`;
  const kept = sql`
    select x.id, y.id, ${sql.lit(sign)} from kept k join configuration_item x on x.id = k.a
    join configuration_item y on y.id = k.b
    where x.state <> 'RETIRED' and y.state <> 'RETIRED' and ${alike}`;
  return sql`${nearest(sql`y.id < x.id`, sql`desc`)} union ${nearest(sql`y.id > x.id`, sql`asc`)} union ${kept}`;
}

/** Items of a class to which an identifier of its rule applies alike; its first text is the one with an index. */
function byIdentifier(identifier: Identifier, ofClass: RawBuilder<unknown>): RawBuilder<unknown> {
  const fields = fieldsOf(identifier);
  const anchor = fields.includes('SERIAL_NUMBER') ? 'serial_number' : 'name';
  const same = fields.map((field) => {
    const column = sql.ref(COLUMNS[field]);
    return sql`folded_name(y.${column}) = folded_name(x.${column})`;
  });
  const alike = sql`${ofClass} and y.ci_class = x.ci_class and ${sql.join(same, sql` and `)}`;
  return alikeOnes('IDENTIFIER', alike, sql`folded_name(y.${sql.ref(anchor)})`);
}

/**
 * The pairs of items that may be one, of which one is among the given items, in two statements. Of many that are alike,
 * each is paired with the one before it and the one after it, so that there are about as many pairs as items.
 * @param kept pairs that are kept already; they count as long as they are alike.
 */
export async function duplicatePairs(
  db: Queryable,
  ids: readonly string[],
  kept: readonly Pick<DuplicatePair, 'ciId' | 'otherId'>[],
): Promise<DuplicatePair[]> {
  const rules = await identificationRules(db);
  const own = [...rules].flatMap(([ciClass, identifiers]) =>
    identifiers.map((one) => [one, sql`x.ci_class = ${ciClass}`] as const),
  );
  const others = sql`x.ci_class <> all(${[...rules.keys()]}::text[])`;
  const identifiers = [...own, ...DEFAULT_IDENTIFIERS.map((one) => [one, others] as const)].filter(
    ([one]) => fieldsOf(one).length > 0,
  );
  const found = [
    alikeOnes(
      'SERIAL_NUMBER',
      sql`folded_name(y.serial_number) = folded_name(x.serial_number)`,
      sql`folded_name(y.serial_number)`,
    ),
    ...identifiers.map(([one, ofClass]) => byIdentifier(one, ofClass)),
    // A source that tells of an item under the key of another one.
    sql`select x.id, y.id, 'EXTERNAL_REF' from noted x join ci_observation o on o.ci_id = x.id
      join configuration_item y on y.external_source = o.source and y.external_key = o.key
      where y.id <> x.id and y.state <> 'RETIRED'`,
    sql`select x.id, o.ci_id, 'EXTERNAL_REF' from noted x
      join ci_observation o on o.source = x.external_source and o.key = x.external_key
      join configuration_item y on y.id = o.ci_id where o.ci_id <> x.id and y.state <> 'RETIRED'`,
  ];
  const values = (item: string) => {
    const texts = Object.values(COLUMNS).map((column) => sql`folded_name(${sql.ref(`${item}.${column}`)})`);
    return sql`json_build_array(${sql.ref(`${item}.ci_class`)}, ${sql.ref(`${item}.external_source`)},
      ${sql.ref(`${item}.external_key`)}, ${sql.join(texts)})`;
  };
  return await db.query<DuplicatePair>(sql`
    with noted as materialized (
      select c.* from configuration_item c where c.id = any(${ids}::uuid[]) and c.state <> 'RETIRED'
    ), kept as materialized (
      select * from unnest(
        ${kept.map(({ ciId }) => ciId)}::uuid[],
        ${kept.map(({ otherId }) => otherId)}::uuid[]
      ) k(a, b)
    ), pair as (
      select least(f.id, f.other) as a, greatest(f.id, f.other) as b,
        array_agg(distinct f.sign order by f.sign) as signs
      from (${sql.join(found, sql` union `)}) f(id, other, sign) group by 1, 2
    )
    select p.a as "ciId", p.b as "otherId", p.signs, md5(concat(${values('x')}, ${values('y')})) as digest
    from pair p join configuration_item x on x.id = p.a join configuration_item y on y.id = p.b
    order by p.a, p.b`);
}
