import { factsOf } from '../facts-of.js';
import { newId } from '../../database/new-id.js';
import { collectBlockers, type BlockerCode } from '../../domain/blocker.js';
import { refuse, RequestError } from '../../domain/errors.js';
import { fromNodeId, parseNodeId, toNodeId } from '../../domain/node-id.js';
import { planIsClosed } from '../../domain/release/release-plan.js';
import { waiverGrantBlockers } from '../../domain/release/waiver.guards.js';
import { waiverMachine } from '../../domain/release/waiver.machine.js';
import type { Interval } from '../../domain/schedule/interval.js';
import { Release } from '../../entities/release/release.entity.js';
import { lock, lockForCommand } from '../load.js';
import { releaseFacts } from '../../facts/release/release.facts.js';
import { waiverFacts } from '../../facts/release/waiver.facts.js';
import { transition } from '../transition.js';
import { requiredReason } from '../text.js';
import type { UnitOfWork } from '../unit-of-work.js';
import { Waiver } from '../../entities/release/waiver.entity.js';

/** The rules that a waiver can set aside: those whose blockers say `waivable`. */
export const WAIVABLE_CODES = [
  'CI_CONFLICT',
  'IMPACTED_CI_CONFLICT',
  'REDUNDANCY_CONFLICT',
  'BLACKOUT',
  'OUTSIDE_CHANGE_WINDOW',
  'WINDOW_CLOSED',
  'RESOURCE_OVERLOAD',
  'DEPENDENCY_ORDER',
  'NO_TIME_TO_BACK_OUT',
  'WAIVER_REQUIRED',
] as const satisfies readonly BlockerCode[];

/** Longest life of a waiver, in days. */
export const MAX_WAIVER_DAYS = 90;

/** A waiver to be granted. */
export interface WaiverInput {
  readonly releaseId: string;
  readonly code: BlockerCode;
  readonly subjectId?: string | null;
  /** Of a waiver of BLACKOUT: the time of the work that it is for. Default: the planned time of the release. */
  readonly startsAt?: string | null;
  readonly endsAt?: string | null;
  readonly reason: string;
  readonly expiresAt: string;
}

/**
 * Permits a release to pass one waivable rule, with a reason and an end. People who planned the release cannot grant
 * it; only the owner of the release waives a mandatory task, and names it. A waiver of a blackout
 * names the blackout and counts for one time.
 * @throws Refusal SELF_APPROVAL, NOT_RELEASE_OWNER, or for a release that is over; RequestError BAD_USER_INPUT for a
 *   rule that cannot be waived, an end out of range, a waiver of mandatory tasks or blackouts in general, or
 *   of a blackout without a time.
 */
export async function waiverGrant(uow: UnitOfWork, input: WaiverInput): Promise<Waiver> {
  if (!(WAIVABLE_CODES as readonly BlockerCode[]).includes(input.code)) {
    throw new RequestError(
      'BAD_USER_INPUT',
      `The rule ${input.code} cannot be waived. These can: ${WAIVABLE_CODES.join(', ')}.`,
      { field: 'code' },
    );
  }
  const expiresAt = new Date(input.expiresAt);
  const days = (expiresAt.getTime() - uow.now.getTime()) / 86_400_000;
  if (days <= 0 || days > MAX_WAIVER_DAYS)
    throw new RequestError('BAD_USER_INPUT', `A waiver ends after now and within ${MAX_WAIVER_DAYS} days.`, {
      field: 'expiresAt',
    });
  const subject = input.subjectId == null ? undefined : parseNodeId(input.subjectId);
  if (input.subjectId != null && subject === undefined)
    throw new RequestError('BAD_USER_INPUT', '"subjectId" is not an id of this server.', { field: 'subjectId' });
  if (input.code === 'WAIVER_REQUIRED' && subject?.type !== 'Task')
    throw new RequestError('BAD_USER_INPUT', 'A waiver of a mandatory task names the task.', { field: 'subjectId' });
  if (input.code === 'BLACKOUT' && subject?.type !== 'ScheduleWindow')
    throw new RequestError('BAD_USER_INPUT', 'A waiver of a blackout names the blackout.', { field: 'subjectId' });
  const reason = requiredReason(input.reason);
  const release = await lock(uow, Release, 'Release', fromNodeId('Release', input.releaseId, 'releaseId'));
  const facts = await factsOf(uow, releaseFacts, 'Release', release);
  refuse(collectBlockers([planIsClosed(release.state), waiverGrantBlockers(facts, input.code)]));
  return recordWaiver(uow, release, {
    code: input.code,
    reason,
    expiresAt,
    slot: slotOf(input, release),
    ...(subject && { subject: { type: subject.type, id: subject.uuid } }),
  });
}

// A blackout can repeat. Who waives it has judged one time, and no other one.
function slotOf(input: WaiverInput, { plannedStart, plannedEnd }: Release): Interval | null {
  const [startsAt, endsAt] = [input.startsAt ?? plannedStart, input.endsAt ?? plannedEnd].map((at) =>
    at == null ? null : new Date(at),
  );
  if (input.code !== 'BLACKOUT') {
    if (input.startsAt == null && input.endsAt == null) return null;
    throw new RequestError('BAD_USER_INPUT', 'Only a waiver of BLACKOUT is for a time.', { field: 'startsAt' });
  }
  if (startsAt == null || endsAt == null || startsAt >= endsAt)
    throw new RequestError(
      'BAD_USER_INPUT',
      'A waiver of a blackout is for a time: give "startsAt" and a later "endsAt", or plan the times of the release.',
      { field: 'startsAt' },
    );
  return { startsAt, endsAt };
}

/** Stores a waiver and its event. The caller has checked the permission. */
export function recordWaiver(
  uow: UnitOfWork,
  release: Release,
  waiver: {
    readonly code: BlockerCode;
    readonly reason: string;
    readonly expiresAt: Date;
    /** The time for which a blackout is waived. */
    readonly slot?: Interval | null;
    readonly subject?: { readonly type: string; readonly id: string };
  },
): Waiver {
  const { code, reason, expiresAt, slot, subject } = waiver;
  const row = uow.em.create(Waiver, {
    id: newId(),
    releaseId: release.id,
    code,
    reason,
    expiresAt,
    slotStart: slot?.startsAt ?? null,
    slotEnd: slot?.endsAt ?? null,
    subjectType: subject?.type ?? null,
    subjectId: subject?.id ?? null,
    grantedById: uow.actorId,
  });
  uow.record({
    type: 'waiver.granted',
    subjectType: 'Waiver',
    subject: row,
    topics: [release.id, subject?.id],
    reason,
    data: {
      code,
      release: release.number,
      subject: subject === undefined ? null : toNodeId(subject.type as Parameters<typeof toNodeId>[0], subject.id),
      expiresAt: expiresAt.toISOString(),
    },
  });
  return row;
}

/**
 * Revokes a waiver: from now on the rule applies again. What it permitted before stays done; every start asks again.
 * @throws Refusal for a person who does not answer for it, or when it is revoked already.
 */
export async function waiverRevoke(
  uow: UnitOfWork,
  input: { readonly id: string; readonly expectedVersion?: number | null; readonly reason: string },
): Promise<Waiver> {
  const waiver = await lockForCommand(uow, Waiver, 'Waiver', input);
  const reason = requiredReason(input.reason);
  const facts = await factsOf(uow, waiverFacts, 'Waiver', waiver);
  transition(uow, waiverMachine, waiver, 'waiverRevoke', facts, {
    type: 'waiver.revoked',
    subjectType: 'Waiver',
    topics: [waiver.releaseId, waiver.subjectId],
    reason,
    data: { code: waiver.code, expiresAt: waiver.expiresAt.toISOString() },
  });
  Object.assign(waiver, { revokedById: uow.actorId, revokedAt: uow.now, revokeReason: reason });
  return waiver;
}
