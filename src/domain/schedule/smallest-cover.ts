import type { Steps } from '../steps.js';

/** Some numbers in a row, from the first one to before `to`. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

/** The union of spans as the fewest spans, in order. */
export function mergeSpans(spans: readonly Span[]): Span[] {
  const merged: { from: number; to: number }[] = [];
  const sorted = spans.filter(({ from, to }) => from < to).sort((a, b) => a.from - b.from);
  for (const { from, to } of sorted) {
    const last = merged.at(-1);
    if (last === undefined || from > last.to) merged.push({ from, to });
    else if (to > last.to) last.to = to;
  }
  return merged;
}

/** The parts of a span that none of the given spans contains, in order. */
export function spansBetween({ from, to }: Span, spans: readonly Span[]): Span[] {
  const rest: Span[] = [];
  let at = from;
  for (const span of mergeSpans(spans)) {
    if (span.from >= to) break;
    if (span.from > at) rest.push({ from: at, to: span.from });
    at = Math.max(at, span.to);
  }
  if (at < to) rest.push({ from: at, to });
  return rest;
}

/** Sets that cover a span together, none of which can be left out. */
export interface Cover {
  /** Places of the sets in the given list, in rising order. */
  readonly members: readonly number[];
  /** Whether no fewer sets cover the span. False where the search for fewer was ended because it takes too long. */
  readonly isSmallest: boolean;
}

/** How many comparisons the search for the smallest cover may take. */
export const COVER_EFFORT = 2_000_000;

/** How many comparisons are made in one step. */
const PER_STEP = 2_000;

/** Most rows and sets that are compared pair by pair. */
const MAX_PAIRED = 400;

/** A part of the span as the sets that contain it. Each part needs one of its sets. */
type Row = readonly number[];

/** The parts of a span that differ in their sets, each combination once. Null if no set contains one of them. */
function* rowsOf(whole: Span, sets: readonly (readonly Span[])[]): Steps<Row[] | null> {
  const changes: { readonly at: number; readonly set: number; readonly begins: boolean }[] = [];
  for (const [set, spans] of sets.entries())
    for (const span of mergeSpans(spans)) {
      const [from, to] = [Math.max(span.from, whole.from), Math.min(span.to, whole.to)];
      if (from >= to) continue;
      if (changes.length % PER_STEP === 0) yield;
      changes.push({ at: from, set, begins: true }, { at: to, set, begins: false });
    }
  changes.sort((a, b) => a.at - b.at);
  const rows = new Map<string, Row>();
  const active = new Set<number>();
  let at = whole.from;
  let looked = 0;
  for (const [index, change] of [...changes, { at: whole.to, set: -1, begins: true }].entries()) {
    if ((looked += active.size) > PER_STEP || index % PER_STEP === 0) {
      looked = 0;
      yield;
    }
    if (change.at > at) {
      if (active.size === 0) return null;
      const row = [...active].sort((a, b) => a - b);
      rows.set(row.join(), row);
      at = change.at;
    }
    if (change.begins) active.add(change.set);
    else active.delete(change.set);
  }
  return [...rows.values()];
}

const isPartOf = (a: Row, b: ReadonlySet<number>): boolean => a.every((one) => b.has(one));

/** Leaves of some lists those that contain no other one. Of equal lists the first one stays. */
function* leastOf(lists: readonly Row[]): Steps<Row[]> {
  if (lists.length > MAX_PAIRED) return [...lists];
  const kept: Row[] = [];
  for (const list of lists.toSorted((a, b) => a.length - b.length)) {
    yield;
    const own = new Set(list);
    if (!kept.some((other) => isPartOf(other, own))) kept.push(list);
  }
  return kept;
}

/** Which rows each set covers. */
function rowsBySet(rows: readonly Row[]): Map<number, number[]> {
  const found = new Map<number, number[]>();
  for (const [index, row] of rows.entries())
    for (const set of row) {
      const known = found.get(set);
      if (known === undefined) found.set(set, [index]);
      else known.push(index);
    }
  return found;
}

/** Sets that another one makes needless, because it covers all of their rows. Of equal ones the first stays. */
function* needlessSets(rows: readonly Row[]): Steps<Set<number>> {
  const needless = new Set<number>();
  const bySet = [...rowsBySet(rows)].sort(([a, own], [b, others]) => others.length - own.length || a - b);
  if (bySet.length > MAX_PAIRED) return needless;
  const kept: ReadonlySet<number>[] = [];
  for (const [set, own] of bySet) {
    yield;
    if (kept.some((others) => isPartOf(own, others))) needless.add(set);
    else kept.push(new Set(own));
  }
  return needless;
}

/** What is left of a cover when everything that is decided is taken out. */
interface Reduced {
  readonly chosen: Set<number>;
  readonly rows: readonly Row[];
}

/** Takes the sets that every cover needs, and leaves out what no smallest cover needs, as long as there is some. */
function* reduced(all: readonly Row[]): Steps<Reduced> {
  const chosen = new Set<number>();
  for (let rows = all; ;) {
    for (const row of rows) if (row.length === 1) chosen.add(row[0] as number);
    const open = yield* leastOf(rows.filter((row) => !row.some((set) => chosen.has(set))));
    const needless = yield* needlessSets(open);
    const next = open.map((row) => row.filter((set) => !needless.has(set)));
    if (needless.size === 0 && next.length === rows.length) return { chosen, rows: next };
    rows = next;
  }
}

/** Sets that cover all rows, each time the one that covers most of the rest; then without those that are needless. */
function* greedyCover(rows: readonly Row[]): Steps<number[]> {
  const bySet = rowsBySet(rows);
  const open = new Set(rows.keys());
  const chosen: number[] = [];
  while (open.size > 0) {
    let [best, most] = [-1, 0];
    for (const [set, own] of bySet) {
      yield;
      const gain = own.filter((row) => open.has(row)).length;
      if (gain > most || (gain === most && set < best)) [best, most] = [set, gain];
    }
    chosen.push(best);
    for (const row of bySet.get(best) ?? []) open.delete(row);
  }
  return yield* withoutNeedless(rows, chosen);
}

function* withoutNeedless(rows: readonly Row[], chosen: readonly number[]): Steps<number[]> {
  let left = [...chosen];
  for (const set of chosen.toReversed()) {
    yield;
    const rest = new Set(left.filter((one) => one !== set));
    if (rows.every((row) => row.some((one) => rest.has(one)))) left = [...rest];
  }
  return left;
}

/** How many sets are needed at least: as many as there are open rows without a common set, by one look at each. */
function neededAtLeast(rows: readonly Row[], open: readonly number[]): number {
  const used = new Set<number>();
  let needed = 0;
  for (const index of open) {
    const row = rows[index] as Row;
    if (row.some((set) => used.has(set))) continue;
    needed++;
    for (const set of row) used.add(set);
  }
  return needed;
}

/** Looks for fewer sets than a known cover has, by branching on the row with the fewest sets. */
class CoverSearch {
  best: readonly number[];
  #left: number;

  constructor(
    readonly rows: readonly Row[],
    known: readonly number[],
    effort: number,
  ) {
    this.best = known;
    this.#left = effort;
  }

  /** Whether every possibility was looked at. */
  get isComplete(): boolean {
    return this.#left > 0;
  }

  *from(chosen: readonly number[], open: readonly number[]): Steps<void> {
    yield;
    this.#left -= open.length + 1;
    if (!this.isComplete) return;
    if (open.length === 0) {
      if (chosen.length < this.best.length) this.best = chosen;
      return;
    }
    if (chosen.length + neededAtLeast(this.rows, open) >= this.best.length) return;
    const lengthOf = (index: number) => (this.rows[index] as Row).length;
    const tightest = open.reduce((least, index) => (lengthOf(index) < lengthOf(least) ? index : least));
    for (const set of this.rows[tightest] as Row) {
      const rest = open.filter((index) => !(this.rows[index] as Row).includes(set));
      yield* this.from([...chosen, set], rest);
    }
  }
}

/**
 * The fewest of some sets that cover a span together; null if all of them do not. The work is bounded: where it is
 * ended, the answer is a cover of which no set can be left out, and says that there may be a smaller one.
 * @param sets earlier ones are preferred
 */
export function* smallestCover(
  whole: Span,
  sets: readonly (readonly Span[])[],
  effort = COVER_EFFORT,
): Steps<Cover | null> {
  if (whole.from >= whole.to) return { members: [], isSmallest: true };
  const all = yield* rowsOf(whole, sets);
  if (all === null) return null;
  const { chosen, rows } = yield* reduced(all);
  const search = new CoverSearch(rows, yield* greedyCover(rows), effort);
  yield* search.from([], [...rows.keys()]);
  // What was taken first can be needless after all only if the search was not complete, because of other choices.
  const members = yield* withoutNeedless(all, [...chosen, ...search.best]);
  return { members: members.sort((a, b) => a - b), isSmallest: search.isComplete };
}
