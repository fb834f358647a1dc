import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import { RequestError } from '../../domain/errors.js';
import type { Actor } from '../../domain/actor.js';

/** Over how long operations are counted, in seconds. */
const WINDOW_SECONDS = 10;

/**
 * Counts operations of each caller in this process, and stops who sends too many. Both doors ask it once for every
 * operation.
 */
export interface RateLimit {
  /**
   * @param address of the client, by which callers are told apart who are not signed in.
   * @throws RequestError RATE_LIMITED with `retryAfterSeconds`
   */
  admit(actor: Actor | null, address: string | undefined): Promise<void>;
}

/** @param most operations of one caller in ten seconds; 0 for no limit */
export function createRateLimit(most: number): RateLimit {
  if (most === 0) return { admit: async () => {} };
  const limiter = new RateLimiterMemory({ points: most, duration: WINDOW_SECONDS });
  return {
    admit: async (actor, address) => {
      try {
        await limiter.consume(actor ? `actor ${actor.id ?? actor.name}` : `address ${address ?? ''}`);
      } catch (reached) {
        if (!(reached instanceof RateLimiterRes)) throw reached;
        const retryAfterSeconds = Math.max(1, Math.ceil(reached.msBeforeNext / 1_000));
        throw new RequestError(
          'RATE_LIMITED',
          `You may send ${most} operations in ${WINDOW_SECONDS} s. Try again in ${retryAfterSeconds} s.`,
          {
            retryAfterSeconds,
          },
        );
      }
    },
  };
}
