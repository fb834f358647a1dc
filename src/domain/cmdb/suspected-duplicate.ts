import type { DuplicateSign, SuspectedDuplicateState } from './suspected-duplicate.machine.js';

/** Two items that have something in common that they should not. */
export interface DuplicatePair {
  /** Database id of the item that was recorded first. */
  readonly ciId: string;
  readonly otherId: string;
  /** In alphabetical order. */
  readonly signs: readonly DuplicateSign[];
  /** Digest of the values by which both are identified. */
  readonly digest: string;
}

/** A pair that is kept and has not ended. */
export interface KnownDuplicate extends DuplicatePair {
  readonly id: string;
  readonly state: SuspectedDuplicateState;
}

/** What becomes of kept pairs when their items are compared again. */
export interface ReconciledDuplicates<Known extends KnownDuplicate> {
  readonly found: readonly DuplicatePair[];
  /** `reopens`: somebody had dismissed the pair, and a value that identifies one of them is another one now. */
  readonly changed: readonly { readonly known: Known; readonly pair: DuplicatePair; readonly reopens: boolean }[];
  readonly resolved: readonly Known[];
}

const keyOf = ({ ciId, otherId }: Pick<DuplicatePair, 'ciId' | 'otherId'>): string => `${ciId} ${otherId}`;

/** Brings the pairs that are kept of items in line with those that there are. */
export function reconcileDuplicates<Known extends KnownDuplicate>(
  known: readonly Known[],
  pairs: readonly DuplicatePair[],
): ReconciledDuplicates<Known> {
  const wanted = new Map(pairs.map((pair) => [keyOf(pair), pair]));
  const present = new Set(known.map(keyOf));
  return {
    found: [...wanted.values()].filter((pair) => !present.has(keyOf(pair))),
    changed: known.flatMap((one) => {
      const pair = wanted.get(keyOf(one));
      if (pair === undefined) return [];
      const isSame = pair.digest === one.digest;
      if (isSame && pair.signs.join() === one.signs.join()) return [];
      return [{ known: one, pair, reopens: one.state === 'DISMISSED' && !isSame }];
    }),
    resolved: known.filter((one) => !wanted.has(keyOf(one))),
  };
}
