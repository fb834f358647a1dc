import {
  changeMachine,
  COVERING_CHANGE_STATES,
  ENDED_CHANGE_STATES,
  type ChangeCommand,
  type ChangeFacts,
  type ChangeState,
} from '../../src/domain/change/change.machine.js';
import { releaseOutcome } from '../../src/domain/distribution/delivery.js';
import type { DistributionFacts } from '../../src/domain/distribution/distribution.guards.js';
import { distributionMachine } from '../../src/domain/distribution/distribution.machine.js';
import {
  distributionHasEnded,
  RECONCILE_DECISIONS,
  type DistributionCommand,
  type DistributionState,
} from '../../src/domain/distribution/distribution.state.js';
import type { ReleaseFacts } from '../../src/domain/release/release.guards.js';
import { releaseMachine } from '../../src/domain/release/release.machine.js';
import { phaseHasBegun } from '../../src/domain/release/release-plan.js';
import {
  commandToDistribute,
  distributionIsNext,
  releaseIsInSchedule,
  type ReleaseCommand,
  type ReleaseState,
} from '../../src/domain/release/release.state.js';
import type { TaskFacts } from '../../src/domain/release/task.guards.js';
import {
  DONE_TASK_STATES,
  OPEN_TASK_STATES,
  taskMachine,
  type TaskCommand,
  type TaskState,
} from '../../src/domain/release/task.machine.js';
import type { Role } from '../../src/domain/roles.js';
import { decide, type Machine } from '../../src/domain/state-machine.js';
import { goodChangeFacts, goodDistributionFacts, goodReleaseFacts, goodTaskFacts } from './facts.js';

/** A release with one change, one distribution to two targets and one mandatory task. */
export interface World {
  readonly release: ReleaseState;
  readonly change: ChangeState;
  readonly distribution: DistributionState;
  readonly task: TaskState;
  /** Whether the change belongs to the release. A cancelled release frees its changes. */
  readonly member: boolean;
  /** Whether something of the release is on a target and nobody has decided that it stays. */
  readonly left: boolean;
  readonly onHold: boolean;
}

/** The machines of a search: the real ones, or some that a test has broken. */
export interface Machines {
  readonly release: Machine<ReleaseState, ReleaseCommand, ReleaseFacts>;
  readonly change: Machine<ChangeState, ChangeCommand, ChangeFacts>;
  readonly distribution: Machine<DistributionState, DistributionCommand, DistributionFacts>;
  readonly task: Machine<TaskState, TaskCommand, TaskFacts>;
}

export const REAL_MACHINES: Machines = {
  release: releaseMachine,
  change: changeMachine,
  distribution: distributionMachine,
  task: taskMachine,
};

/** What holds for a whole search. */
export interface Circumstances {
  readonly skippedStates: readonly ReleaseState[];
  /** The state of the release that the phase of the task belongs to. */
  readonly phase: ReleaseState;
  /** Whether the tool can undo. Where it cannot, a back-out depends on the owner's decision. */
  readonly canUndo: boolean;
  /** Who can act. Each part has one person, so that four eyes are four eyes. Roles are not checked here. */
  readonly people: readonly Actor[];
}

interface Actor {
  readonly actorId: string;
  readonly actorRoles: readonly Role[];
}

const person = (actorId: string, ...actorRoles: Role[]): Actor => ({ actorId, actorRoles });

/** One person for each part. `goodReleaseFacts` and its like name them as owner, planner and requester. */
export const PEOPLE: readonly Actor[] = [
  person('actor', 'RELEASE_OWNER', 'CHANGE_AUTHORITY'),
  person('planner', 'RELEASE_MANAGER', 'DEPLOYMENT_OPERATOR'),
  person('requester', 'REQUESTER', 'CHANGE_MANAGER'),
  person('assignee', 'TASK_ASSIGNEE', 'TEST_MANAGER'),
];

const RECORDED: Partial<Record<ReleaseCommand, string>> = {
  releaseRecordDeployed: 'DEPLOYED',
  releaseRecordPartiallyDeployed: 'PARTIALLY_DEPLOYED',
  releaseRecordFailed: 'FAILED',
};
const DONE_CELLS: Partial<Record<DistributionState, number>> = { SUCCEEDED: 2, PARTIALLY_SUCCEEDED: 1 };

// Others issue these for a person's command or for a report; the moves below make them.
const FOLLOWING: readonly string[] = [
  'changeSchedule',
  'changeUnschedule',
  'changeStart',
  'releaseStartDistribution',
  'releaseRetryDistribution',
  'taskCancel',
  // Of a task with a distribution.
  'taskFollowStart',
  'taskFollowUnstart',
  'taskFollowComplete',
  'taskFollowFail',
];

const isOneOf = <S extends string>(states: readonly S[], state: string): boolean =>
  (states as readonly string[]).includes(state);

/** What the commands of a release do to its change, its task and its hold. */
function follow(world: World, command: ReleaseCommand, to: ReleaseState, { phase }: Circumstances): World {
  const next = { ...world, release: to };
  const { change, member, task } = world;
  const cancelled: TaskState = isOneOf(OPEN_TASK_STATES, task) ? 'CANCELLED' : task;
  switch (command) {
    case 'releaseSchedule':
      return { ...next, change: member && change === 'AUTHORISED' ? 'SCHEDULED' : change };
    case 'releaseUnschedule':
      return { ...next, change: member && change === 'SCHEDULED' ? 'AUTHORISED' : change };
    case 'releaseStartDistribution':
    case 'releaseRetryDistribution':
    case 'releaseReopenOutcome':
      return {
        ...next,
        change:
          member && ['AUTHORISED', 'SCHEDULED', 'IMPLEMENTED', 'IN_REVIEW'].includes(change) ? 'IN_PROGRESS' : change,
      };
    case 'releaseRecordDeployed':
    case 'releaseRecordPartiallyDeployed':
    case 'releaseRecordFailed':
    case 'releaseCompleteBackOut':
    case 'releaseReopenBackOut':
      return {
        ...next,
        change: member && ['AUTHORISED', 'SCHEDULED', 'IN_PROGRESS'].includes(change) ? 'IMPLEMENTED' : change,
      };
    case 'releaseClose':
      return { ...next, task: phase === 'BACKING_OUT' ? cancelled : task };
    case 'releaseCancel':
      return {
        ...next,
        task: cancelled,
        change: member && change === 'SCHEDULED' ? 'AUTHORISED' : change,
        member: false,
      };
    case 'releaseHold':
      return { ...next, onHold: true };
    case 'releaseResume':
      return { ...next, onHold: false };
    default:
      return next;
  }
}

/** What a distribution leaves on its targets. */
function leaves(left: boolean, to: DistributionState): boolean {
  if (to === 'SUCCEEDED' || to === 'PARTIALLY_SUCCEEDED') return true;
  return to === 'BACKED_OUT' ? false : left;
}

const named = (id: string, name: string) => ({ id, name });

/** Every world one command away. What people can always bring about, such as an assessment, counts as done. */
export function successors(world: World, machines: Machines, circumstances: Circumstances): World[] {
  const { release, change, distribution, task, member, left, onHold } = world;
  const { skippedStates, phase, canUndo, people } = circumstances;
  const hold = onHold ? { reason: 'audit' } : null;
  // The target is protected, so it takes a change of the release that is authorised and not over. A change that leaves
  // takes the target along.
  const uncoveredTargets =
    member && !isOneOf(COVERING_CHANGE_STATES, change)
      ? [{ ...named('ci-1', 'web'), lifecycleState: 'PRODUCTION' as const, nearest: null }]
      : [];
  const next: World[] = [];

  /** The state after a command, if anybody can issue it. */
  function possible<S extends string, C extends string, F extends Actor>(
    machine: Machine<S, C, F>,
    from: S,
    command: C,
    facts: F,
  ): S | undefined {
    const isFrom = (row: { readonly from: S | readonly S[] }) => row.from === from || row.from.includes(from);
    if (!machine.rows.some((row) => row.command === command && isFrom(row) && (row.when?.(facts) ?? true)))
      return undefined;
    for (const actor of people) {
      const decision = decide(machine, from, command, { ...facts, ...actor });
      if (decision.ok) return decision.to;
    }
    return undefined;
  }

  const releaseFacts: ReleaseFacts = {
    ...goodReleaseFacts,
    skippedStates,
    onHold: hold,
    uncoveredTargets,
    changes: member ? [{ ...named('change-1', 'CHG-1'), state: change }] : [],
    distributions: [{ ...named('distribution-1', 'DST-1'), state: distribution }],
    openTasks: isOneOf(DONE_TASK_STATES, task) ? [] : [{ ...named('task-1', 'task'), releaseState: phase }],
    leftByDistributions: left ? [{ ...named('distribution-1', 'DST-1'), targets: 1, targetNames: ['web'] }] : [],
  };
  const outcome = releaseOutcome([distribution], { cells: 2, done: DONE_CELLS[distribution] ?? 0 });
  for (const command of machines.release.commands) {
    if (FOLLOWING.includes(command) || (command in RECORDED && RECORDED[command] !== outcome)) continue;
    if (command === 'releaseReopenBackOut' && !left) continue;
    // Only a report that shows another outcome reopens one.
    if (command === 'releaseReopenOutcome' && (outcome === undefined || outcome === release)) continue;
    const to = possible(machines.release, release, command, releaseFacts);
    if (to !== undefined) next.push(follow(world, command, to, circumstances));
    if (command !== 'releaseCompleteBackOut') continue;
    const decided = possible(machines.release, release, command, { ...releaseFacts, residualGiven: true });
    if (decided !== undefined) next.push(follow({ ...world, left: false }, command, decided, circumstances));
  }

  const changeFacts: ChangeFacts = {
    ...goodChangeFacts,
    release: member ? { ...named('release-1', 'REL-1'), state: release } : null,
    hasEvidence: true,
  };
  for (const command of machines.change.commands) {
    if (FOLLOWING.includes(command)) continue;
    const to = possible(machines.change, change, command, changeFacts);
    // A change that is given up leaves its release.
    if (to !== undefined)
      next.push({ ...world, change: to, member: member && !['REJECTED', 'CANCELLED'].includes(to) });
  }

  const toDistribute = commandToDistribute(release, skippedStates);
  const begun = toDistribute && possible(machines.release, release, toDistribute, releaseFacts);
  for (const reconcileDecision of RECONCILE_DECISIONS) {
    const distributionFacts: DistributionFacts = {
      ...goodDistributionFacts,
      release: {
        ...goodDistributionFacts.release,
        state: release,
        onHold: hold,
        slotIsBooked: releaseIsInSchedule(release) && !skippedStates.includes('SCHEDULED'),
        skipsScheduling: skippedStates.includes('SCHEDULED'),
        skipsCommunication: skippedStates.includes('COMMUNICATED'),
        distributionIsNext: distributionIsNext(release, skippedStates),
      },
      uncoveredTargets,
      tool: { ...goodDistributionFacts.tool, canUndo },
      somethingWasDelivered: left,
      reconcileDecision,
    };
    for (const command of machines.distribution.commands) {
      const to = possible(machines.distribution, distribution, command, distributionFacts);
      if (to === undefined) continue;
      const moved = { ...world, distribution: to, left: leaves(left, to) };
      const starts = command === 'distributionStart' || command === 'distributionRetryFailed';
      if (!starts || toDistribute === null) next.push(moved);
      else if (begun != null) next.push(follow(moved, toDistribute, begun, circumstances));
    }
  }

  const taskFacts: TaskFacts = {
    ...goodTaskFacts,
    releaseState: release,
    onHold: hold,
    phaseHasBegun: phaseHasBegun(release, phase),
    assigneeId: 'assignee',
    kind: 'TEST',
    mandatory: true,
    hasEvidence: true,
  };
  for (const command of machines.task.commands) {
    if (FOLLOWING.includes(command)) continue;
    const to = possible(machines.task, task, command, taskFacts);
    if (to !== undefined) next.push({ ...world, task: to });
  }
  return next;
}

const text = ({ release, change, distribution, task, member, left, onHold }: World): string =>
  [
    release,
    change,
    distribution,
    task,
    member ? 'member' : 'free',
    left ? 'left' : 'clean',
    onHold ? 'held' : 'going',
  ].join('/');

/** Release, change, distribution and task have all ended. */
const isOver = ({ release, change, distribution, task }: World): boolean =>
  ['CLOSED', 'CANCELLED'].includes(release) &&
  isOneOf(ENDED_CHANGE_STATES, change) &&
  distributionHasEnded(distribution) &&
  isOneOf(DONE_TASK_STATES, task);

/** All worlds that can come about, and among them those from which nothing leads to an end. */
export function explore(
  machines: Machines,
  circumstances: Circumstances,
): { reachable: ReadonlyMap<string, World>; stuck: string[] } {
  const start: World = {
    release: 'DRAFT',
    change: 'OPEN',
    distribution: 'PLANNED',
    task: 'PLANNED',
    member: true,
    left: false,
    onHold: false,
  };
  const worlds = new Map([[text(start), start]]);
  const cameFrom = new Map<string, string[]>();
  for (const [key, world] of worlds) {
    for (const next of successors(world, machines, circumstances)) {
      const to = text(next);
      if (!worlds.has(to)) worlds.set(to, next);
      const before = cameFrom.get(to);
      if (before === undefined) cameFrom.set(to, [key]);
      else before.push(key);
    }
  }
  const saved = new Set([...worlds].filter(([, world]) => isOver(world)).map(([key]) => key));
  for (const key of saved) for (const before of cameFrom.get(key) ?? []) saved.add(before);
  return { reachable: worlds, stuck: [...worlds.keys()].filter((key) => !saved.has(key)) };
}
