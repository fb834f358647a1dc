import { availableCommands, type Machine } from '../domain/state-machine.js';
import type { Reads } from '../reads/reads.js';
import { presentBlocker } from './command.js';
import { roleBlocker } from './mutation-roles.js';

/**
 * The commands of an object for the API, from the same table, guards and roles that decide the mutations.
 * A command of a machine has the name of its mutation.
 */
export async function presentCommands<S extends string, C extends string, F>(
  reads: Reads,
  machine: Machine<S, C, F>,
  state: S | null,
  facts: F | null,
): Promise<object[]> {
  if (facts === null || state === null) return [];
  return await Promise.all(
    availableCommands(machine, state, facts).map(async ({ command, blockers: rules }) => {
      const role = roleBlocker(reads.actor, command);
      const blockers = role ? [role, ...rules] : rules;
      return {
        command,
        allowed: blockers.length === 0,
        blockers: await Promise.all(blockers.map(async (blocker) => await presentBlocker(reads, blocker))),
      };
    }),
  );
}
