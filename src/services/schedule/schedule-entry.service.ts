import type { FilterQuery } from '@mikro-orm/core';
import { RequestError } from '../../domain/errors.js';
import type { Distribution } from '../../entities/distribution/distribution.entity.js';
import type { Release } from '../../entities/release/release.entity.js';
import { expectInterval } from '../../domain/schedule/interval.js';
import { settleRelease } from './schedule-conflict.service.js';
import { lockSchedule } from './schedule-lock.js';
import type { UnitOfWork } from '../unit-of-work.js';
import { ScheduleEntry } from '../../entities/schedule/schedule-entry.entity.js';

interface Booking {
  readonly kind: 'RELEASE' | 'DISTRIBUTION';
  readonly title: string;
  readonly startsAt: Date;
  readonly endsAt: Date;
  readonly releaseId: string;
  readonly distributionId: string | null;
}

const topicsOf = ({ releaseId, distributionId }: Pick<Booking, 'releaseId' | 'distributionId'>) => [
  releaseId,
  distributionId,
];

// The row of the release or distribution is locked by the command that books it, so nobody else books the same
// meanwhile.
async function book(uow: UnitOfWork, booking: Booking): Promise<ScheduleEntry> {
  const { kind, title, startsAt, endsAt, releaseId, distributionId } = booking;
  const known = await uow.em.findOne(
    ScheduleEntry,
    kind === 'RELEASE' ? { kind, releaseId } : { kind, distributionId },
  );
  const sameTime =
    known !== null &&
    known.live &&
    known.startsAt.getTime() === startsAt.getTime() &&
    known.endsAt.getTime() === endsAt.getTime();
  if (sameTime && known.title === title) return known;
  await lockSchedule(uow);
  const was = known?.live ? { startsAt: known.startsAt.toISOString(), endsAt: known.endsAt.toISOString() } : null;
  const entry = known ?? uow.em.create(ScheduleEntry, { kind, title, startsAt, endsAt, releaseId, distributionId });
  Object.assign(entry, { title, startsAt, endsAt, live: true });
  await uow.em.flush();
  if (sameTime) return entry;
  uow.record({
    type: was === null ? 'schedule-entry.booked' : 'schedule-entry.moved',
    subjectType: 'ScheduleEntry',
    subject: entry,
    topics: topicsOf(booking),
    data: { kind, startsAt: startsAt.toISOString(), endsAt: endsAt.toISOString(), ...(was && { was }) },
  });
  await settleRelease(uow, releaseId, { type: 'ScheduleEntry', subject: entry });
  return entry;
}

async function withdraw(uow: UnitOfWork, entry: ScheduleEntry | null): Promise<void> {
  if (entry === null || !entry.live) return;
  await lockSchedule(uow);
  entry.live = false;
  await uow.em.flush();
  uow.record({
    type: 'schedule-entry.released',
    subjectType: 'ScheduleEntry',
    subject: entry,
    topics: [entry.releaseId, entry.distributionId],
    data: { kind: entry.kind, startsAt: entry.startsAt.toISOString(), endsAt: entry.endsAt.toISOString() },
  });
  if (entry.releaseId != null) await settleRelease(uow, entry.releaseId, { type: 'ScheduleEntry', subject: entry });
}

/**
 * Gives a release its place in the schedule: books its planned interval, or moves the booking there. Booking the same
 * again changes nothing. The caller has locked the release.
 * @throws RequestError BAD_USER_INPUT without planned start and end, or when they are the wrong way round.
 */
export async function bookRelease(uow: UnitOfWork, of: Release): Promise<ScheduleEntry> {
  const { plannedStart, plannedEnd } = of;
  if (plannedStart == null || plannedEnd == null)
    throw new RequestError('BAD_USER_INPUT', 'A release needs planned start and end to be booked.', {
      field: 'plannedStart',
    });
  expectInterval(plannedStart, plannedEnd, 'plannedEnd');
  return await book(uow, {
    kind: 'RELEASE',
    title: of.name,
    startsAt: plannedStart,
    endsAt: plannedEnd,
    releaseId: of.id,
    distributionId: null,
  });
}

/**
 * Takes back the booking of a release: the entry stays in the history, not live. Without a live booking nothing
 * happens.
 */
export async function unbookRelease(uow: UnitOfWork, releaseId: string): Promise<void> {
  await withdraw(uow, await uow.em.findOne(ScheduleEntry, { kind: 'RELEASE', releaseId }));
}

/**
 * Gives a distribution its place in the schedule, from its scheduled start to its scheduled end or, without one, its
 * deadline.
 * Booking the same again changes nothing. The caller has locked the distribution.
 * @throws RequestError BAD_USER_INPUT without scheduled start, or when the end is not after it.
 */
export async function bookDistribution(uow: UnitOfWork, of: Distribution): Promise<ScheduleEntry> {
  const { scheduledStart, scheduledEnd, deadlineMinutes } = of;
  if (scheduledStart == null)
    throw new RequestError('BAD_USER_INPUT', 'A distribution needs a scheduled start to be booked.', {
      field: 'scheduledStart',
    });
  const endsAt = scheduledEnd ?? new Date(scheduledStart.getTime() + deadlineMinutes * 60_000);
  expectInterval(scheduledStart, endsAt, 'scheduledEnd');
  return await book(uow, {
    kind: 'DISTRIBUTION',
    title: of.name,
    startsAt: scheduledStart,
    endsAt,
    releaseId: of.releaseId,
    distributionId: of.id,
  });
}

/**
 * Takes back the booking of a distribution: the entry stays in the history, not live. Without a live booking nothing
 * happens.
 */
export async function unbookDistribution(uow: UnitOfWork, distributionId: string): Promise<void> {
  await withdraw(uow, await uow.em.findOne(ScheduleEntry, { kind: 'DISTRIBUTION', distributionId }));
}

/**
 * Gives back the time that a release and its distributions no longer need: what is over ends now, what has not begun is
 * taken back.
 * Others may have the rest. Called when the work is done, so that the schedule tells the truth.
 */
export async function endBookings(uow: UnitOfWork, releaseId: string): Promise<void> {
  await end(uow, { releaseId, kind: { $in: ['RELEASE', 'DISTRIBUTION'] } });
}

/** Gives back the time that a distribution no longer needs, as {@link endBookings} does for a release. */
export async function endBookingOfDistribution(uow: UnitOfWork, distributionId: string): Promise<void> {
  await end(uow, { distributionId, kind: 'DISTRIBUTION' });
}

/**
 * Books the time of a further attempt of a distribution, a retry or a back-out: from now to its deadline. The time of
 * the attempt before was given back when that ended.
 */
export async function bookAttempt(uow: UnitOfWork, of: Distribution, deadline: Date): Promise<ScheduleEntry> {
  return await book(uow, {
    kind: 'DISTRIBUTION',
    title: of.name,
    startsAt: uow.now,
    endsAt: deadline,
    releaseId: of.releaseId,
    distributionId: of.id,
  });
}

/**
 * Books what is left of the planned time of a release that goes back to work, when its booking was ended before.
 * The caller has locked the release.
 */
export async function bookRestOfRelease(uow: UnitOfWork, of: Release): Promise<void> {
  if (of.plannedStart != null && of.plannedEnd != null && of.plannedEnd > uow.now) await bookRelease(uow, of);
}

async function end(uow: UnitOfWork, which: FilterQuery<ScheduleEntry>): Promise<void> {
  const entries = await uow.em.find(
    ScheduleEntry,
    { $and: [which, { live: true, endsAt: { $gt: uow.now } }] },
    { orderBy: { id: 'asc' } },
  );
  for (const entry of entries) {
    if (entry.startsAt >= uow.now) {
      await withdraw(uow, entry);
      continue;
    }
    await lockSchedule(uow);
    const was = entry.endsAt.toISOString();
    entry.endsAt = uow.now;
    await uow.em.flush();
    uow.record({
      type: 'schedule-entry.ended',
      subjectType: 'ScheduleEntry',
      subject: entry,
      topics: [entry.releaseId, entry.distributionId],
      data: { kind: entry.kind, endsAt: uow.now.toISOString(), was },
    });
    if (entry.releaseId != null) await settleRelease(uow, entry.releaseId, { type: 'ScheduleEntry', subject: entry });
  }
}
