import { Refusal } from '../domain/errors.js';
import { decide, type Machine } from '../domain/state-machine.js';
import type { EventDraft, UnitOfWork } from './unit-of-work.js';

/** What a transition records. The type of the event is given by the caller, in the past tense. */
export type TransitionEvent = Omit<EventDraft, 'subject'>;

/**
 * Applies a command to an aggregate: asks the machine, sets the state and records the event, all or nothing.
 * Every state that has a machine is assigned here and nowhere else. Target executions and runs of a tool have no machine:
 * what a tool reports decides their state, in `target-execution.service.ts` and with `writeRun`.
 * @throws Refusal with every broken guard, or with one ILLEGAL_TRANSITION blocker; then nothing has changed.
 */
export function transition<S extends string, C extends string, F>(
  uow: UnitOfWork,
  machine: Machine<S, C, F>,
  aggregate: { readonly id: string; state: S; version: number },
  command: C,
  facts: F,
  event: TransitionEvent,
): void {
  const from = aggregate.state;
  const decision = decide(machine, from, command, facts);
  if (!decision.ok) throw new Refusal(decision.blockers);
  aggregate.state = decision.to;
  uow.record({ ...event, subject: aggregate, data: { ...event.data, from, to: decision.to } });
}
