import type { HawkbitAction, HawkbitRollout } from './hawkbit-model.js';

/** What an installed device reports, one line a step (DDI feedback). */
const COURSE = ['retrieved', 'download', 'downloaded', 'running'] as const;
const SLOW = Array.from({ length: 40 }, () => 'running');

/** Notes a status of an action. */
export function note(action: HawkbitAction, type: string, message: string, status: string = type): void {
  action.history.push({ id: action.history.length + 1, type, messages: [message] });
  action.status = status;
  action.modified = Date.now();
}

/** The end of an action, as the device reports it. */
function end(action: HawkbitAction, type: 'finished' | 'error' | 'canceled', set: number): void {
  note(action, type, type === 'error' ? 'Flashing failed: no space left' : `Device reports ${type}`);
  action.active = false;
  const { target } = action;
  if (type === 'finished') target.installed = set;
  target.assigned = type === 'finished' ? set : undefined;
}

/** One poll of a device. */
export function stepDevice(action: HawkbitAction, set: number): void {
  const { script } = action.target;
  if (!action.active || script === 'offline' || action.status === 'scheduled') return;
  if (action.status === 'canceling') {
    if (script !== 'refuses-cancel') end(action, 'canceled', set);
    else note(action, 'cancel_rejected', 'Device is busy', 'cancel_rejected');
    return;
  }
  if (script === 'asks-user' && action.history.length < 4) {
    note(action, 'wait_for_confirmation', 'Somebody has to confirm');
    return;
  }
  const course = script === 'slow' || script === 'refuses-cancel' ? [...COURSE, ...SLOW] : COURSE;
  const done = action.history.filter(({ messages }) => messages[0] === 'Device works').length;
  const next = course[done];
  if (next !== undefined) note(action, next, 'Device works');
  else end(action, script === 'fail' ? 'error' : 'finished', set);
}

/** One run of the scheduler over a rollout. @param actions of this rollout. */
export function stepRollout(
  rollout: HawkbitRollout,
  actions: readonly HawkbitAction[],
  approval: boolean,
  make: (rollout: HawkbitRollout) => void,
): void {
  switch (rollout.status) {
    case 'creating':
      rollout.status = approval ? 'waiting_for_approval' : 'ready';
      break;
    case 'starting':
      make(rollout);
      rollout.status = 'running';
      break;
    case 'running':
      if (actions.every(({ active }) => !active)) rollout.status = 'finished';
      break;
    case 'stopping':
      // What is still scheduled was deleted; the rest waits for its devices while the rollout is already stopped.
      for (const action of actions)
        if (action.active) note(action, 'canceling', 'Update Server: cancellation requested');
      rollout.status = 'stopped';
      break;
    case 'deleting':
      rollout.status = 'deleted';
      rollout.deleted = true;
  }
}

/** Gives a target its action; one that has the set assigned already is only passed by. */
export function startAction(action: HawkbitAction, set: number): void {
  if (action.target.assigned === set) {
    note(action, 'running', 'Update Server: Distribution Set is already assigned. Skipping this action.', 'finished');
    action.active = false;
    return;
  }
  action.target.assigned = set;
  note(action, 'running', 'Update Server: Rollout group started', 'running');
}
