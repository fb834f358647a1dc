import { sql } from 'kysely';
import { newId } from '../../database/new-id.js';
import { notFound, refuse, RequestError } from '../../domain/errors.js';
import { fromNodeId } from '../../domain/node-id.js';
import { phaseBlockers, phaseRange, type LeavingTask } from '../../domain/release/phase.guards.js';
import { isPhaseState, phaseRank } from '../../domain/release/release-plan.js';
import type { ReleaseState } from '../../domain/release/release.state.js';
import { PHASE_STATES } from '../../domain/release/template.js';
import { Release } from '../../entities/release/release.entity.js';
import { Task } from '../../entities/release/task.entity.js';
import { expectVersion, lock } from '../load.js';
import { taskFacts } from '../../facts/release/task.facts.js';
import { recordAuthor } from '../contribution.service.js';
import { closeGaps, moves, makeRoomForPhase, phasesOf, planFactsOf } from './release-plan.service.js';
import { lockPhase } from './task-edit.service.js';
import { name } from '../text.js';
import type { UnitOfWork } from '../unit-of-work.js';
import { Phase } from '../../entities/release/phase.entity.js';
import { removeFromPlan } from './task-remove.service.js';

/** Input of `phaseAdd`. */
export interface PhaseAddInput {
  readonly releaseId: string;
  readonly name: string;
  readonly releaseState: ReleaseState;
  readonly position?: number | null;
}

/** Maximum number of phases of a plan. */
const MAX_PHASES = 50;

/**
 * Adds a phase to the plan of a release. If the release skips the state of the phase and has not passed it yet, it no
 * longer skips it.
 * @throws Refusal PLAN_INVALID for a position out of order; RequestError LIMIT_EXCEEDED
 */
export async function phaseAdd(uow: UnitOfWork, input: PhaseAddInput): Promise<Phase> {
  const { releaseState } = input;
  if (!isPhaseState(releaseState))
    throw new RequestError(
      'BAD_USER_INPUT',
      `${releaseState} cannot have phases. Use one of ${PHASE_STATES.join(', ')}.`,
      { field: 'releaseState' },
    );
  const release = await lock(uow, Release, 'Release', fromNodeId('Release', input.releaseId, 'releaseId'));
  const phases = await phasesOf(uow, release.id);
  const range = phaseRange(
    phases.map((other) => other.releaseState),
    releaseState,
  );
  const wanted = input.position ?? range.last;
  refuse(phaseBlockers('phaseAdd', { ...planFactsOf(uow, release), position: { wanted, ...range } }));
  if (phases.length >= MAX_PHASES)
    throw new RequestError('LIMIT_EXCEEDED', `A plan has at most ${MAX_PHASES} phases.`, {
      field: 'releaseId',
      max: MAX_PHASES,
    });
  const phase = uow.em.create(Phase, {
    id: newId(),
    releaseId: release.id,
    name: name(input.name),
    releaseState,
    position: await makeRoomForPhase(uow, release.id, phases, wanted),
  });
  await recordAuthor(uow, 'Release', release.id);
  uow.record({
    type: 'phase.added',
    subjectType: 'Phase',
    subject: phase,
    topics: [release.id],
    data: { releaseState, release: release.number },
  });
  if (release.skippedStates.includes(releaseState) && phaseRank(releaseState) > phaseRank(release.state)) {
    release.skippedStates = release.skippedStates.filter((state) => state !== releaseState);
    uow.record({
      type: 'release.replanned',
      subjectType: 'Release',
      subject: release,
      data: {
        skippedStates: release.skippedStates,
        restored: [releaseState],
        dropped: [],
        forcedBy: [],
        added: [],
        removed: [],
      },
    });
  }
  return phase;
}

/**
 * Renames a phase or moves it among the phases of the same state.
 * @throws Refusal PLAN_INVALID for a position out of order
 */
export async function phaseUpdate(
  uow: UnitOfWork,
  input: {
    readonly id: string;
    readonly expectedVersion: number;
    readonly name?: string | null;
    readonly position?: number | null;
  },
): Promise<Phase> {
  const { release, phase } = await lockPhase(uow, input.id, 'id');
  expectVersion(phase, input.expectedVersion);
  if (input.position == null) refuse(phaseBlockers('phaseUpdate', { ...planFactsOf(uow, release) }));
  else await place(uow, release, phase, input.position);
  if (input.name != null) phase.name = name(input.name);
  if (!uow.isChanged(phase)) return phase;
  await recordAuthor(uow, 'Release', release.id);
  uow.record({
    type: 'phase.updated',
    subjectType: 'Phase',
    subject: phase,
    topics: [release.id],
    data: { position: phase.position, release: release.number },
  });
  return phase;
}

// Numbers all phases again, so that positions are always 0, 1, 2 …. The other phases keep their versions.
async function place(uow: UnitOfWork, release: Release, phase: Phase, position: number): Promise<void> {
  const others = (await phasesOf(uow, release.id)).filter(({ id }) => id !== phase.id);
  const range = phaseRange(
    others.map(({ releaseState }) => releaseState),
    phase.releaseState,
  );
  const wanted = Math.min(Math.max(position, 0), others.length);
  refuse(phaseBlockers('phaseUpdate', { ...planFactsOf(uow, release), position: { wanted, ...range } }));
  const ids = others.map(({ id }) => id).toSpliced(wanted, 0, phase.id);
  await uow.query(sql`
    update phase f set position = o.place - 1
    from unnest(${ids}::uuid[]) with ordinality as o(id, place)
    where f.id = o.id and f.id <> ${phase.id} and f.position <> o.place - 1`);
  const moved = others.map(({ id, position: from }) => ({ id, from, to: ids.indexOf(id) }));
  uow.wrote(Phase, moves(moved.filter(({ from, to }) => from !== to)));
  phase.position = wanted;
}

// The tasks of a phase with their facts.
async function leavingTasks(uow: UnitOfWork, tasks: readonly Task[]): Promise<LeavingTask[]> {
  const facts = await taskFacts(
    uow,
    uow.actor,
    tasks.map(({ id }) => id),
    uow.now,
  );
  return tasks.map(({ id, name: taskName, state }) => {
    const known = facts.get(id);
    if (known === undefined) throw notFound('Task');
    return { id, name: taskName, state, facts: known };
  });
}

/**
 * Removes a phase with its tasks from a plan.
 * @returns the release.
 * @throws Refusal for tasks that were started, or are mandatory and have no waiver
 */
export async function phaseRemove(
  uow: UnitOfWork,
  input: {
    readonly id: string;
    readonly expectedVersion?: number | null;
    readonly reason?: string | null;
  },
): Promise<Release> {
  const { release, phase } = await lockPhase(uow, input.id, 'id');
  expectVersion(phase, input.expectedVersion);
  const tasks = await uow.em.find(Task, { phaseId: phase.id }, { orderBy: { id: 'asc' } });
  const leaving = await leavingTasks(uow, tasks);
  refuse(phaseBlockers('phaseRemove', { ...planFactsOf(uow, release), leaving }));
  await removeFromPlan(uow, release, tasks, input.reason);
  uow.em.remove(phase);
  await closeGaps(uow, release.id);
  uow.record({
    type: 'phase.removed',
    subjectType: 'Phase',
    subject: phase,
    topics: [release.id],
    reason: input.reason,
    data: { tasks: tasks.length, release: release.number },
  });
  return release;
}
