import type { Steps } from '../steps.js';
import type { Interval } from './interval.js';
import { startsIn, type SlotRule, type SlotRuleSubject } from './slot-rule.js';
import type { FreeSlot } from './slot-rank.js';
import { smallestCover, spansBetween } from './smallest-cover.js';

/** All places at which work of a length fits into a span, in order: one for each stretch of starts. */
export function freeSlots(span: Interval, length: number, rules: readonly SlotRule[]): FreeSlot[] {
  const forbidden = rules.flatMap(({ forbids }) => forbids);
  return spansBetween(startsIn(span, length), forbidden).map(({ from, to }) => ({
    startsAt: new Date(from),
    endsAt: new Date(from + length),
    latestStartsAt: new Date(to - 1),
    freeUntil: new Date(to - 1 + length),
  }));
}

/** Why there is no place for some work. */
export interface Obstacles {
  /** The fewest rules that leave no start together: without any one of them there would be one. */
  readonly rules: readonly SlotRuleSubject[];
  /** Whether no fewer rules do. False if the search was ended because it would have taken too long. */
  readonly areFewest: boolean;
}

/** The smallest set of rules that leaves no place for work; null if there is a place. */
export function* slotObstacles(span: Interval, length: number, rules: readonly SlotRule[]): Steps<Obstacles | null> {
  const cover = yield* smallestCover(
    startsIn(span, length),
    rules.map(({ forbids }) => forbids),
  );
  return cover && { rules: cover.members.map((at) => (rules[at] as SlotRule).subject), areFewest: cover.isSmallest };
}
