import { describe, expect, test } from '@jest/globals';
import { blocker } from '../../src/domain/blocker.js';
import {
  changeMachine,
  type ChangeCommand,
  type ChangeFacts,
  type ChangeState,
} from '../../src/domain/change/change.machine.js';
import { releaseOutcome } from '../../src/domain/distribution/distribution-outcome.js';
import type { DistributionFacts } from '../../src/domain/distribution/distribution.guards.js';
import { distributionMachine } from '../../src/domain/distribution/distribution.machine.js';
import {
  RECONCILE_DECISIONS,
  type DistributionCommand,
  type DistributionState,
} from '../../src/domain/distribution/distribution.state.js';
import type { ReleaseFacts } from '../../src/domain/release/release.guards.js';
import { releaseMachine } from '../../src/domain/release/release.machine.js';
import { distributionIsNext, type ReleaseCommand, type ReleaseState } from '../../src/domain/release/release.state.js';
import { decide, type Machine } from '../../src/domain/state-machine.js';
import { goodChangeFacts, goodDistributionFacts, goodReleaseFacts } from './facts.js';

/** A release with one change and one distribution, each in its state. */
interface World {
  readonly release: ReleaseState;
  readonly change: ChangeState;
  readonly distribution: DistributionState;
}

interface Machines {
  readonly release: Machine<ReleaseState, ReleaseCommand, ReleaseFacts>;
  readonly change: Machine<ChangeState, ChangeCommand, ChangeFacts>;
  readonly distribution: Machine<DistributionState, DistributionCommand, DistributionFacts>;
}

const OUTCOME_COMMANDS: Partial<Record<ReleaseCommand, string>> = {
  releaseRecordDeployed: 'DEPLOYED',
  releaseRecordPartiallyDeployed: 'PARTIALLY_DEPLOYED',
  releaseRecordFailed: 'FAILED',
};
const SUCCEEDED_TARGETS: Partial<Record<DistributionState, number>> = { SUCCEEDED: 2, PARTIALLY_SUCCEEDED: 1 };

/** Every world one command away. What people can always bring about, such as finishing a task, counts as done. */
function successors(
  { release, change, distribution }: World,
  machines: Machines,
  skippedStates: readonly ReleaseState[],
): World[] {
  const next: World[] = [];
  const releaseFacts: ReleaseFacts = {
    ...goodReleaseFacts,
    skippedStates,
    changes: [{ id: 'change-1', name: 'CHG-1', state: change }],
    distributions: [{ id: 'distribution-1', name: 'DST-1', state: distribution }],
  };
  const outcome = releaseOutcome({
    distributions: [distribution],
    targetCount: 2,
    succeededTargets: SUCCEEDED_TARGETS[distribution] ?? 0,
  });
  for (const command of machines.release.commands) {
    if (command in OUTCOME_COMMANDS && OUTCOME_COMMANDS[command] !== outcome) continue;
    const decision = decide(machines.release, release, command, releaseFacts);
    if (decision.ok) next.push({ release: decision.to, change, distribution });
  }
  const changeFacts: ChangeFacts = { ...goodChangeFacts, release: { id: 'release-1', name: 'REL-1', state: release } };
  for (const command of machines.change.commands) {
    const decision = decide(machines.change, change, command, changeFacts);
    if (decision.ok) next.push({ release, change: decision.to, distribution });
  }
  for (const reconcileDecision of RECONCILE_DECISIONS) {
    const release_ = {
      id: 'release-1',
      name: 'REL-1',
      state: release,
      onHold: null,
      skipsCommunication: skippedStates.includes('COMMUNICATED'),
      distributionIsNext: distributionIsNext(release, skippedStates),
    };
    for (const command of machines.distribution.commands) {
      const decision = decide(machines.distribution, distribution, command, {
        ...goodDistributionFacts,
        release: release_,
        reconcileDecision,
      });
      if (decision.ok) next.push({ release, change, distribution: decision.to });
    }
  }
  return next;
}

const text = ({ release, change, distribution }: World): string => `${release}/${change}/${distribution}`;
const isOver = ({ release, change }: World): boolean =>
  ['CLOSED', 'CANCELLED'].includes(release) && ['CLOSED', 'CANCELLED', 'REJECTED'].includes(change);

/** All worlds that can come about, and among them those from which release and change can never both end. */
function explore(
  machines: Machines,
  skippedStates: readonly ReleaseState[] = [],
): { reachable: Set<string>; stuck: string[] } {
  const start: World = { release: 'DRAFT', change: 'OPEN', distribution: 'PLANNED' };
  const worlds = new Map([[text(start), start]]);
  const cameFrom = new Map<string, string[]>();
  for (const [key, world] of worlds) {
    for (const next of successors(world, machines, skippedStates)) {
      const to = text(next);
      if (!worlds.has(to)) worlds.set(to, next);
      cameFrom.set(to, [...(cameFrom.get(to) ?? []), key]);
    }
  }
  const saved = new Set([...worlds].filter(([, world]) => isOver(world)).map(([key]) => key));
  for (const key of saved) for (const before of cameFrom.get(key) ?? []) saved.add(before);
  return { reachable: new Set(worlds.keys()), stuck: [...worlds.keys()].filter((key) => !saved.has(key)) };
}

const real: Machines = { release: releaseMachine, change: changeMachine, distribution: distributionMachine };

/**
 * IBM's rule taken literally: a change becomes IMPLEMENTED only after its release is closed. Interlock follows BMC:
 * a release closes only after its changes.
 */
const opposed: Machines = {
  ...real,
  change: {
    ...changeMachine,
    rows: changeMachine.rows.map((row) =>
      row.command !== 'changeImplement'
        ? row
        : {
            ...row,
            guards: [
              ({ release }) =>
                release?.state === 'CLOSED' ? undefined : blocker('RELEASE_OUTCOME_PENDING', 'Not yet.', ['AUDITOR']),
            ],
          },
    ),
  },
};

describe('release, change and distribution together', () => {
  test('from every state that can come about, both release and change can end', () => {
    const { reachable, stuck } = explore(real);
    expect(stuck).toEqual([]);
    expect(reachable.size).toBeGreaterThan(800);
    for (const interesting of [
      'CLOSED/CLOSED/SUCCEEDED',
      'IN_REVIEW/IN_PROGRESS/FAILED',
      'BACKED_OUT/IMPLEMENTED/BACKED_OUT',
      'DISTRIBUTING/IN_PROGRESS/START_UNKNOWN',
      'CANCELLED/SCHEDULED/STOPPED',
    ]) {
      expect(reachable).toContain(interesting);
    }
  });

  test.each<[ReleaseState[]]>([
    [['BUILDING', 'TESTING', 'ACCEPTED', 'COMMUNICATED']],
    [['ACCEPTED']],
    [['PLANNING']],
    [['SCHEDULED']],
    [['SCHEDULED', 'COMMUNICATED']],
    [['PLANNING', 'BUILDING', 'TESTING', 'ACCEPTED', 'SCHEDULED', 'COMMUNICATED']],
    [['BUILDING', 'TESTING']],
  ])('the same holds for a template that skips %j', (skipped) => {
    expect(explore(real, skipped).stuck).toEqual([]);
  });

  test('no release is closed over an open change, and no change ends before its release has an outcome', () => {
    const { reachable } = explore(real);
    const worlds = [...reachable].map((key) => key.split('/'));
    const closedOverOpen = worlds.filter(
      ([release, change]) => release === 'CLOSED' && !['CLOSED', 'CANCELLED', 'REJECTED'].includes(change ?? ''),
    );
    expect(closedOverOpen).toEqual([]);
    const before = ['DRAFT', 'PLANNING', 'BUILDING', 'TESTING', 'ACCEPTED', 'SCHEDULED', 'COMMUNICATED'];
    expect(
      worlds.filter(
        ([release, change]) =>
          before.includes(release ?? '') && ['IMPLEMENTED', 'IN_REVIEW', 'CLOSED'].includes(change ?? ''),
      ),
    ).toEqual([]);
  });

  test('known bad: with the two vendors’ rules taken literally the search finds the deadlock', () => {
    const { stuck } = explore(opposed);
    expect(stuck).toContain('IN_REVIEW/IN_PROGRESS/SUCCEEDED');
  });
});
