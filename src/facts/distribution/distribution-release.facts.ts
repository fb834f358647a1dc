import type { Actor } from '../../domain/actor.js';
import type { Blocker } from '../../domain/blocker.js';
import type { ReleaseFacts } from '../../domain/release/release.guards.js';
import { promiseBlockers, releaseMachine } from '../../domain/release/release.machine.js';
import { commandToDistribute, type ReleaseState } from '../../domain/release/release.state.js';
import { decide } from '../../domain/state-machine.js';
import type { ImpactReader } from '../cmdb/impact-reader.js';
import { releaseFactsFor } from '../release/release.facts.js';

/** A distribution as the rules of its release see it. */
interface OfRelease {
  readonly id: string;
  readonly release: { readonly id: string; readonly state: ReleaseState; readonly skipped: ReleaseState[] };
  /** The wave whose targets are asked about; null for all targets. */
  readonly in_question: string | null;
  /** Database ids of these targets. */
  readonly ci_ids: readonly string[];
}

// Both machines have these rules, and the messages of the distribution say more.
const SAID_ALREADY = ['RELEASE_ON_HOLD', 'NOT_COMMUNICATED'];
// Both have these, too: the distribution for its own targets.
const SAID_OF_OWN_TARGETS = ['CI_PROTECTED', 'CI_DECOMMISSIONED'];

/** What the rules of the release have against its distribution, each pointing at something. */
export function startBlockers({ release, ci_ids }: OfRelease, facts: ReleaseFacts | undefined): Blocker[] {
  if (facts === undefined) return [];
  const command = commandToDistribute(release.state, release.skipped);
  const decision = command === null ? undefined : decide(releaseMachine, release.state, command, facts);
  if (decision?.ok === true) return [];
  const own = new Set(ci_ids);
  return (decision?.blockers ?? promiseBlockers(facts))
    .filter(
      ({ code, subject }) =>
        !SAID_ALREADY.includes(code) && !(SAID_OF_OWN_TARGETS.includes(code) && own.has(subject?.id ?? '')),
    )
    .map((blocker) => ({ ...blocker, subject: blocker.subject ?? { type: 'Release', id: release.id } }));
}

/**
 * The facts of the releases of distributions that start or go on, by distribution: about all targets of a release, or
 * about those of the wave in question.
 */
export async function releasesOf(
  actor: Actor,
  rows: readonly OfRelease[],
  impact: ImpactReader,
): Promise<Map<string, ReleaseFacts | undefined>> {
  const asking = rows.filter(
    ({ release }) => commandToDistribute(release.state, release.skipped) !== null || release.state === 'DISTRIBUTING',
  );
  const releasesIn = (some: readonly OfRelease[]) => [...new Set(some.map(({ release }) => release.id))];
  const inWaves = asking.filter(({ in_question }) => in_question !== null);
  const others = asking.filter(({ in_question }) => in_question === null);
  const targets = inWaves.flatMap(({ ci_ids }) => ci_ids);
  const none = new Map<string, ReleaseFacts>();
  const whole = others.length === 0 ? none : await releaseFactsFor(actor, releasesIn(others), impact);
  const part = inWaves.length === 0 ? none : await releaseFactsFor(actor, releasesIn(inWaves), impact, targets);
  return new Map(asking.map(({ id, in_question, release }) => [id, (in_question ? part : whole).get(release.id)]));
}
