import { sql } from 'kysely';
import type { ItemInstallation } from '../../domain/cmdb/ci-observation.js';
import type { CiRelationKind, LifecycleState } from '../../domain/cmdb/configuration-item.machine.js';
import { driftMachine, type DriftCommand } from '../../domain/cmdb/drift.machine.js';
import { notFound } from '../../domain/errors.js';
import { fromNodeId, toNodeId } from '../../domain/node-id.js';
import { CiRelation } from '../../entities/cmdb/ci-relation.entity.js';
import { ConfigurationItem } from '../../entities/cmdb/configuration-item.entity.js';
import { Drift } from '../../entities/cmdb/drift.entity.js';
import { driftFacts } from '../../facts/cmdb/drift.facts.js';
import { changeCreate } from '../change/change.service.js';
import { factsOf } from '../facts-of.js';
import { expectVersion, lock } from '../load.js';
import { optionalReason, requiredReason } from '../text.js';
import { touch } from '../touch.js';
import { demand, enter } from '../transition.js';
import type { UnitOfWork } from '../unit-of-work.js';
import { acceptObserved, configurationItemRelate, configurationItemUnrelate } from './configuration-item.service.js';
import { recordDiscovered } from './installation.service.js';

const TYPE = 'Drift' as const;
const CI = 'ConfigurationItem' as const;

/** What every command on a drift takes. */
export interface DriftCommandInput {
  readonly id: string;
  readonly expectedVersion?: number | null;
  readonly reason?: string | null;
}

interface Held {
  readonly drift: Drift;
  readonly ci: ConfigurationItem;
}

/** Locks a drift with its item: the item first, as those do who compare it. */
async function hold(uow: UnitOfWork, input: DriftCommandInput): Promise<Held> {
  const id = fromNodeId(TYPE, input.id, 'id');
  const [row] = await uow.query<{ ci: string }>(sql`select ci_id as ci from drift where id = ${id}`);
  if (!row) throw notFound(TYPE);
  const ci = await lock(uow, ConfigurationItem, CI, row.ci);
  const drift = await lock(uow, Drift, TYPE, id);
  expectVersion(drift, input.expectedVersion);
  return { drift, ci };
}

const ask = async (uow: UnitOfWork, drift: Drift, command: DriftCommand) =>
  demand(driftMachine, drift, command, await factsOf(uow, driftFacts, TYPE, drift));

const topicsOf = ({ ciId, targetId, dmlItemId }: Drift) => [ciId, targetId, dmlItemId];

/**
 * Writes what was observed into the record, as the command for it does and with its rules. It was so since the drift
 * began, so it is a fact that comes late.
 */
async function write(uow: UnitOfWork, { drift, ci }: Held): Promise<void> {
  const validFrom = drift.since.toISOString();
  const id = toNodeId(CI, ci.id);
  const edit = { source: drift.source, validFrom };
  switch (drift.aspect) {
    case 'FIELD':
      return await acceptObserved(uow, ci, { ...edit, [drift.name]: drift.observed as string | LifecycleState });
    case 'ATTRIBUTE': {
      const { [drift.name]: _recorded, ...others } = ci.attributes;
      const attributes = drift.observed == null ? others : { ...ci.attributes, [drift.name]: drift.observed };
      return await acceptObserved(uow, ci, { ...edit, attributes });
    }
    case 'RELATION': {
      const [kind, targetId] = [drift.name as CiRelationKind, drift.targetId as string];
      if (drift.kind === 'UNEXPECTED') {
        const ends = { sourceId: id, kind, targetId: toNodeId(CI, targetId), validFrom };
        return void (await configurationItemRelate(uow, ends));
      }
      const relation = await uow.em.findOne(CiRelation, { sourceId: ci.id, kind, targetId });
      if (relation === null) return;
      return void (await configurationItemUnrelate(uow, {
        id: toNodeId('CiRelation', relation.id),
        validTo: validFrom,
      }));
    }
    case 'INSTALLATION': {
      const found = drift.observed as ItemInstallation | null;
      const media = found?.dmlItemVersion == null ? null : fromNodeId('DmlItemVersion', found.dmlItemVersion, 'id');
      return await recordDiscovered(uow, {
        ciId: ci.id,
        dmlItemId: drift.dmlItemId as string,
        dmlItemVersionId: media,
        digest: found?.digest ?? null,
        since: drift.since,
      });
    }
    case 'ITEM':
      throw new Error('The rules refuse this.');
  }
}

/**
 * Accepts what was observed: the record says it from now on, and did since the drift began.
 * @throws Refusal CI_PROTECTED, SELF_APPROVAL, DRIFT_NOT_RECORDABLE, and what the command for the edit refuses
 */
export async function driftAccept(uow: UnitOfWork, input: DriftCommandInput): Promise<Drift> {
  const held = await hold(uow, input);
  const { drift } = held;
  const reason = optionalReason(input.reason);
  const allowed = await ask(uow, drift, 'driftAccept');
  await write(uow, held);
  Object.assign(drift, { reason, decidedById: uow.actorId, closedAt: uow.now });
  enter(uow, drift, allowed, {
    type: 'drift.accepted',
    subjectType: TYPE,
    topics: topicsOf(drift),
    tells: [drift.ciId],
    reason,
  });
  return drift;
}

/** Decides that the record is right. The drift stays quiet until something else is observed. */
export async function driftReject(uow: UnitOfWork, input: DriftCommandInput): Promise<Drift> {
  const { drift } = await hold(uow, input);
  const reason = requiredReason(input.reason);
  const allowed = await ask(uow, drift, 'driftReject');
  Object.assign(drift, { reason, decidedById: uow.actorId });
  enter(uow, drift, allowed, { type: 'drift.rejected', subjectType: TYPE, topics: topicsOf(drift), reason });
  return drift;
}

/**
 * Raises a change that names the item as target: to bring the item in line with its record, or the other way round.
 * @throws Refusal DRIFT_HAS_CHANGE, and what `changeCreate` refuses
 */
export async function driftRaiseChange(
  uow: UnitOfWork,
  input: DriftCommandInput & { readonly title?: string | null; readonly description?: string | null },
): Promise<Drift> {
  const { drift, ci } = await hold(uow, input);
  await ask(uow, drift, 'driftRaiseChange');
  const change = await changeCreate(uow, {
    title: input.title ?? `Drift of ${ci.name}`.slice(0, 200),
    description:
      input.description ??
      `${drift.source} reports ${[drift.aspect, drift.name].join(' ').trim()} of ${ci.name} as ${drift.kind}: ` +
        `recorded ${JSON.stringify(drift.recorded ?? null)}, observed ${JSON.stringify(drift.observed ?? null)}.`.slice(
          0,
          9_000,
        ),
    targetCiIds: [toNodeId(CI, ci.id)],
  });
  drift.changeId = change.id;
  touch(drift);
  uow.record({
    type: 'drift.change-raised',
    subjectType: TYPE,
    subject: drift,
    topics: [...topicsOf(drift), change.id],
    reason: optionalReason(input.reason),
    data: { change: toNodeId('Change', change.id) },
  });
  return drift;
}
