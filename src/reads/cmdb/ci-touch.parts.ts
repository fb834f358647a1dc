import { sql, type RawBuilder } from 'kysely';
import type { FilterSpec } from '../../database/filter.js';
import { KIND_OF_EVENT, KIND_OF_OPERATION, type CiTouchRole, CI_TOUCH_ROLES } from '../../domain/cmdb/ci-touch.js';
import { REACHED_TARGET_STATES } from '../../domain/distribution/observation.js';
import { RequestError } from '../../domain/errors.js';
import { isDigest } from '../../domain/library/media.js';
import { fromNodeId } from '../../domain/node-id.js';
import type { CiTouchPersonFilter } from '../../schema/cmdb/ci-touch.type.js';
import type { Part } from '../model.js';

type Sql = RawBuilder<unknown>;

/** A value for each text, as `case … when … then …`. */
const chosen = (of: Sql, values: Readonly<Record<string, string>>, otherwise: Sql) =>
  sql`case ${of} ${sql.join(
    Object.entries(values).map(([value, then]) => sql`when ${sql.lit(value)} then ${sql.lit(then)}`),
    sql` `,
  )} else ${otherwise} end`;

/** Ids that a select gives, found before the rows that they choose: PostgreSQL looks each up in an index. */
const idsFrom = (select: Sql) => sql`any(array(${select}))`;
const union = (selects: readonly Sql[]) => sql.join(selects, sql` union all `);

const NO_ID = sql`null::uuid`;
const NO_TEXT = sql`null::text`;

const COLUMNS = sql`t.id, t.ci_id, t.at, t.kind, t.state, t.actor_id, t.reason, t.request_id, t.changes,
  t.distribution_id, t.release_id, t.target_execution_id`;

const related = (type: 'Change' | 'Release' | 'DmlItemVersion', column: Sql, exists: (condition: Sql) => Sql) =>
  ({ kind: 'related', of: 'id', type, column, exists }) as const;

const COMMON = {
  ci: { kind: 'id', type: 'ConfigurationItem', column: sql`t.ci_id` },
  kind: { kind: 'enum', column: sql`t.kind` },
  at: { kind: 'instant', column: sql`t.at` },
} as const satisfies Readonly<Record<string, FilterSpec>>;

/** Filters by what an edit of the record does not have. */
const NO_DELIVERY = {
  release: { kind: 'id', type: 'Release', column: NO_ID },
  distribution: { kind: 'id', type: 'Distribution', column: NO_ID },
  dmlItemVersion: { kind: 'id', type: 'DmlItemVersion', column: NO_ID },
  digest: { kind: 'custom', where: (digest: string) => (digestOf(digest), sql`false`) },
} as const satisfies Readonly<Record<string, FilterSpec>>;

/** @throws RequestError BAD_USER_INPUT */
function digestOf(value: string): string {
  const digest = value.trim().toLowerCase();
  if (!isDigest(digest))
    throw new RequestError('BAD_USER_INPUT', '"filter.digest" must be a SHA-256: 64 hexadecimal digits.', {
      field: 'filter.digest',
    });
  return digest;
}

/** A person and the parts that are asked for. */
interface Somebody {
  readonly person: Sql;
  readonly as: (role: CiTouchRole) => boolean;
}

function somebody({ id, roles }: CiTouchPersonFilter): Somebody {
  const asked = roles ?? CI_TOUCH_ROLES;
  if (asked.length === 0)
    throw new RequestError('BAD_USER_INPUT', '"filter.person.roles" is empty. Leave it out to ask for every part.', {
      field: 'filter.person.roles',
    });
  return {
    person: sql`${fromNodeId('Person', id, 'filter.person.id')}::uuid`,
    as: (role) => asked.includes(role),
  };
}

/** Changes that a person requested or approved. */
const changesOf = ({ person, as }: Somebody): Sql[] => [
  ...(as('REQUESTER')
    ? [
        sql`select x.id from change x where x.requested_by_id = ${person}`,
        sql`select x.change_id from change_release_request x where x.requested_by_id = ${person}`,
      ]
    : []),
  ...(as('APPROVER')
    ? [
        sql`select x.id from change x where x.authorised_by_id = ${person}`,
        sql`select x.change_id from change_release_request x
          where x.decided_by_id = ${person} and x.state = 'APPROVED'`,
      ]
    : []),
];

/** Distributions that a person planned, approved or delivered media for. */
const distributionsOf = ({ person, as }: Somebody): Sql[] => [
  ...(as('APPROVER')
    ? [
        sql`select x.id from distribution x where x.approved_by_id = ${person}`,
        sql`select x.id from release r join distribution x on x.release_id = r.id where r.accepted_by_id = ${person}`,
      ]
    : []),
  ...(as('IMPLEMENTER')
    ? [
        sql`select x.id from distribution x where x.planned_by_id = ${person}`,
        sql`select x.subject_id from contribution x
          where x.person_id = ${person} and x.subject_type = 'Distribution' and x.part = 'AUTHOR'`,
      ]
    : []),
  ...(as('LIBRARIAN')
    ? ['author_id', 'uploaded_by_id', 'authorised_by_id'].map(
        (column) => sql`select x.distribution_id from dml_item_version v
          join distribution_content x on x.dml_item_version_id = v.id where ${sql.ref(`v.${column}`)} = ${person}`,
      )
    : []),
];

/** The deliveries behind which a change is. @param condition on `r.change_id` */
const executionsUnder = (condition: Sql) => sql`
  select e.id from release_change r
  join change_ci c on c.change_id = r.change_id and c.role = 'TARGET'
  join distribution d on d.release_id = r.release_id
  join target_execution e on e.distribution_id = d.id and e.ci_id = c.ci_id
  where r.live and ${condition}`;

/** Deliveries that a person took part in by themselves, or by their changes. */
const executionsOf = (one: Somebody): Sql[] => {
  const changes = changesOf(one);
  return [
    ...(one.as('IMPLEMENTER')
      ? [sql`select x.target_execution_id from target_report x where x.reported_by_id = ${one.person}`]
      : []),
    ...(changes.length > 0 ? [executionsUnder(sql`r.change_id = ${idsFrom(union(changes))}`)] : []),
  ];
};

const anyOf = (conditions: readonly Sql[]) =>
  conditions.length === 0 ? sql`false` : sql`(${sql.join(conditions, sql` or `)})`;
const ifAny = (ids: readonly Sql[], condition: (found: Sql) => Sql): Sql[] =>
  ids.length === 0 ? [] : [condition(union(ids))];

/** @param condition on the content `c` of the distribution */
const distributionsWith = (condition: Sql) =>
  sql`t.distribution_id = ${idsFrom(sql`select c.distribution_id from distribution_content c where ${condition}`)}`;

/** @param at when. @param state of the attempt that counts. @param from a table `x` of deliveries */
const deliveries = (at: Sql, state: Sql, from: Sql): Part => ({
  columns: COLUMNS,
  rows: sql`
    select x.id, x.ci_id, ${at} as at,
      case ${state} when 'BACKED_OUT' then 'BACKED_OUT' when 'SUCCEEDED' then ${chosen(
        sql`(select d.operation from distribution d where d.id = x.distribution_id)`,
        KIND_OF_OPERATION,
        sql`'ATTEMPTED'`,
      )} else 'ATTEMPTED' end as kind,
      ${state} as state, ${NO_ID} as actor_id, ${NO_TEXT} as reason, ${NO_TEXT} as request_id, '[]'::jsonb as changes,
      x.distribution_id, (select d.release_id from distribution d where d.id = x.distribution_id) as release_id,
      x.id as target_execution_id
    from ${from}`,
  filters: {
    ...COMMON,
    distribution: { kind: 'id', type: 'Distribution', column: sql`t.distribution_id` },
    release: related(
      'Release',
      sql`d.release_id`,
      (condition) => sql`t.distribution_id = ${idsFrom(sql`select d.id from distribution d where ${condition}`)}`,
    ),
    change: related('Change', sql`r.change_id`, (condition) => sql`t.id = ${idsFrom(executionsUnder(condition))}`),
    dmlItemVersion: related('DmlItemVersion', sql`c.dml_item_version_id`, (condition) => distributionsWith(condition)),
    digest: {
      kind: 'custom',
      where: (digest: string) => distributionsWith(sql`c.digest = ${digestOf(digest)}::text`),
    },
    person: {
      kind: 'custom',
      where: (given: CiTouchPersonFilter) => {
        const one = somebody(given);
        return anyOf([
          ...ifAny(distributionsOf(one), (ids) => sql`t.distribution_id = ${idsFrom(ids)}`),
          ...ifAny(executionsOf(one), (ids) => sql`t.id = ${idsFrom(ids)}`),
        ]);
      },
    },
  },
});

/** What distributions did, as far as something may have reached the item. */
const reached = deliveries(
  sql`coalesce(x.ended_at, x.started_at)`,
  sql`x.state`,
  sql`target_execution x where x.started_at is not null or x.state in ('UNKNOWN', 'EXPIRED')`,
);

// A new attempt forgets how far the one before came: it may wait, be rejected or cancelled. The reports still know.
const reachedBefore = deliveries(
  sql`r.reported_at`,
  sql`r.state`,
  sql`target_execution x cross join lateral (
      select r.reported_at, r.state from target_report r
      where r.target_execution_id = x.id and r.effect = 'APPLIED'
        and r.state = any(${sql.lit(`{${REACHED_TARGET_STATES.join()}}`)}::text[])
      order by r.attempt desc, r.reported_at desc, r.id desc limit 1) r
    where x.attempt > 1 and x.started_at is null and x.state not in ('UNKNOWN', 'EXPIRED')`,
);

// Edits that needed a change have its id among their topics. Few edits do, so they have an index of their own.
const underOneOf = (changes: Sql) => sql`(t.payload -> 'underChanges' is not null and t.topics && array(${changes}))`;

/** What was done to the record. @param ciId the item among the columns of the event `x` */
const edits = (id: Sql, ciId: Sql, where: Sql): Part => ({
  columns: COLUMNS,
  rows: sql`
    select ${id} as id, ${ciId} as ci_id, x.at,
      ${chosen(sql`x.type`, KIND_OF_EVENT, sql`'UPDATED'`)} as kind,
      ${NO_TEXT} as state, x.actor_id, x.reason, x.request_id, coalesce(x.payload -> 'changes', '[]') as changes,
      ${NO_ID} as distribution_id, ${NO_ID} as release_id, ${NO_ID} as target_execution_id, x.topics, x.payload
    from domain_event x where ${where}`,
  filters: {
    ...COMMON,
    ...NO_DELIVERY,
    change: related('Change', sql`c.id`, (condition) => underOneOf(sql`select c.id from change c where ${condition}`)),
    person: {
      kind: 'custom',
      where: (given: CiTouchPersonFilter) => {
        const one = somebody(given);
        return anyOf([
          ...(one.as('IMPLEMENTER') ? [sql`t.actor_id = ${one.person}`] : []),
          ...ifAny(changesOf(one), underOneOf),
        ]);
      },
    },
  },
});

/**
 * The event of a relation touches both of its ends. For the other end, the digit of its id that tells the version of
 * UUIDs is another one, so that no two touches have the same id.
 */
const otherEndsId = (event: Sql) => sql`overlay(${event}::text placing '6' from 15 for 1)::uuid`;
/** The event of {@link otherEndsId}. */
export const otherEndsEvent = (id: Sql): Sql => sql`overlay(${id}::text placing '7' from 15 for 1)::uuid`;

/** What was found installed, and accepted. */
const discoveries: Part = {
  columns: COLUMNS,
  rows: sql`
    select x.id, x.ci_id, x.closed_at as at, 'DISCOVERED' as kind, ${NO_TEXT} as state, x.decided_by_id as actor_id,
      x.reason, ${NO_TEXT} as request_id, '[]'::jsonb as changes, ${NO_ID} as distribution_id,
      ${NO_ID} as release_id, ${NO_ID} as target_execution_id, x.change_id
    from drift x where x.state = 'ACCEPTED' and x.aspect = 'INSTALLATION'`,
  filters: {
    ...COMMON,
    ...NO_DELIVERY,
    change: { kind: 'id', type: 'Change', column: sql`t.change_id` },
    dmlItemVersion: related('DmlItemVersion', sql`i.dml_item_version_id`, (condition) => discovered(condition)),
    digest: {
      kind: 'custom',
      where: (digest: string) => discovered(sql`i.digest = ${digestOf(digest)}::text`),
    },
    person: {
      kind: 'custom',
      where: (given: CiTouchPersonFilter) => {
        const one = somebody(given);
        return anyOf([
          ...(one.as('IMPLEMENTER') ? [sql`t.actor_id = ${one.person}`] : []),
          ...ifAny(changesOf(one), (ids) => sql`t.change_id = ${idsFrom(ids)}`),
        ]);
      },
    },
  },
};

// An accepted observation is recorded in the transaction that accepts it, so both have its time.
function discovered(condition: Sql): Sql {
  return sql`t.id = ${idsFrom(sql`
    select f.id from installation i
    join drift f on f.ci_id = i.ci_id and f.dml_item_id = i.dml_item_id and f.closed_at = i.created_at
      and f.state = 'ACCEPTED' and f.aspect = 'INSTALLATION'
    where i.distribution_id is null and ${condition}`)}`;
}

/** What touches of configuration items are the union of. */
export const TOUCH_PARTS: readonly Part[] = [
  reached,
  reachedBefore,
  edits(
    sql`x.id`,
    sql`x.aggregate_id`,
    sql`x.aggregate_type = 'ConfigurationItem' and x.type <> 'configuration-item.continued'`,
  ),
  edits(
    otherEndsId(sql`x.id`),
    sql`x.topics[2]`,
    sql`x.aggregate_type = 'ConfigurationItem'
      and x.type in ('configuration-item.related', 'configuration-item.unrelated')`,
  ),
  discoveries,
];
