/** What statuses of hawkBit mean for a run and its targets. Pure. */
import type { RunReport, TargetReport, TargetState } from '../../src/adapters/adapter.js';
import type { Action, ActionStatus, Rollout } from './hawkbit-api.js';

/** Statuses of a rollout (Rollout.RolloutStatus of hawkBit), and what each says of a run. */
const ROLLOUT: Readonly<Record<string, RunReport['phase']>> = {
  creating: 'queued',
  waiting_for_approval: 'queued',
  approval_denied: 'queued',
  ready: 'queued',
  starting: 'queued',
  running: 'running',
  paused: 'paused',
  stopping: 'cancelling',
  deleting: 'cancelling',
  stopped: 'finished',
  finished: 'finished',
  deleted: 'finished',
};

/** Statuses in which nothing was started on any target. */
const NOT_STARTED = new Set(['creating', 'waiting_for_approval', 'approval_denied', 'ready']);

/** Statuses of an active action (Action.Status of hawkBit) that are no end. */
const ACTIVE: Readonly<Record<string, TargetState>> = {
  scheduled: 'pending',
  wait_for_confirmation: 'pending',
  retrieved: 'running',
  download: 'staging',
  downloaded: 'staging',
  running: 'running',
  warning: 'running',
  // Only the device ends an action: until it answers, or after it refused, it may still install.
  canceling: 'running',
  cancel_rejected: 'running',
};

/** What a status of a rollout means; undefined for one that this adapter does not know. */
export const phaseOf = (status: string): RunReport['phase'] | undefined =>
  Object.hasOwn(ROLLOUT, status) ? ROLLOUT[status] : undefined;

/** Whether a rollout was started, by whomever. */
export const wasStarted = ({ status }: Pick<Rollout, 'status'>): boolean => !NOT_STARTED.has(status);

/** The state of one target. */
export type TargetVerdict = Pick<TargetReport, 'state' | 'nativeStatus' | 'reason'>;

const said = (history: readonly ActionStatus[]): string =>
  history
    .flatMap(({ messages }) => messages)
    .find((message) => message !== '' && !message.startsWith('Update Server: ')) ?? '';

/**
 * The state of a target by its action.
 * @param history newest first; needed for an action that ended as `finished` or `error`.
 */
export function stateOfAction(action: Action, history: readonly ActionStatus[]): TargetVerdict {
  const { status: nativeStatus, active } = action;
  const because = (code: string, message: string, retryable = true) => ({ code, message, retryable });
  if (active && Object.hasOwn(ACTIVE, nativeStatus))
    return { state: ACTIVE[nativeStatus] as TargetState, nativeStatus };
  if (nativeStatus === 'error') {
    const message = said(history) || 'The device reports an error.';
    return { state: 'failed', nativeStatus, reason: because('DEVICE_ERROR', message) };
  }
  if (nativeStatus === 'canceled')
    return { state: 'cancelled', nativeStatus, reason: because('CANCELLED', 'The action was cancelled.') };
  if (nativeStatus === 'finished') {
    // hawkBit also finishes an action that it did not start because the set is assigned to the target already.
    if (history.some(({ type }) => type === 'finished')) return { state: 'succeeded', nativeStatus };
    const passedBy = history.some(({ messages }) => messages.some((one) => one.includes('already assigned')));
    return passedBy
      ? {
          state: 'skipped',
          nativeStatus,
          reason: because('ALREADY_ASSIGNED', 'hawkBit passed the target by: the set is already assigned to it.'),
        }
      : {
          state: 'unknown',
          nativeStatus,
          reason: because('NO_FEEDBACK', 'The action is finished without any word of the device.'),
        };
  }
  return { state: 'unknown', nativeStatus, reason: because('UNKNOWN_STATUS', `hawkBit says ${nativeStatus}.`, false) };
}

/** The state of a target without an action. */
export function stateWithoutAction({ status }: Pick<Rollout, 'status'>): TargetVerdict {
  const because = (code: string, message: string) => ({ code, message, retryable: true });
  // A stop deletes actions that are only scheduled, so nothing was begun where none is left.
  if (status === 'stopped')
    return { state: 'cancelled', nativeStatus: status, reason: because('CANCELLED', 'Stopped before it was begun.') };
  if (phaseOf(status) === 'finished')
    return { state: 'unknown', nativeStatus: status, reason: because('NO_ACTION', 'hawkBit has no action for it.') };
  return { state: 'pending', nativeStatus: status };
}

/** Whether the end of an action can only be read with its history. */
export const needsHistory = ({ status, active }: Action): boolean =>
  !active && (status === 'finished' || status === 'error');

/** The verdict on a run whose targets have all ended. */
export function outcomeOf(states: readonly TargetState[]): NonNullable<RunReport['outcome']> {
  if (states.every((state) => state === 'succeeded')) return 'success';
  if (states.includes('failed')) return 'failure';
  return states.includes('cancelled') ? 'cancel' : 'unknown';
}
