import { sql } from 'kysely';
import { newId } from '../../database/new-id.js';
import { dmlItemVersionMachine } from '../../domain/library/dml-item-version.machine.js';
import { notFound, RequestError } from '../../domain/errors.js';
import { fromNodeId } from '../../domain/node-id.js';
import { VersionPin } from '../../entities/cmdb/version-pin.entity.js';
import type { Distribution } from '../../entities/distribution/distribution.entity.js';
import { DmlItemVersion } from '../../entities/library/dml-item-version.entity.js';
import { dmlItemVersionFacts } from '../../facts/library/dml-item-version.facts.js';
import { factsOf } from '../facts-of.js';
import { lockForCommand } from '../load.js';
import { requiredReason } from '../text.js';
import { touch } from '../touch.js';
import { demand } from '../transition.js';
import type { UnitOfWork } from '../unit-of-work.js';

/** Maximum number of configuration items in one command. */
export const MAX_PINNED_CIS = 20_000;

const TYPE = 'DmlItemVersion' as const;

/** What every command about pins takes. */
export interface PinCommandInput {
  readonly id: string;
  readonly expectedVersion?: number | null;
  readonly reason: string;
}

interface PinRow {
  readonly id: string;
  readonly ciId: string;
  readonly dmlItemVersionId: string;
  readonly reason: string;
}

const PIN = sql`id, ci_id as "ciId", dml_item_version_id as "dmlItemVersionId", reason`;

interface NewPin {
  readonly ciId: string;
  readonly dmlItemVersionId: string;
}

/** Sets pins. Where one is in force already, it stays as it is. @returns how many were set */
async function setPins(
  uow: UnitOfWork,
  pins: readonly NewPin[],
  more: { readonly reason: string; readonly distributionId: string | null; readonly personId: string | null },
): Promise<number> {
  const came = await uow.query<PinRow>(sql`
    insert into version_pin (id, ci_id, dml_item_version_id, reason, distribution_id, pinned_by_id, pinned_at, version,
      created_at, updated_at)
    select v.id, v.ci, v.media, ${more.reason}, ${more.distributionId}::uuid, ${more.personId}::uuid, ${uow.now}, 1,
      ${uow.now}, ${uow.now}
    from unnest(${pins.map(() => newId())}::uuid[], ${pins.map(({ ciId }) => ciId)}::uuid[],
      ${pins.map(({ dmlItemVersionId }) => dmlItemVersionId)}::uuid[]) v(id, ci, media)
    on conflict (dml_item_version_id, ci_id) where lifted_at is null do nothing
    returning ${PIN}`);
  uow.wrote(
    VersionPin,
    came.map((row) => ({ id: row.id, before: null, after: { ...row } })),
  );
  return came.length;
}

/** Pins what a back-out has just taken away from targets, in its transaction. */
export async function pinBackedOut(
  uow: UnitOfWork,
  distribution: Distribution,
  ciIds: readonly string[],
): Promise<void> {
  const contents = await uow.query<{ id: string }>(sql`
    select dml_item_version_id as id from distribution_content where distribution_id = ${distribution.id} order by id`);
  await setPins(
    uow,
    ciIds.flatMap((ciId) => contents.map(({ id }) => ({ ciId, dmlItemVersionId: id }))),
    {
      reason: `Backed out by ${distribution.number} ${distribution.name}`,
      distributionId: distribution.id,
      personId: null,
    },
  );
}

function ciIdsOf(nodeIds: readonly string[]): string[] {
  const ids = [...new Set(nodeIds.map((id) => fromNodeId('ConfigurationItem', id, 'ciIds')))].sort();
  if (ids.length === 0 || ids.length > MAX_PINNED_CIS)
    throw new RequestError('BAD_USER_INPUT', `"ciIds" has 1 to ${MAX_PINNED_CIS} configuration items.`, {
      field: 'ciIds',
      max: MAX_PINNED_CIS,
    });
  return ids;
}

async function expectCis(uow: UnitOfWork, ids: readonly string[]): Promise<void> {
  const found = await uow.query(sql`select 1 from configuration_item where id = any(${ids}::uuid[])`);
  if (found.length !== ids.length) throw notFound('ConfigurationItem', 'ciIds');
}

/**
 * Keeps a version from configuration items until somebody lifts the pins. Pins that are in force stay.
 * @throws RequestError NOT_FOUND, BAD_USER_INPUT; Refusal ILLEGAL_TRANSITION
 */
export async function dmlItemVersionPin(
  uow: UnitOfWork,
  input: PinCommandInput & { readonly ciIds: readonly string[] },
): Promise<DmlItemVersion> {
  const version = await lockForCommand(uow, DmlItemVersion, TYPE, input);
  const reason = requiredReason(input.reason);
  const ciIds = ciIdsOf(input.ciIds);
  await expectCis(uow, ciIds);
  demand(dmlItemVersionMachine, version, 'dmlItemVersionPin', await factsOf(uow, dmlItemVersionFacts, TYPE, version));
  const set = await setPins(
    uow,
    ciIds.map((ciId) => ({ ciId, dmlItemVersionId: version.id })),
    { reason, distributionId: null, personId: uow.actorId },
  );
  if (set === 0) return version;
  touch(version);
  uow.record({
    type: 'dml-item-version.pinned',
    subjectType: TYPE,
    subject: version,
    topics: [version.itemId, ...ciIds],
    reason,
    data: { pins: set },
  });
  return version;
}

/**
 * Lifts the pins of a version, all of them or those on some configuration items. Then it can be installed there again.
 * @throws RequestError NOT_FOUND, BAD_USER_INPUT; Refusal ILLEGAL_TRANSITION where nothing is pinned
 */
export async function dmlItemVersionLiftPins(
  uow: UnitOfWork,
  input: PinCommandInput & { readonly ciIds?: readonly string[] | null },
): Promise<DmlItemVersion> {
  const version = await lockForCommand(uow, DmlItemVersion, TYPE, input);
  const reason = requiredReason(input.reason);
  const facts = await factsOf(uow, dmlItemVersionFacts, TYPE, version);
  const some = input.ciIds == null ? null : ciIdsOf(input.ciIds);
  demand(dmlItemVersionMachine, version, 'dmlItemVersionLiftPins', facts);
  const lifted = await uow.query<PinRow>(sql`
    update version_pin set lifted_at = ${uow.now}, lifted_by_id = ${uow.actorId}, lift_reason = ${reason},
      version = version + 1, updated_at = ${uow.now}
    where dml_item_version_id = ${version.id} and lifted_at is null
      and ${some === null ? sql`true` : sql`ci_id = any(${some}::uuid[])`}
    returning ${PIN}`);
  if (lifted.length === 0) return version;
  uow.wrote(
    VersionPin,
    lifted.map((row) => ({ id: row.id, before: { ...row }, after: { ...row, liftedAt: uow.now } })),
  );
  touch(version);
  uow.record({
    type: 'dml-item-version.pins-lifted',
    subjectType: TYPE,
    subject: version,
    topics: [version.itemId, ...lifted.map(({ ciId }) => ciId)],
    reason,
    data: { pins: lifted.length },
  });
  return version;
}
