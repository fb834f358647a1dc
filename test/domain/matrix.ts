import { decide, type Machine } from '../../src/domain/state-machine.js';

/**
 * What a machine really does for every state and command, written like the literals in the tests: one line a state, with
 * `command>TARGET` for each command that is carried out and nothing for one that does not exist.
 */
export function actualTable<S extends string, C extends string, F>(machine: Machine<S, C, F>, facts: F): string[] {
  return machine.states.map((state) => {
    const possible = machine.commands.flatMap((command) => {
      const decision = decide(machine, state, command, facts);
      if (decision.ok) return [`${command}>${decision.to}`];
      return decision.reason === 'ILLEGAL_TRANSITION'
        ? []
        : [`${command}!${decision.blockers.map(({ code }) => code).join(',')}`];
    });
    return [`${state}:`, ...possible].join(' ');
  });
}

/** The lines of a literal table. */
export function table(text: string): string[] {
  return text
    .trim()
    .split('\n')
    .map((line) => line.trim().replace(/\s+/g, ' '));
}

/** The codes with which a command is refused, sorted; empty when it is allowed. */
export function refusal<S extends string, C extends string, F>(
  machine: Machine<S, C, F>,
  state: S,
  command: C,
  facts: F,
): string[] {
  const decision = decide(machine, state, command, facts);
  return decision.ok ? [] : decision.blockers.map(({ code }) => code).sort();
}
