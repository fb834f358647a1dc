/** What an instance can do follows from what its profile has. */
import type { Capabilities } from '../../src/adapters/adapter.js';
import type { HttpJobConfig, Profile } from './profile.js';
import { profileOf } from './profiles.js';

const DEFAULT_POLL_MS = 5_000;
/** Each job of a run takes a request when it is sent and one at each look. */
const MAX_JOBS = 200;

/** Every name that the order of this profile passes on. */
export function namesUsed({ submit }: Profile): Set<string> {
  const text = JSON.stringify(submit.request);
  return new Set([...text.matchAll(/\$\{([A-Za-z][\w.-]*)/g)].map(([, name = '']) => name));
}

/** Pure: the same settings give the same answer. */
export function capabilitiesOf(config: HttpJobConfig): Capabilities {
  const profile = profileOf(config);
  const { cancel, callback, limits = {}, logs, observe, submit, search } = profile;
  const perTarget = profile.jobs === 'per-target';
  const used = namesUsed(profile);
  const fetches = used.has('artifacts') || used.has('artifact.uri');
  return {
    submit: submit.exists !== undefined ? 'idempotent' : search !== undefined ? 'findable' : 'at-most-once',
    observe: config.callback !== undefined && callback !== undefined ? ['poll', 'callback'] : ['poll'],
    targetStatus: perTarget || observe.targets !== undefined ? 'live' : 'final',
    cancel: cancel === undefined ? 'none' : 'best-effort',
    cancelTargets: perTarget && cancel !== undefined,
    pause: false,
    retryTargets: true,
    preflight: 'static',
    operations: profile.operations,
    artifacts: [fetches ? 'by-reference' : 'prestaged'],
    verifiesDigest: false,
    logs: logs === undefined ? 'none' : 'cursor',
    toolSchedules: false,
    limits: {
      maxTargets: limits.maxTargets ?? (perTarget ? MAX_JOBS : 1_000),
      ...(limits.maxConcurrentRuns !== undefined && { maxConcurrentRuns: limits.maxConcurrentRuns }),
      minPollMs: config.minPollMs ?? limits.minPollMs ?? DEFAULT_POLL_MS,
      typicalLatencyMs: limits.typicalLatencyMs ?? DEFAULT_POLL_MS,
    },
  };
}
