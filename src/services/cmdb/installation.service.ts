import { sql } from 'kysely';
import { newId } from '../../database/new-id.js';
import { epochMs } from '../../database/expressions.js';
import type { Assurance } from '../../domain/cmdb/installation.js';
import type { DistributionOperation } from '../../domain/distribution/distribution.state.js';
import { Installation } from '../../entities/cmdb/installation.entity.js';
import type { Distribution } from '../../entities/distribution/distribution.entity.js';
import type { TargetChange } from '../distribution/target-execution.service.js';
import type { UnitOfWork } from '../unit-of-work.js';
import { pinBackedOut } from './version-pin.service.js';

interface Delivery {
  readonly execution: string;
  readonly ci: string;
  readonly at: string;
  readonly verified: boolean;
}

const deliveries = (changes: readonly TargetChange[], verified: (change: TargetChange) => boolean): Delivery[] =>
  changes.map((change) => ({
    execution: change.id,
    ci: change.ciId,
    at: change.at.toISOString(),
    verified: verified(change),
  }));

const asRows = (rows: readonly object[], columns: string) =>
  sql`jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as ${sql.raw(`v(${columns})`)}`;

const COLUMNS = 'execution uuid, ci uuid, at timestamptz, verified boolean';

// What the event log tells of an installation.
const TOLD = sql`
  i.id, i.ci_id as "ciId", i.dml_item_id as "dmlItemId", i.dml_item_version_id as "dmlItemVersionId", i.digest,
  i.assurance, ${epochMs('i.valid_from')} as "validFrom"`;

interface Told {
  readonly id: string;
  readonly ciId: string;
  readonly dmlItemId: string;
  readonly dmlItemVersionId: string;
  readonly digest: string | null;
  readonly assurance: Assurance;
  readonly validFrom: number;
}

const rowOf = (told: Told) => ({ ...told, validFrom: new Date(told.validFrom) });

const ended = (uow: UnitOfWork, rows: readonly Told[]): void =>
  uow.wrote(
    Installation,
    rows.map((row) => ({ id: row.id, before: rowOf(row), after: { ...rowOf(row), validTo: uow.now } })),
  );

const begun = (uow: UnitOfWork, rows: readonly Told[]): void =>
  uow.wrote(
    Installation,
    rows.map((row) => ({ id: row.id, before: null, after: rowOf(row) })),
  );

const INSERTED = sql`
  id, ci_id, dml_item_id, dml_item_version_id, digest, assurance, valid_from, previous_id,
  release_id, distribution_id, target_execution_id, version, created_at, updated_at`;

/**
 * Waits until nobody else records what is installed on the targets. Two releases may work on one target at once, and a
 * report that finds nothing installed has no row of its own to wait for.
 */
async function queueForTargets(uow: UnitOfWork, ciIds: readonly string[]): Promise<void> {
  await uow.query(sql`
    select from configuration_item i where i.id = any(${ciIds}::uuid[])
    order by i.id for no key update`);
}

/** Ends the current installations of the distributed items on the targets. @returns the ended installations */
async function close(
  uow: UnitOfWork,
  distribution: Distribution,
  delivered: readonly Delivery[],
): Promise<{ id: string; ci: string; item: string }[]> {
  const rows = await uow.query<Told>(sql`
    update installation i
    set valid_to = greatest(v.at, i.valid_from), version = i.version + 1, updated_at = ${uow.now}
    from ${asRows(delivered, COLUMNS)}, distribution_content c
    join dml_item_version m on m.id = c.dml_item_version_id
    where c.distribution_id = ${distribution.id}
      and i.ci_id = v.ci
      and i.dml_item_id = m.item_id
      and i.valid_to is null
    returning ${TOLD}`);
  ended(uow, rows);
  return rows.map(({ id, ciId, dmlItemId }) => ({ id, ci: ciId, item: dmlItemId }));
}

/** Ends the previous installations and records the delivered ones, each with the one that it replaces. */
async function install(uow: UnitOfWork, distribution: Distribution, delivered: readonly Delivery[]): Promise<void> {
  const closed = new Map((await close(uow, distribution, delivered)).map(({ id, ci, item }) => [`${ci} ${item}`, id]));
  const contents = await uow.query<{ version: string; item: string; digest: string | null }>(sql`
    select c.dml_item_version_id as version, m.item_id as item, c.digest
    from distribution_content c
    join dml_item_version m on m.id = c.dml_item_version_id
    where c.distribution_id = ${distribution.id}
    order by c.id`);
  const rows = delivered.flatMap((delivery) =>
    contents.map((content) => ({
      ...delivery,
      ...content,
      id: newId(),
      previous: closed.get(`${delivery.ci} ${content.item}`) ?? null,
    })),
  );
  const came = await uow.query<Told>(sql`
    insert into installation as i (${INSERTED})
    select v.id, v.ci, v.item, v.version, v.digest,
      case when v.verified and v.digest is not null then 'VERIFIED' else 'REPORTED' end,
      greatest(v.at, p.valid_to), v.previous,
      ${distribution.releaseId}, ${distribution.id}, v.execution, 1, ${uow.now}, ${uow.now}
    from ${asRows(rows, `${COLUMNS}, id uuid, item uuid, version uuid, digest text, previous uuid`)}
    left join installation p on p.id = v.previous
    returning ${TOLD}`);
  begun(uow, came);
}

/** Marks installations as VERIFIED after a check found the right digest on the target. */
async function confirm(uow: UnitOfWork, distribution: Distribution, delivered: readonly Delivery[]): Promise<void> {
  const confirmed = await uow.query<Told & { was: Assurance }>(sql`
    update installation i
    set assurance = 'VERIFIED', version = i.version + 1, updated_at = ${uow.now}
    from ${asRows(delivered, COLUMNS)}, distribution_content c, installation w
    where w.id = i.id and v.verified
      and c.distribution_id = ${distribution.id}
      and i.ci_id = v.ci
      and i.dml_item_version_id = c.dml_item_version_id
      and i.digest = c.digest
      and i.valid_to is null
      and i.assurance <> 'VERIFIED'
    returning ${TOLD}, w.assurance as was`);
  uow.wrote(
    Installation,
    confirmed.map(({ was, ...row }) => ({ id: row.id, before: { ...rowOf(row), assurance: was }, after: rowOf(row) })),
  );
}

/** Takes back what was VERIFIED of installations where a check found other content. */
async function doubt(uow: UnitOfWork, distribution: Distribution, drifted: readonly TargetChange[]): Promise<void> {
  const doubted = await uow.query<Told>(sql`
    update installation i set assurance = 'REPORTED', version = i.version + 1, updated_at = ${uow.now}
    from distribution_content c
    where c.distribution_id = ${distribution.id}
      and i.ci_id = any(${drifted.map(({ ciId }) => ciId)}::uuid[])
      and i.dml_item_version_id = c.dml_item_version_id
      and i.valid_to is null
      and i.assurance = 'VERIFIED'
    returning ${TOLD}`);
  uow.wrote(
    Installation,
    doubted.map((row) => ({ id: row.id, before: { ...rowOf(row), assurance: 'VERIFIED' }, after: rowOf(row) })),
  );
}

/** Ends the installations that the distribution recorded and restores the ones that they replaced. */
async function restore(uow: UnitOfWork, distribution: Distribution, delivered: readonly Delivery[]): Promise<void> {
  const closed = await close(uow, distribution, delivered);
  const rows = closed.map((row) => ({
    ...row,
    next: newId(),
    execution: delivered.find(({ ci }) => ci === row.ci)?.execution,
  }));
  const restored = await uow.query<Told>(sql`
    insert into installation as i (${INSERTED})
    select v.next, p.ci_id, p.dml_item_id, b.dml_item_version_id, b.digest, 'REPORTED', p.valid_to, p.id,
      ${distribution.releaseId}, ${distribution.id}, v.execution, 1, ${uow.now}, ${uow.now}
    from ${asRows(rows, 'id uuid, next uuid, execution uuid')}
    join installation p on p.id = v.id
    join installation b on b.id = p.previous_id
    returning ${TOLD}`);
  begun(uow, restored);
}

/** Whether a success takes away what a release had delivered, so that it stays away. */
async function takesAway(
  uow: UnitOfWork,
  distribution: Distribution,
  { operation, backOut }: { readonly operation: DistributionOperation; readonly backOut: boolean },
): Promise<boolean> {
  if (backOut || operation === 'UNDO') return true;
  if (operation !== 'REMOVE') return false;
  const found = await uow.query(sql`
    select 1 from release where id = ${distribution.releaseId} and state in ('BACKING_OUT', 'BACKED_OUT')`);
  return found.length > 0;
}

/**
 * Updates the installation records after targets succeeded, were backed out or turned out to have drifted, in the
 * transaction of the event that records it.
 * @param verified whether the digest read back from the target is the authorised one.
 */
export async function recordInstallations(
  uow: UnitOfWork,
  distribution: Distribution,
  {
    operation,
    backOut,
    verified,
  }: {
    readonly operation: DistributionOperation;
    readonly backOut: boolean;
    readonly verified: (change: TargetChange) => boolean;
  },
  changes: readonly TargetChange[],
): Promise<void> {
  const drifted = changes.filter(({ to, reason }) => to === 'FAILED' && reason?.code === 'MEDIA_DIGEST_MISMATCH');
  if (operation === 'VERIFY' && drifted.length > 0) {
    await queueForTargets(
      uow,
      drifted.map(({ ciId }) => ciId),
    );
    await doubt(uow, distribution, drifted);
  }
  const done = deliveries(
    changes.filter(({ to, from }) => to !== from && to === (backOut ? 'BACKED_OUT' : 'SUCCEEDED')),
    verified,
  );
  if (done.length === 0) return;
  await queueForTargets(
    uow,
    done.map(({ ci }) => ci),
  );
  if (backOut || operation === 'UNDO') await restore(uow, distribution, done);
  else if (operation === 'INSTALL') await install(uow, distribution, done);
  else if (operation === 'REMOVE') await close(uow, distribution, done);
  else if (operation === 'VERIFY') await confirm(uow, distribution, done);
  if (await takesAway(uow, distribution, { operation, backOut }))
    await pinBackedOut(
      uow,
      distribution,
      done.map(({ ci }) => ci),
    );
}

/** What discovery found installed of a DML item; `dmlItemVersionId` is null where nothing is. */
export interface DiscoveredInstallation {
  readonly ciId: string;
  readonly dmlItemId: string;
  readonly dmlItemVersionId: string | null;
  readonly digest: string | null;
  readonly since: Date;
}

/** Records what discovery found in the place of what was recorded, once somebody has accepted it. */
export async function recordDiscovered(uow: UnitOfWork, found: DiscoveredInstallation): Promise<void> {
  await queueForTargets(uow, [found.ciId]);
  const closed = await uow.query<Told>(sql`
    update installation i
    set valid_to = greatest(${found.since}::timestamptz, i.valid_from), version = i.version + 1, updated_at = ${uow.now}
    where i.ci_id = ${found.ciId} and i.dml_item_id = ${found.dmlItemId} and i.valid_to is null
    returning ${TOLD}`);
  ended(uow, closed);
  if (found.dmlItemVersionId === null) return;
  const came = await uow.query<Told>(sql`
    insert into installation as i (id, ci_id, dml_item_id, dml_item_version_id, digest, assurance, valid_from,
      previous_id, version, created_at, updated_at)
    select ${newId()}::uuid, ${found.ciId}::uuid, ${found.dmlItemId}::uuid, ${found.dmlItemVersionId}::uuid,
      ${found.digest}::text, 'DISCOVERED', greatest(${found.since}::timestamptz, p.valid_to), p.id, 1, ${uow.now},
      ${uow.now}
    from (select ${closed[0]?.id ?? null}::uuid as id) x left join installation p on p.id = x.id
    returning ${TOLD}`);
  begun(uow, came);
}
