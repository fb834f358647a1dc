import { distributionMachine } from '../../domain/distribution/distribution.machine.js';
import type { DistributionFacts } from '../../domain/distribution/distribution.guards.js';
import { DISTRIBUTION_STATES_AT_TOOL, type DistributionState } from '../../domain/distribution/distribution.state.js';
import { isReturn } from '../../domain/distribution/return.guards.js';
import { toNodeId } from '../../domain/node-id.js';
import type { Role } from '../../domain/roles.js';
import { decide } from '../../domain/state-machine.js';
import type { Distribution } from '../../entities/distribution/distribution.entity.js';
import type { Release } from '../../entities/release/release.entity.js';
import { distributionFacts } from '../../facts/distribution/distribution.facts.js';
import { MAX_REASON } from '../text.js';
import type { UnitOfWork } from '../unit-of-work.js';
import { pauseByRule, resumeByRule } from './distribution-control.service.js';
import { recordDistributionEvent } from './distribution-event.js';
import { distributionsIn } from './distribution-follow.service.js';
import { countTargetStates } from './target-state.service.js';

/** A distribution in the data of the event of a hold. */
interface Named {
  /** Node id. */
  readonly id: string;
  readonly number: string;
}

/** A distribution that a hold does not pause. */
interface GoesOn extends Named {
  readonly state: DistributionState;
  /** Why it is not paused. */
  readonly why: string;
  /** Roles that can stop it; empty when nobody can. */
  readonly stoppableBy: readonly Role[];
}

/** A distribution that the end of a hold leaves paused. */
interface StaysPaused extends Named {
  readonly blockers: readonly {
    readonly code: string;
    readonly message: string;
    readonly resolvableBy: readonly Role[];
  }[];
}

type AtTool = readonly { readonly distribution: Distribution; readonly facts: DistributionFacts }[];

const named = ({ id, number }: Distribution): Named => ({ id: toNodeId('Distribution', id), number });

async function held(uow: UnitOfWork, release: Release, states: readonly DistributionState[]): Promise<AtTool> {
  const distributions = await distributionsIn(uow, release, states);
  const ids = distributions.map(({ id }) => id);
  const facts = ids.length === 0 ? new Map() : await distributionFacts(uow, uow.actor, ids, uow.now);
  return distributions.flatMap((distribution) => {
    const known: DistributionFacts | undefined = facts.get(distribution.id);
    return known === undefined ? [] : [{ distribution, facts: known }];
  });
}

/** As much of a reason as the log keeps. */
const brief = (text: string): string => text.slice(0, MAX_REASON);

const holdReason = ({ number, onHoldReason }: Release): string =>
  brief(`Release ${number} is on hold: ${onHoldReason}`);

async function pause(
  uow: UnitOfWork,
  release: Release,
  distribution: Distribution,
  facts: DistributionFacts,
): Promise<void> {
  await pauseByRule(uow, distribution, facts, holdReason(release));
  distribution.pausedByHold = true;
}

const RETURNS_GO_ON = 'A back-out continues during a hold.';

const WHY: Readonly<Partial<Record<DistributionState, string>>> = {
  STARTING: 'The order is held back. If it has already left, the run is paused as soon as the tool accepts it.',
  START_UNKNOWN: 'Nobody knows whether it runs. It is paused as soon as that is known.',
  STOPPING: 'It is already being stopped.',
  BACKING_OUT: RETURNS_GO_ON,
};

/** Says of a distribution that the hold of its release does not pause it, why, and who can stop it. */
async function tellGoesOn(uow: UnitOfWork, release: Release, { distribution, facts }: AtTool[number]): Promise<GoesOn> {
  const state: DistributionState = distribution.state;
  const decision = decide(distributionMachine, state, 'distributionPause', facts);
  const why = WHY[state] ?? (decision.ok ? RETURNS_GO_ON : decision.blockers.map(({ message }) => message).join(' '));
  const stop = decide(distributionMachine, state, 'distributionStop', facts);
  const told: GoesOn = { ...named(distribution), state, why, stoppableBy: stop.ok ? ['DEPLOYMENT_OPERATOR'] : [] };
  recordDistributionEvent(uow, distribution, 'distribution.goes-on', await countTargetStates(uow, distribution.id), {
    reason: brief(`${holdReason(release)} ${why}`),
    data: { stoppableBy: told.stoppableBy },
  });
  return told;
}

/**
 * Pauses what runs of a release that has just been put on hold. The release is locked.
 * @returns what was paused and what goes on, for the event of the hold.
 */
export async function pauseHeld(
  uow: UnitOfWork,
  release: Release,
): Promise<{ readonly paused: Named[]; readonly goesOn: GoesOn[] }> {
  const paused: Named[] = [];
  const others: GoesOn[] = [];
  for (const one of await held(uow, release, DISTRIBUTION_STATES_AT_TOOL)) {
    const { distribution, facts } = one;
    // A person paused it before, so the end of the hold does not resume it.
    if (distribution.state === 'PAUSED') continue;
    if (!isReturn({ release }) && decide(distributionMachine, distribution.state, 'distributionPause', facts).ok) {
      await pause(uow, release, distribution, facts);
      paused.push(named(distribution));
    } else {
      others.push(await tellGoesOn(uow, release, one));
    }
  }
  return { paused, goesOn: others };
}

/**
 * Pauses a distribution that began to run while its release was on hold: its order was under way, or a person found out
 * that the tool has it. Release and distribution are locked.
 */
export async function pauseIfHeld(uow: UnitOfWork, release: Release, distribution: Distribution): Promise<void> {
  if (release.onHoldAt == null || isReturn({ release }) || distribution.state !== 'RUNNING') return;
  const facts = (await distributionFacts(uow, uow.actor, [distribution.id], uow.now)).get(distribution.id);
  if (facts === undefined) return;
  if (decide(distributionMachine, distribution.state, 'distributionPause', facts).ok)
    await pause(uow, release, distribution, facts);
  else await tellGoesOn(uow, release, { distribution, facts });
}

/**
 * Resumes what a hold paused, each under the rules of `distributionResume`. What may not resume now stays paused, and a
 * person resumes it. The hold of the release, which is locked, has just ended.
 * @returns what was resumed and what stays paused, for the event of the end of the hold.
 */
export async function resumeHeld(
  uow: UnitOfWork,
  release: Release,
  reason: string,
): Promise<{ readonly resumed: Named[]; readonly staysPaused: StaysPaused[] }> {
  const resumed: Named[] = [];
  const staysPaused: StaysPaused[] = [];
  for (const { distribution, facts } of await held(uow, release, ['PAUSED'])) {
    if (!distribution.pausedByHold) continue;
    const decision = decide(distributionMachine, distribution.state, 'distributionResume', facts);
    if (decision.ok) {
      await resumeByRule(uow, distribution, facts, reason);
      resumed.push(named(distribution));
      continue;
    }
    const blockers = decision.blockers.map(({ code, message, resolvableBy }) => ({ code, message, resolvableBy }));
    const why = brief(`The hold has ended, and it cannot resume. ${blockers.map(({ message }) => message).join(' ')}`);
    Object.assign(distribution, { pausedByHold: false, stateReason: why });
    recordDistributionEvent(
      uow,
      distribution,
      'distribution.resume-blocked',
      await countTargetStates(uow, distribution.id),
      { reason: why, data: { blockers } },
    );
    staysPaused.push({ ...named(distribution), blockers });
  }
  return { resumed, staysPaused };
}
