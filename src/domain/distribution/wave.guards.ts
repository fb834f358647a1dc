import { blocker, type NamedRef } from '../blocker.js';
import { intervalText } from '../schedule/interval.js';
import type { Guard } from '../state-machine.js';
import type { WaveAdvance } from './wave.js';

/** The wave that has just passed. */
export interface PassedWave {
  readonly name: string;
  readonly advance: WaveAdvance;
  /** End of its soak time; null without one. */
  readonly soakUntil: Date | null;
  /** Targets that succeeded and are not verified. Only filled where the wave advances when verified. */
  readonly unverified: readonly NamedRef[];
}

/** The wave that would begin. */
export interface NextWave {
  readonly name: string;
  readonly opensAt: Date | null;
  readonly closesAt: Date | null;
  /** Groups that the wave would leave without enough members now. Only filled for the strategy REDUNDANCY. */
  readonly brokenGroups: readonly (NamedRef & { readonly remaining: number; readonly keep: number })[];
}

/** What the rules need to know about the waves of a distribution. */
export interface WaveFacts {
  /** Absent where the distribution has no waves. */
  readonly waves?: {
    /** Targets without a wave, at most a few. */
    readonly unplaced: readonly NamedRef[];
    readonly passed: PassedWave | null;
    readonly next: NextWave | null;
  };
  /** Whether a run of the distribution is under way, so that its tool can be asked to pause or stop it. */
  readonly runIsOpen?: boolean;
  readonly now: Date;
}

type WaveGuard = Guard<WaveFacts>;

/** Every target has a wave, so that none is forgotten. */
export const everyTargetHasAWave: WaveGuard = ({ waves }) =>
  (waves?.unplaced ?? []).map((ci) =>
    blocker(
      'PLAN_INVALID',
      `${ci.name} is in no wave. Plan the waves again with "distributionPlanWaves".`,
      ['DEPLOYMENT_OPERATOR'],
      { subject: { type: 'ConfigurationItem', id: ci.id } },
    ),
  );

/** The distribution was started in waves. One that gives its tool all targets at once has nothing left to divide. */
export const rolloutHasWaves: WaveGuard = ({ waves }) =>
  waves === undefined
    ? blocker('PLAN_INVALID', 'The distribution was started without waves, so no waves are left to plan.', [
        'RELEASE_MANAGER',
      ])
    : undefined;

/** The wave that passed has soaked. */
export const soakTimeIsOver: WaveGuard = ({ waves, now }) => {
  const passed = waves?.passed;
  return passed?.soakUntil == null || now >= passed.soakUntil
    ? undefined
    : blocker(
        'WAVE_NOT_READY',
        `${passed.name} is observed until ${passed.soakUntil.toISOString()}, before the next wave can start.`,
        ['DEPLOYMENT_OPERATOR'],
      );
};

/** What the wave that passed delivered is verified, where it has to be. */
export const passedWaveIsVerified: WaveGuard = ({ waves }) =>
  waves?.passed?.advance === 'VERIFIED'
    ? waves.passed.unverified.map((ci) =>
        blocker(
          'WAVE_NOT_READY',
          `${ci.name} is not verified. Verify it with a distribution of the operation VERIFY.`,
          ['DEPLOYMENT_OPERATOR'],
          { subject: { type: 'ConfigurationItem', id: ci.id } },
        ),
      )
    : undefined;

/** Now lies in the window of the wave. */
export const windowOfTheWaveIsOpen: WaveGuard = ({ waves, now }) => {
  const next = waves?.next;
  if (next == null) return undefined;
  const { opensAt, closesAt } = next;
  if ((opensAt === null || now >= opensAt) && (closesAt === null || now < closesAt)) return undefined;
  const time =
    opensAt !== null && closesAt !== null
      ? intervalText({ startsAt: opensAt, endsAt: closesAt })
      : opensAt === null
        ? `until ${closesAt?.toISOString()}`
        : `after ${opensAt.toISOString()}`;
  return blocker(
    'WAVE_NOT_READY',
    `${next.name} can only start in its window (${time}). Wait for it, or change the window.`,
    ['DEPLOYMENT_OPERATOR', 'RELEASE_MANAGER'],
  );
};

/** The wave leaves every group of configuration items in service, where its plan promises that. */
export const waveKeepsEveryGroup: WaveGuard = ({ waves }) =>
  (waves?.next?.brokenGroups ?? []).map(({ id, name, remaining, keep }) =>
    blocker(
      'REDUNDANCY_CONFLICT',
      `${waves?.next?.name} would leave ${remaining} of the ${keep} members that ${name} needs. ` +
        'Repair what is down, or plan the remaining waves again.',
      ['DEPLOYMENT_OPERATOR', 'CONFIGURATION_MANAGER'],
      { subject: { type: 'ConfigurationItem', id } },
    ),
  );

/** What is asked before each wave, the first included. */
export const WAVE_MAY_BEGIN: readonly WaveGuard[] = [
  everyTargetHasAWave,
  soakTimeIsOver,
  passedWaveIsVerified,
  windowOfTheWaveIsOpen,
  waveKeepsEveryGroup,
];

/** A run of the distribution is at its tool. */
export const runIsOpen = ({ runIsOpen: open }: WaveFacts): boolean => open !== false;

/** No run is under way: the rollout stands between two waves. */
export const noRunIsOpen = (facts: WaveFacts): boolean => !runIsOpen(facts);
