/** The rollout of a request, and why a request may be refused before. Pure. */
import { AdapterError, type DistributionRequest, type JsonObject } from '../../src/adapters/adapter.js';
import {
  DEFAULT_MAX_TARGETS,
  MAX_NAME,
  MAX_QUERY,
  PLAIN_ID,
  type HawkbitConfig,
  type HawkbitPackage,
  type HawkbitParameters,
  type HawkbitTarget,
} from './settings.js';

/** The id of a target in hawkBit. */
export const controllerOf = (target: { readonly binding: unknown }): string =>
  (target.binding as HawkbitTarget).controllerId;

/** The name of the rollout of a key: unique in a hawkBit, which makes a second rollout impossible. */
export const nameOf = (config: HawkbitConfig, key: string): string => `${config.keyPrefix ?? ''}${key}`;

/** Selects exactly these targets. */
export const queryOf = (ids: readonly string[]): string => `controllerId=in=(${ids.join(',')})`;

/**
 * The distribution set for the operation of a request.
 * @throws AdapterError FAILED_PRECONDITION when the package names none.
 */
export function setOf({ operation, package: { binding } }: DistributionRequest): number {
  const { distributionSet, operations = {} } = binding as HawkbitPackage;
  const id = operation === 'install' ? distributionSet : operations[operation];
  if (id !== undefined) return id;
  throw new AdapterError(
    'FAILED_PRECONDITION',
    `The package names no distribution set for the operation ${operation}.`,
  );
}

/**
 * Fails for a request that no rollout can execute.
 * @throws AdapterError INVALID_ARGUMENT or UNIMPLEMENTED
 */
export function assertPossible(request: DistributionRequest, config: HawkbitConfig): void {
  const ids = request.targets.map(controllerOf);
  const odd = ids.find((id) => !PLAIN_ID.test(id));
  if (odd !== undefined)
    throw new AdapterError('INVALID_ARGUMENT', `The id ${JSON.stringify(odd)} could be read as part of a query.`);
  const seen = new Set<string>();
  for (const id of ids.map((one) => one.toLowerCase())) {
    if (seen.has(id))
      throw new AdapterError('INVALID_ARGUMENT', `Two targets have the id ${id}, which hawkBit compares without case.`);
    seen.add(id);
  }
  const most = config.maxTargets ?? DEFAULT_MAX_TARGETS;
  if (ids.length > most || queryOf(ids).length > MAX_QUERY)
    throw new AdapterError(
      'INVALID_ARGUMENT',
      `A rollout takes at most ${most} targets, whose ids fit into a query of ${MAX_QUERY} characters. Use waves.`,
    );
  if (nameOf(config, request.key).length > MAX_NAME)
    throw new AdapterError('INVALID_ARGUMENT', `keyPrefix and key are longer than ${MAX_NAME} characters.`);
  if (request.maxParallel !== undefined || request.stopAfterFailures !== undefined)
    throw new AdapterError(
      'UNIMPLEMENTED',
      'Devices fetch their work themselves, so hawkBit cannot keep maxParallel or stopAfterFailures. Use waves.',
    );
  if (request.dryRun) throw new AdapterError('UNIMPLEMENTED', 'hawkBit cannot rehearse a rollout.');
}

const FINGERPRINT = /^Interlock ([0-9a-f]{64})/;

/** The fingerprint in the description of a rollout; undefined for a rollout of somebody else. */
export const fingerprintIn = (description: string): string | undefined => FINGERPRINT.exec(description)?.[1];

/** The body of the rollout: one group, so that hawkBit has nothing to decide between targets. */
export function rolloutBody(request: DistributionRequest, config: HawkbitConfig): JsonObject {
  const { type = 'forced', weight } = request.parameters as HawkbitParameters;
  return {
    name: nameOf(config, request.key),
    description: `Interlock ${request.fingerprint} ${request.release.version}, by ${request.actor}`.slice(0, 500),
    distributionSetId: setOf(request),
    targetFilterQuery: queryOf(request.targets.map(controllerOf)),
    amountGroups: 1,
    type,
    ...(weight !== undefined && { weight }),
  };
}
