import { sql, type RawBuilder } from 'kysely';
import {
  MAX_RETRIES,
  MAX_RETRY_MINUTES,
  nextRetry,
  type EndedTargets,
  type RetryPolicy,
} from '../../domain/distribution/retry-policy.js';
import { RequestError } from '../../domain/errors.js';
import type { DistributionWave } from '../../entities/distribution/distribution-wave.entity.js';
import type { Distribution } from '../../entities/distribution/distribution.entity.js';
import { line } from '../text.js';
import type { UnitOfWork } from '../unit-of-work.js';
import { whole } from '../whole.js';

/** Maximum number of reason codes of a policy. */
const MAX_REASONS = 50;

/** What planning and editing a distribution say about retries. Absent means: as it is. */
export interface RetryPolicyInput {
  readonly retryLimit?: number | null;
  readonly retryAfterMinutes?: number | null;
  readonly retryReasons?: readonly string[] | null;
}

/** The retry policy of a distribution. */
export const retryPolicyOf = ({ retryLimit, retryAfterMinutes, retryReasons }: Distribution): RetryPolicy => ({
  limit: retryLimit,
  afterMinutes: retryAfterMinutes,
  reasons: retryReasons ?? null,
});

/** Puts what an input says about retries into a distribution. @throws RequestError BAD_USER_INPUT */
export function applyRetryPolicy(distribution: Distribution, input: RetryPolicyInput): void {
  whole(input.retryLimit, 'retryLimit', 0, MAX_RETRIES);
  whole(input.retryAfterMinutes, 'retryAfterMinutes', 1, MAX_RETRY_MINUTES);
  if (input.retryLimit != null) distribution.retryLimit = input.retryLimit;
  if (input.retryAfterMinutes != null) distribution.retryAfterMinutes = input.retryAfterMinutes;
  if (input.retryReasons === undefined) return;
  const codes = input.retryReasons?.map((code) => line(code, 'retryReasons', { min: 1, max: 200 })) ?? null;
  if (codes !== null && (codes.length === 0 || codes.length > MAX_REASONS))
    throw new RequestError('BAD_USER_INPUT', `"retryReasons" has 1 to ${MAX_REASONS} reason codes.`, {
      field: 'retryReasons',
      max: MAX_REASONS,
    });
  distribution.retryReasons = codes === null ? null : [...new Set(codes)];
}

const endedTargets = async (uow: UnitOfWork, which: RawBuilder<unknown>): Promise<EndedTargets[]> =>
  await uow.query<EndedTargets>(sql`
    select e.state, e.reason_code as "reasonCode", e.retryable from target_execution e
    where ${which} and not e.excluded group by e.state, e.reason_code, e.retryable`);

/** When the server tries a wave that has tripped again by itself; null when a person decides. */
export async function nextRetryOfWave(
  uow: UnitOfWork,
  distribution: Distribution,
  wave: DistributionWave,
): Promise<{ readonly at: Date; readonly count: number } | null> {
  if (distribution.retryLimit === 0) return null;
  const [row] = await uow.query<{ done: number }>(sql`
    select count(*)::int as done from decision_point
    where wave_id = ${wave.id} and choice = 'RETRY' and decided_by_id is null`);
  const done = row?.done ?? 0;
  const ended = await endedTargets(uow, sql`e.wave_id = ${wave.id}`);
  const at = nextRetry(retryPolicyOf(distribution), done, ended, uow.now);
  return at && { at, count: done + 1 };
}

/** Plans the retry of a distribution without waves that has just ended, if its policy wants one. */
export async function planRetry(uow: UnitOfWork, distribution: Distribution): Promise<void> {
  const mayRetry = ['FAILED', 'PARTIALLY_SUCCEEDED'].includes(distribution.state) && distribution.wavePlan == null;
  if (!mayRetry || distribution.retryLimit === 0) {
    distribution.retryAt = null;
    return;
  }
  const ended = await endedTargets(uow, sql`e.distribution_id = ${distribution.id}`);
  distribution.retryAt = nextRetry(retryPolicyOf(distribution), distribution.retriesDone, ended, uow.now);
}
