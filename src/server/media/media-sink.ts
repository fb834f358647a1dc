import { sql } from 'kysely';
import type { Queryable } from '../../database/queryable.js';
import type { Actor } from '../../domain/actor.js';
import { RequestError } from '../../domain/errors.js';
import { parseNodeId, toNodeId } from '../../domain/node-id.js';
import { REPORTING_ROLES, type Role } from '../../domain/roles.js';
import { addEvidence, MAX_EVIDENCE_BYTES } from '../../services/distribution/evidence-file.service.js';
import type { StagedMedia } from '../../services/library/media-store.port.js';
import { recordUpload } from '../../services/library/media.service.js';
import type { UnitOfWork } from '../../services/unit-of-work.js';

/** What came with uploaded bytes. */
export interface UploadHeaders {
  readonly fileName: string | null;
  readonly mediaType: string;
}

/** Where uploaded bytes belong, after it was checked that the person may put them there. */
export interface MediaSink {
  /** Name of the command for idempotency, and what identifies the object in its input. */
  readonly command: string;
  readonly subject: Readonly<Record<string, string>>;
  /** Digests that the bytes must have. */
  readonly expectedDigests: readonly string[];
  /** Maximum number of bytes, if less than for every upload. */
  readonly maxBytes: number;
  /** The object in the answer. */
  readonly answer: Readonly<Record<string, unknown>>;
  record(
    uow: UnitOfWork,
    headers: UploadHeaders,
    staged: StagedMedia,
  ): Promise<{ readonly id: string; readonly replayed: boolean }>;
}

/** Finds the object behind a path. @throws RequestError NOT_FOUND, FORBIDDEN */
export type FindSink = (db: Queryable, actor: Actor, nodeId: string) => Promise<MediaSink>;

interface KnownVersion {
  readonly id: string;
  readonly author_id: string;
  readonly claimed_digest: string | null;
}

// Allowed for a librarian, and for the author of the version unless the token is read-only.
function assertMayUpload(actor: Actor, version: KnownVersion): void {
  const mayWrite = actor.roles.some((role) => role !== 'AUDITOR' && !REPORTING_ROLES.includes(role));
  if (actor.roles.includes('DML_LIBRARIAN') || (mayWrite && actor.id === version.author_id)) return;
  throw new RequestError('FORBIDDEN', 'Only a DML_LIBRARIAN or the author of the version can upload its bytes.', {
    roles: ['DML_LIBRARIAN'],
  });
}

/** The bytes of a media version. */
export const versionSink: FindSink = async (db, actor, nodeId) => {
  const parsed = parseNodeId(nodeId);
  const [version] =
    parsed?.type === 'DmlItemVersion'
      ? await db.query<KnownVersion>(
          sql`select id, author_id, claimed_digest from dml_item_version where id = ${parsed.uuid}::uuid`,
        )
      : [];
  if (!version)
    throw new RequestError('NOT_FOUND', 'There is no DmlItemVersion with this id.', { type: 'DmlItemVersion' });
  assertMayUpload(actor, version);
  const subject = { versionId: version.id };
  return {
    command: 'mediaUpload',
    subject,
    expectedDigests: version.claimed_digest === null ? [] : [version.claimed_digest],
    maxBytes: Number.POSITIVE_INFINITY,
    answer: { version: { id: toNodeId('DmlItemVersion', version.id) } },
    record: async (uow, headers, staged) => await recordUpload(uow, { ...subject, ...headers }, staged),
  };
};

const MAY_SHOW: readonly Role[] = ['DEPLOYMENT_OPERATOR', 'TASK_ASSIGNEE'];

/** A file of evidence of a target. */
export const evidenceSink: FindSink = async (db, actor, nodeId) => {
  const parsed = parseNodeId(nodeId);
  const [target] =
    parsed?.type === 'TargetExecution'
      ? await db.query<{ id: string }>(sql`select id from target_execution where id = ${parsed.uuid}::uuid`)
      : [];
  if (!target)
    throw new RequestError('NOT_FOUND', 'There is no TargetExecution with this id.', { type: 'TargetExecution' });
  if (!actor.roles.some((role) => MAY_SHOW.includes(role)))
    throw new RequestError('FORBIDDEN', `Only a ${MAY_SHOW.join(' or ')} can add evidence.`, { roles: [...MAY_SHOW] });
  const subject = { targetExecutionId: target.id };
  return {
    command: 'evidenceUpload',
    subject,
    expectedDigests: [],
    maxBytes: MAX_EVIDENCE_BYTES,
    answer: { targetExecution: { id: toNodeId('TargetExecution', target.id) } },
    record: async (uow, headers, staged) => await addEvidence(uow, { ...subject, ...headers }, staged),
  };
};
