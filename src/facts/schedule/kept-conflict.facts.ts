import { sql, type RawBuilder } from 'kysely';
import { epochMs, idList } from '../../database/expressions.js';
import type { Queryable } from '../../database/queryable.js';
import type { ConflictParty } from '../../domain/schedule/conflict-entry.js';
import { conflictMessage } from '../../domain/schedule/conflict-message.js';
import type {
  ConflictSeverity,
  ScheduleConflictKind,
  UnsaidConflict,
} from '../../domain/schedule/schedule-conflict.js';
import { tierOf } from '../../domain/schedule/tier.js';
import { eachOf, type Steps } from '../../domain/steps.js';
import { inTurns } from '../turns.js';
import type { FoundConflict } from './clash.facts.js';

/** A kept conflict as it is read, with what things are called now. */
export interface KeptConflictRow {
  readonly key: string;
  readonly kind: ScheduleConflictKind;
  readonly severity: ConflictSeverity;
  readonly starts: number;
  readonly ends: number;
  readonly left: KeptParty;
  readonly right: KeptParty;
  readonly ci: string | null;
  readonly person: string | null;
  readonly personName: string | null;
  readonly team: string | null;
  readonly teamName: string | null;
  readonly path: string[];
  readonly relations: string[];
  readonly names: Record<string, string> | null;
}

interface KeptParty {
  readonly id: string;
  readonly name: string | null;
  readonly release: string | null;
  readonly distribution: string | null;
  readonly entry: string | null;
  readonly task: string | null;
}

/** One side of the conflicts `c`: its work or task, its release, and the window or media version that it may be. */
const side = (of: 'left' | 'right') => {
  const [id, release] = [sql.ref(`c.${of}_id`), sql.ref(`c.${of}_release_id`)];
  return sql`(
    select json_build_object('id', ${id}, 'release', ${release}, 'distribution', d.id,
      'entry', coalesce(k.id, w.entry_id), 'task', k.id,
      'name', coalesce(v.name, i.name || ' ' || m.label, k.number || ' ' || k.name, d.number || ' ' || d.name,
        r.number || ' ' || r.name))
    from (select) one
    left join schedule_work w on w.id = ${id}
    left join distribution d on d.id = w.distribution_id
    left join task k on k.id = ${id} and c.kind in ('RESOURCE_OVERLOAD', 'TEAM_OVERLOAD')
    left join release r on r.id = ${release}
    left join schedule_window v on v.id = ${id} and ${release} is null
    left join dml_item_version m on m.id = ${id} and c.kind = 'MEDIA_NOT_AUTHORISED'
    left join dml_item i on i.id = m.item_id)`;
};

/** The columns of a {@link KeptConflictRow}, of conflicts `c`. */
export const KEPT_COLUMNS = sql`c.key, c.kind, c.severity, ${epochMs('c.starts_at')} as starts,
  ${epochMs('c.ends_at')} as ends, ${side('left')} as "left", ${side('right')} as "right", c.ci_id as ci,
  c.person_id as person, (select h.name from person h where h.id = c.person_id) as "personName",
  c.team_id as team, (select t.name from team t where t.id = c.team_id) as "teamName",
  to_json(c.path) as path, to_json(c.relation_ids) as relations,
  (select json_object_agg(i.id, i.name) from configuration_item i where i.id = any(c.path || c.ci_id)) as names`;

function partyOf(
  kind: ScheduleConflictKind,
  { id, name, release, distribution, entry, task }: KeptParty,
): ConflictParty {
  if (release === null)
    return { type: kind === 'MEDIA_NOT_AUTHORISED' ? 'DmlItemVersion' : 'ScheduleWindow', id, name: name ?? id };
  const work = { entryId: entry, releaseId: release, distributionId: distribution, taskId: task };
  return { type: 'ScheduleEntry', id, name: name ?? id, work };
}

/** A kept conflict as the rules found it. */
export function conflictOf(row: KeptConflictRow): FoundConflict {
  const conflict: UnsaidConflict = {
    key: row.key,
    kind: row.kind,
    severity: row.severity,
    interval: { startsAt: new Date(row.starts), endsAt: new Date(row.ends) },
    left: partyOf(row.kind, row.left),
    right: partyOf(row.kind, row.right),
    ciId: row.ci,
    person: row.person === null ? null : { id: row.person, name: row.personName ?? row.person },
    ...(row.team !== null && { team: { id: row.team, name: row.teamName ?? row.team } }),
    path: row.path,
  };
  const message = conflictMessage(conflict, (id) => row.names?.[id] ?? id);
  return { ...conflict, message, relationIds: row.relations };
}

/** Everything of a conflict by which it differs from another one. The key alone does not contain the time. */
export const identityOf = ({ key, severity, interval, ciId, path, relationIds }: FoundConflict): string =>
  [key, severity, +interval.startsAt, +interval.endsAt, ciId, path.join(), relationIds.join()].join('|');

/** Whose kept conflicts are asked for: those of releases on items, those of people or teams, or those with windows. */
export type KeptOf =
  | { readonly releaseIds: readonly string[] }
  | { readonly personIds: readonly string[] }
  | { readonly teamIds: readonly string[] }
  | { readonly windowIds: readonly string[] }
  /** Work that is outside its windows, or whose back-out would be. */
  | { readonly outside: readonly string[] };

/** Conflicts that belong to releases: those of tasks belong to people and teams. */
const IS_ON_ITEMS = sql`kind not in ('RESOURCE_OVERLOAD', 'TEAM_OVERLOAD')`;

function belongTo(of: KeptOf): RawBuilder<unknown> {
  if ('releaseIds' in of) {
    const ids = sql`any(${[...of.releaseIds]}::uuid[])`;
    return sql`c.key in (
      select key from schedule_conflict where left_release_id = ${ids} and ${IS_ON_ITEMS}
      union select key from schedule_conflict where right_release_id = ${ids} and ${IS_ON_ITEMS})`;
  }
  if ('personIds' in of) return sql`c.person_id = any(${[...of.personIds]}::uuid[])`;
  if ('teamIds' in of) return sql`c.team_id = any(${[...of.teamIds]}::uuid[])`;
  if ('windowIds' in of)
    return sql`c.kind in ('BLACKOUT', 'NO_TIME_TO_BACK_OUT') and c.right_id = any(${[...of.windowIds]}::uuid[])`;
  return sql`c.left_id = any(${idList(of.outside)}::uuid[]) and (c.kind = 'OUTSIDE_CHANGE_WINDOW'
    or c.kind = 'NO_TIME_TO_BACK_OUT' and exists (
      select from schedule_window v where v.id = c.right_id and v.kind <> 'BLACKOUT'))`;
}

/** The kept conflicts of some releases, people, teams or windows. @param since those that ended before stay out */
export async function keptConflicts(db: Queryable, of: KeptOf, since: Date): Promise<FoundConflict[]> {
  const rows = await db.query<KeptConflictRow>(sql`
    select ${KEPT_COLUMNS} from schedule_conflict c where ${belongTo(of)} and c.ends_at > ${since}`);
  return await inTurns(eachOf(rows, conflictOf));
}

/** A list as the text of a JSON array: written in one go, a large one would hold others up. */
function* jsonOf<T>(list: readonly T[], shape: (one: T) => unknown): Steps<string> {
  return `[${(yield* eachOf(list, (one) => JSON.stringify(shape(one)))).join()}]`;
}

/** Conflicts that are in the one list and not in the other. @param identity what tells one from another */
export function* conflictsOnlyIn<C>(
  list: readonly C[],
  other: readonly C[],
  identity: (conflict: C) => string,
): Steps<C[]> {
  const others = new Set(yield* eachOf(other, identity));
  const own = yield* eachOf(list, (conflict) => !others.has(identity(conflict)));
  return list.filter((_, index) => own[index]);
}

const storedRow = ({
  key,
  kind,
  severity,
  interval,
  left,
  right,
  ciId,
  person,
  team,
  path,
  relationIds,
}: FoundConflict) => ({
  key,
  kind,
  severity,
  starts: interval.startsAt,
  ends: interval.endsAt,
  tier: tierOf(interval),
  left: left.id,
  right: right.id,
  left_release: left.work?.releaseId ?? null,
  right_release: right.work?.releaseId ?? null,
  ci: ciId,
  person: person?.id ?? null,
  team: team?.id ?? null,
  path: `{${path.join()}}`,
  relations: `{${relationIds.join()}}`,
});

/**
 * Maximum number of conflicts in one statement. It is encoded in one go, and those of a window that meets all work
 * would hold others up.
 */
const AT_ONCE = 10_000;

function* partsOf<T>(list: readonly T[]): Generator<readonly T[]> {
  for (let from = 0; from < list.length; from += AT_ONCE) yield list.slice(from, from + AT_ONCE);
}

/**
 * Forgets conflicts and keeps others, in one statement each for {@link AT_ONCE} of them. A key does not contain the
 * time: a conflict takes the place of one with its key that is history by now and was not read with the recent ones.
 */
export async function replaceKept(
  db: Queryable,
  removed: readonly FoundConflict[],
  added: readonly FoundConflict[],
): Promise<void> {
  for (const part of partsOf(removed)) {
    const keys = await inTurns(jsonOf(part, ({ key }) => key));
    await db.query(sql`delete from schedule_conflict where key in (select json_array_elements_text(${keys}::json))`);
  }
  for (const part of partsOf(added)) {
    const rows = await inTurns(jsonOf(part, storedRow));
    await db.query(sql`
      insert into schedule_conflict (key, kind, severity, starts_at, ends_at, tier, left_id, right_id, left_release_id,
        right_release_id, ci_id, person_id, team_id, path, relation_ids)
      select x.key, x.kind, x.severity, x.starts, x.ends, x.tier, x.left, x.right, x.left_release, x.right_release,
        x.ci, x.person, x.team, x.path::uuid[], x.relations::uuid[]
      from json_to_recordset(${rows}::json) as x(key text, kind text, severity text,
        starts timestamptz, ends timestamptz, tier smallint, "left" uuid, "right" uuid, left_release uuid,
        right_release uuid, ci uuid, person uuid, team uuid, path text, relations text)
      on conflict (key) do update set kind = excluded.kind, severity = excluded.severity,
        starts_at = excluded.starts_at, ends_at = excluded.ends_at, tier = excluded.tier, left_id = excluded.left_id,
        right_id = excluded.right_id, left_release_id = excluded.left_release_id,
        right_release_id = excluded.right_release_id, ci_id = excluded.ci_id, person_id = excluded.person_id,
        team_id = excluded.team_id, path = excluded.path, relation_ids = excluded.relation_ids`);
  }
}
