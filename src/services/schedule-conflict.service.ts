import { sql } from 'kysely';
import { toNodeId } from '../domain/node-id.js';
import { conflicts, type ScheduleConflict } from '../domain/schedule-conflict.js';
import { readScheduleSlice } from '../reads/schedule-slice.js';
import type { Aggregate, UnitOfWork } from './unit-of-work.js';

/** Most conflicts that one event describes; the counts are always complete. */
const DESCRIBED = 50;

/** Conflicts at one moment, with the releases that the entries in them belong to. */
export interface ConflictPicture {
  readonly conflicts: ReadonlyMap<string, ScheduleConflict>;
  /** Release of each entry. */
  readonly releaseOf: ReadonlyMap<string, string>;
}

const NOTHING: ConflictPicture = { conflicts: new Map(), releaseOf: new Map() };

const pictureOf = (found: readonly ScheduleConflict[], entries: readonly { readonly id: string; readonly groupId: string | null }[]): ConflictPicture => ({
  conflicts: new Map(found.map((conflict) => [conflict.key, conflict])),
  releaseOf: new Map(entries.flatMap(({ id, groupId }) => (groupId === null ? [] : [[id, groupId] as const]))),
});

/** The conflicts in which a booked entry takes part now; none when it is not live. */
export async function conflictsOfEntry(uow: UnitOfWork, entryId: string): Promise<ConflictPicture> {
  const [row] = await uow.query<{ starts: number; ends: number }>(sql`
    select (extract(epoch from starts_at) * 1000)::float8 as starts, (extract(epoch from ends_at) * 1000)::float8 as ends from schedule_entry where id = ${entryId} and live`);
  if (row === undefined) return NOTHING;
  const slice = await readScheduleSlice(uow, [{ startsAt: new Date(row.starts), endsAt: new Date(row.ends) }]);
  return pictureOf(conflicts(slice.entries, slice.windows, slice.graph, { focus: new Set([entryId]), reach: slice.reach }), slice.entries);
}

/** The conflicts that live entries which are not over have with windows: what changes when windows do. */
export async function conflictsWithWindows(uow: UnitOfWork): Promise<ConflictPicture> {
  const [row] = await uow.query<{ last: number | null }>(sql`select (extract(epoch from max(ends_at)) * 1000)::float8 as last from schedule_entry where live and ends_at > ${uow.now}`);
  if (row?.last == null) return NOTHING;
  const span = { startsAt: uow.now, endsAt: new Date(row.last) };
  const slice = await readScheduleSlice(uow, [span]);
  // As one group the entries do not clash with each other, so that only their conflicts with windows are worked out.
  const alone = slice.entries.map((entry) => ({ ...entry, groupId: 'one', personIds: [] }));
  return pictureOf(conflicts(alone, slice.windows, slice.graph, { reach: slice.reach }), slice.entries);
}

const described = ({ kind, severity, interval, left, right, message, ciId }: ScheduleConflict) => ({
  kind,
  severity,
  startsAt: interval.startsAt.toISOString(),
  endsAt: interval.endsAt.toISOString(),
  left: toNodeId(left.type, left.id),
  right: toNodeId(right.type, right.id),
  ci: ciId === null ? null : toNodeId('ConfigurationItem', ciId),
  message,
});

// The same parties clash at another time when the time they share is another one, which the key does not tell.
const identity = ({ key, interval }: ScheduleConflict) => `${key}@${interval.startsAt.getTime()}-${interval.endsAt.getTime()}`;

/**
 * Tells the followers of every release whose conflicts are others than before, in one event. Nothing is recorded when they are the same.
 * @param cause the entry or window whose change did it.
 */
export function recordConflictChanges(uow: UnitOfWork, cause: { readonly type: 'ScheduleEntry' | 'ScheduleWindow'; readonly subject: Aggregate }, before: ConflictPicture, after: ConflictPicture): void {
  const [old, now] = [before, after].map(({ conflicts: list }) => new Map([...list.values()].map((conflict) => [identity(conflict), conflict])));
  const added = [...(now ?? [])].filter(([id]) => !old?.has(id)).map(([, conflict]) => conflict);
  const removed = [...(old ?? [])].filter(([id]) => !now?.has(id)).map(([, conflict]) => conflict);
  if (added.length + removed.length === 0) return;
  const releases = new Set(
    [...added, ...removed].flatMap(({ left, right }) => [left.id, right.id].map((id) => after.releaseOf.get(id) ?? before.releaseOf.get(id))).filter((id) => id !== undefined),
  );
  uow.record({
    type: 'schedule.conflicts-changed',
    subjectType: cause.type,
    subject: cause.subject,
    topics: [...releases],
    data: {
      releases: [...releases].map((id) => toNodeId('Release', id)),
      addedCount: added.length,
      removedCount: removed.length,
      added: added.slice(0, DESCRIBED).map(described),
      removed: removed.slice(0, DESCRIBED).map(described),
    },
  });
}

