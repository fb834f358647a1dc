import { factsOf, type FactsReader } from '../facts-of.js';
import { RequestError } from '../../domain/errors.js';
import { releaseMachine } from '../../domain/release/release.machine.js';
import type { ReleaseLifeCommand } from '../../domain/release/release.state.js';
import { Release } from '../../entities/release/release.entity.js';
import {
  changeOutcomesFromDistributions,
  changesStarted,
  changesUnscheduled,
  freeChanges,
} from '../change/change-progress.service.js';
import { rejectPendingRequests } from '../change/change-release-request-end.service.js';
import {
  cancelWaitingDistributions,
  replanWaitingDistributions,
  shiftDistributions,
  type Followed,
} from '../distribution/distribution-follow.service.js';
import { lock, lockForCommand } from '../load.js';
import { cancelOpenTasks, refreshReadiness } from './release-plan.service.js';
import {
  releaseFacts,
  releaseFactsWith,
  BOOKED_STATES,
  distributionsOutside,
  releaseFactsWithConflicts,
  type KnownReleaseFacts,
} from '../../facts/release/release.facts.js';
import type { ImpactReader } from '../../facts/cmdb/impact-reader.js';
import { acceptedNow } from '../judged-target.service.js';
import { bookRestOfRelease, endBookings } from '../schedule/schedule-entry.service.js';
import { leaveSlot, takeSlot } from './release-slot.service.js';
import { lockSchedule } from '../schedule/schedule-lock.js';
import { line, optionalReason, requiredReason, text } from '../text.js';
import { demand, enter, type TransitionEvent } from '../transition.js';
import type { UnitOfWork } from '../unit-of-work.js';
import { baselineContents } from './release-baseline.service.js';
import { Communication } from '../../entities/release/communication.entity.js';

/** What every command on a release takes. */
export interface ReleaseCommandInput {
  readonly id: string;
  readonly expectedVersion?: number | null;
  readonly reason?: string | null;
}

const TYPE = 'Release' as const;

const PAST: Readonly<Record<ReleaseLifeCommand, string>> = {
  releaseStartPlanning: 'release.planning-started',
  releaseStartBuilding: 'release.building-started',
  releaseStartTesting: 'release.testing-started',
  releaseAccept: 'release.accepted',
  releaseSchedule: 'release.scheduled',
  releaseUnschedule: 'release.unscheduled',
  releaseMoveSchedule: 'release.rescheduled',
  releaseCommunicate: 'release.communicated',
  releaseStartDistribution: 'release.distribution-started',
  releaseRecordDeployed: 'release.deployed',
  releaseRecordPartiallyDeployed: 'release.partially-deployed',
  releaseRecordFailed: 'release.failed',
  releaseRetryDistribution: 'release.distribution-restarted',
  releaseReopenOutcome: 'release.outcome-reopened',
  releaseStartBackOut: 'release.back-out-started',
  releaseCompleteBackOut: 'release.backed-out',
  releaseReopenBackOut: 'release.back-out-reopened',
  releaseStartReview: 'release.review-started',
  releaseClose: 'release.closed',
  releaseCancel: 'release.cancelled',
};

// Releases that depend on this one wait until it is deployed, and wait again once it is not.
function deployed(uow: UnitOfWork, release: Release, command: ReleaseLifeCommand): void {
  if (command === 'releaseRecordDeployed') release.deployedAt = uow.now;
  if (command === 'releaseStartBackOut') release.deployedAt = null;
}

// Whatever the outcome is, the work is over, and others may have the rest of its time.
async function outcomeReached(uow: UnitOfWork, release: Release): Promise<void> {
  await changeOutcomesFromDistributions(uow, release);
  await endBookings(uow, release.id);
}

/** What others have to do because a release moved. Runs right after the transition, in the same unit of work. */
const EFFECTS: Readonly<
  Partial<Record<ReleaseLifeCommand, (uow: UnitOfWork, release: Release, reason: string) => Promise<void>>>
> = {
  releaseSchedule: takeSlot,
  releaseMoveSchedule: takeSlot,
  releaseUnschedule: async (uow, release) => {
    await leaveSlot(uow, release);
    await changesUnscheduled(uow, release);
  },
  releaseStartDistribution: async (uow, release) => {
    // A release that skips acceptance and schedule has no digests yet.
    await baselineContents(uow, release, true);
    await changesStarted(uow, release);
  },
  releaseRetryDistribution: async (uow, release) => {
    await changesStarted(uow, release);
    await bookRestOfRelease(uow, release);
  },
  releaseReopenOutcome: changesStarted,
  releaseStartBackOut: bookRestOfRelease,
  releaseRecordDeployed: outcomeReached,
  releaseRecordPartiallyDeployed: outcomeReached,
  releaseRecordFailed: outcomeReached,
  releaseCompleteBackOut: outcomeReached,
  releaseReopenBackOut: changeOutcomesFromDistributions,
  releaseClose: async (uow, release) => {
    await endBookings(uow, release.id);
    await cancelOpenTasks(
      uow,
      release,
      'The release was closed without a back-out.',
      (phase) => phase === 'BACKING_OUT',
    );
    await rejectPendingRequests(uow, release, `Release ${release.number} is closed.`);
  },
  releaseCancel: async (uow, release, reason) => {
    await leaveSlot(uow, release);
    await cancelOpenTasks(uow, release, `The release was cancelled: ${reason}`);
    await rejectPendingRequests(uow, release, `Release ${release.number} was cancelled: ${reason}`);
    await freeChanges(uow, release, reason);
  },
};

/** What becomes of the distributions that have not begun. Runs once the command is allowed, before it is recorded. */
const FOLLOWERS: Readonly<
  Partial<Record<ReleaseLifeCommand, (uow: UnitOfWork, release: Release, reason: string) => Promise<Followed[]>>>
> = {
  releaseUnschedule: async (uow, release, reason) =>
    await replanWaitingDistributions(uow, release, `Release ${release.number} has left the schedule: ${reason}`),
  releaseStartBackOut: async (uow, release, reason) =>
    await cancelWaitingDistributions(uow, release, `Release ${release.number} is being backed out: ${reason}`),
  releaseCancel: async (uow, release, reason) =>
    await cancelWaitingDistributions(uow, release, `Release ${release.number} was cancelled: ${reason}`),
};

async function move(
  uow: UnitOfWork,
  release: Release,
  command: ReleaseLifeCommand,
  facts: KnownReleaseFacts,
  event: Partial<TransitionEvent>,
): Promise<Release> {
  const reason = optionalReason(event.reason);
  const topics = [...facts.changes.map(({ id }) => id), ...(event.topics ?? [])];
  const allowed = demand(releaseMachine, release, command, facts);
  const before = release.state;
  const followed = (await FOLLOWERS[command]?.(uow, release, reason ?? '')) ?? [];
  enter(uow, release, allowed, {
    ...event,
    type: event.type ?? PAST[command],
    subjectType: TYPE,
    topics,
    reason,
    data: { ...event.data, ...(followed.length > 0 && { distributions: followed }) },
  });
  if (release.state !== before) release.stateReason = reason;
  deployed(uow, release, command);
  await EFFECTS[command]?.(uow, release, reason ?? '');
  await refreshReadiness(uow, release);
  return release;
}

const factsOfRelease = async (uow: UnitOfWork, release: Release, impact?: ImpactReader) =>
  await factsOf(uow, impact ? releaseFactsWith(impact) : releaseFacts, TYPE, release);

/**
 * Moves a release by a command that the server issues because something else happened, such as its first distribution
 * starting. Its changes, requests, booking and tasks follow in the same unit of work.
 * @param releaseId database id. The release is locked here; lock nothing that releases are locked before (changes,
 *   tasks) earlier.
 * @param facts what only the caller knows.
 * @param impact what the caller has read already of what the targets impact.
 * @throws Refusal when the machine does not allow it.
 */
export async function releaseCommand(
  uow: UnitOfWork,
  releaseId: string,
  command: ReleaseLifeCommand,
  event: Partial<TransitionEvent> = {},
  facts: Partial<KnownReleaseFacts> = {},
  impact?: ImpactReader,
): Promise<Release> {
  const release = await lock(uow, Release, TYPE, releaseId);
  return await move(uow, release, command, { ...(await factsOfRelease(uow, release, impact)), ...facts }, event);
}

async function plain(uow: UnitOfWork, input: ReleaseCommandInput, command: ReleaseLifeCommand): Promise<Release> {
  const release = await lockForCommand(uow, Release, TYPE, input);
  return await move(uow, release, command, await factsOfRelease(uow, release), { reason: input.reason });
}

const reasoned = (input: ReleaseCommandInput): ReleaseCommandInput => ({
  ...input,
  reason: requiredReason(input.reason),
});

/** Begins to plan a release. */
export const releaseStartPlanning = async (uow: UnitOfWork, input: ReleaseCommandInput) =>
  await plain(uow, input, 'releaseStartPlanning');
/** Begins to build the package of a release. */
export const releaseStartBuilding = async (uow: UnitOfWork, input: ReleaseCommandInput) =>
  await plain(uow, input, 'releaseStartBuilding');
/** Begins to test a release. */
export const releaseStartTesting = async (uow: UnitOfWork, input: ReleaseCommandInput) =>
  await plain(uow, input, 'releaseStartTesting');
/** Takes a release out of the schedule: back to ACCEPTED, until it is scheduled again. */
export const releaseUnschedule = async (uow: UnitOfWork, input: ReleaseCommandInput) =>
  await plain(uow, reasoned(input), 'releaseUnschedule');
/** The former name of {@link releaseUnschedule}; it never moved a date. */
export const releaseReschedule = releaseUnschedule;
/** Begins to return the targets to their previous state. */
export const releaseStartBackOut = async (uow: UnitOfWork, input: ReleaseCommandInput) =>
  await plain(uow, reasoned(input), 'releaseStartBackOut');
/** Begins the post implementation review. */
export const releaseStartReview = async (uow: UnitOfWork, input: ReleaseCommandInput) =>
  await plain(uow, input, 'releaseStartReview');
/** Closes a release for good. */
export const releaseClose = async (uow: UnitOfWork, input: ReleaseCommandInput) =>
  await plain(uow, input, 'releaseClose');
/** Gives a release up before its distribution: its changes are free again, open requests to join it are rejected. */
export const releaseCancel = async (uow: UnitOfWork, input: ReleaseCommandInput) =>
  await plain(uow, reasoned(input), 'releaseCancel');

/**
 * Records that the owner accepts the release as it is: scope, package, mandatory tasks. Freezes the digests of the
 * package, which stay what they are once its distribution has begun.
 */
export async function releaseAccept(uow: UnitOfWork, input: ReleaseCommandInput): Promise<Release> {
  const release = await lockForCommand(uow, Release, TYPE, input, 'id', ['acceptedBasis']);
  const facts = await factsOfRelease(uow, release);
  await move(uow, release, 'releaseAccept', facts, { reason: input.reason });
  await baselineContents(uow, release, release.state !== 'ACCEPTED');
  release.acceptedById = uow.actorId;
  release.acceptedAt = uow.now;
  release.acceptedBasis = await acceptedNow(uow, release.id);
  return release;
}

/** The planned times of a release and what a command says about them. */
interface PlannedTimes {
  readonly startsAt?: string | null;
  readonly endsAt?: string | null;
  readonly moveDistributions?: boolean | null;
}

async function place(
  uow: UnitOfWork,
  release: Release,
  command: 'releaseSchedule' | 'releaseMoveSchedule',
  input: ReleaseCommandInput & PlannedTimes,
): Promise<Release> {
  const before = release.plannedStart;
  const was = { startsAt: before?.toISOString() ?? null, endsAt: release.plannedEnd?.toISOString() ?? null };
  if (input.startsAt != null) release.plannedStart = new Date(input.startsAt);
  if (input.endsAt != null) release.plannedEnd = new Date(input.endsAt);
  const { plannedStart, plannedEnd } = release;
  if (plannedStart != null && plannedEnd != null && plannedEnd <= plannedStart)
    throw new RequestError('BAD_USER_INPUT', '"endsAt" must be after the start.', { field: 'endsAt' });
  await lockSchedule(uow);
  const moving = command === 'releaseMoveSchedule';
  const states = moving ? BOOKED_STATES : undefined;
  const withConflicts: FactsReader<KnownReleaseFacts> = async (db, actor, ids, now) =>
    await releaseFactsWithConflicts(db, actor, ids, now, states);
  const facts = await factsOf(uow, withConflicts, TYPE, release);
  const shiftMs = moving && input.moveDistributions === true ? +(plannedStart ?? 0) - +(before ?? 0) : 0;
  const moved =
    shiftMs === 0
      ? []
      : await shiftDistributions(uow, release, shiftMs, `Release ${release.number} moves: ${input.reason ?? ''}`);
  const outside = moving ? await distributionsOutside(uow, release.id) : [];
  return await move(
    uow,
    release,
    command,
    { ...facts, distributionsOutside: outside },
    {
      reason: input.reason,
      // A move to the time that it has is none.
      ifChanged: moving,
      data: {
        startsAt: plannedStart?.toISOString() ?? null,
        endsAt: plannedEnd?.toISOString() ?? null,
        waivedConflicts: facts.conflicts.filter(({ waived }) => waived).length,
        ...(moving && { was }),
        ...(moved.length > 0 && { distributions: moved }),
      },
    },
  );
}

/**
 * Books a release in the change implementation schedule.
 * @throws Refusal with every conflict of the interval that no waiver sets aside, beside the other rules.
 */
export async function releaseSchedule(uow: UnitOfWork, input: ReleaseCommandInput & PlannedTimes): Promise<Release> {
  const release = await lockForCommand(uow, Release, TYPE, input);
  await place(uow, release, 'releaseSchedule', input);
  await baselineContents(uow, release, true);
  return release;
}

/**
 * Moves a scheduled release to another time in one step. Its stakeholders know the old time, so a communicated release
 * is SCHEDULED again until the new time is communicated. The state of its changes stays as it is.
 * Distributions that have not begun move along when the caller says so; otherwise each must fit the new time.
 * @throws Refusal with every conflict of the new interval that no waiver sets aside, beside the other rules.
 */
export async function releaseMoveSchedule(
  uow: UnitOfWork,
  input: ReleaseCommandInput & {
    readonly startsAt: string;
    readonly endsAt: string;
    /** Whether its distributions that have not begun move by as much as its start. */
    readonly moveDistributions?: boolean | null;
  },
): Promise<Release> {
  return await place(uow, await lockForCommand(uow, Release, TYPE, input), 'releaseMoveSchedule', reasoned(input));
}

/** Records the message to stakeholders; a scheduled release is COMMUNICATED from then on. */
export async function releaseCommunicate(
  uow: UnitOfWork,
  input: ReleaseCommandInput & { readonly audience: string; readonly message: string },
): Promise<Release> {
  const release = await lockForCommand(uow, Release, TYPE, input);
  const audience = line(input.audience, 'audience', { min: 1, max: 500 });
  const message = text(input.message, 'message', { min: 1 });
  uow.em.create(Communication, { releaseId: release.id, audience, message, sentById: uow.actorId });
  return await move(uow, release, 'releaseCommunicate', await factsOfRelease(uow, release), {
    data: { audience, message },
  });
}
