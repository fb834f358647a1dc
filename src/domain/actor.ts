import type { Role } from './roles.js';

/** Who acts: a person or service account with the roles that hold for this request. */
export interface Actor {
  /** Database id of the person; undefined only for the server itself. */
  readonly id: string | undefined;
  readonly name: string;
  readonly roles: readonly Role[];
  /** How the actor proved who they are. `system` is the server's own jobs. */
  readonly via: 'token' | 'oidc' | 'system';
  /** Instant after which the proof is void, in epoch milliseconds. */
  readonly expiresAt?: number;
  /** Database id of the token that was shown, when it was one. */
  readonly tokenId?: string;
  /** Roles that the identity provider claimed, when a JWT was shown. */
  readonly claimedRoles?: readonly Role[];
}

/** The server acting on its own behalf: jobs, the scheduler, the relay. */
export const SYSTEM: Actor = { id: undefined, name: 'system', roles: [], via: 'system' };
