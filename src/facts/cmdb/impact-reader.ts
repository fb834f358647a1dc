import type { EffectiveCriticality } from '../../domain/cmdb/effective-criticality.js';
import { effectiveCriticalitySteps } from '../../domain/cmdb/effective-criticality.js';
import type { ImpactGraph, RatedImpactNode } from '../../domain/cmdb/impact.js';
import type { Queryable } from '../../database/queryable.js';
import { inTurns } from '../turns.js';
import { readImpactGraph } from './impact.facts.js';

interface Known {
  readonly items: ReadonlySet<string>;
  readonly graph: ImpactGraph<RatedImpactNode>;
  criticalities?: Map<string, EffectiveCriticality>;
}

/**
 * Reads what work on some items impacts, once for each set of items. Several rules of one question ask about the same
 * targets, and a rollout can have thousands of them. It lives as long as the question: it never notices a change.
 */
export class ImpactReader {
  readonly #known: Known[] = [];

  constructor(readonly db: Queryable) {}

  async #read(ciIds: readonly string[]): Promise<Known> {
    const items = new Set(ciIds);
    const found = this.#known.find(
      (known) => known.items.size === items.size && ciIds.every((id) => known.items.has(id)),
    );
    if (found !== undefined) return found;
    const known: Known = { items, graph: await readImpactGraph(this.db, [...items]) };
    this.#known.push(known);
    return known;
  }

  /** The part of the configuration that work on the items impacts. */
  async graph(ciIds: readonly string[]): Promise<ImpactGraph<RatedImpactNode>> {
    return (await this.#read(ciIds)).graph;
  }

  /**
   * The effective criticality of each item, and maybe of others. It follows from what the item impacts, whichever other
   * items are asked about, so a larger set that was read has the answer.
   */
  async criticalities(ciIds: readonly string[]): Promise<ReadonlyMap<string, EffectiveCriticality>> {
    const larger = this.#known.find(({ items }) => items.size >= ciIds.length && ciIds.every((id) => items.has(id)));
    const known = larger ?? (await this.#read(ciIds));
    return (known.criticalities ??= await inTurns(effectiveCriticalitySteps(known.graph, [...known.items])));
  }
}
