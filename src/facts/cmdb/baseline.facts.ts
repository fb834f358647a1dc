import { sql, type RawBuilder } from 'kysely';
import type { Queryable } from '../../database/queryable.js';
import type { Actor } from '../../domain/actor.js';
import type { NamedRef } from '../../domain/blocker.js';
import type { BaselineFacts } from '../../domain/cmdb/baseline.machine.js';
import { pastDatabase } from '../past.js';
import { impactingIdsOf } from './impact.facts.js';

/** What a baseline is of. */
export interface BaselineScope {
  readonly ciId: string | null;
  readonly withDependencies: boolean;
  /** The baseline whose targets it is of, if it is of no item: those that its distribution had then. */
  readonly baselineId: string | null;
}

/** What a baseline is of, and when. Times are ISO text. */
export interface BaselineQuestion extends BaselineScope {
  readonly asOf: string;
  readonly knownAt: string;
  /** Columns to take the digest of, by table; null for all that there are. */
  readonly columns: Readonly<Record<string, readonly string[]>> | null;
}

/** The content of a baseline, as it can be compared. */
export interface BaselineContent {
  readonly digest: string;
  readonly columns: Readonly<Record<string, readonly string[]>>;
  readonly items: number;
  readonly relations: number;
  readonly installations: number;
}

const TABLES = ['configuration_item', 'ci_relation', 'installation'] as const;
/** Columns that say nothing about the object itself. */
const BOOKKEEPING = ['version', 'created_at', 'updated_at'];

/** The ids of the items of a baseline, as a subquery over the tables of its moment. */
export function baselineItems({ ciId, withDependencies, baselineId }: BaselineScope): RawBuilder<unknown> {
  const roots =
    ciId !== null
      ? sql`array[${ciId}::uuid]`
      : sql`array(select b.ci_id from baseline_target b where b.baseline_id = ${baselineId}::uuid)`;
  return withDependencies ? sql`(select x.id from ${impactingIdsOf(roots)} x(id))` : sql`(select unnest(${roots}))`;
}

async function columnsOf(db: Queryable): Promise<Record<string, string[]>> {
  const rows = await db.query<{ name: string; columns: string[] }>(sql`
    select c.relname as name, json_agg(a.attname order by a.attname) as columns
    from pg_attribute a join pg_class c on c.oid = a.attrelid
    where a.attrelid = any(${TABLES.map((table) => table)}::regclass[]) and a.attnum > 0 and not a.attisdropped
      and a.attname <> all(${BOOKKEEPING}::text[])
    group by 1`);
  return Object.fromEntries(rows.map(({ name, columns }) => [name, columns]));
}

/**
 * The content of a baseline, from the histories, in two statements: one digest of the digests of all rows in the order
 * of their ids. It takes no lock.
 */
export async function baselineContent(db: Queryable, question: BaselineQuestion): Promise<BaselineContent> {
  const columns = question.columns ?? (await columnsOf(db));
  const row = (part: string, table: (typeof TABLES)[number], column: string) => sql`
    select ${sql.lit(part)} as part, t.id, sha256(convert_to((
      select jsonb_object_agg(key, value)::text from jsonb_each(to_jsonb(t))
      where key = any(${columns[table] ?? []}::text[])), 'UTF8')) as hash
    from ${sql.ref(table)} t where t.${sql.ref(column)} = any(array(select id from scope))`;
  const rows = [
    row('i', 'configuration_item', 'id'),
    row('r', 'ci_relation', 'source_id'),
    row('s', 'installation', 'ci_id'),
  ];
  const past = pastDatabase(db, { asOf: question.asOf, knownAt: question.knownAt });
  const [found] = await past.query<Omit<BaselineContent, 'columns'>>(sql`
    select f.* from (
      with scope(id) as materialized (${baselineItems(question)})
      select encode(sha256(coalesce(string_agg(x.hash, ''::bytea order by x.part, x.id), ''::bytea)), 'hex') as digest,
        count(*) filter (where x.part = 'i')::int as items, count(*) filter (where x.part = 'r')::int as relations,
        count(*) filter (where x.part = 's')::int as installations
      from (${sql.join(rows, sql` union all `)}) x
    ) f`);
  return { ...(found as Omit<BaselineContent, 'columns'>), columns };
}

/** What the rules need to know about baselines, for any number of them in one statement. */
export async function baselineFacts(
  db: Queryable,
  actor: Actor,
  ids: readonly string[],
): Promise<Map<string, BaselineFacts>> {
  const rows = await db.query<{ id: string; taken_by: NamedRef | null }>(sql`
    select b.id, case when p.id is not null then json_build_object('id', p.id, 'name', p.name) end as taken_by
    from baseline b left join person p on p.id = b.taken_by_id
    where b.id = any(${ids}::uuid[])`);
  return new Map(
    rows.map(({ id, taken_by: takenBy }) => [id, { actorId: actor.id ?? '', actorRoles: actor.roles, takenBy }]),
  );
}
