import type { AppServices } from '../../app-services.js';
import type { Actor } from '../../domain/actor.js';
import type { SymbolicReads } from '../../reads/single-statement/symbols.js';
import type { Context } from '../../resolvers/context.js';

/**
 * The context of resolvers that are asked what they read. It offers the actor and the reads only: a plan that depended
 * on the clock or another service could not be kept for the next request.
 */
export function planningContext(actor: Actor, reads: SymbolicReads): Context {
  return {
    actor,
    get requestId(): string {
      return reads.refuse('depends on the id of its request');
    },
    reads,
    services: reads.opaque('the services of the server') as AppServices,
  };
}
