import { sql, type RawBuilder } from 'kysely';
import type { BasisEntry } from '../domain/approval-basis.js';
import type { EffectiveCriticality } from '../domain/cmdb/effective-criticality.js';
import type { Steps } from '../domain/steps.js';
import type { ImpactReader } from './cmdb/impact-reader.js';
import { inTurns } from './turns.js';

/** Properties that are judged of a target, as columns. Those of an acceptance have no binding: it knows no tool. */
const JUDGED = ['lifecycle_state', 'criticality', 'binding'] as const;

/** One of {@link JUDGED}. */
type JudgedColumn = (typeof JUDGED)[number];

/** What is judged of the targets of a distribution. */
export const OF_APPROVAL: readonly JudgedColumn[] = JUDGED;

/** What is judged of the targets of a release. */
export const OF_ACCEPTANCE: readonly JudgedColumn[] = ['lifecycle_state', 'criticality'];

/** How many entries come in one row. A row is read at once, and others have their turn after it. */
const PER_ROW = 500;

/**
 * The items among some whose criticality another item forces, or that have none because they are out of use. The
 * others have the criticality of their own record, so the database knows it.
 */
interface Forced {
  readonly ids: readonly string[];
  readonly criticalities: readonly (string | null)[];
  readonly names: readonly (string | null)[];
}

const PER_STEP = 1_000;

function* forcedAmong(ciIds: readonly string[], found: ReadonlyMap<string, EffectiveCriticality>): Steps<Forced> {
  const ids: string[] = [];
  const criticalities: (string | null)[] = [];
  const names: (string | null)[] = [];
  let looked = 0;
  // Each once: several objects that are asked about together can have a target in common, and the rows are joined.
  for (const id of new Set(ciIds)) {
    if (looked++ % PER_STEP === 0) yield;
    const effective = found.get(id);
    if (effective?.forcedBy.id === id) continue;
    ids.push(id);
    criticalities.push(effective?.criticality ?? null);
    names.push(effective?.forcedBy.name ?? null);
  }
  return { ids, criticalities, names };
}

/** {@link Forced} of some items. What they impact is read at most once, see {@link ImpactReader}. */
const forcedOnes = async (impact: ImpactReader, ciIds: readonly string[]): Promise<Forced> =>
  await inTurns(forcedAmong(ciIds, ciIds.length === 0 ? new Map() : await impact.criticalities(ciIds)));

/**
 * How much work on each of some targets can harm, as an SQL join of `f(ci_id, criticality, name)` to an item `c`: the
 * rows of {@link Forced}. See {@link CRITICALITY}.
 */
export async function withForced(impact: ImpactReader, ciIds: readonly string[]): Promise<RawBuilder<unknown>> {
  const { ids, criticalities, names } = await forcedOnes(impact, ciIds);
  return sql`left join unnest(${ids}::uuid[], ${criticalities}::text[], ${names}::text[])
    f(ci_id, criticality, name) on f.ci_id = c.id`;
}

/** The effective criticality of an item `c`, with {@link withForced}. */
export const CRITICALITY = sql`case when f.ci_id is null then c.criticality else f.criticality end`;

const JSON_NAMES: Readonly<Record<JudgedColumn, string>> = {
  lifecycle_state: 'lifecycleState',
  criticality: 'criticality',
  binding: 'binding',
};

/** A `BasisEntry` of a target, as JSON, from columns with a prefix. */
const entryOf = (prefix: string, judged: readonly JudgedColumn[]): RawBuilder<unknown> => sql`
  json_strip_nulls(json_build_object('kind', 'TARGET', 'id', ci_id, 'name', ${sql.ref(`${prefix}name`)},
    'forcedBy', ${sql.ref(`${prefix}forced_by`)}, 'judged', json_build_object(${sql.join(
      judged.flatMap((column) => [sql.lit(JSON_NAMES[column]), sql.ref(`${prefix}${column}`)]),
    )})))`;

/** Targets that differ from what was judged of them: what was judged, and what is so now. */
export interface Differing {
  readonly before: BasisEntry[];
  readonly now: BasisEntry[];
}

interface DifferingRow {
  readonly id: string;
  readonly side: 'before' | 'now';
  /** JSON text of some entries. */
  readonly entries: string;
}

function* bySide(rows: readonly DifferingRow[]): Steps<Map<string, Differing>> {
  const found = new Map<string, Differing>();
  for (const { id, side, entries } of rows) {
    yield;
    const known = found.get(id) ?? { before: [], now: [] };
    found.set(id, known);
    known[side].push(...(JSON.parse(entries) as BasisEntry[]));
  }
  return found;
}

/**
 * The targets that differ from what was judged of them, by object, in one statement. PostgreSQL compares row by row and
 * sends only what differs; what the difference means is for `lapseSteps` to say, which gets nothing else. A property
 * that was not judged does not differ.
 */
export async function differingTargets(
  impact: ImpactReader,
  judged: readonly JudgedColumn[],
  targets: {
    /** SQL common table expressions that the two subqueries use. */
    readonly with?: RawBuilder<unknown>;
    /** An SQL subquery for what was judged: `id` of the object, `ci_id`, `name`, `forced_by` and the judged columns. */
    readonly before: RawBuilder<unknown>;
    /** An SQL subquery for what would be judged now, with the same columns. */
    readonly now: RawBuilder<unknown>;
  },
): Promise<Map<string, Differing>> {
  const columns = ['name', 'forced_by', ...judged].map(
    (column) => sql`
    b.${sql.ref(column)} as ${sql.ref(`b_${column}`)}, n.${sql.ref(column)} as ${sql.ref(`n_${column}`)}`,
  );
  const differs = judged.map((column) => {
    const [was, is] = [sql.ref(`b.${column}`), sql.ref(`n.${column}`)];
    return sql`(${was} is not null and ${was} is distinct from ${is})`;
  });
  const side = (name: string, prefix: string) => sql`
    select id, ${sql.lit(name)} as side, n / ${sql.lit(PER_ROW)} as part,
      json_agg(${entryOf(prefix, judged)} order by ci_id)::text as entries
    from (select *, row_number() over (partition by id order by ci_id) as n from differing
      where ${sql.ref(`${prefix}name`)} is not null) d
    group by 1, 2, 3`;
  const rows = await impact.db.query<DifferingRow>(sql`
    with ${targets.with === undefined ? sql`` : sql`${targets.with},`}
    judged_before as (${targets.before}), judged_now as (${targets.now}),
    differing as materialized (
      select coalesce(b.id, n.id) as id, coalesce(b.ci_id, n.ci_id) as ci_id, ${sql.join(columns)}
      from judged_before b full join judged_now n on n.id = b.id and n.ci_id = b.ci_id
      where b.id is null or n.id is null or ${sql.join(differs, sql` or `)})
    ${side('before', 'b_')} union all ${side('now', 'n_')}
    order by 1, 2, 3`);
  return await inTurns(bySide(rows));
}
