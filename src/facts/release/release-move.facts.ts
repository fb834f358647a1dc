import { sql } from 'kysely';
import { epochMs } from '../../database/expressions.js';
import type { Queryable } from '../../database/queryable.js';
import type { Actor } from '../../domain/actor.js';
import type { Blocker } from '../../domain/blocker.js';
import type { ChangeState } from '../../domain/change/change.machine.js';
import { ENDED_DISTRIBUTION_STATES, type DistributionState } from '../../domain/distribution/distribution.state.js';
import { notFound } from '../../domain/errors.js';
import {
  followersOfMove,
  warningsOfMove,
  type MoveFollower,
  type MoveWarning,
  type MovingRelease,
  type ReleaseMove,
} from '../../domain/release/release-move.js';
import { releaseMachine } from '../../domain/release/release.machine.js';
import type { ReleaseState } from '../../domain/release/release.state.js';
import type { TaskState } from '../../domain/release/task.machine.js';
import { intervalOf, type Interval } from '../../domain/schedule/interval.js';
import { movedConflicts, type MovedConflicts } from '../../domain/schedule/move-simulation.js';
import { liesInThePast } from '../../domain/schedule/past.js';
import { decide } from '../../domain/state-machine.js';
import { endOfOwnTime } from '../distribution/distribution-time.facts.js';
import { findConflictsOf, releaseWorks, type FoundConflict, type PlannedWork } from '../schedule/schedule.facts.js';
import { openingsOf } from '../schedule/window-opening.facts.js';
import { BOOKED_STATES, releaseFacts, withJudgedConflicts } from './release.facts.js';
import { waiverInForce } from './waiver.facts.js';

/** What a client wants to move. */
export interface MoveAsked {
  readonly id: string;
  readonly to: Interval;
  readonly moveDistributions: boolean;
  readonly now: Date;
}

/** What another time of a release would bring. */
export interface MoveSimulation extends MovedConflicts<FoundConflict> {
  /** The command that gives the release its time, and what stands against it at the new time. Null if there is none. */
  readonly command: 'releaseMoveSchedule' | 'releaseSchedule' | null;
  readonly blockers: readonly Blocker[];
  readonly followers: readonly MoveFollower[];
  readonly warnings: readonly MoveWarning[];
}

type PartRow<More> = More & {
  readonly id: string;
  readonly name: string;
  readonly starts: number | null;
  readonly ends: number | null;
};

interface PartsRow {
  readonly state: ReleaseState;
  readonly starts: number | null;
  readonly ends: number | null;
  readonly tasks: PartRow<{ state: TaskState; phase: ReleaseState }>[];
  readonly changes: PartRow<{ state: ChangeState }>[];
  readonly distributions: PartRow<{ state: DistributionState; approval: boolean; cis: string[] }>[];
  readonly waivers: { readonly id: string; readonly code: string; readonly expires: number }[];
}

const part = (name: string, more: string) =>
  sql.raw(`json_build_object('id', x.id, 'name', ${name}, ${more},
    'starts', extract(epoch from x.planned_start) * 1000, 'ends', extract(epoch from x.planned_end) * 1000)`);
const TASK_PART = part(`x.number || ' ' || x.name`, `'state', x.state, 'phase', f.release_state`);
const CHANGE_PART = part(`x.number || ' ' || x.title`, `'state', x.state`);

/** What belongs to a release and may follow it, in one statement. */
const readParts = async (db: Queryable, id: string, now: Date): Promise<PartsRow | undefined> =>
  (
    await db.query<PartsRow>(sql`
    select r.state, ${epochMs('e.starts_at')} as starts, ${epochMs('e.ends_at')} as ends,
      coalesce((select json_agg(${TASK_PART} order by x.planned_start, x.id)
        from task x join phase f on f.id = x.phase_id where x.release_id = r.id), '[]') as tasks,
      coalesce((select json_agg(${CHANGE_PART} order by x.id)
        from release_change m join change x on x.id = m.change_id where m.release_id = r.id and m.live),
        '[]') as changes,
      coalesce((select json_agg(json_build_object('id', d.id, 'name', d.number || ' ' || d.name, 'state', d.state,
          'approval', d.approval_required, 'starts', extract(epoch from d.scheduled_start) * 1000,
          'ends', extract(epoch from ${endOfOwnTime}) * 1000,
          'cis', (select coalesce(json_agg(x.ci_id), '[]') from target_execution x where x.distribution_id = d.id))
          order by d.scheduled_start, d.id)
        from distribution d where d.release_id = r.id and d.scheduled_start is not null
          and d.state <> all(${[...ENDED_DISTRIBUTION_STATES]}::text[])), '[]') as distributions,
      coalesce((select json_agg(json_build_object('id', w.id, 'code', w.code,
          'expires', extract(epoch from w.expires_at) * 1000) order by w.expires_at, w.id)
        from waiver w where w.release_id = r.id and ${waiverInForce(now)}), '[]') as waivers
    from release r left join schedule_entry e on e.release_id = r.id and e.kind = 'RELEASE' and e.live
    where r.id = ${id}::uuid`)
  )[0];

const at = (ms: number | null): Date | null => (ms === null ? null : new Date(ms));

const times = <More extends object>({ starts, ends, ...rest }: PartRow<More>) => ({
  ...rest,
  plannedStart: at(starts),
  plannedEnd: at(ends),
});

const movingRelease = ({ state, tasks, changes, distributions, waivers }: PartsRow): MovingRelease => ({
  state,
  tasks: tasks.map(times),
  changes: changes.map(times),
  distributions: distributions.map((one) => ({
    ...one,
    approvalRequired: one.approval,
    plannedStart: new Date(one.starts ?? 0),
    plannedEnd: new Date(one.ends ?? 0),
  })),
  waivers: waivers.map(({ expires, ...waiver }) => ({ ...waiver, expiresAt: new Date(expires) })),
});

/** Conflicts of the distributions that move, with the work of others. The parts of a release move as one. */
async function distributionMoves(
  db: Queryable,
  releaseId: string,
  parts: PartsRow['distributions'],
  followers: readonly MoveFollower[],
): Promise<{ readonly before: FoundConflict[]; readonly after: FoundConflict[] }> {
  const moving = new Map(
    followers.filter(({ effect }) => effect !== 'STAYS_OUTSIDE').map((follower) => [follower.id, follower]),
  );
  const works = (when: 'from' | 'to'): PlannedWork[] =>
    parts.flatMap(({ id, name, cis }) => {
      const { plannedStart, plannedEnd } = moving.get(id)?.[when] ?? {};
      return plannedStart == null || plannedEnd == null
        ? []
        : [{ id, name, ciIds: cis, releaseId, distributionId: id, startsAt: plannedStart, endsAt: plannedEnd }];
    });
  const found = async (when: 'from' | 'to') =>
    [...(await findConflictsOf(db, works(when))).values()]
      .flat()
      .filter(({ left, right }) => right.work?.releaseId !== releaseId || left.id === right.id);
  return { before: await found('from'), after: await found('to') };
}

/**
 * What another time of a release would break, fix and take along. Nothing changes. Without a time so far, everything is
 * new. The number of statements does not depend on the data.
 * @throws RequestError NOT_FOUND
 */
export async function simulateMove(
  db: Queryable,
  actor: Actor,
  { id, to, moveDistributions, now }: MoveAsked,
): Promise<MoveSimulation> {
  const [work] = await releaseWorks(db, [id]);
  const parts = await readParts(db, id, now);
  if (work === undefined || parts === undefined) throw notFound('Release', 'id');
  const move: ReleaseMove = { to, was: intervalOf(parts.starts, parts.ends), moveDistributions };
  const moving = movingRelease(parts);
  const followers = followersOfMove(moving, move);
  const conflictsAt = async (time: Interval | null) =>
    time === null ? [] : ((await findConflictsOf(db, [{ ...work, ...time }])).get(id) ?? []);
  const after = await conflictsAt(to);
  const own = await distributionMoves(db, id, parts.distributions, followers);
  const moved = movedConflicts([...(await conflictsAt(work.planned)), ...own.before], [...after, ...own.after]);
  const { command, blockers } = await commandAt(db, actor, { work: { ...work, ...to }, now, after, followers, parts });
  return { ...moved, command, blockers, followers, warnings: warningsOfMove(id, moving, move) };
}

interface NewTime {
  /** The release at its new time. */
  readonly work: PlannedWork;
  readonly now: Date;
  readonly after: readonly FoundConflict[];
  readonly followers: readonly MoveFollower[];
  readonly parts: PartsRow;
}

/** The command that gives a release a new time, with what the same rules would say that decide it then. */
async function commandAt(
  db: Queryable,
  actor: Actor,
  { work, now, after, followers, parts }: NewTime,
): Promise<Pick<MoveSimulation, 'command' | 'blockers'>> {
  const found = new Map([[work.id, after]]);
  const openings = await openingsOf(db, [work], found, now);
  const known = await withJudgedConflicts(db, actor, await releaseFacts(db, actor, [work.id]), found, now, openings);
  const facts = known.get(work.id);
  if (facts === undefined) throw notFound('Release', 'id');
  const command = BOOKED_STATES.includes(facts.state) ? 'releaseMoveSchedule' : 'releaseSchedule';
  const outside = new Set(followers.flatMap((one) => (one.effect === 'STAYS_OUTSIDE' ? [one.id] : [])));
  const decision = decide(releaseMachine, facts.state, command, {
    ...facts,
    hasSchedule: true,
    scheduleIsPast: liesInThePast(work, now),
    distributionsOutside: parts.distributions.filter((one) => outside.has(one.id)),
  });
  if (decision.ok) return { command, blockers: [] };
  return decision.reason === 'ILLEGAL_TRANSITION' && command === 'releaseSchedule'
    ? { command: null, blockers: decision.blockers }
    : { command, blockers: decision.blockers };
}
