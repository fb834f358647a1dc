import { epochMs } from '../../database/expressions.js';
import { sql } from 'kysely';
import { toNodeId } from '../../domain/node-id.js';
import { MAX_IMPACT_DEPTH } from '../../domain/cmdb/impact.js';
import type { Interval } from '../../domain/schedule/interval.js';
import { conflictSteps, type ScheduleConflict } from '../../domain/schedule/schedule-conflict.js';
import { readImpactGraph } from '../../facts/cmdb/impact.facts.js';
import { occurrencesIn } from '../../facts/schedule/occurrence-cache.js';
import { readConflictEntries, readScheduleSlice, readWindows } from '../../facts/schedule/schedule-slice.facts.js';
import { inTurns } from '../../facts/turns.js';
import type { Aggregate, UnitOfWork } from '../unit-of-work.js';
import type { ScheduleWindow } from '../../entities/schedule/schedule-window.entity.js';
import type { ConflictWindow } from '../../domain/schedule/conflict-window.js';

/** Maximum number of conflicts that an event describes; the counts are always complete. */
const DESCRIBED = 50;

/** Conflicts at one moment, with the releases that the entries in them belong to. */
export interface ConflictPicture {
  readonly conflicts: ReadonlyMap<string, ScheduleConflict>;
  /** Release of each entry. */
  readonly releaseOf: ReadonlyMap<string, string>;
}

/** No conflicts. */
export const NOTHING: ConflictPicture = { conflicts: new Map(), releaseOf: new Map() };

const pictureOf = (
  found: readonly ScheduleConflict[],
  entries: readonly { readonly id: string; readonly groupId: string | null }[],
): ConflictPicture => ({
  conflicts: new Map(found.map((conflict) => [conflict.key, conflict])),
  releaseOf: new Map(entries.flatMap(({ id, groupId }) => (groupId === null ? [] : [[id, groupId] as const]))),
});

/** The conflicts in which a booked entry takes part now; none when it is not live. */
export async function conflictsOfEntry(uow: UnitOfWork, entryId: string): Promise<ConflictPicture> {
  const [row] = await uow.query<{ starts: number; ends: number }>(sql`
    select ${epochMs('starts_at')} as starts, ${epochMs('ends_at')} as ends
    from schedule_entry
    where id = ${entryId} and live`);
  if (row === undefined) return NOTHING;
  const slice = await readScheduleSlice(uow, [{ startsAt: new Date(row.starts), endsAt: new Date(row.ends) }]);
  return pictureOf(
    await inTurns(
      conflictSteps(slice.entries, slice.windows, slice.graph, { focus: new Set([entryId]), reach: slice.reach }),
    ),
    slice.entries,
  );
}

const endOfSchedule = async (uow: UnitOfWork): Promise<Date> => {
  const [row] = await uow.query<{ last: number | null }>(
    sql`select ${epochMs('max(ends_at)')} as last from schedule_entry where live`,
  );
  return new Date(row?.last ?? 0);
};

async function conflictsWith(
  uow: UnitOfWork,
  spans: readonly Interval[],
  depth: number,
  counts: (window: ConflictWindow) => boolean,
): Promise<ConflictPicture> {
  // As one group the entries do not clash with each other, so only their conflicts with windows are computed.
  const entries = (await readConflictEntries(uow, spans)).filter(({ ciIds }) => ciIds.length > 0);
  const alone = entries.map((entry) => ({ ...entry, groupId: 'one' }));
  const graph = await readImpactGraph(uow, [...new Set(entries.flatMap(({ ciIds }) => ciIds))], depth);
  const windows = await readWindows(uow, graph, [...spans, ...entries]);
  const found = await inTurns(conflictSteps(alone, windows.filter(counts), graph));
  return pictureOf(
    found.filter(({ right }) => right.type === 'ScheduleWindow'),
    entries,
  );
}

/** The conflicts of a blackout with live entries that are not over. */
export async function conflictsOfBlackout(uow: UnitOfWork, blackout: ScheduleWindow): Promise<ConflictPicture> {
  const spans = blackout.active ? occurrencesIn(blackout, { startsAt: uow.now, endsAt: await endOfSchedule(uow) }) : [];
  return spans.length === 0
    ? NOTHING
    : await conflictsWith(uow, spans, MAX_IMPACT_DEPTH, ({ id }) => id === blackout.id);
}

/**
 * The conflicts of all live entries that are not over with change and maintenance windows. Several windows can apply to
 * the same item, so a change of one can affect conflicts with others. They bind targets only, so no relation has to be
 * followed.
 */
export async function conflictsWithChangeWindows(uow: UnitOfWork): Promise<ConflictPicture> {
  const span = { startsAt: uow.now, endsAt: await endOfSchedule(uow) };
  return span.endsAt <= span.startsAt
    ? NOTHING
    : await conflictsWith(uow, [span], 0, ({ kind }) => kind !== 'BLACKOUT');
}

const described = ({ kind, severity, interval, left, right, message, ciId, person }: ScheduleConflict) => ({
  kind,
  severity,
  startsAt: interval.startsAt.toISOString(),
  endsAt: interval.endsAt.toISOString(),
  left: toNodeId(left.type, left.id),
  right: toNodeId(right.type, right.id),
  ci: ciId === null ? null : toNodeId('ConfigurationItem', ciId),
  person: person === null ? null : toNodeId('Person', person.id),
  message,
});

// The key does not contain the time. When the same two parties clash at another time, it is another conflict.
const identity = ({ key, interval }: ScheduleConflict) =>
  `${key}@${interval.startsAt.getTime()}-${interval.endsAt.getTime()}`;

/**
 * Records one event for the followers of all releases whose conflicts changed. Records nothing when none did.
 * @param cause the entry or window whose change caused it.
 */
export function recordConflictChanges(
  uow: UnitOfWork,
  cause: { readonly type: 'ScheduleEntry' | 'ScheduleWindow'; readonly subject: Aggregate },
  before: ConflictPicture,
  after: ConflictPicture,
): void {
  const [old, now] = [before, after].map(
    ({ conflicts: list }) => new Map([...list.values()].map((conflict) => [identity(conflict), conflict])),
  );
  const added = [...(now ?? [])].filter(([id]) => !old?.has(id)).map(([, conflict]) => conflict);
  const removed = [...(old ?? [])].filter(([id]) => !now?.has(id)).map(([, conflict]) => conflict);
  if (added.length + removed.length === 0) return;
  const releases = new Set(
    [...added, ...removed]
      .flatMap(({ left, right }) =>
        [left.id, right.id].map((id) => after.releaseOf.get(id) ?? before.releaseOf.get(id)),
      )
      .filter((id) => id !== undefined),
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
