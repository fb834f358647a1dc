import { availableCommands, type Machine } from '../domain/state-machine.js';
import type { Blocker } from '../domain/blocker.js';
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
    availableCommands(machine, state, facts).map(
      async ({ command, blockers }) => await presentCommand(reads, command, blockers),
    ),
  );
}

/** A command for the API, with the rules that stand against it and whether the actor may issue it at all. */
export async function presentCommand(reads: Reads, command: string, rules: readonly Blocker[]): Promise<object> {
  const role = roleBlocker(reads.actor, command);
  const blockers = role ? [role, ...rules] : rules;
  return { command, allowed: blockers.length === 0, blockers: await presentBlockers(reads, blockers) };
}

/** How many blockers are presented in one step: each target of a release can have some. */
const BLOCKERS_PER_STEP = 100;

/** Blockers as the API shows them, thousands of them in several turns. */
export async function presentBlockers(reads: Reads, blockers: readonly Blocker[]): Promise<object[]> {
  const presented: Promise<object>[] = [];
  for (let at = 0; at < blockers.length; at += BLOCKERS_PER_STEP) {
    const some = blockers.slice(at, at + BLOCKERS_PER_STEP);
    const turn = reads.turn(some.length);
    if (turn) await turn;
    presented.push(...some.map(async (blocker) => await presentBlocker(reads, blocker)));
  }
  return await Promise.all(presented);
}
