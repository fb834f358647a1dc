import type { Queryable } from '../../database/queryable.js';
import type { Estimate } from '../../domain/distribution/simulation.js';
import { simulateDistribution } from '../../facts/distribution/simulation.facts.js';
import type { DistributionSimulationType } from '../../schema/distribution/distribution-simulation.type.js';

const seconds = (ms: number) => Math.round(ms / 100) / 10;
const minutes = (ms: number) => Math.round(ms / 6_000) / 10;
const inSeconds = (estimate: Estimate | null) => ({
  likelySeconds: estimate && seconds(estimate.likely),
  cautiousSeconds: estimate && seconds(estimate.cautious),
});

/**
 * How long what is left of a distribution would take.
 * @throws RequestError NOT_FOUND, BAD_USER_INPUT
 */
export async function distributionSimulation(
  db: Queryable,
  asked: { readonly id: string; readonly start?: string | null; readonly now: Date },
): Promise<DistributionSimulationType> {
  const { distributionId, start, predictable, runs, parallel, ...found } = await simulateDistribution(db, asked);
  const last = found.waves.at(-1);
  return {
    distributionId,
    start: start.toISOString(),
    predictable,
    likelyEnd: last?.likely.end.toISOString() ?? null,
    cautiousEnd: last?.cautious.end.toISOString() ?? null,
    runs,
    mostParallel: Math.round(parallel.most * 10) / 10,
    typicalParallel: Math.round(parallel.typical * 10) / 10,
    classes: found.classes.map(({ perTarget, ...one }) => ({ ...one, ...inSeconds(perTarget) })),
    waves: found.waves.map(({ waveId, name, targets, likely, cautious }) => ({
      waveId,
      name,
      targets,
      likelyStart: likely.start.toISOString(),
      likelyEnd: likely.end.toISOString(),
      cautiousStart: cautious.start.toISOString(),
      cautiousEnd: cautious.end.toISOString(),
    })),
    overruns: found.overruns.map(({ limit, likelyMs, cautiousMs, ...one }) => ({
      ...one,
      limit: limit.toISOString(),
      likelyMinutes: minutes(likelyMs),
      cautiousMinutes: minutes(cautiousMs),
    })),
  };
}
