import type { Blocker } from '../../domain/blocker.js';
import type { DistributionState } from '../../domain/distribution/distribution.state.js';
import type { AppServices } from '../../app-services.js';
import { recordDistributionEvent } from '../../services/distribution/distribution-event.js';
import { lockDistribution } from '../../services/distribution/distribution-run.service.js';
import { countTargetStates } from '../../services/distribution/target-state.service.js';
import { transact, type TransactionOrigin } from '../../services/unit-of-work.js';

/** Something that the server would do at its time, and that rules keep from happening. */
export interface Waiting {
  /** State in which a distribution waits for it. */
  readonly state: DistributionState;
  /** Type of the event that says why it does not happen. */
  readonly type: string;
  /** First sentence of the reason. */
  readonly begins: string;
}

/** Why something does not happen, as `stateReason` shows it. */
export const saidBlocked = (begins: string, blockers: readonly Blocker[]): string =>
  `${begins} ${blockers.map(({ message }) => message).join(' ')}`.slice(0, 2_000);

/** Records once, for every new reason, why something does not happen to a distribution at its time. */
export async function tellBlocked(
  services: AppServices,
  origin: TransactionOrigin,
  id: string,
  { state, type, begins }: Waiting,
  blockers: readonly Blocker[],
): Promise<void> {
  await transact(services, origin, async (uow) => {
    const { distribution } = await lockDistribution(uow, id);
    const reason = saidBlocked(begins, blockers);
    if (distribution.state !== state || distribution.stateReason === reason) return;
    distribution.stateReason = reason;
    const data = { blockers: blockers.map(({ code, message }) => ({ code, message })) };
    recordDistributionEvent(uow, distribution, type, await countTargetStates(uow, id), { reason, data });
  });
}
