import { LockMode } from '@mikro-orm/core';
import { sql } from 'kysely';
import type { Readable } from 'node:stream';
import { newId } from '../../database/new-id.js';
import { digestIsAsClaimed, dmlItemVersionMachine } from '../../domain/library/dml-item-version.machine.js';
import { collectBlockers } from '../../domain/blocker.js';
import { refuse, RequestError } from '../../domain/errors.js';
import type { MediaProblem } from '../../domain/library/media.js';
import { decide } from '../../domain/state-machine.js';
import {
  enqueueVerification,
  enterVersion,
  factsOfVersion,
  withdrawAuthorisation,
} from './dml-item-version.service.js';
import { lock } from '../load.js';
import { MediaDamage, type MediaStore, type StagedMedia } from './media-store.port.js';
import { demand } from '../transition.js';
import { recordAuthor } from '../contribution.service.js';
import { transact, type TransactionServices, type UnitOfWork } from '../unit-of-work.js';
import { SYSTEM } from '../../domain/actor.js';
import type { Queryable } from '../../database/queryable.js';
import { DmlItemVersion } from '../../entities/library/dml-item-version.entity.js';
import { MediaBlob } from '../../entities/library/media-blob.entity.js';

/** What work on media needs in addition to a transaction. */
export interface MediaServices extends TransactionServices {
  readonly media: MediaStore;
  readonly readDatabase: Queryable;
}

/** Time after which a file without a record is removed. An upload records its bytes within moments. */
export const UNRECORDED_MS = 24 * 3_600_000;
/** Interval between checks of stored bytes. */
export const AUDIT_EVERY_MS = 24 * 3_600_000;
const AUDIT_BATCH = 200;
const LISTING_BATCH = 500;

// An upload and the removal of unrecorded files must not work on the same digest at once.
const holdDigest = async (uow: UnitOfWork, digest: string): Promise<void> =>
  void (await uow.query(sql`select pg_advisory_xact_lock(hashtextextended(${`media ${digest}`}, 0))`));

/** Makes staged bytes visible, and keeps a record of them. @returns the database id of the record */
export async function recordBlob(uow: UnitOfWork, staged: StagedMedia): Promise<string> {
  await holdDigest(uow, staged.digest);
  await staged.commit();
  const { digest, size } = staged;
  const added = await uow.query<{ id: string }>(sql`
    insert into media_blob (id, digest, size, created_at)
    values (${newId()}, ${digest}, ${size}, ${uow.now})
    on conflict (digest) do nothing returning id`);
  uow.wrote(
    MediaBlob,
    added.map(({ id }) => ({ id, before: null, after: { digest, size } })),
  );
  const [blob] = await uow.query<{ id: string }>(sql`select id from media_blob where digest = ${staged.digest}`);
  return (blob as { id: string }).id;
}

/** What came with uploaded bytes. */
export interface UploadDetails {
  /** Database id of the media version. */
  readonly versionId: string;
  readonly fileName: string | null;
  readonly mediaType: string;
}

/**
 * Gives a media version its bytes: they become visible and the version UPLOADED in one transaction, and the checks are
 * asked for. Uploading the same bytes again only repairs the stored file, in case it was damaged since.
 * @throws RequestError CONFLICT when the version has other bytes; Refusal MEDIA_DIGEST_MISMATCH or ILLEGAL_TRANSITION.
 */
export async function recordUpload(
  uow: UnitOfWork,
  details: UploadDetails,
  staged: StagedMedia,
): Promise<{ readonly id: string; readonly replayed: boolean }> {
  const version = await lock(uow, DmlItemVersion, 'DmlItemVersion', details.versionId);
  const facts = { ...(await factsOfVersion(uow, version)), computedDigest: staged.digest };
  refuse(collectBlockers([digestIsAsClaimed(facts)]));
  if (version.mediaId != null) {
    const [present] = await uow.query<{ digest: string }>(
      sql`select digest from media_blob where id = ${version.mediaId}::uuid`,
    );
    if (present?.digest !== staged.digest) {
      throw new RequestError(
        'CONFLICT',
        'This media version has other bytes, and they never change. Register another version for the new bytes.',
        {
          stored: present?.digest,
          uploaded: staged.digest,
        },
      );
    }
    enqueueVerification(uow, await recordBlob(uow, staged));
    return { id: version.id, replayed: true };
  }
  // Before the bytes become visible.
  const allowed = demand(dmlItemVersionMachine, version, 'dmlItemVersionUpload', facts);
  const mediaId = await recordBlob(uow, staged);
  enterVersion(uow, version, allowed, facts, {
    type: 'dml-item-version.uploaded',
    data: { size: staged.size, fileName: details.fileName, mediaType: details.mediaType },
  });
  version.mediaId = mediaId;
  version.fileName = details.fileName;
  version.mediaType = details.mediaType;
  version.uploadedById = uow.actorId;
  await recordAuthor(uow, 'DmlItemVersion', version.id);
  enqueueVerification(uow, mediaId);
  return { id: version.id, replayed: false };
}

const REASONS: Readonly<Record<MediaProblem, string>> = {
  MISSING: 'The bytes are missing from the media store. Upload the same bytes again, then have them verified.',
  ALTERED: 'The bytes in the media store have been altered. Upload the original bytes again, then have them verified.',
};

/**
 * Records the result of a check of stored bytes: versions that waited for it move on, and versions with damaged bytes
 * go into quarantine.
 */
export async function recordCheck(uow: UnitOfWork, mediaId: string, problem: MediaProblem | null): Promise<void> {
  const versions = await uow.em.find(
    DmlItemVersion,
    { mediaId },
    { orderBy: { id: 'asc' }, lockMode: LockMode.PESSIMISTIC_WRITE },
  );
  const blob = await lock(uow, MediaBlob, 'MediaBlob', mediaId);
  const known = blob.problem ?? null;
  blob.checkedAt = uow.now;
  blob.problem = problem;
  if (problem === null) blob.verifiedAt = uow.now;
  if (problem !== known) {
    const type =
      problem === null ? 'media-blob.restored' : problem === 'MISSING' ? 'media-blob.missing' : 'media-blob.altered';
    uow.record({
      type,
      subjectType: 'MediaBlob',
      subject: blob,
      topics: versions.map(({ id }) => id),
      reason: problem && REASONS[problem],
      data: { digest: blob.digest, size: blob.size },
    });
  }
  for (const version of versions) {
    const facts = await factsOfVersion(uow, version);
    const command = problem === null ? 'dmlItemVersionStartVerification' : 'dmlItemVersionQuarantine';
    const decision = decide(dmlItemVersionMachine, version.state, command, facts);
    if (!decision.ok) continue;
    if (problem === null) {
      enterVersion(uow, version, decision, facts, { type: 'dml-item-version.verified' });
      version.verifiedAt = uow.now;
    } else {
      enterVersion(uow, version, decision, facts, {
        type: 'dml-item-version.quarantined',
        reason: REASONS[problem],
        data: { problem },
      });
      withdrawAuthorisation(version);
    }
  }
}

/** Checks stored bytes and records the result. The work of the job `media.verify`. */
export async function verifyMedia(services: MediaServices, mediaId: string): Promise<void> {
  const [blob] = await services.readDatabase.query<{ digest: string }>(
    sql`select digest from media_blob where id = ${mediaId}::uuid`,
  );
  if (!blob) return;
  const problem = await services.media.check(blob.digest);
  await transact(
    services,
    { actor: SYSTEM, requestId: `media.verify:${mediaId}` },
    async (uow) => await recordCheck(uow, mediaId, problem),
  );
}

/**
 * Requests a check of all stored bytes that were not checked for a day. Marking them keeps other processes from doing
 * the same.
 */
export async function enqueueDueChecks(services: MediaServices): Promise<void> {
  const before = new Date(services.clock().getTime() - AUDIT_EVERY_MS);
  await transact(services, { actor: SYSTEM, requestId: 'media.audit' }, async (uow) => {
    const due = await uow.query<{ id: string }>(sql`
      update media_blob set checked_at = ${uow.now} where id in (
        select id from media_blob
        where coalesce(checked_at, created_at) < ${before}
        order by checked_at nulls first, id
        limit ${AUDIT_BATCH}
        for update skip locked)
      returning id`);
    for (const { id } of due) enqueueVerification(uow, id);
  });
}

/** Removes files without a record and what crashed uploads left. @returns the digests of the files */
export async function removeUnrecorded(services: MediaServices): Promise<string[]> {
  await services.media.sweep();
  const removed: string[] = [];
  const settle = async (digests: readonly string[]): Promise<void> => {
    const rows = await services.readDatabase.query<{ digest: string }>(sql`
      select d.digest from unnest(${digests}::text[]) as d(digest)
      where not exists (select from media_blob b where b.digest = d.digest)`);
    for (const { digest } of rows) {
      await transact(services, { actor: SYSTEM, requestId: 'media.unrecorded' }, async (uow) => {
        await holdDigest(uow, digest);
        const [recorded] = await uow.query(sql`select id from media_blob where digest = ${digest}`);
        if (!recorded && (await services.media.remove(digest, UNRECORDED_MS))) removed.push(digest);
      });
    }
  };
  const batch: string[] = [];
  for await (const digest of services.media.stored(UNRECORDED_MS)) {
    batch.push(digest);
    if (batch.length === LISTING_BATCH) await settle(batch.splice(0));
  }
  if (batch.length > 0) await settle(batch);
  return removed;
}

/** Requests a check of stored bytes that turned out damaged in use. */
export async function reportDamage(services: MediaServices, digest: string): Promise<void> {
  await transact(services, { actor: SYSTEM, requestId: 'media.damage' }, async (uow) => {
    const [blob] = await uow.query<{ id: string }>(sql`select id from media_blob where digest = ${digest}`);
    if (blob) enqueueVerification(uow, blob.id);
  });
}

/**
 * Opens recorded bytes for a tool adapter; null when no record knows the digest.
 * @throws MediaDamage when the bytes are gone or altered; that is also reported, so that their versions go into
 *   quarantine.
 */
export async function openMedia(services: MediaServices, digest: string): Promise<Readable | null> {
  const [blob] = await services.readDatabase.query(sql`select id from media_blob where digest = ${digest}`);
  if (!blob) return null;
  try {
    return await services.media.open(digest);
  } catch (error) {
    if (error instanceof MediaDamage) await reportDamage(services, digest);
    throw error;
  }
}
