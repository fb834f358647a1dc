import type { Queryable } from '../../database/queryable.js';
import { impactGraph, reachFrom, relationsAlong, type ImpactGraph } from '../../domain/cmdb/impact.js';
import { RequestError } from '../../domain/errors.js';
import { withBackOut, type ConflictEntry } from '../../domain/schedule/conflict-entry.js';
import type { Interval } from '../../domain/schedule/interval.js';
import { unavailableConflicts } from '../../domain/schedule/unavailable-conflict.js';
import { conflictMessage } from '../../domain/schedule/conflict-message.js';
import {
  conflictSteps,
  sharedNotice,
  startsLater,
  type ConflictOptions,
  type ScheduleConflict,
} from '../../domain/schedule/schedule-conflict.js';
import type { Steps } from '../../domain/steps.js';
import { ImpactReader } from '../cmdb/impact-reader.js';
import { availabilities } from '../people/availability.facts.js';
import { inTurns } from '../turns.js';
import { ALL_ASKED, readConflictEntries, readTasksOf, type Unasked, type Unkept } from './conflict-entry.facts.js';
import {
  keptPaths,
  pathKey,
  touchingStatement,
  touchingWork,
  type AskedReach,
  type KeptPath,
  type TouchingWork,
} from './schedule-reach.facts.js';
import { budgetedReach, readWindows, type ScheduleSlice } from './schedule-slice.facts.js';

/** A conflict with the relations along its path. */
export interface FoundConflict extends ScheduleConflict {
  /** Ids of the relations between the items of `path`, in order. */
  readonly relationIds: readonly string[];
}

/** Most conflicts that one question gives. */
export const MAX_CONFLICTS = 20_000;

/** The conflicts of a slice, as far as one request may go. @throws RequestError LIMIT_EXCEEDED */
export function* conflictsOfSlice(
  { entries, windows, graph, reach }: ScheduleSlice,
  options: Pick<ConflictOptions, 'focus'> = {},
): Steps<FoundConflict[]> {
  const found = yield* conflictSteps(entries, windows, graph, { ...options, reach, atMost: MAX_CONFLICTS });
  if (found.length > MAX_CONFLICTS)
    throw new RequestError(
      'LIMIT_EXCEEDED',
      `There are more than ${MAX_CONFLICTS} conflicts in this time. Ask for a shorter time.`,
      { max: MAX_CONFLICTS },
    );
  const complete: FoundConflict[] = [];
  for (const conflict of found) {
    yield;
    complete.push({ ...conflict, relationIds: relationsAlong(graph, conflict.path) });
  }
  return complete;
}

/** How {@link clashesOf} asks. */
export interface ClashQuestion {
  /** The present, where works may begin now: what should have ended by now and has not is in their way. */
  readonly now?: Date | null;
  readonly unasked?: Unasked;
  /** Releases whose other work counts too, because several works of a release can take a group together. */
  readonly releaseIds?: readonly string[];
  /** Which work is looked at whatever is kept of it. Default: ALL. */
  readonly unkept?: Unkept;
  readonly impact?: ImpactReader | undefined;
}

/**
 * Conflicts in which some works take part, with each other and with the schedule as it is, and the parts of their own
 * releases. Kept work is only a filter: what may stand in the way is judged by the rules themselves, and so is all
 * work whose kept part is not up to date. The number of statements does not depend on the data.
 */
export async function clashesOf(
  db: Queryable,
  asked: readonly ConflictEntry[],
  {
    now = null,
    unasked = ALL_ASKED,
    releaseIds = [],
    unkept = 'ALL',
    impact = new ImpactReader(db),
  }: ClashQuestion = {},
): Promise<FoundConflict[]> {
  if (asked.length === 0) return [];
  const own = await impact.graph(asked.flatMap(({ ciIds }) => ciIds));
  const reaches = await inTurns(reachSteps(asked, own));
  const { narrow, wide } = byReach(reaches);
  const touching = touchingWork(await db.query(await inTurns(touchingStatement(narrow, own, unkept))));
  const isAsked = new Set(asked.map(({ id }) => id));
  const near = new Set(touching.filter(({ isDirect, isGroup }) => isDirect || isGroup).map(({ work }) => work.id));
  const wanted = { workIds: [...near], releaseIds, unkept, spans: wide.map(({ entry }) => entry) };
  const others = (await readConflictEntries(db, asked, now, unasked, wanted)).filter(({ id }) => !isAsked.has(id));
  const entries = [...asked, ...others];
  const graph = others.length === 0 ? own : await impact.graph(entries.flatMap(({ ciIds }) => ciIds));
  const windows = await readWindows(db, own, asked.filter(({ ciIds }) => ciIds.length > 0).map(withBackOut));
  const slice = { entries, windows, graph, reach: budgetedReach(graph) };
  const found = await inTurns(conflictsOfSlice(slice, { focus: isAsked }));
  const looked = new Set(entries.map(({ id }) => id));
  const skipped = new Set(releaseIds);
  const far = touching.filter(
    ({ work, isUnkept }) => !isUnkept && !looked.has(work.id) && !skipped.has(work.groupId ?? ''),
  );
  return [...found, ...(await notices(db, narrow, own, far))];
}

/** Most items that are looked for at once. They are the parameters of one statement, which is written in one turn. */
export const MAX_LOOKED_FOR = 30_000;

/** Work that touches so much that it is compared with all work of its time instead of by what it touches. */
function byReach(asked: readonly AskedReach[]): { readonly narrow: AskedReach[]; readonly wide: AskedReach[] } {
  const [narrow, wide]: [AskedReach[], AskedReach[]] = [[], []];
  let items = 0;
  for (const one of asked.toSorted((a, b) => a.reach.size - b.reach.size)) {
    items += one.reach.size;
    (items > MAX_LOOKED_FOR ? wide : narrow).push(one);
  }
  return { narrow, wide };
}

function* reachSteps(asked: readonly ConflictEntry[], graph: ImpactGraph): Steps<AskedReach[]> {
  const reaches: AskedReach[] = [];
  for (const entry of asked) {
    yield;
    reaches.push({ entry, reach: reachFrom(graph, entry.ciIds) });
  }
  return reaches;
}

/** Work that only impacts an item that asked work impacts, too. What is kept of it suffices to say so. */
async function notices(
  db: Queryable,
  asked: readonly AskedReach[],
  graph: ImpactGraph,
  far: readonly TouchingWork[],
): Promise<FoundConflict[]> {
  const paths = await keptPaths(
    db,
    far.map(({ work, ciId }) => ({ workId: work.id, ciId })),
  );
  const steps = function* (): Steps<FoundConflict[]> {
    const found: FoundConflict[] = [];
    for (const { asked: index, work, ciId } of far) {
      yield;
      const { entry, reach } = asked[index] as AskedReach;
      const there = paths.get(pathKey(work.id, ciId));
      const notice = there && noticeOf(entry, work, ciId, reach.path(ciId), there, graph);
      if (notice !== undefined) found.push(notice);
    }
    return found;
  };
  return await inTurns(steps());
}

function noticeOf(
  entry: ConflictEntry,
  work: ConflictEntry,
  ciId: string,
  here: readonly string[],
  there: KeptPath,
  graph: ImpactGraph,
): FoundConflict | undefined {
  const path = [...here, ...there.path.slice(0, -1).toReversed()];
  const relationIds = [...relationsAlong(graph, here), ...there.relationIds.toReversed()];
  const isLeft = startsLater(entry, work);
  const notice = sharedNotice(entry, work, ciId, isLeft ? path : path.toReversed());
  if (notice === undefined) return undefined;
  const nameOf = (id: string) => graph.nodes.get(id)?.name ?? there.names.get(id) ?? id;
  return {
    ...notice,
    message: conflictMessage(notice, nameOf),
    relationIds: isLeft ? relationIds : relationIds.toReversed(),
  };
}

/** Which of their tasks some people have at the same time, and at which of them they never work. */
export async function overloads(db: Queryable, personIds: readonly string[]): Promise<FoundConflict[]> {
  if (personIds.length === 0) return [];
  const tasks = await readTasksOf(db, personIds);
  if (tasks.length === 0) return [];
  const people = await availabilities(db, personIds, spanOfAll(tasks));
  const steps = function* (): Steps<ScheduleConflict[]> {
    const found = yield* conflictSteps(tasks, [], impactGraph([], []));
    return [...found, ...(yield* unavailableConflicts(tasks, people))];
  };
  return (await inTurns(steps())).map((conflict) => ({ ...conflict, relationIds: [] }));
}

/** The span from the first start to the last end. */
const spanOfAll = (entries: readonly ConflictEntry[]): Interval => ({
  startsAt: new Date(entries.reduce((first, { startsAt }) => Math.min(first, startsAt.getTime()), 8.64e15)),
  endsAt: new Date(entries.reduce((last, { endsAt }) => Math.max(last, endsAt.getTime()), 0)),
});

const RANK = { HIGH: 0, MEDIUM: 1, LOW: 2 } as const;

/** An order of conflicts: the worst first, then the earliest. */
export const bySeverityAndTime = (a: ScheduleConflict, b: ScheduleConflict): number =>
  RANK[a.severity] - RANK[b.severity] ||
  a.interval.startsAt.getTime() - b.interval.startsAt.getTime() ||
  (a.key < b.key ? -1 : 1);
