import type { Queryable } from '../../database/queryable.js';
import { RequestError } from '../../domain/errors.js';
import { fromNodeId } from '../../domain/node-id.js';
import { simulateMove } from '../../facts/release/release-move.facts.js';
import type { FoundConflict } from '../../facts/schedule/clash.facts.js';
import { MAX_MOVED, type ReleaseMoveSimulationType } from '../../schema/release/release-move.type.js';
import { MAX_ENTRY_DAYS } from '../../domain/schedule/interval.js';
import { presentConflict } from '../schedule/schedule-conflict.reads.js';

const shown = (conflicts: readonly FoundConflict[]) => conflicts.slice(0, MAX_MOVED).map(presentConflict);

/** What another time of a release would change. @throws RequestError BAD_USER_INPUT, NOT_FOUND */
export async function releaseMove(
  db: Queryable,
  { id, startsAt, endsAt }: { readonly id: string; readonly startsAt: string; readonly endsAt: string },
): Promise<ReleaseMoveSimulationType> {
  const to = { startsAt: new Date(startsAt), endsAt: new Date(endsAt) };
  if (to.endsAt <= to.startsAt)
    throw new RequestError('BAD_USER_INPUT', '"endsAt" must be after the start.', { field: 'endsAt' });
  if (to.endsAt.getTime() - to.startsAt.getTime() > MAX_ENTRY_DAYS * 86_400_000)
    throw new RequestError('BAD_USER_INPUT', `An entry of the schedule lasts ${MAX_ENTRY_DAYS} days at most.`, {
      field: 'endsAt',
      max: MAX_ENTRY_DAYS,
    });
  const { breaks, fixes, keeps } = await simulateMove(db, fromNodeId('Release', id, 'id'), to);
  return {
    breaks: shown(breaks),
    breaksCount: breaks.length,
    fixes: shown(fixes),
    fixesCount: fixes.length,
    keeps: shown(keeps),
    keepsCount: keeps.length,
  };
}
