import type { ChangeState } from '../change/change.machine.js';
import type { DistributionState } from '../distribution/distribution.state.js';
import { intervalCovers, intervalText, shifted, type Interval } from '../schedule/interval.js';
import { datesInSlot, shiftOfTasks, SLOT_PHASES } from './release-slot.js';
import type { ReleaseState } from './release.state.js';
import { UNSTARTED_TASK_STATES, type TaskState } from './task.machine.js';

/** What happens to a part of a release that gets another time. */
export const MOVE_EFFECTS = {
  MOVES: 'It moves along and keeps its state.',
  IS_REPLANNED: 'It moves along and returns to PLANNED: its approval was given for the old time.',
  STAYS_OUTSIDE: 'It keeps its time, which lies outside the new time of the release. This blocks the move.',
} as const;

/** One of the keys of {@link MOVE_EFFECTS}. */
export type MoveEffect = keyof typeof MOVE_EFFECTS;

/** What a move makes worse without being refused for it. */
export const MOVE_WARNINGS = {
  TASK_ENDS_LATE: 'A task that prepares the release is planned to end after the new start.',
  WAIVER_EXPIRES: 'A waiver that the release needs or may need expires before the new end.',
  MUST_BE_COMMUNICATED: 'The stakeholders know the old time. The release has to be communicated again.',
} as const;

/** One of the keys of {@link MOVE_WARNINGS}. */
export type MoveWarningCode = keyof typeof MOVE_WARNINGS;

/** States of a distribution that has not begun, so that it can move with its release. */
export const MOVABLE_DISTRIBUTION_STATES = [
  'PLANNED',
  'AWAITING_APPROVAL',
  'SCHEDULED',
  'MISSED',
] as const satisfies readonly DistributionState[];

interface Dated {
  readonly id: string;
  /** What people call it. */
  readonly name: string;
  readonly plannedStart: Date | null;
  readonly plannedEnd: Date | null;
}

/** What belongs to a release and may follow it. */
export interface MovingRelease {
  readonly state: ReleaseState;
  readonly tasks: readonly (Dated & { readonly state: TaskState; readonly phase: ReleaseState })[];
  /** Changes that belong to the release. */
  readonly changes: readonly (Dated & { readonly state: ChangeState })[];
  /** Distributions that are not over and have a time. Their end is that of their own time. */
  readonly distributions: readonly (Dated & {
    readonly state: DistributionState;
    readonly approvalRequired: boolean;
    readonly plannedStart: Date;
    readonly plannedEnd: Date;
  })[];
  /** Waivers in force. */
  readonly waivers: readonly { readonly id: string; readonly code: string; readonly expiresAt: Date }[];
}

/** A part of the release with its times before and after the move. */
export interface MoveFollower {
  readonly type: 'Task' | 'Change' | 'Distribution';
  readonly id: string;
  readonly effect: MoveEffect;
  readonly from: Pick<Dated, 'plannedStart' | 'plannedEnd'>;
  readonly to: Pick<Dated, 'plannedStart' | 'plannedEnd'>;
}

/** Something that somebody has to look at after the move. */
export interface MoveWarning {
  readonly code: MoveWarningCode;
  readonly message: string;
  readonly subject: { readonly type: 'Task' | 'Waiver' | 'Release'; readonly id: string };
}

/** The move of a release. */
export interface ReleaseMove {
  readonly to: Interval;
  /** The booked time; null for a release that is not in the schedule. */
  readonly was: Interval | null;
  /** Whether distributions that have not begun move along. */
  readonly moveDistributions: boolean;
}

const datesOf = ({ plannedStart, plannedEnd }: Dated) => ({ plannedStart, plannedEnd });
const isSame = (a: Pick<Dated, 'plannedStart' | 'plannedEnd'>, b: typeof a) =>
  +(a.plannedStart ?? 0) === +(b.plannedStart ?? 0) && +(a.plannedEnd ?? 0) === +(b.plannedEnd ?? 0);

const MOVABLE_TASKS: readonly TaskState[] = [...UNSTARTED_TASK_STATES, 'SKIPPED'];

function tasksThatMove({ tasks }: MovingRelease, { to, was }: ReleaseMove): MoveFollower[] {
  const moving = tasks.filter(
    ({ state, phase, plannedStart, plannedEnd }) =>
      MOVABLE_TASKS.includes(state) &&
      (SLOT_PHASES as readonly ReleaseState[]).includes(phase) &&
      (plannedStart !== null || plannedEnd !== null),
  );
  const shift = shiftOfTasks(moving, to, was);
  return shift === 0
    ? []
    : moving.map((task) => ({
        type: 'Task',
        id: task.id,
        effect: 'MOVES',
        from: datesOf(task),
        to: { plannedStart: shifted(task.plannedStart, shift), plannedEnd: shifted(task.plannedEnd, shift) },
      }));
}

// A first booking schedules the authorised changes, and dates them like those that were scheduled before.
function changesThatMove({ changes }: MovingRelease, { to, was }: ReleaseMove): MoveFollower[] {
  const dated: readonly ChangeState[] = was === null ? ['SCHEDULED', 'AUTHORISED'] : ['SCHEDULED'];
  return changes
    .filter(({ state }) => dated.includes(state))
    .map((change) => ({
      type: 'Change' as const,
      id: change.id,
      effect: 'MOVES' as const,
      from: datesOf(change),
      to: datesInSlot(change, to, was),
    }))
    .filter((follower) => !isSame(follower.from, follower.to));
}

/** By how much the distributions of a release move with it, in milliseconds. */
export const shiftOfDistributions = ({ to, was, moveDistributions }: ReleaseMove): number =>
  was !== null && moveDistributions ? to.startsAt.getTime() - was.startsAt.getTime() : 0;

function distributionsThatMove({ distributions }: MovingRelease, move: ReleaseMove): MoveFollower[] {
  return distributions.flatMap((distribution): MoveFollower[] => {
    const { id, state, approvalRequired } = distribution;
    const movable = (MOVABLE_DISTRIBUTION_STATES as readonly DistributionState[]).includes(state);
    const shift = movable ? shiftOfDistributions(move) : 0;
    const from = datesOf(distribution);
    const startsAt = new Date(distribution.plannedStart.getTime() + shift);
    const endsAt = new Date(distribution.plannedEnd.getTime() + shift);
    const follower = { type: 'Distribution' as const, id, from, to: { plannedStart: startsAt, plannedEnd: endsAt } };
    if (state !== 'MISSED' && !intervalCovers(move.to, { startsAt, endsAt }))
      return [{ ...follower, effect: 'STAYS_OUTSIDE' }];
    if (shift === 0) return [];
    const stays = state === 'PLANNED' || (state === 'SCHEDULED' && !approvalRequired);
    return [{ ...follower, effect: stays ? 'MOVES' : 'IS_REPLANNED' }];
  });
}

/** Everything that would follow a release to another time, or be left outside it. */
export const followersOfMove = (release: MovingRelease, move: ReleaseMove): MoveFollower[] => [
  ...distributionsThatMove(release, move),
  ...changesThatMove(release, move),
  ...tasksThatMove(release, move),
];

const OVER: readonly TaskState[] = ['COMPLETED', 'SKIPPED', 'CANCELLED'];

/** What somebody has to look at when a release gets another time. @param id of the release */
export function warningsOfMove(id: string, release: MovingRelease, { to }: ReleaseMove): MoveWarning[] {
  const late = release.tasks.filter(
    ({ state, phase, plannedEnd }) =>
      !OVER.includes(state) &&
      !(SLOT_PHASES as readonly ReleaseState[]).includes(phase) &&
      plannedEnd !== null &&
      plannedEnd > to.startsAt,
  );
  const expiring = release.waivers.filter(({ expiresAt }) => expiresAt < to.endsAt);
  return [
    ...late.map(({ id: taskId, name, plannedEnd }) => ({
      code: 'TASK_ENDS_LATE' as const,
      message: `"${name}" is planned to end at ${plannedEnd?.toISOString() ?? ''}, after the new start.`,
      subject: { type: 'Task' as const, id: taskId },
    })),
    ...expiring.map(({ id: waiverId, code, expiresAt }) => ({
      code: 'WAIVER_EXPIRES' as const,
      message: `The waiver of ${code} expires at ${expiresAt.toISOString()}, before the end of ${intervalText(to)}.`,
      subject: { type: 'Waiver' as const, id: waiverId },
    })),
    ...(release.state === 'COMMUNICATED'
      ? [
          {
            code: 'MUST_BE_COMMUNICATED' as const,
            message: MOVE_WARNINGS.MUST_BE_COMMUNICATED,
            subject: { type: 'Release' as const, id },
          },
        ]
      : []),
  ];
}
