import type { ImpactGraph } from '../cmdb/impact.js';
import type { NamedRef } from '../blocker.js';
import type { Steps } from '../steps.js';
import type { ConflictWork } from './conflict-entry.js';
import { scopedWindow, windowBinds, windowsFor, type ConflictWindow } from './conflict-window.js';
import { intervalContains, mergeIntervals, type Interval } from './interval.js';
import { mergeSpans, spansBetween, type Span } from './smallest-cover.js';

/** The kinds of rule that keep work from times, with their meanings. */
export const SLOT_RULE_KINDS = {
  BLACKOUT: 'A blackout applies to something that the work impacts.',
  OUTSIDE_CHANGE_WINDOW: 'Work on a target must lie in its change and maintenance windows.',
  OTHER_WORK: 'Other work is on these items or on items that impact each other, or takes what stands in for them.',
  DEPENDENCY_ORDER: 'A release that this one depends on ends later, or one that depends on it begins earlier.',
  PERSON_BUSY: 'A person has another task at that time.',
  PERSON_ABSENT: 'A person is absent.',
  PERSON_NOT_WORKING: 'A person does not work at that time, by their working calendar or that of their teams.',
  TEAM_WITHOUT_CAPACITY: 'A team has as many tasks as it can have at once, or none of its members is free.',
} as const;

/** One of the keys of {@link SLOT_RULE_KINDS}. */
export type SlotRuleKind = keyof typeof SLOT_RULE_KINDS;

/** What a rule is about: what a client can look at or ask. */
export interface SlotRuleSubject {
  readonly kind: SlotRuleKind;
  /** A sentence for people. */
  readonly message: string;
  /** The time that the rule takes, where it is one stretch. */
  readonly interval: Interval | null;
  /** Database ids of windows. */
  readonly windowIds?: readonly string[];
  /** The item on which the rule meets the work. */
  readonly ciId?: string | null;
  readonly person?: NamedRef | null;
  readonly team?: NamedRef | null;
  /** What occupies the time, and what people call it. */
  readonly work?: (ConflictWork & { readonly name: string }) | null;
}

/** A rule with the starts that it forbids to work of a given length, in epoch milliseconds. */
export interface SlotRule {
  readonly subject: SlotRuleSubject;
  readonly forbids: readonly Span[];
}

/** The starts at which work of a length would take part of a closed time. */
export const startsTouching = (closed: readonly Interval[], length: number): Span[] =>
  mergeSpans(
    mergeIntervals(closed).map(({ startsAt, endsAt }) => ({
      from: startsAt.getTime() - length + 1,
      to: endsAt.getTime(),
    })),
  );

/** The starts at which work of a length would not lie in one open time. @param starts all that count */
export const startsOutside = (open: readonly Interval[], length: number, starts: Span): Span[] =>
  spansBetween(
    starts,
    mergeIntervals(open).map(({ startsAt, endsAt }) => ({
      from: startsAt.getTime(),
      to: endsAt.getTime() - length + 1,
    })),
  );

/** The rule of closed times. */
export const closedRule = (subject: SlotRuleSubject, times: readonly Interval[], length: number): SlotRule => ({
  subject,
  forbids: startsTouching(times, length),
});

/** The starts in a span at which work of a length ends in it. */
export const startsIn = ({ startsAt, endsAt }: Interval, length: number): Span => ({
  from: startsAt.getTime(),
  to: endsAt.getTime() - length + 1,
});

const clipped = (spans: readonly Span[], { from, to }: Span): Span[] =>
  spans.map((span) => ({ from: Math.max(span.from, from), to: Math.min(span.to, to) }));

/** How many targets are compared with windows in one step. */
const TARGETS_PER_STEP = 200;

/** What change and maintenance windows ask of some work. */
export interface WindowDemand {
  readonly ciIds: readonly string[];
  readonly windows: readonly ConflictWindow[];
  readonly graph: ImpactGraph;
}

/**
 * One rule for each set of change and maintenance windows that binds a target. Which windows bind depends on the start
 * of the work, because some end for good: a rule forbids only starts at which its windows bind.
 */
export function* windowRules(
  span: Interval,
  length: number,
  { ciIds, windows, graph }: WindowDemand,
): Steps<SlotRule[]> {
  const all = startsIn(span, length);
  const scoped = windows.filter(({ kind }) => kind !== 'BLACKOUT').map(scopedWindow);
  const ends = scoped.flatMap(({ bindsUntil }) =>
    bindsUntil != null && intervalContains(span, bindsUntil) ? [bindsUntil.getTime()] : [],
  );
  const cuts = [...new Set([all.from, ...ends.filter((end) => end < all.to), all.to])].sort((a, b) => a - b);
  const rules = new Map<string, { readonly subject: SlotRuleSubject; readonly forbids: Span[] }>();
  for (const [index, from] of cuts.slice(0, -1).entries()) {
    const starts = { from, to: cuts[index + 1] as number };
    const binding = scoped.filter((window) => windowBinds(window, new Date(from)));
    const known = new Set<string>();
    for (const [nth, ciId] of ciIds.entries()) {
      if (nth % TARGETS_PER_STEP === 0) yield;
      const applicable = windowsFor(ciId, graph.nodes.get(ciId)?.ciClass, binding);
      const key = applicable.map(({ id }) => id).join();
      if (applicable.length === 0 || known.has(key)) continue;
      known.add(key);
      const open = applicable.flatMap(({ occurrences }) => occurrences);
      const forbids = clipped(startsOutside(open, length, all), starts);
      const rule = rules.get(key) ?? { subject: windowSubject(applicable, ciId, graph), forbids: [] };
      rule.forbids.push(...forbids);
      rules.set(key, rule);
    }
  }
  return [...rules.values()];
}

function windowSubject(windows: readonly ConflictWindow[], ciId: string, graph: ImpactGraph): SlotRuleSubject {
  const [first, ...more] = windows.map(({ name }) => `"${name}"`);
  const others = more.length === 0 ? '' : ` and ${more.length} more ${more.length === 1 ? 'window' : 'windows'}`;
  return {
    kind: 'OUTSIDE_CHANGE_WINDOW',
    message: `Work on ${graph.nodes.get(ciId)?.name ?? ciId} must lie in ${first ?? ''}${others}.`,
    interval: null,
    windowIds: windows.map(({ id }) => id),
    ciId,
  };
}
