import { toNodeId } from '../../domain/node-id.js';
import type { WindowKind } from '../../domain/schedule/schedule.js';
import type { ScheduleConflict } from '../../domain/schedule/schedule-conflict.js';
import type { FoundConflict } from '../../facts/schedule/clash.facts.js';
import type { Unkept } from '../../facts/schedule/conflict-entry.facts.js';
import { conflictsOnlyIn, keptConflicts } from '../../facts/schedule/kept-conflict.facts.js';
import {
  conflictsOfBlackouts,
  conflictsOutsideWindows,
  workBoundBy,
} from '../../facts/schedule/window-conflict.facts.js';
import type { ScheduleWindow } from '../../entities/schedule/schedule-window.entity.js';
import { partsOfChange, type ConflictPart } from '../../domain/schedule/conflict-change.js';
import { eachOf, type Steps } from '../../domain/steps.js';
import { inTurns } from '../../facts/turns.js';
import type { Aggregate, UnitOfWork } from '../unit-of-work.js';
import { keepConflicts, sinceWhen, settleReleases, type ConflictChange } from './schedule-settle.service.js';

/** Maximum number of conflicts that an event describes; the counts are always complete. */
const DESCRIBED = 50;

/** The object whose change caused that conflicts came or went. */
export interface ConflictCause {
  readonly type: 'ScheduleEntry' | 'ScheduleWindow' | 'Release' | 'Person' | 'Team';
  readonly subject: Aggregate;
}

/** Finds the conflicts of a release again and tells everybody concerned what came and what went. */
export async function settleRelease(
  uow: UnitOfWork,
  releaseId: string,
  cause: ConflictCause,
  unkept?: Unkept,
): Promise<void> {
  await recordConflictChanges(uow, cause, await settleReleases(uow, [releaseId], unkept));
}

/** Windows of one kind that are edited together. */
export interface EditedWindows {
  readonly kind: WindowKind;
  /** Ids of those that there were before the edit. */
  readonly ids: readonly string[];
  /** Changes windows, writes them and gives all that it changed. */
  readonly edit: () => Promise<readonly ScheduleWindow[]>;
}

/**
 * Edits windows and finds the conflicts again that they may change: for blackouts their own, otherwise those of all
 * work that they bind before or after with change and maintenance windows, because several can apply to the same item.
 */
export async function settleWindows(uow: UnitOfWork, { kind, ids, edit }: EditedWindows): Promise<ConflictChange> {
  const since = sinceWhen(uow);
  if (kind === 'BLACKOUT') {
    const before = ids.length === 0 ? [] : await keptConflicts(uow, { windowIds: ids }, since);
    const windows = await edit();
    return await kept(uow, { before, after: await conflictsOfBlackouts(uow, windows, since) });
  }
  const bound = await workBoundBy(uow, ids, since);
  const windows = await edit();
  const windowIds = windows.map(({ id }) => id);
  const workIds = [...new Set([...bound, ...(await workBoundBy(uow, windowIds, since))])];
  if (workIds.length === 0) return { before: [], after: [] };
  const before = await keptConflicts(uow, { outside: workIds }, since);
  const after = await conflictsOutsideWindows(uow, workIds);
  // Long work goes on after the time at which it was outside.
  return await kept(uow, { before, after: after.filter(({ interval }) => interval.endsAt > since) });
}

async function kept(uow: UnitOfWork, change: ConflictChange): Promise<ConflictChange> {
  await keepConflicts(uow, change);
  return change;
}

const described = ({ kind, severity, interval, left, right, message, ciId, person, team }: ScheduleConflict) => ({
  kind,
  severity,
  startsAt: interval.startsAt.toISOString(),
  endsAt: interval.endsAt.toISOString(),
  left: toNodeId(left.type, left.id),
  right: toNodeId(right.type, right.id),
  ci: ciId === null ? null : toNodeId('ConfigurationItem', ciId),
  person: person === null ? null : toNodeId('Person', person.id),
  team: team === undefined ? null : toNodeId('Team', team.id),
  message,
});

// The key does not contain the time. When the same two parties clash at another time, it is another conflict.
const identity = ({ key, interval }: ScheduleConflict) =>
  `${key}@${interval.startsAt.getTime()}-${interval.endsAt.getTime()}`;

/**
 * Records an event for the followers of all releases whose conflicts changed; several where they are very many, each
 * with conflicts of its own. Records nothing when none did.
 * @param cause the object whose change caused it.
 */
export async function recordConflictChanges(
  uow: UnitOfWork,
  cause: ConflictCause,
  { before, after }: ConflictChange,
): Promise<void> {
  const added = await inTurns(conflictsOnlyIn(after, before, identity));
  const removed = await inTurns(conflictsOnlyIn(before, after, identity));
  const record = (told: ConflictPart) =>
    uow.record({
      type: 'schedule.conflicts-changed',
      subjectType: cause.type,
      subject: cause.subject,
      topics: [...told.releaseIds],
      data: {
        releases: [...told.releaseIds].map((id) => toNodeId('Release', id)),
        addedCount: told.added.length,
        removedCount: told.removed.length,
        added: told.added.slice(0, DESCRIBED).map(described),
        removed: told.removed.slice(0, DESCRIBED).map(described),
      },
    });
  const steps = function* (): Steps<void> {
    for (const told of yield* partsOfChange(added, removed)) {
      yield;
      record(told);
    }
  };
  await inTurns(steps());
}

/** {@link recordConflictChanges} for several windows: an event of each window tells of what it brings or clears. */
export async function recordConflictsOfWindows(
  uow: UnitOfWork,
  windows: readonly ScheduleWindow[],
  { before, after }: ConflictChange,
): Promise<void> {
  const [first] = windows;
  if (first === undefined) return;
  const byId = new Map(windows.map((window) => [window.id, window]));
  const parts = new Map<ScheduleWindow, { before: FoundConflict[]; after: FoundConflict[] }>();
  for (const [list, conflicts] of [['before', before] as const, ['after', after] as const]) {
    const divide = (conflict: FoundConflict) => {
      const window = byId.get(conflict.right.id) ?? first;
      const part = parts.get(window) ?? { before: [], after: [] };
      part[list].push(conflict);
      parts.set(window, part);
    };
    await inTurns(eachOf(conflicts, divide));
  }
  for (const [subject, change] of parts) await recordConflictChanges(uow, { type: 'ScheduleWindow', subject }, change);
}
