import { Refusal } from '../domain/errors.js';
import { decide, type Allowed, type Machine } from '../domain/state-machine.js';
import type { EventDraft, UnitOfWork } from './unit-of-work.js';

/** What a transition records. The type of the event is given by the caller, in the past tense. */
export type TransitionEvent = Omit<EventDraft, 'subject'>;

/**
 * Puts an aggregate into the state that its machine allowed, and records the event. Every state that has a machine is
 * assigned here and nowhere else. Target executions and runs of a tool have no machine: what a tool reports decides
 * their state, in `target-execution.service.ts` and with `writeRun`.
 */
export function enter<S extends string>(
  uow: UnitOfWork,
  aggregate: { readonly id: string; state: S; version: number },
  { to }: Allowed<S>,
  event: TransitionEvent,
): void {
  const from = aggregate.state;
  aggregate.state = to;
  uow.record({ ...event, subject: aggregate, data: { ...event.data, from, to } });
}

/**
 * Executes a command on an aggregate: asks the machine, sets the state, records the event.
 * @throws Refusal with every broken guard, or with one ILLEGAL_TRANSITION blocker; then nothing has changed.
 */
export function transition<S extends string, C extends string, F>(
  uow: UnitOfWork,
  machine: Machine<S, C, F>,
  aggregate: { readonly id: string; state: S; version: number },
  command: NoInfer<C>,
  facts: F,
  event: TransitionEvent,
): void {
  enter(uow, aggregate, demand(machine, aggregate, command, facts), event);
}

/**
 * Asks the machine whether a command is allowed now. The caller makes the change: for a command that keeps the state,
 * such as an edit or a hold, it records the event; for another one it calls {@link enter}.
 * @throws Refusal with every broken guard, or with one ILLEGAL_TRANSITION blocker, in the words of `availableCommands`.
 */
export function demand<S extends string, C extends string, F>(
  machine: Machine<S, C, F>,
  aggregate: { readonly state: S },
  command: NoInfer<C>,
  facts: F,
): Allowed<S> {
  const decision = decide(machine, aggregate.state, command, facts);
  if (!decision.ok) throw new Refusal(decision.blockers);
  return decision;
}
