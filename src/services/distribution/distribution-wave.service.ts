import { LockMode } from '@mikro-orm/core';
import { sql } from 'kysely';
import {
  DISTRIBUTION_WAVE_ROWS,
  type DistributionWaveCommand,
  type WaveState,
} from '../../domain/distribution/distribution-wave.machine.js';
import { countTargets, type TargetCounts } from '../../domain/distribution/distribution-outcome.js';
import type { WaveThresholds } from '../../domain/distribution/wave.js';
import { toNodeId } from '../../domain/node-id.js';
import type { TargetState } from '../../domain/distribution/observation.js';
import { decideSystem } from '../../domain/state-machine.js';
import type { Distribution } from '../../entities/distribution/distribution.entity.js';
import { DistributionWave } from '../../entities/distribution/distribution-wave.entity.js';
import { nextWave } from '../../facts/distribution/wave.facts.js';
import { enter } from '../transition.js';
import type { UnitOfWork } from '../unit-of-work.js';
import { snapshotOf } from './distribution-event.js';
import { latestRun } from './distribution-run.service.js';
import { applyTargetReports } from './target-execution.service.js';
import { countTargetStates } from './target-state.service.js';
import { tellManyTargets } from './told-targets.js';

const IN_ORDER = { lockMode: LockMode.PESSIMISTIC_WRITE, orderBy: { position: 'asc' } } as const;

/** The waves of a distribution in their order, locked. The distribution is locked. */
export async function wavesOf(uow: UnitOfWork, distributionId: string): Promise<DistributionWave[]> {
  return await uow.em.find(DistributionWave, { distributionId }, IN_ORDER);
}

/**
 * One wave of a distribution, locked. A rollout can have hundreds of waves, so what concerns one loads no other.
 * The distribution is locked.
 */
export async function findWave(
  uow: UnitOfWork,
  where:
    { readonly id: string } | { readonly distributionId: string; readonly state: WaveState; readonly attempt?: number },
): Promise<DistributionWave | undefined> {
  return (await uow.em.findOne(DistributionWave, where, { lockMode: LockMode.PESSIMISTIC_WRITE })) ?? undefined;
}

/** The wave that a distribution would begin now; undefined where it has no waves, or none is left. */
export async function waveToBegin(
  uow: UnitOfWork,
  { id, wavePlan }: Distribution,
): Promise<DistributionWave | undefined> {
  if (wavePlan == null) return undefined;
  const [row] = await uow.query<{ id: string | null }>(sql`
    select (${nextWave(sql`w.id`)}) as id from distribution d where d.id = ${id}`);
  return row?.id == null ? undefined : await findWave(uow, { id: row.id });
}

/** Whether a wave of a distribution has not begun. */
export async function hasWaveAhead(uow: UnitOfWork, distributionId: string): Promise<boolean> {
  const [row] = await uow.query<{ ahead: boolean }>(sql`
    select exists (
      select from distribution_wave w where w.distribution_id = ${distributionId} and w.state = 'PLANNED') as ahead`);
  return row?.ahead === true;
}

/** What an event says of the wave it is about. */
export const aboutWave = ({ id, name, position, state: present }: DistributionWave, state = present) => ({
  wave: { id: toNodeId('DistributionWave', id), name, position, state },
});

const EVENTS: Readonly<Record<DistributionWaveCommand, string>> = {
  distributionWaveBegin: 'distribution-wave.begun',
  distributionWavePass: 'distribution-wave.passed',
  distributionWaveTrip: 'distribution-wave.tripped',
  distributionWaveCancel: 'distribution-wave.cancelled',
  distributionWaveReplan: 'distribution-wave.replanned',
};

/** Moves a wave, where its state has the command, and records the event with the progress of the distribution. */
export async function moveWave(
  uow: UnitOfWork,
  distribution: Distribution,
  wave: DistributionWave,
  command: DistributionWaveCommand,
  details: {
    readonly reason?: string | null;
    readonly data?: Record<string, unknown>;
    /** Targets by state, where the caller has counted them already. */
    readonly counts?: TargetCounts;
  } = {},
): Promise<void> {
  const allowed = decideSystem(DISTRIBUTION_WAVE_ROWS, wave.state, command);
  if (allowed === undefined) return;
  const counts = details.counts ?? (await countTargetStates(uow, distribution.id));
  enter(uow, wave, allowed, {
    type: EVENTS[command],
    subjectType: 'DistributionWave',
    topics: [distribution.id, distribution.releaseId],
    reason: details.reason ?? null,
    data: { ...details.data, ...aboutWave(wave, allowed.to), distribution: snapshotOf(distribution, counts) },
  });
}

/** Notes that a wave begins with an attempt. Waves after it that a retry would reach again are planned again. */
export async function beginWave(
  uow: UnitOfWork,
  distribution: Distribution,
  wave: DistributionWave,
  attempt: number,
): Promise<void> {
  const repeats = wave.state === 'TRIPPED';
  const counts = await countTargetStates(uow, distribution.id);
  if (!repeats) {
    // A retry after the end of the rollout: what is left of this wave and of those after it comes in their order.
    const again = await uow.query<{ id: string }>(sql`
      select w.id from distribution_wave w
      where w.distribution_id = ${distribution.id} and w.position >= ${wave.position} and w.state <> 'PLANNED'
        and exists (
          select from target_execution e
          where e.wave_id = w.id and not e.excluded and e.state not in ('SUCCEEDED', 'BACKED_OUT'))
      order by w.position`);
    const ids = again.map(({ id }) => id);
    const waves = ids.length === 0 ? [] : await uow.em.find(DistributionWave, { id: { $in: ids } }, IN_ORDER);
    for (const one of waves) {
      await moveWave(uow, distribution, one, 'distributionWaveReplan', { counts });
      Object.assign(one, { endedAt: null, soakUntil: null, acceptedFailures: 0 });
    }
  }
  await moveWave(uow, distribution, wave, 'distributionWaveBegin', { data: { attempt }, counts });
  Object.assign(wave, { attempt, startedAt: wave.startedAt ?? uow.now, endedAt: null, soakUntil: null });
}

/** What a wave tolerates. */
export const thresholdsOf = ({
  maxFailures,
  maxFailurePercent,
  minSuccessPercent,
}: DistributionWave): WaveThresholds => ({
  maxFailures: maxFailures ?? null,
  maxFailurePercent: maxFailurePercent ?? null,
  minSuccessPercent: minSuccessPercent ?? null,
});

/** How many targets of a wave are in each state, without those that were excluded. */
export async function countWaveTargets(uow: UnitOfWork, waveId: string): Promise<TargetCounts> {
  const counts = { ...countTargets([]) } as Record<TargetState, number>;
  const rows = await uow.query<{ state: TargetState; n: number }>(sql`
    select state, count(*)::int as n from target_execution where wave_id = ${waveId} and not excluded group by state`);
  for (const { state, n } of rows) counts[state] = n;
  return counts;
}

const ROLLOUT_ENDED = { code: 'ROLLOUT_ENDED', message: 'The rollout ended before this target was started.' };

/**
 * Ends a rollout before its last wave: targets that have not been started are CANCELLED, and so is every wave that
 * has not passed. Does nothing without waves.
 */
export async function cancelRest(uow: UnitOfWork, distribution: Distribution): Promise<void> {
  if (distribution.wavePlan == null) return;
  const waves = await wavesOf(uow, distribution.id);
  const run = await latestRun(uow, distribution);
  const rows = await uow.query<{ ciId: string }>(sql`
    select ci_id as "ciId" from target_execution
    where distribution_id = ${distribution.id} and wave_id is not null and state = 'PENDING' and not excluded
    order by id`);
  if (run !== undefined) {
    const marks = rows.map(({ ciId }) => ({
      ciId,
      state: 'CANCELLED' as const,
      nativeStatus: ROLLOUT_ENDED.code,
      at: uow.now,
      reason: { ...ROLLOUT_ENDED, retryable: true },
      payload: {},
    }));
    await tellManyTargets(uow, await applyTargetReports(uow, run, marks, { keep: false }));
  }
  const counts = await countTargetStates(uow, distribution.id);
  for (const wave of waves) {
    if (wave.state === 'PASSED' || wave.state === 'CANCELLED') continue;
    await moveWave(uow, distribution, wave, 'distributionWaveCancel', { counts });
    wave.endedAt = uow.now;
  }
}
