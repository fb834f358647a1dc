import type { Queryable } from '../../database/queryable.js';
import type { Actor } from '../../domain/actor.js';
import { fromNodeId } from '../../domain/node-id.js';
import type { MoveFollower, MoveWarning } from '../../domain/release/release-move.js';
import { expectInterval } from '../../domain/schedule/interval.js';
import { simulateMove } from '../../facts/release/release-move.facts.js';
import { bySeverityAndTime, type FoundConflict } from '../../facts/schedule/clash.facts.js';
import {
  MAX_MOVED,
  type MoveFollowerType,
  type MoveWarningType,
  type ReleaseMoveSimulationType,
} from '../../schema/release/release-move.type.js';
import { presentConflict } from '../schedule/schedule-conflict.reads.js';

const shown = (conflicts: readonly FoundConflict[]) =>
  conflicts.toSorted(bySeverityAndTime).slice(0, MAX_MOVED).map(presentConflict);

const presentFollower = ({ type, id, effect, from, to }: MoveFollower): MoveFollowerType => ({
  effect,
  startsAt: from.plannedStart,
  endsAt: from.plannedEnd,
  newStartsAt: to.plannedStart,
  newEndsAt: to.plannedEnd,
  taskId: type === 'Task' ? id : null,
  changeId: type === 'Change' ? id : null,
  distributionId: type === 'Distribution' ? id : null,
});

const presentWarning = ({ code, message, subject }: MoveWarning): MoveWarningType => ({
  code,
  message,
  taskId: subject.type === 'Task' ? subject.id : null,
  waiverId: subject.type === 'Waiver' ? subject.id : null,
});

/** What a client wants to move, as it says it. */
export interface MoveInput {
  readonly id: string;
  readonly startsAt: string;
  readonly endsAt: string;
  readonly moveDistributions: boolean;
}

/** What another time of a release would change. @throws RequestError BAD_USER_INPUT, NOT_FOUND */
export async function releaseMove(
  db: Queryable,
  actor: Actor,
  { id, startsAt, endsAt, moveDistributions }: MoveInput,
  now: Date,
): Promise<ReleaseMoveSimulationType> {
  const to = { startsAt: new Date(startsAt), endsAt: new Date(endsAt) };
  expectInterval(to.startsAt, to.endsAt, 'endsAt');
  const asked = { id: fromNodeId('Release', id, 'id'), to, moveDistributions, now };
  const { breaks, fixes, keeps, command, blockers, followers, warnings } = await simulateMove(db, actor, asked);
  return {
    breaks: shown(breaks),
    breaksCount: breaks.length,
    fixes: shown(fixes),
    fixesCount: fixes.length,
    keeps: shown(keeps),
    keepsCount: keeps.length,
    followers: followers.slice(0, MAX_MOVED).map(presentFollower),
    followersCount: followers.length,
    warnings: warnings.slice(0, MAX_MOVED).map(presentWarning),
    commandName: command,
    rules: blockers,
  };
}
