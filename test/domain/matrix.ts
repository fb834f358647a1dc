import { decide, type Machine } from '../../src/domain/state-machine.js';

/**
 * What a machine really does for every state and command, written like the literals in the tests: one line a state,
 * with `command>TARGET` for each command that is allowed and nothing for one that does not exist. The name of the
 * object, with which every command of a machine starts (`releaseAccept`), is left out: `accept>ACCEPTED`.
 */
export function actualTable<S extends string, C extends string, F>(machine: Machine<S, C, F>, facts: F): string[] {
  const [first = '', ...others] = machine.commands;
  let shared = first.length;
  for (const other of others) while (!other.startsWith(first.slice(0, shared))) shared--;
  const noun = (/^[a-z]+(?:[A-Z][a-z]+)*(?=[A-Z])/.exec(first.slice(0, shared + 1)) ?? [''])[0];
  const short = (command: string) => command.charAt(noun.length).toLowerCase() + command.slice(noun.length + 1);
  return machine.states.map((state) => {
    const possible = machine.commands.flatMap((command) => {
      const decision = decide(machine, state, command, facts);
      if (decision.ok) return [`${short(command)}>${decision.to}`];
      return decision.reason === 'ILLEGAL_TRANSITION'
        ? []
        : [`${short(command)}!${decision.blockers.map(({ code }) => code).join(',')}`];
    });
    return [`${state}:`, ...possible].join(' ');
  });
}

/** The lines of a literal table, one for each state. A line that names no state continues the line before it. */
export function table(text: string): string[] {
  return text
    .trim()
    .split('\n')
    .map((line) => line.trim().replace(/\s+/g, ' '))
    .reduce<string[]>((lines, line) => {
      if (/^[A-Z_]+:/.test(line) || lines.length === 0) return [...lines, line];
      return [...lines.slice(0, -1), `${lines.at(-1)} ${line}`];
    }, []);
}

/** The codes with which a command is refused, sorted; empty when it is allowed. */
export function refusal<S extends string, C extends string, F>(
  machine: Machine<S, C, F>,
  state: S,
  command: NoInfer<C>,
  facts: F,
): string[] {
  const decision = decide(machine, state, command, facts);
  return decision.ok ? [] : decision.blockers.map(({ code }) => code).sort();
}
