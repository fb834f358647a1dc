import { Refusal } from '../domain/errors.js';
import { decide, type Machine } from '../domain/state-machine.js';
import type { EventDraft, UnitOfWork } from './unit-of-work.js';

/** What a transition records. The type of the event is given by the caller, in the past tense. */
export type TransitionEvent = Omit<EventDraft, 'subject'>;

/**
 * Carries out a command on an aggregate: asks the machine, sets the state, records the event in the same breath.
 * This is the only place in Interlock that assigns a `state`.
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
  const from = aggregate.state;
  const decision = decide(machine, from, command, facts);
  if (!decision.ok) throw new Refusal(decision.blockers);
  aggregate.state = decision.to;
  uow.record({ ...event, subject: aggregate, data: { ...event.data, from, to: decision.to } });
}

/**
 * Asks the machine whether a command that keeps the state, such as an edit or a hold, is allowed now. The caller makes the
 * change and records the event.
 * @throws Refusal with every broken guard, or with one ILLEGAL_TRANSITION blocker, in the words of `availableCommands`.
 */
export function demand<S extends string, C extends string, F>(
  machine: Machine<S, C, F>,
  aggregate: { readonly state: S },
  command: NoInfer<C>,
  facts: F,
): void {
  const decision = decide(machine, aggregate.state, command, facts);
  if (!decision.ok) throw new Refusal(decision.blockers);
}
