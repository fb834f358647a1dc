/** From a tool's own status to the state of a target. */
import { isFinalTargetState, type TargetState } from '../../src/adapters/adapter.js';

/** States by native status. A name that ends with `*` stands for all that begin so; the exact one goes first. */
export type StateMap = Readonly<Record<string, TargetState>>;

/** The state for a native status. One that the map does not know is `unknown`, and nobody claims that it is the end. */
export function stateOf(native: string, states: StateMap): { readonly state: TargetState; readonly known: boolean } {
  const exact = Object.hasOwn(states, native) ? states[native] : undefined;
  if (exact !== undefined) return { state: exact, known: true };
  const prefix = Object.keys(states).find((name) => name.endsWith('*') && native.startsWith(name.slice(0, -1)));
  const found = prefix === undefined ? undefined : states[prefix];
  return found === undefined ? { state: 'unknown', known: false } : { state: found, known: true };
}

/** Of several statuses of one target the one that counts: one that nobody knows, else the first in the map's order. */
export function foremost(natives: readonly string[], states: StateMap): string | undefined {
  const order = Object.keys(states);
  const place = (native: string): number => {
    const exact = order.indexOf(native);
    return exact >= 0 ? exact : order.findIndex((name) => name.endsWith('*') && native.startsWith(name.slice(0, -1)));
  };
  return [...natives].sort((a, b) => place(a) - place(b))[0];
}

/** Whether a mapped status is the end. */
export const isEnd = ({ state, known }: { readonly state: TargetState; readonly known: boolean }): boolean =>
  known && isFinalTargetState(state);
