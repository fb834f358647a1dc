import { blocker, collectBlockers, type Blocker } from './blocker.js';

/** A rule: looks at the facts and says what is wrong, or nothing. Reads no clock, no database, no other machine. */
export type Guard<F> = (facts: F) => Blocker | Blocker[] | undefined;

/** Target of a row whose command changes the object but not its state: an edit, a hold, an assignment. */
export const SAME_STATE = Symbol('same state');

/** One line of a life cycle: in this state, that command leads there, if the guards agree. */
export interface Row<S extends string, C extends string, F> {
  readonly from: S | readonly S[];
  /** Called as the mutation that issues it, e.g. `releaseAccept`. */
  readonly command: C;
  /** The state after the command, or {@link SAME_STATE} for a command that leaves it as it is. */
  readonly to: S | typeof SAME_STATE;
  readonly guards?: readonly Guard<F>[];
  /**
   * Chooses between rows with the same state and command; a row whose `when` is false does not exist for these facts.
   */
  readonly when?: (facts: F) => boolean;
  /** Only the server itself issues it (jobs, other aggregates); never offered to people. */
  readonly system?: true;
}

/** A row that only the server issues and that no rule guards: nothing has to be known to decide it. */
export type SystemRow<S extends string, C extends string> = Row<S, C, unknown> & {
  readonly to: S;
  readonly guards?: undefined;
  readonly when?: undefined;
  readonly system: true;
};

/** A life cycle as a table. It has no effects: the code that asks for a decision makes the change. */
export interface Machine<S extends string, C extends string, F> {
  /** What the object is called in messages, e.g. `release`. */
  readonly name: string;
  readonly initial: S;
  readonly states: readonly S[];
  /** States that are never left. */
  readonly final: readonly S[];
  readonly commands: readonly C[];
  readonly rows: readonly Row<S, C, F>[];
  /**
   * States that the server computes from facts, each with the guards that say why an object is in it. A refusal in such
   * a state gives these reasons too, because nobody chose the state and nobody can look up who did.
   */
  readonly computed?: Readonly<Partial<Record<S, readonly Guard<F>[]>>>;
}

/** A command that is possible, with the state after it. Only a machine returns it, so code that holds one has asked. */
export interface Allowed<S extends string> {
  readonly ok: true;
  readonly to: S;
}

/** The answer to a command. */
export type Decision<S extends string> =
  Allowed<S> | { readonly ok: false; readonly reason: 'ILLEGAL_TRANSITION' | 'BLOCKED'; readonly blockers: Blocker[] };

/** A command that exists in the present state, and what stands in its way. */
export interface AvailableCommand<C extends string> {
  readonly command: C;
  readonly allowed: boolean;
  readonly blockers: Blocker[];
}

function leaves<S extends string>(row: { readonly from: S | readonly S[] }, state: S): boolean {
  return typeof row.from === 'string' ? row.from === state : row.from.includes(state);
}

function sources<S extends string>(row: { readonly from: S | readonly S[] }): readonly S[] {
  return typeof row.from === 'string' ? [row.from] : row.from;
}

function ask<F>(guards: readonly Guard<F>[] | undefined, facts: F): Blocker[] {
  return collectBlockers((guards ?? []).map((guard) => guard(facts)));
}

/**
 * The refusal of a command that does not exist in a state: what is possible instead, and why a computed state is what
 * it is.
 */
function noSuchCommand<S extends string, C extends string, F>(
  machine: Machine<S, C, F>,
  from: S,
  command: C,
  facts: F,
): Blocker[] {
  const offered = availableCommands(machine, from, facts);
  const list = (allowed: boolean, words: string): string[] => {
    const names = offered.filter((one) => one.allowed === allowed).map((one) => one.command);
    return names.length > 0 ? [`${words}: ${names.join(', ')}.`] : [];
  };
  const hints = [...list(true, 'Possible now'), ...list(false, 'Blocked now')];
  const hint = hints.length > 0 ? hints.join(' ') : 'No command is possible in this state.';
  const message = `"${command}" is not possible for a ${machine.name} in state ${from}. ${hint}`;
  return [blocker('ILLEGAL_TRANSITION', message, []), ...ask(machine.computed?.[from], facts)];
}

/**
 * Whether a command is possible now: the target state, or every broken guard at once. A command that does not exist in
 * a state is refused with ILLEGAL_TRANSITION and, if the state is computed, with the reasons for it.
 */
export function decide<S extends string, C extends string, F>(
  machine: Machine<S, C, F>,
  from: S,
  command: NoInfer<C>,
  facts: F,
): Decision<S> {
  const row = machine.rows.find((r) => r.command === command && leaves(r, from) && (r.when?.(facts) ?? true));
  if (row === undefined)
    return { ok: false, reason: 'ILLEGAL_TRANSITION', blockers: noSuchCommand(machine, from, command, facts) };
  const blockers = ask(row.guards, facts);
  return blockers.length === 0
    ? { ok: true, to: row.to === SAME_STATE ? from : row.to }
    : { ok: false, reason: 'BLOCKED', blockers };
}

/** Like {@link decide}, for rows without rules: undefined when the command does not exist in this state. */
export function decideSystem<S extends string, C extends string>(
  rows: readonly SystemRow<S, C>[],
  from: S,
  command: NoInfer<C>,
): Allowed<S> | undefined {
  const row = rows.find((r) => r.command === command && leaves(r, from));
  return row && { ok: true, to: row.to };
}

/**
 * The commands people can issue in this state, each with what blocks it, from the same guards that {@link decide} asks.
 */
export function availableCommands<S extends string, C extends string, F>(
  machine: Machine<S, C, F>,
  from: S,
  facts: F,
): AvailableCommand<C>[] {
  const found = new Map<C, AvailableCommand<C>>();
  for (const row of machine.rows) {
    if (row.system || found.has(row.command) || !leaves(row, from) || !(row.when?.(facts) ?? true)) continue;
    const blockers = ask(row.guards, facts);
    found.set(row.command, { command: row.command, allowed: blockers.length === 0, blockers });
  }
  return [...found.values()];
}

function reach<S extends string>(start: readonly S[], step: (state: S) => readonly S[]): Set<S> {
  const seen = new Set(start);
  for (const state of seen) for (const next of step(state)) seen.add(next);
  return seen;
}

/**
 * Everything that is wrong with the table itself, as sentences; empty for a sound machine. Run at start and in tests.
 */
export function validateMachine<S extends string, C extends string, F>(machine: Machine<S, C, F>): string[] {
  const { name, states, rows } = machine;
  const problems: string[] = [];
  const known = new Set<string>(states);
  const need = (state: S, where: string): void => {
    if (!known.has(state)) problems.push(`${name}: ${where} names the unknown state ${state}`);
  };
  if (known.size !== states.length) problems.push(`${name}: a state is listed twice`);
  need(machine.initial, 'initial');
  for (const state of machine.final) need(state, 'final');
  for (const state of Object.keys(machine.computed ?? {}) as S[]) {
    need(state, 'computed');
    if (machine.final.includes(state)) problems.push(`${name}: ${state} is final, so it cannot be computed`);
  }
  for (const command of machine.commands) {
    if (!rows.some((row) => row.command === command)) problems.push(`${name}: no row uses the command ${command}`);
  }
  const byKey = new Map<string, Row<S, C, F>[]>();
  for (const row of rows) {
    if (!machine.commands.includes(row.command))
      problems.push(`${name}: a row uses the undeclared command ${row.command}`);
    if (sources(row).length === 0) problems.push(`${name}: a row of ${row.command} leaves no state`);
    if (row.to !== SAME_STATE) need(row.to, `a row of ${row.command}`);
    for (const state of sources(row)) {
      need(state, `a row of ${row.command}`);
      const key = `${state} + ${row.command}`;
      byKey.set(key, [...(byKey.get(key) ?? []), row]);
    }
  }
  for (const [key, same] of byKey) {
    if (same.length > 1 && same.some((row) => row.when === undefined))
      problems.push(`${name}: ${key} is ambiguous: several rows and not each says when`);
  }
  // Commands that keep the state lead nowhere, so a final state may have them.
  const after = (state: S): readonly S[] =>
    rows.flatMap((row) => (row.to !== SAME_STATE && leaves(row, state) ? [row.to] : []));
  const before = (state: S): readonly S[] => rows.filter((row) => row.to === state).flatMap(sources);
  const reachable = reach([machine.initial], after);
  const ending = reach(machine.final, before);
  for (const state of states) {
    const final = machine.final.includes(state);
    const leads = after(state).some((next) => next !== state);
    if (!reachable.has(state)) problems.push(`${name}: ${state} cannot be reached from ${machine.initial}`);
    if (final && after(state).length > 0) problems.push(`${name}: the final state ${state} has rows that leave it`);
    if (!final && !leads) problems.push(`${name}: ${state} is a dead end but not final`);
    if (!final && leads && machine.final.length > 0 && !ending.has(state))
      problems.push(`${name}: no final state can be reached from ${state}`);
  }
  return problems;
}
