import type { Steps } from '../steps.js';
import { MAX_IMPACT_DEPTH, type ImpactGraph } from './impact.js';

/** How many targets walk at once: the bits of a number. */
const AT_ONCE = 32;

/** Targets that the walks found so far, as a chain of groups of {@link AT_ONCE}. Items with equal ones share it. */
interface Found {
  readonly before: Found | undefined;
  readonly chunk: number;
  readonly bits: number;
}

/**
 * For each item, the targets whose work impacts it. {@link AT_ONCE} targets walk through the graph at once, so that
 * many targets in a dense configuration cost what few do. Items that the same targets impact share one list.
 * @param stops ids of relations that impact does not pass, e.g. memberships in a cluster that stays in service.
 * @param wanted the items to answer for. @param depth maximum number of relations of a path.
 * @returns the targets in the order in which they were given, by item. Items that none impacts are missing.
 */
export function* takersOf(
  { flow }: ImpactGraph,
  targetIds: readonly string[],
  { stops, wanted, depth = MAX_IMPACT_DEPTH }: TakersOptions,
): Steps<Map<string, readonly string[]>> {
  const { ids, numbers, starts, to, relationIds } = flow;
  const isStop = Uint8Array.from(relationIds, (id) => (stops.has(id) ? 1 : 0));
  const isWanted = Uint8Array.from(ids, (id) => (wanted.has(id) ? 1 : 0));
  const [seen, front, next] = [new Int32Array(ids.length), new Int32Array(ids.length), new Int32Array(ids.length)];
  const found = new Map<number, Found>();
  const walk = (chunk: number): number[] => {
    const touched: number[] = [];
    const enter = (item: number, bits: number): void => {
      if (seen[item] === 0) touched.push(item);
      (seen[item] as number) |= bits;
    };
    let frontier: number[] = [];
    for (const [bit, id] of targetIds.slice(chunk * AT_ONCE, (chunk + 1) * AT_ONCE).entries()) {
      const item = numbers.get(id);
      if (item === undefined) continue;
      enter(item, 1 << bit);
      if (front[item] === 0) frontier.push(item);
      (front[item] as number) |= 1 << bit;
    }
    for (let distance = 1; distance <= depth && frontier.length > 0; distance++) {
      const reached: number[] = [];
      for (const item of frontier) {
        for (let step = starts[item] as number; step < (starts[item + 1] as number); step++) {
          const there = to[step] as number;
          const bits = isStop[step] === 1 ? 0 : (front[item] as number) & ~(seen[there] as number);
          if (bits === 0) continue;
          enter(there, bits);
          if (next[there] === 0) reached.push(there);
          (next[there] as number) |= bits;
        }
        front[item] = 0;
      }
      for (const item of reached) {
        front[item] = next[item] as number;
        next[item] = 0;
      }
      frontier = reached;
    }
    for (const item of frontier) front[item] = 0;
    return touched;
  };
  for (let chunk = 0; chunk * AT_ONCE < targetIds.length; chunk++) {
    yield;
    const alike = new Map<Found | undefined, Map<number, Found>>();
    for (const item of walk(chunk)) {
      const bits = seen[item] as number;
      seen[item] = 0;
      if (isWanted[item] === 0) continue;
      const before = found.get(item);
      let known = alike.get(before);
      if (known === undefined) alike.set(before, (known = new Map<number, Found>()));
      let own = known.get(bits);
      if (own === undefined) known.set(bits, (own = { before, chunk, bits }));
      found.set(item, own);
    }
  }
  const lists = new Map<Found, readonly string[]>();
  const takers = new Map<string, readonly string[]>();
  for (const [item, own] of found) {
    let list = lists.get(own);
    if (list === undefined) {
      yield;
      lists.set(own, (list = targetsIn(own, targetIds)));
    }
    takers.set(ids[item] as string, list);
  }
  for (const id of targetIds) if (wanted.has(id) && !takers.has(id)) takers.set(id, [id]);
  return takers;
}

/** What {@link takersOf} is asked for. */
export interface TakersOptions {
  readonly stops: ReadonlySet<string>;
  readonly wanted: ReadonlySet<string>;
  readonly depth?: number;
}

function targetsIn(found: Found, targetIds: readonly string[]): string[] {
  const chunks: Found[] = [];
  for (let at: Found | undefined = found; at !== undefined; at = at.before) chunks.push(at);
  return chunks.reverse().flatMap(({ chunk, bits }) =>
    Array.from({ length: AT_ONCE }, (_, bit) => bit)
      .filter((bit) => bits & (1 << bit))
      .map((bit) => targetIds[chunk * AT_ONCE + bit] as string),
  );
}
