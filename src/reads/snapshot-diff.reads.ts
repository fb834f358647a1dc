import { sql, type RawBuilder } from 'kysely';
import { camelCase } from '../database/expressions.js';
import { RequestError } from '../domain/errors.js';
import type { PageInput } from '../domain/list.js';
import { fromNodeId, toNodeId } from '../domain/node-id.js';
import { impactingIdsOf } from '../facts/cmdb/impact.facts.js';
import type { ConfigurationItemDifferenceType, Difference, DifferenceKind } from '../schema/snapshot-diff.type.js';
import { keyedBounds, keyedPage, type ListPage } from './list-page.js';
import type { ReadModel, ReadRow } from './model.js';
import { pastOf, statesAt, type Moment } from '../facts/past.js';
import type { Reads } from './reads.js';

/** What to compare: two moments, by one knowledge, and whose configuration items. */
export interface DiffQuestion {
  readonly from: string;
  /** Null for now. */
  readonly to: string | null;
  readonly knownAt: string | null;
  /** Node id of one item; null for all of them. */
  readonly configurationItemId: string | null;
  /** Whether to look also at everything that the item depends on, at either moment. */
  readonly withDependencies: boolean;
}

/** Columns that say nothing about the object itself. */
const BOOKKEEPING = ['id', 'version', 'created_at', 'updated_at', 'valid', 'known', 'xid', 'valid_to', 'previous_id'];
/** Columns that are shown as one field. */
const FIELDS: Readonly<Record<string, string>> = { external_source: 'externalRef', external_key: 'externalRef' };
const fieldOf = (column: string) => FIELDS[column] ?? camelCase(column.replace(/_id$/, ''));

interface Compared {
  readonly rows: string;
  /** What makes two states one object. */
  readonly key: RawBuilder<unknown>;
  /** The item that it belongs to. */
  readonly item: string;
  readonly begins: RawBuilder<unknown>;
  readonly ends: RawBuilder<unknown>;
  /** The condition of the index by which ends are found. */
  readonly hasEnded: RawBuilder<unknown>;
}

const VALID = { begins: sql`lower(h.valid)`, ends: sql`upper(h.valid)`, hasEnded: sql`not upper_inf(h.valid)` };
const OWN = { begins: sql`h.valid_from`, ends: sql`h.valid_to`, hasEnded: sql`h.valid_to is not null` };
const COMPARED = {
  item: { rows: 'configuration_item', key: sql`a.id = b.id`, item: 'id', ...VALID },
  relation: { rows: 'ci_relation', key: sql`a.id = b.id`, item: 'source_id', ...VALID },
  // Another version of the same software is a change of what is installed.
  installation: {
    rows: 'installation',
    key: sql`a.ci_id = b.ci_id and a.dml_item_id = b.dml_item_id`,
    item: 'ci_id',
    ...OWN,
  },
} as const satisfies Readonly<Record<string, Compared>>;

type Of = keyof typeof COMPARED;

interface Found {
  readonly of: Of;
  readonly before: string | null;
  readonly after: string | null;
  readonly columns: readonly string[] | null;
}

interface Row {
  readonly ciId: string;
  readonly found: readonly Found[];
}

/** The ids of the items whose states begin or end between the moments, or the ids that are asked for. */
function candidates(
  { rows, item, begins, ends, hasEnded }: Compared,
  from: RawBuilder<unknown>,
  to: RawBuilder<unknown>,
) {
  const within = (at: RawBuilder<unknown>) => sql`
    select h.${sql.ref(item)} from ${sql.ref(`${rows}_history`)} h where ${at} > ${from} and ${at} <= ${to}`;
  return sql`${within(begins)} union ${within(ends)} and ${hasEnded}`;
}

function differences(of: Of, was: Moment, is: Moment, scope: RawBuilder<unknown> | undefined): RawBuilder<unknown> {
  const { rows, key, item } = COMPARED[of];
  const column = sql.ref(item);
  const [from, to] = [was, is].map(({ asOf }) => (asOf === null ? sql`now()` : sql`${asOf}::timestamptz`)) as [
    RawBuilder<unknown>,
    RawBuilder<unknown>,
  ];
  const chosen = scope ?? candidates(COMPARED[of], from, to);
  // An array, because PostgreSQL then finds the states by the item: it does not know how few there are of a subquery.
  const these = sql`h.${column} = any(array(select id from chosen))`;
  const states = (moment: Moment) => sql`(${statesAt(rows, moment)} and ${these})`;
  return sql`(
    with chosen(id) as materialized (${chosen})
    select ${sql.lit(of)} as of, coalesce(a.${column}, b.${column}) as ci_id, a.id as before, b.id as after, f.columns
    from ${states(was)} a full join ${states(is)} b on ${key}
    cross join lateral (
      select to_jsonb(a) - ${BOOKKEEPING}::text[] as a, to_jsonb(b) - ${BOOKKEEPING}::text[] as b offset 0
    ) j
    cross join lateral (
      select array_agg(k order by k) as columns from jsonb_object_keys(case when j.a <> j.b then j.b else '{}' end) k
      where j.a->k is distinct from j.b->k
    ) f
    where a.id is null or b.id is null or f.columns is not null)`;
}

/** The items that a subquery finds at either moment. */
const atEither = (was: Moment, is: Moment, items: RawBuilder<unknown>): RawBuilder<unknown> => {
  const all = sql`select x.id from ${items} x(id)`;
  return sql`(${pastOf(was, all)}${all}) union (${pastOf(is, all)}${all})`;
};

function scopeOf(question: DiffQuestion, was: Moment, is: Moment): RawBuilder<unknown> | undefined {
  if (question.configurationItemId === null) return undefined;
  const id = fromNodeId('ConfigurationItem', question.configurationItemId, 'configurationItemId');
  if (!question.withDependencies) return sql`select ${id}::uuid`;
  return atEither(was, is, impactingIdsOf(sql`array[${id}::uuid]`));
}

const kindOf = ({ before, after }: Pick<Found, 'before' | 'after'>): DifferenceKind =>
  before === null ? 'ADDED' : after === null ? 'REMOVED' : 'CHANGED';

/** The reads of the two moments, which each difference carries with it. */
interface Compares {
  readonly was: Reads;
  readonly is: Reads;
}
type Compare = Difference & Partial<Compares>;

function present({ ciId, found }: Row, compares: Compares): ConfigurationItemDifferenceType {
  const shown = ({ before, after, columns, of }: Found) => ({
    kind: kindOf({ before, after }),
    fields: before === null || after === null ? [] : [...new Set((columns ?? []).map(fieldOf))],
    beforeId: before,
    afterId: after,
    of,
    ...compares,
  });
  const all = found.map(shown);
  const own = all.find(({ of }) => of === 'item');
  return {
    ...(own ?? { kind: 'CHANGED', fields: [], beforeId: ciId, afterId: ciId, ...compares }),
    objectId: toNodeId('ConfigurationItem', ciId),
    relations: all.filter(({ of }) => of === 'relation'),
    installations: all.filter(({ of }) => of === 'installation'),
  };
}

/**
 * A page of the configuration items that differ between two moments, oldest first.
 * @throws RequestError BAD_USER_INPUT when the first moment is after the second one
 */
export async function snapshotDiff(
  reads: Reads,
  question: DiffQuestion,
  page: PageInput,
): Promise<ListPage<ConfigurationItemDifferenceType>> {
  const { from, to, knownAt } = question;
  if (to !== null && new Date(from) > new Date(to))
    throw new RequestError('BAD_USER_INPUT', '"from" is after "to".', { field: 'from' });
  const [was, is] = [
    { asOf: from, knownAt },
    { asOf: to, knownAt },
  ];
  return await compared(reads, { was, is, scope: scopeOf(question, was, is) }, page);
}

/** Two moments, each with a knowledge of its own, and the items to compare. */
export interface BetweenMoments {
  readonly was: Moment;
  readonly is: Moment;
  /** A subquery for the ids of items. Those that it finds at either moment are compared. */
  readonly items: RawBuilder<unknown>;
}

/** A page of the configuration items that differ between two moments with knowledge of their own, oldest first. */
export const differencesBetween = async (
  reads: Reads,
  { was, is, items }: BetweenMoments,
  page: PageInput,
): Promise<ListPage<ConfigurationItemDifferenceType>> =>
  await compared(reads, { was, is, scope: atEither(was, is, items) }, page);

async function compared(
  reads: Reads,
  { was, is, scope }: { readonly was: Moment; readonly is: Moment; readonly scope: RawBuilder<unknown> | undefined },
  page: PageInput,
): Promise<ListPage<ConfigurationItemDifferenceType>> {
  const bounds = keyedBounds(page);
  const changes = sql.join(
    (Object.keys(COMPARED) as Of[]).map((of) => differences(of, was, is, scope)),
    sql` union all `,
  );
  const beyond =
    bounds.beyond === undefined
      ? sql`true`
      : sql`c.ci_id ${sql.raw(bounds.backward ? '<' : '>')} ${bounds.beyond}::uuid`;
  const rows = await reads.db.query<Row>(sql`
    select c.ci_id as "ciId", json_agg(json_build_object('of', c.of, 'before', c.before, 'after', c.after,
      'columns', c.columns) order by c.of, c.after, c.before) as found
    from (${changes}) c where ${beyond}
    group by c.ci_id order by c.ci_id ${sql.raw(bounds.backward ? 'desc' : 'asc')} limit ${sql.lit(bounds.size + 1)}`);
  const compares = { was: reads.at(was), is: reads.at(is) };
  return keyedPage(
    rows.map((row) => present(row, compares)),
    bounds,
    ({ objectId }) => fromNodeId('ConfigurationItem', objectId, 'objectId'),
    async () => {
      const [counted] = await reads.db.query<{ n: string }>(
        sql`select count(distinct c.ci_id) as n from (${changes}) c`,
      );
      return Number(counted?.n ?? 0);
    },
  );
}

/** What something was at the earlier moment; null when it was not there. */
export const before = async <Row extends ReadRow>(model: ReadModel<Row>, difference: Difference) =>
  await (difference as Compare).was?.byId(model, difference.beforeId);

/** What something was at the later moment; null when it was not there. */
export const after = async <Row extends ReadRow>(model: ReadModel<Row>, difference: Difference) =>
  await (difference as Compare).is?.byId(model, difference.afterId);
