import type { Role } from './roles.js';

/** The person or service account behind a request, with its roles for this request. */
export interface Actor {
  /** Database id of the person; undefined only for the server itself. */
  readonly id: string | undefined;
  readonly name: string;
  readonly roles: readonly Role[];
  /** How the actor authenticated. `system` is the server itself, in its jobs. */
  readonly via: 'token' | 'oidc' | 'system';
  /** When the credentials expire, in epoch milliseconds. */
  readonly expiresAt?: number;
  /** Database id of the access token, if the actor used one. */
  readonly tokenId?: string;
  /** Subject at the identity provider, if the actor used a JWT. */
  readonly subject?: string;
  /** Roles claimed by the identity provider, if the actor used a JWT. */
  readonly claimedRoles?: readonly Role[];
}

/** The server acting on its own behalf: jobs, the scheduler, the relay. */
export const SYSTEM: Actor = { id: undefined, name: 'system', roles: [], via: 'system' };
