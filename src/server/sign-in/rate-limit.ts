import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import { RequestError } from '../../domain/errors.js';
import type { Actor } from '../../domain/actor.js';

/** Period over which operations are counted, in seconds. */
const WINDOW_SECONDS = 10;

/**
 * Counts the operations of each caller in this process and refuses those above the limit. Both doors ask it for every
 * operation.
 */
export interface RateLimit {
  /**
   * @param address of the client, which identifies anonymous callers.
   * @throws RequestError RATE_LIMITED with `retryAfterSeconds`
   */
  admit(actor: Actor | null, address: string | undefined): Promise<void>;
}

/** @param max operations per caller per ten seconds; 0 = unlimited */
export function createRateLimit(max: number): RateLimit {
  if (max === 0) return { admit: async () => {} };
  const limiter = new RateLimiterMemory({ points: max, duration: WINDOW_SECONDS });
  return {
    admit: async (actor, address) => {
      try {
        await limiter.consume(actor ? `actor ${actor.id ?? actor.name}` : `address ${address ?? ''}`);
      } catch (reached) {
        if (!(reached instanceof RateLimiterRes)) throw reached;
        const retryAfterSeconds = Math.max(1, Math.ceil(reached.msBeforeNext / 1_000));
        throw new RequestError(
          'RATE_LIMITED',
          `The limit is ${max} operations in ${WINDOW_SECONDS} s. Try again in ${retryAfterSeconds} s.`,
          {
            retryAfterSeconds,
          },
        );
      }
    },
  };
}
