import { blocker, type Blocker, type NamedRef } from '../blocker.js';
import { conflictBlockers, type JudgedConflict } from '../schedule/conflict-blocker.js';
import { intervalContains, intervalCovers, intervalText, type Interval } from '../schedule/interval.js';
import { liesInThePast, timeIsPast } from '../schedule/past.js';
import type { ReleaseState } from '../release/release.state.js';
import type { Guard } from '../state-machine.js';

/** What of its release bounds a distribution in time. */
export interface SlotFacts {
  /** Planned times of the release; null while it has none. */
  readonly slot: Interval | null;
  /** Whether the slot is booked in the schedule: the release is scheduled, or on its way from there. */
  readonly slotIsBooked: boolean;
  /** Whether the template leaves scheduling out, so that each distribution books its own time only. */
  readonly skipsScheduling: boolean;
}

/** What the rules about the time of a distribution need to know. */
export interface DistributionTimeFacts {
  readonly release: NamedRef & { readonly state: ReleaseState } & SlotFacts;
  /** Its own time: from its scheduled start to its scheduled end or, without one, its deadline. Null without start. */
  readonly ownTime: Interval | null;
  /** The instant of the question. */
  readonly now: Date;
  /** Whether the tool received an earlier attempt. */
  readonly toolReceivedIt: boolean;
  /** Whether a waiver of WINDOW_CLOSED in force, by neither its planner nor the actor, lets it run at another time. */
  readonly windowIsWaived: boolean;
  /**
   * Conflicts of the time that it would occupy: its own time before it is scheduled, the time from now on afterwards.
   * Waivers by its planner or the actor do not count.
   */
  readonly conflicts: readonly JudgedConflict[];
  /** What its release has and it lacks, although it was planned for all targets or all contents. */
  readonly leftOut: readonly (NamedRef & { readonly type: 'ConfigurationItem' | 'DmlItemVersion' })[];
}

type TimeGuard = Guard<DistributionTimeFacts>;

const ofRelease = ({ release }: DistributionTimeFacts) => ({ subject: { type: 'Release', id: release.id } });

/** The release has a place in the schedule, or its template leaves scheduling out. */
export const releaseIsBooked: TimeGuard = (facts) => {
  const { release } = facts;
  return release.slotIsBooked || release.skipsScheduling
    ? undefined
    : blocker(
        'RELEASE_NOT_READY',
        `Release ${release.name} is ${release.state}, so it has no place in the schedule. Schedule it first.`,
        ['RELEASE_MANAGER'],
        ofRelease(facts),
      );
};

/** The own time of the distribution does not lie in the past. */
export const timeIsNotPast: TimeGuard = ({ ownTime, now }) =>
  ownTime !== null && liesInThePast(ownTime, now) ? timeIsPast(['DEPLOYMENT_OPERATOR']) : undefined;

/** The own time of the distribution lies inside the slot of its release. */
export const timeIsInsideTheSlot: TimeGuard = (facts) => {
  const { release, ownTime } = facts;
  if (release.slot === null || ownTime === null || intervalCovers(release.slot, ownTime)) return undefined;
  return blocker(
    'DISTRIBUTION_OUTSIDE_RELEASE',
    `The distribution is planned from ${intervalText(ownTime)}, and release ${release.name} from ` +
      `${intervalText(release.slot)}. Plan the distribution inside the time of the release, or move the release.`,
    ['DEPLOYMENT_OPERATOR', 'RELEASE_MANAGER'],
    { ...ofRelease(facts), path: ['scheduledStart'] },
  );
};

const closed = (time: Interval | null, now: Date): Blocker =>
  blocker(
    'WINDOW_CLOSED',
    `${time === null ? 'It has no booked time' : `Its time is from ${intervalText(time)}`}. ` +
      'Wait for it, plan another time, or have somebody else waive WINDOW_CLOSED.',
    ['DEPLOYMENT_OPERATOR', 'CHANGE_AUTHORITY', 'RELEASE_OWNER'],
    { waivable: true, opensAt: time !== null && time.startsAt > now ? time.startsAt.toISOString() : null },
  );

/** Now lies in the slot of the release or, where scheduling was left out, in the own time of the distribution. */
export const slotIsNow: TimeGuard = ({ release, ownTime, now, windowIsWaived }) => {
  const time = release.slotIsBooked ? release.slot : ownTime;
  return windowIsWaived || (time !== null && intervalContains(time, now)) ? undefined : closed(time, now);
};

/**
 * Now lies in the own time of the distribution. An attempt after one that the tool received, which is asked again
 * before it is sent, has the whole slot.
 */
export const itsTimeIsNow: TimeGuard = (facts) => {
  const { ownTime, now, windowIsWaived, toolReceivedIt } = facts;
  if (toolReceivedIt) return slotIsNow(facts);
  return windowIsWaived || (ownTime !== null && intervalContains(ownTime, now)) ? undefined : closed(ownTime, now);
};

/** No conflict of its time is left without a waiver by somebody else. */
export const conflictsOfItsTimeAreResolved: TimeGuard = ({ conflicts }) => conflictBlockers(conflicts);

/** What was planned for all targets or all contents of the release has all of them. */
export const nothingIsLeftOut: TimeGuard = ({ leftOut, release }) =>
  leftOut.map(({ type, id, name }) =>
    blocker(
      'TARGET_LEFT_OUT',
      `${name} became ${type === 'ConfigurationItem' ? 'a target' : 'content'} of release ${release.name} after ` +
        'the distribution was planned for all. Plan the distribution again.',
      ['DEPLOYMENT_OPERATOR', 'RELEASE_MANAGER'],
      { subject: { type, id } },
    ),
  );
