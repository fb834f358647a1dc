import { LockMode } from '@mikro-orm/core';
import { toNodeId } from '../../domain/node-id.js';
import { MOVABLE_DISTRIBUTION_STATES } from '../../domain/release/release-move.js';
import type { DistributionState } from '../../domain/distribution/distribution.state.js';
import { Distribution } from '../../entities/distribution/distribution.entity.js';
import { shifted } from '../../domain/schedule/interval.js';
import type { Release } from '../../entities/release/release.entity.js';
import { distributionFacts } from '../../facts/distribution/distribution.facts.js';
import { bookDistribution, unbookDistribution } from '../schedule/schedule-entry.service.js';
import type { UnitOfWork } from '../unit-of-work.js';
import { cancelRest } from './distribution-wave.service.js';
import { moveDistribution, planAfresh } from './distribution-transition.js';

/** A distribution that followed its release, for the data of the event of the release. */
export interface Followed {
  /** Node id. */
  readonly id: string;
  readonly number: string;
  readonly from: DistributionState;
  readonly to: DistributionState;
}

const NOT_BEGUN = MOVABLE_DISTRIBUTION_STATES;

/** Distributions of a release in some states, locked. The release is locked. */
export async function distributionsIn(
  uow: UnitOfWork,
  release: Release,
  states: readonly DistributionState[],
): Promise<Distribution[]> {
  return await uow.em.find(
    Distribution,
    { releaseId: release.id, state: { $in: [...states] } },
    { lockMode: LockMode.PESSIMISTIC_WRITE, orderBy: { id: 'asc' }, populate: ['approvedBasis'] },
  );
}

const REPLANNED = { command: 'distributionReplan', type: 'distribution.replanned' } as const;
const CANCELLED = { command: 'distributionCancel', type: 'distribution.cancelled' } as const;

async function follow(
  uow: UnitOfWork,
  distributions: readonly Distribution[],
  { command, type }: typeof REPLANNED | typeof CANCELLED,
  reason: string,
): Promise<Followed[]> {
  const followed: Followed[] = [];
  const ids = distributions.map(({ id }) => id);
  const facts = await distributionFacts(uow, uow.actor, ids, uow.now);
  for (const distribution of distributions) {
    const from = distribution.state;
    const known = facts.get(distribution.id);
    if (known === undefined) continue;
    await moveDistribution(uow, distribution, command, known, { type, reason });
    distribution.stateReason = reason;
    if (command === 'distributionReplan') await planAfresh(uow, distribution);
    else {
      distribution.endedAt = uow.now;
      await cancelRest(uow, distribution);
    }
    await unbookDistribution(uow, distribution.id);
    followed.push(followedFrom(distribution, from));
  }
  return followed;
}

const followedFrom = ({ id, number, state }: Distribution, from: DistributionState): Followed => ({
  id: toNodeId('Distribution', id),
  number,
  from,
  to: state,
});

/**
 * Cancels the distributions of a release that have not begun, because the release is cancelled or backed out. Their
 * time is free again.
 * @returns what was cancelled.
 */
export async function cancelWaitingDistributions(
  uow: UnitOfWork,
  release: Release,
  reason: string,
): Promise<Followed[]> {
  return await follow(uow, await distributionsIn(uow, release, NOT_BEGUN), CANCELLED, reason);
}

/**
 * Takes the distributions of a release back to PLANNED, because the release has left the schedule. Their approvals
 * lapse and their time is free again.
 * @returns what was taken back.
 */
export async function replanWaitingDistributions(
  uow: UnitOfWork,
  release: Release,
  reason: string,
): Promise<Followed[]> {
  const waiting = await distributionsIn(uow, release, ['AWAITING_APPROVAL', 'SCHEDULED', 'MISSED']);
  return await follow(uow, waiting, REPLANNED, reason);
}

/**
 * Moves the distributions of a release in time together with it. One that waits for approval, or was approved, was
 * judged for its old time, so it goes back to PLANNED; another scheduled one stays scheduled at its new time.
 * @param shiftMs by how much, in milliseconds; negative for earlier.
 * @returns what was moved.
 */
export async function shiftDistributions(
  uow: UnitOfWork,
  release: Release,
  shiftMs: number,
  reason: string,
): Promise<Followed[]> {
  const dated = (await distributionsIn(uow, release, NOT_BEGUN)).filter((one) => one.scheduledStart != null);
  for (const distribution of dated) {
    distribution.scheduledStart = shifted(distribution.scheduledStart, shiftMs);
    distribution.scheduledEnd = shifted(distribution.scheduledEnd, shiftMs);
  }
  const stays = ({ state, approvalRequired }: Distribution) =>
    state === 'PLANNED' || (state === 'SCHEDULED' && !approvalRequired);
  const staying = dated.filter(stays);
  const judgedAgain = dated.filter((distribution) => !stays(distribution));
  const followed = await follow(uow, judgedAgain, REPLANNED, reason);
  for (const distribution of staying) {
    if (distribution.state === 'SCHEDULED') await bookDistribution(uow, distribution);
    uow.record({
      type: 'distribution.moved',
      subjectType: 'Distribution',
      subject: distribution,
      topics: [release.id],
      reason,
      data: { scheduledStart: distribution.scheduledStart?.toISOString() ?? null, shiftMinutes: shiftMs / 60_000 },
    });
    followed.push(followedFrom(distribution, distribution.state));
  }
  return followed;
}
