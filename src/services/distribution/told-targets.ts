import type { TargetState } from '../../domain/distribution/observation.js';
import { TargetExecution } from '../../entities/distribution/target-execution.entity.js';
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
  readonly told: { readonly before: ToldTarget; readonly after: ToldTarget };
}

/** Tells the event log what became of targets: the next event about their distribution shows it. */
export function tellTargets(uow: UnitOfWork, changes: readonly ToldChange[]): void {
  uow.wrote(
    TargetExecution,
    changes.map(({ id, told }) => ({ id, before: { ...told.before }, after: { ...told.after } })),
  );
}
