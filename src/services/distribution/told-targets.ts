import type { Steps } from '../../domain/steps.js';
import type { TargetState } from '../../domain/distribution/observation.js';
import { TargetExecution } from '../../entities/distribution/target-execution.entity.js';
import { inTurns } from '../../facts/turns.js';
import type { UnitOfWork } from '../unit-of-work.js';

/** The part of a target that the event log retells. */
export interface ToldTarget {
  readonly distributionId: string;
  readonly ciId: string;
  readonly waveId: string | null;
  readonly excluded: boolean;
  readonly state: TargetState;
  readonly attempt: number;
  readonly verifiedDigest: string | null;
}

/** A target before and after something that happened to it. */
export interface ToldChange {
  /** Database id of the target execution. */
  readonly id: string;
  /** Before is null for a target that came, after is null for one that left. */
  readonly told: { readonly before: ToldTarget | null; readonly after: ToldTarget | null };
}

/** Tells the event log what became of targets: the next event about their distribution shows it. */
export function tellTargets(uow: UnitOfWork, changes: readonly ToldChange[]): void {
  uow.wrote(
    TargetExecution,
    changes.map(({ id, told }) => ({
      id,
      before: told.before && { ...told.before },
      after: told.after && { ...told.after },
    })),
  );
}

/** How many targets one step tells of. */
const PER_STEP = 250;

/** {@link tellTargets} in turns, for commands about all targets of a distribution. */
export async function tellManyTargets(uow: UnitOfWork, changes: readonly ToldChange[]): Promise<void> {
  await inTurns(
    (function* (): Steps<void> {
      for (let from = 0; from < changes.length; from += PER_STEP) {
        yield;
        tellTargets(uow, changes.slice(from, from + PER_STEP));
      }
    })(),
  );
}
