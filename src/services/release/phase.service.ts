import { sql } from 'kysely';
import { v7 } from 'uuid';
import { blocker, collectBlockers } from '../../domain/blocker.js';
import { RequestError } from '../../domain/errors.js';
import { fromNodeId } from '../../domain/node-id.js';
import { isPhaseState, phaseRank, planIsClosed } from '../../domain/release/release-plan.js';
import type { ReleaseState } from '../../domain/release/release.state.js';
import { PHASE_STATES } from '../../domain/release/template.js';
import { Release } from '../../entities/release/release.entity.js';
import { Phase, Task } from '../../entities/release/task.entity.js';
import { expectVersion, lock } from '../load.js';
import { closeGaps, openPhasePlace, recordPlanner } from './release-plan.service.js';
import { lockPhase, refuse, takeOut } from './task-edit.service.js';
import { name } from '../text.js';
import type { UnitOfWork } from '../unit-of-work.js';

/** A phase to be added. */
export interface PhaseAddInput {
  readonly releaseId: string;
  readonly name: string;
  readonly releaseState: ReleaseState;
  readonly position?: number | null;
}

/** Most phases that a plan can have. */
const MAX_PHASES = 50;

const outOfOrder = () =>
  blocker('PLAN_INVALID', 'Phases stay in the order of the states that they belong to.', ['RELEASE_MANAGER'], {
    path: ['position'],
  });

/** Adds a phase to the plan of a release. A step that the template leaves out, and that is still ahead, is taken again. @throws Refusal PLAN_INVALID for a place out of order */
export async function phaseAdd(uow: UnitOfWork, input: PhaseAddInput): Promise<Phase> {
  const { releaseState } = input;
  if (!isPhaseState(releaseState))
    throw new RequestError(
      'BAD_USER_INPUT',
      `No task can belong to the state ${releaseState}; to these it can: ${PHASE_STATES.join(', ')}.`,
      {
        field: 'releaseState',
      },
    );
  const release = await lock(uow, Release, 'Release', fromNodeId('Release', input.releaseId, 'releaseId'));
  refuse(collectBlockers([planIsClosed(release.state)]));
  const [count] = await uow.query<{ n: number }>(
    sql`select count(*)::int as n from phase where release_id = ${release.id}`,
  );
  if ((count?.n ?? 0) >= MAX_PHASES)
    throw new RequestError('LIMIT_EXCEEDED', `A plan has at most ${MAX_PHASES} phases.`, {
      field: 'releaseId',
      max: MAX_PHASES,
    });
  const position = await openPhasePlace(uow, release.id, releaseState, input.position);
  refuse(collectBlockers([position === undefined ? outOfOrder() : undefined]));
  const phase = uow.em.create(Phase, {
    id: v7(),
    releaseId: release.id,
    name: name(input.name),
    releaseState,
    position: position ?? 0,
  });
  await recordPlanner(uow, release.id);
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
      data: { skippedStates: release.skippedStates, restored: [releaseState], dropped: [], forcedBy: [] },
    });
  }
  return phase;
}

/** Renames a phase or moves it among the phases of the same state. @throws Refusal PLAN_INVALID for a place out of order */
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
  refuse(collectBlockers([planIsClosed(release.state)]));
  if (input.position != null) await place(uow, phase, input.position);
  if (input.name != null) phase.name = name(input.name);
  await recordPlanner(uow, release.id);
  uow.record({
    type: 'phase.updated',
    subjectType: 'Phase',
    subject: phase,
    topics: [release.id],
    data: { position: phase.position, release: release.number },
  });
  return phase;
}

// Phases are counted anew, so that places are always 0, 1, 2 …; the versions of the others stay.
async function place(uow: UnitOfWork, phase: Phase, wanted: number): Promise<void> {
  const others = await uow.query<{ id: string; release_state: ReleaseState }>(sql`
    select id, release_state from phase where release_id = ${phase.releaseId} and id <> ${phase.id} order by position, id`);
  const at = Math.min(Math.max(wanted, 0), others.length);
  const order = others.toSpliced(at, 0, { id: phase.id, release_state: phase.releaseState });
  const sorted = order.every(
    ({ release_state }, i) =>
      i === 0 || phaseRank(order[i - 1]?.release_state ?? release_state) <= phaseRank(release_state),
  );
  refuse(sorted ? [] : [outOfOrder()]);
  await uow.query(sql`
    update phase f set position = o.place - 1 from unnest(${order.map(({ id }) => id)}::uuid[]) with ordinality as o(id, place)
    where f.id = o.id and f.id <> ${phase.id} and f.position <> o.place - 1`);
  phase.position = at;
}

/** Takes a phase with its tasks out of a plan. @returns its release. @throws Refusal for tasks that were started, or are mandatory and not waived */
export async function phaseRemove(
  uow: UnitOfWork,
  input: {
    readonly id: string;
    readonly expectedVersion?: number | null;
    readonly waiverReason?: string | null;
    readonly reason?: string | null;
  },
): Promise<Release> {
  const { release, phase } = await lockPhase(uow, input.id, 'id');
  expectVersion(phase, input.expectedVersion);
  const tasks = await uow.em.find(Task, { phaseId: phase.id }, { orderBy: { id: 'asc' } });
  await takeOut(uow, release, tasks, input);
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
