import { factsOf } from '../facts-of.js';
import {
  dmlItemVersionMachine,
  type DmlItemVersionCommand,
  type DmlItemVersionFacts,
  type DmlItemVersionState,
  type RecallEffect,
} from '../../domain/library/dml-item-version.machine.js';
import { RequestError } from '../../domain/errors.js';
import { isDigest } from '../../domain/library/media.js';
import { fromNodeId } from '../../domain/node-id.js';
import type { Allowed } from '../../domain/state-machine.js';
import { dmlItemVersionFacts } from '../../facts/library/dml-item-version.facts.js';
import { lockForCommand, refer } from '../load.js';
import { jsonObject, line, name, optionalReason } from '../text.js';
import { demand, enter, type TransitionEvent } from '../transition.js';
import { recordAuthor } from '../contribution.service.js';
import type { UnitOfWork } from '../unit-of-work.js';
import { DmlItem } from '../../entities/library/dml-item.entity.js';
import { DmlItemVersion } from '../../entities/library/dml-item-version.entity.js';

/** Fields of a media version that a client may set while it has no bytes. */
export interface DmlItemVersionFieldsInput {
  readonly label?: string | null;
  readonly source?: string | null;
  readonly claimedDigest?: string | null;
  readonly bindings?: Record<string, unknown> | null;
}

/** What every command on a media version takes. */
export interface DmlItemVersionCommandInput {
  readonly id: string;
  readonly expectedVersion?: number | null;
  readonly reason?: string | null;
}

const TYPE = 'DmlItemVersion' as const;

/** The facts of one media version, as it is now in the transaction. */
export const factsOfVersion = async (uow: UnitOfWork, version: DmlItemVersion): Promise<DmlItemVersionFacts> =>
  await factsOf(uow, dmlItemVersionFacts, TYPE, version);

/**
 * Puts a locked media version into the state that its machine allowed, and keeps the reason. The event reaches the
 * followers of its item and of the releases that contain it.
 */
export function enterVersion(
  uow: UnitOfWork,
  version: DmlItemVersion,
  allowed: Allowed<DmlItemVersionState>,
  facts: DmlItemVersionFacts,
  event: Omit<TransitionEvent, 'subjectType' | 'topics'>,
): void {
  enter(uow, version, allowed, {
    ...event,
    subjectType: TYPE,
    topics: [version.itemId, ...facts.liveReleases.map(({ id }) => id)],
    data: { digest: facts.computedDigest, label: version.label, ...event.data },
  });
  version.stateReason = event.reason ?? null;
}

function digest(value: string): string {
  const lower = value.trim().toLowerCase();
  if (!isDigest(lower))
    throw new RequestError('BAD_USER_INPUT', '"claimedDigest" must be a SHA-256: 64 hexadecimal digits.', {
      field: 'claimedDigest',
    });
  return lower;
}

function apply(version: DmlItemVersion, input: DmlItemVersionFieldsInput): void {
  if (input.label != null) version.label = name(input.label, 'label');
  if (input.source != null) version.source = line(input.source, 'source', { max: 2_000 });
  if (input.claimedDigest !== undefined)
    version.claimedDigest = input.claimedDigest === null ? null : digest(input.claimedDigest);
  if (input.bindings != null) version.bindings = jsonObject(input.bindings, 'bindings', version.bindings);
}

/**
 * Announces a version of an item; its bytes come later.
 * @throws RequestError ALREADY_EXISTS when the item has a version with this label.
 */
export async function dmlItemVersionRegister(
  uow: UnitOfWork,
  input: DmlItemVersionFieldsInput & { readonly itemId: string; readonly label: string },
): Promise<DmlItemVersion> {
  const item = await refer(uow, DmlItem, 'DmlItem', input.itemId, 'itemId');
  const version = uow.em.create(DmlItemVersion, {
    itemId: item.id,
    label: name(input.label, 'label'),
    authorId: uow.actorId,
  });
  apply(version, input);
  await recordAuthor(uow, TYPE, version.id);
  uow.record({
    type: 'dml-item-version.registered',
    subjectType: TYPE,
    subject: version,
    topics: [item.id],
    data: { label: version.label, item: item.name, claimedDigest: version.claimedDigest ?? null },
  });
  return version;
}

/**
 * Edits a media version that has no bytes yet: what was uploaded stays what it is.
 * @throws Refusal ILLEGAL_TRANSITION
 */
export async function dmlItemVersionUpdate(
  uow: UnitOfWork,
  input: DmlItemVersionFieldsInput & { readonly id: string; readonly expectedVersion: number },
): Promise<DmlItemVersion> {
  const version = await lockForCommand(uow, DmlItemVersion, TYPE, input);
  demand(dmlItemVersionMachine, version, 'dmlItemVersionUpdate', await factsOfVersion(uow, version));
  apply(version, input);
  if (!uow.isChanged(version)) return version;
  await recordAuthor(uow, TYPE, version.id);
  uow.record({ type: 'dml-item-version.updated', subjectType: TYPE, subject: version, topics: [version.itemId] });
  return version;
}

async function command(
  uow: UnitOfWork,
  input: DmlItemVersionCommandInput,
  verb: DmlItemVersionCommand,
  type: string,
  known: Partial<DmlItemVersionFacts> = {},
): Promise<DmlItemVersion> {
  const version = await lockForCommand(uow, DmlItemVersion, TYPE, input);
  const reason = optionalReason(input.reason);
  const facts = { ...(await factsOfVersion(uow, version)), ...known };
  enterVersion(uow, version, demand(dmlItemVersionMachine, version, verb, facts), facts, { type, reason });
  return version;
}

/**
 * Requests another check of the bytes of a quarantined version. When they are intact, it waits for authorisation again.
 */
export async function dmlItemVersionVerify(
  uow: UnitOfWork,
  input: DmlItemVersionCommandInput,
): Promise<DmlItemVersion> {
  const version = await command(uow, input, 'dmlItemVersionVerify', 'dml-item-version.verification-requested');
  if (version.mediaId != null) enqueueVerification(uow, version.mediaId);
  return version;
}

/** Requests a check of stored bytes after this transaction. Two requests make one check. */
export function enqueueVerification(uow: UnitOfWork, mediaId: string): void {
  uow.enqueue('media.verify', { mediaId }, { singletonKey: mediaId });
}

/** Takes a version out of use until it is verified and authorised again. */
export async function dmlItemVersionQuarantine(
  uow: UnitOfWork,
  input: DmlItemVersionCommandInput,
): Promise<DmlItemVersion> {
  const version = await command(uow, input, 'dmlItemVersionQuarantine', 'dml-item-version.quarantined');
  withdrawAuthorisation(version);
  return version;
}

/** Clears the passed checks and the authorisation of a version in quarantine. It needs both again. */
export function withdrawAuthorisation(version: DmlItemVersion): void {
  version.verifiedAt = null;
  version.authorisedAt = null;
  version.authorisedById = null;
}

/**
 * Authorises a version as the master copy: a second person vouches for it. The bytes are hashed again, so that the
 * authorisation covers the bytes that are in the library now, not those of the upload.
 * @param isIntact hashes the stored bytes; asked before anything is locked, because that may take a while.
 * @throws Refusal SELF_APPROVAL, MEDIA_NOT_VERIFIED, MEDIA_DIGEST_MISMATCH
 */
export async function dmlItemVersionAuthorise(
  uow: UnitOfWork,
  input: DmlItemVersionCommandInput,
  isIntact: (digest: string) => Promise<boolean>,
): Promise<DmlItemVersion> {
  const id = fromNodeId(TYPE, input.id, 'id');
  const before = (await dmlItemVersionFacts(uow, uow.actor, [id])).get(id);
  const damaged = before?.computedDigest != null && before.isVerified && !(await isIntact(before.computedDigest));
  const version = await command(
    uow,
    input,
    'dmlItemVersionAuthorise',
    'dml-item-version.authorised',
    damaged ? { isVerified: false } : {},
  );
  version.authorisedById = uow.actorId;
  version.authorisedAt = uow.now;
  return version;
}

/** Marks a version as superseded: nothing new should contain it. */
export const dmlItemVersionDeprecate = async (
  uow: UnitOfWork,
  input: DmlItemVersionCommandInput,
): Promise<DmlItemVersion> => await command(uow, input, 'dmlItemVersionDeprecate', 'dml-item-version.deprecated');

/** Withdraws a version that does harm. Final. */
export async function dmlItemVersionRecall(
  uow: UnitOfWork,
  input: DmlItemVersionCommandInput & { readonly running?: RecallEffect | null },
): Promise<DmlItemVersion> {
  const version = await command(uow, input, 'dmlItemVersionRecall', 'dml-item-version.recalled');
  version.recallEffect = input.running ?? 'STOP';
  return version;
}

/** Ends the life of a version that no live release contains. Final. @throws Refusal MEDIA_IN_USE */
export const dmlItemVersionRetire = async (
  uow: UnitOfWork,
  input: DmlItemVersionCommandInput,
): Promise<DmlItemVersion> => await command(uow, input, 'dmlItemVersionRetire', 'dml-item-version.retired');
