import { sql } from 'kysely';
import { judgeWave, tallyWave, type Tripped } from '../../domain/distribution/wave.js';
import { rollUpCounts } from '../../domain/distribution/distribution-outcome.js';
import { OPEN_TARGET_STATES } from '../../domain/distribution/observation.js';
import type { Distribution } from '../../entities/distribution/distribution.entity.js';
import type { DistributionWave } from '../../entities/distribution/distribution-wave.entity.js';
import type { UnitOfWork } from '../unit-of-work.js';
import { openDecision } from './decision-point-open.service.js';
import { snapshotOf } from './distribution-event.js';
import { ADVANCE_JOB, hasten, type HeldRun } from './distribution-run.service.js';
import { moveBySystem } from './distribution-transition.js';
import {
  aboutWave,
  cancelRest,
  countWaveTargets,
  findWave,
  hasWaveAhead,
  moveWave,
  thresholdsOf,
} from './distribution-wave.service.js';
import { markTargets } from './target-execution.service.js';
import { countTargetStates, targetsIn } from './target-state.service.js';

/** The wave whose targets a run delivers to now; undefined for other runs. */
async function waveAtWork(uow: UnitOfWork, { distribution, run }: HeldRun): Promise<DistributionWave | undefined> {
  if (distribution.wavePlan == null) return undefined;
  return await findWave(uow, { distributionId: distribution.id, state: 'RUNNING', attempt: run.attempt });
}

/**
 * Has the tool start no further target of a wave that has tripped while it runs. The decision is asked for when the
 * run has ended: until then nobody knows what there is to decide about.
 */
async function stopEarly(
  uow: UnitOfWork,
  { distribution, run }: HeldRun,
  wave: DistributionWave,
  { trip, message }: Tripped,
): Promise<void> {
  if (run.cancelRequestedAt !== null || run.state !== 'SUBMITTED') return;
  const [tool] = await uow.query<{ canCancel: boolean }>(sql`
    select coalesce(capabilities->>'cancel' <> 'none', false) as "canCancel" from deployment_tool
    where id = ${run.deploymentToolId}`);
  if (tool?.canCancel !== true) return;
  await markTargets(uow, run, await targetsIn(uow, run, OPEN_TARGET_STATES), 'CANCEL_REQUESTED');
  uow.record({
    type: 'distribution-wave.stopping',
    subjectType: 'DistributionWave',
    subject: wave,
    topics: [distribution.id, distribution.releaseId],
    tells: [distribution.id],
    reason: message,
    data: {
      trip,
      ...aboutWave(wave),
      distribution: snapshotOf(distribution, await countTargetStates(uow, distribution.id)),
    },
  });
  await hasten(uow, run, { cancelRequestedAt: uow.now, cancelMode: 'stop', cancelAnswer: null, control: null });
}

/** What the end of a wave, or a report during it, means for the rollout. */
export type WaveEnd = 'NO_WAVE' | 'GOES_ON' | 'WAVE_ENDED' | 'LAST_WAVE_ENDED';

const isActive = ({ state }: Distribution) => ['STARTING', 'RUNNING', 'PAUSED', 'STOPPING'].includes(state);

/**
 * Judges the wave of a run after a change of its targets. A wave that trips opens a decision; one that passes lets its
 * soak time begin. The distribution is locked.
 * @param over whether the run is over, also for targets without a result.
 */
export async function settleWave(uow: UnitOfWork, held: HeldRun, over: boolean): Promise<WaveEnd> {
  const { distribution } = held;
  const wave = await waveAtWork(uow, held);
  if (wave === undefined || !isActive(distribution)) return 'NO_WAVE';
  const counts = await countWaveTargets(uow, wave.id);
  const tally = tallyWave(counts, wave.acceptedFailures);
  const ended = over || tally.ended >= tally.total;
  const tripped = judgeWave(thresholdsOf(wave), tally, ended);
  if (!ended) {
    distribution.percent = rollUpCounts(await countTargetStates(uow, distribution.id), false, false).percent;
    if (tripped !== undefined && distribution.state !== 'STOPPING') await stopEarly(uow, held, wave, tripped);
    return 'GOES_ON';
  }
  // A person has stopped the rollout: its result counts, not the wave's.
  if (distribution.state === 'STOPPING') {
    await cancelRest(uow, distribution);
    return 'LAST_WAVE_ENDED';
  }
  wave.endedAt = uow.now;
  distribution.percent = rollUpCounts(await countTargetStates(uow, distribution.id), false, false).percent;
  if (tripped !== undefined) {
    await moveWave(uow, distribution, wave, 'distributionWaveTrip', {
      reason: tripped.message,
      data: { trip: tripped.trip },
    });
    distribution.stateReason = `${wave.name}: ${tripped.message}`;
    await openDecision(uow, distribution, wave, tripped);
    await moveBySystem(uow, distribution, 'distributionTrip', {
      type: 'distribution.awaiting-decision',
      reason: distribution.stateReason,
    });
    return 'WAVE_ENDED';
  }
  return await passWave(uow, distribution, wave);
}

/** Lets a wave pass: the soak time begins, and the distribution waits for its next wave unless this was the last. */
export async function passWave(
  uow: UnitOfWork,
  distribution: Distribution,
  wave: DistributionWave,
): Promise<'WAVE_ENDED' | 'LAST_WAVE_ENDED'> {
  wave.soakUntil = wave.soakMinutes > 0 ? new Date(uow.now.getTime() + wave.soakMinutes * 60_000) : null;
  await moveWave(uow, distribution, wave, 'distributionWavePass');
  const isLast = !(await hasWaveAhead(uow, distribution.id));
  const command = distribution.state === 'AWAITING_DECISION' ? 'distributionPassWave' : 'distributionEndWave';
  // The last wave of a decision has no run any more whose end could settle the distribution.
  if (!isLast || command === 'distributionPassWave') {
    distribution.stateReason = null;
    await moveBySystem(uow, distribution, command, { type: 'distribution.wave-ended' });
    if (wave.advance !== 'MANUAL' && wave.soakUntil === null)
      uow.enqueue(ADVANCE_JOB, { distributionId: distribution.id }, { singletonKey: distribution.id });
  }
  return isLast ? 'LAST_WAVE_ENDED' : 'WAVE_ENDED';
}
