import { Release } from '../../entities/release/release.entity.js';
import { pauseHeld, resumeHeld } from '../distribution/distribution-hold.service.js';
import { lockForCommand } from '../load.js';
import { demandOf } from './release.service.js';
import { requiredReason } from '../text.js';
import type { UnitOfWork } from '../unit-of-work.js';

const TYPE = 'Release' as const;

/**
 * Puts a release on hold: nothing of it moves forward until the hold is lifted. What runs at a deployment tool is
 * paused, if the tool can pause; the event names what goes on.
 */
export async function releaseHold(
  uow: UnitOfWork,
  input: { readonly id: string; readonly expectedVersion?: number | null; readonly reason: string },
): Promise<Release> {
  const release = await lockForCommand(uow, Release, TYPE, input);
  await demandOf(uow, release, 'releaseHold');
  const reason = requiredReason(input.reason);
  await putOnHold(uow, release, reason, uow.actorId);
  return release;
}

/**
 * Notes the hold of a release that is not on hold, and pauses what runs of it. The release is locked.
 * @param by database id of the person; null when the server itself holds it
 */
export async function putOnHold(uow: UnitOfWork, release: Release, reason: string, by: string | null): Promise<void> {
  release.onHoldReason = reason;
  release.onHoldById = by;
  release.onHoldAt = uow.now;
  const data = await pauseHeld(uow, release);
  uow.record({ type: 'release.held', subjectType: TYPE, subject: release, reason, data: { ...data } });
}

/**
 * Lifts the hold of a release, and resumes what the hold paused. The event names what may not resume now and stays
 * paused.
 */
export async function releaseResume(
  uow: UnitOfWork,
  input: { readonly id: string; readonly expectedVersion?: number | null; readonly reason?: string | null },
): Promise<Release> {
  const release = await lockForCommand(uow, Release, TYPE, input);
  await demandOf(uow, release, 'releaseResume');
  const before = { heldFor: release.onHoldReason, heldSince: release.onHoldAt?.toISOString() };
  release.onHoldReason = null;
  release.onHoldById = null;
  release.onHoldAt = null;
  const resumed = await resumeHeld(uow, release, `The hold of release ${release.number} has ended.`);
  const data = { ...before, ...resumed };
  uow.record({ type: 'release.resumed', subjectType: TYPE, subject: release, reason: input.reason, data });
  return release;
}
