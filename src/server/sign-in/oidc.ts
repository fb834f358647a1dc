import { createRemoteJWKSet, errors, jwtVerify, type JWTPayload, type JWTVerifyGetKey } from 'jose';
import type { Config } from '../../config.js';
import { RequestError } from '../../domain/errors.js';
import { ROLES, type Role } from '../../domain/roles.js';
import { problemOfText } from '../../domain/value.js';
import type { Identity } from '../../services/people/identity.service.js';

/** The claims of a valid JWT. */
export interface Vouched extends Identity {
  /** Roles that the identity provider claims; unknown names are left out. */
  readonly roles: readonly Role[];
  /** Instant after which the JWT is void, in epoch milliseconds. */
  readonly expiresAt: number;
}

/** Asymmetric algorithms only: with `none` or HS256 anybody with the public keys could sign. */
const ALGORITHMS = [
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
  'Ed25519',
];
/** Tolerated clock difference to the identity provider, in seconds. */
const CLOCK_TOLERANCE = 30;
/** How long a request waits for the identity provider, in milliseconds. */
const PROVIDER_TIMEOUT = 5_000;
/**
 * Minimum time between two downloads of the keys, in milliseconds; limits the effect of tokens with invented key ids.
 */
const KEY_COOLDOWN = 1_000;

const unavailable = () =>
  new RequestError(
    'UNAVAILABLE',
    'Your token cannot be checked, because the identity provider cannot be reached. Try again.',
  );

// The issuer's keys: from OIDC_JWKS_URI, or from the address in its discovery document. They are read at first use and
// kept. An unknown key id makes the server read them again, so that the provider can rotate them at any time.
function keysOf(issuer: string, jwksUri: string | undefined): JWTVerifyGetKey {
  const options = { cooldownDuration: KEY_COOLDOWN, timeoutDuration: PROVIDER_TIMEOUT };
  const discover = async () => {
    if (jwksUri !== undefined) return createRemoteJWKSet(new URL(jwksUri), options);
    const response = await fetch(`${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`, {
      signal: AbortSignal.timeout(PROVIDER_TIMEOUT),
      redirect: 'error',
    });
    const document = (await response.json()) as { issuer?: string; jwks_uri?: string };
    if (document.issuer !== issuer || !document.jwks_uri)
      throw new Error('The discovery document belongs to another issuer than the configured one.');
    return createRemoteJWKSet(new URL(document.jwks_uri), options);
  };
  let found: ReturnType<typeof discover> | undefined;
  return async (header, token) => {
    try {
      found ??= discover();
      return await (
        await found
      )(header, token);
    } catch (error) {
      // An unknown key is the token's fault; anything else is the provider's.
      if (
        error instanceof errors.JWKSNoMatchingKey ||
        error instanceof errors.JWKSMultipleMatchingKeys ||
        error instanceof errors.JOSENotSupported
      )
        throw error;
      found = undefined;
      throw unavailable();
    }
  };
}

// A claim that cannot be stored counts as absent, like one that is no text.
const textOf = (claim: unknown) =>
  typeof claim === 'string' && claim.trim() !== '' && problemOfText(claim) === undefined ? claim.trim() : undefined;

/** Longest subject, in characters. OpenID Connect allows no longer one. */
const MAX_SUBJECT = 255;

/**
 * Checks JWTs of the configured OIDC issuer: signature, algorithm, issuer, audience, expiry, not-before.
 * @returns undefined when no issuer is configured; otherwise a function that throws UNAUTHENTICATED for an invalid JWT
 *   and UNAVAILABLE when the issuer's keys cannot be read.
 */
export function createJwtVerifier(config: Config, clock: () => Date): ((jwt: string) => Promise<Vouched>) | undefined {
  const { oidcIssuer: issuer, oidcAudience: audience, oidcRolesClaim } = config;
  if (issuer === undefined || audience === undefined) return undefined;
  const keys = keysOf(issuer, config.oidcJwksUri);
  return async (jwt) => {
    let claims: JWTPayload;
    try {
      ({ payload: claims } = await jwtVerify(jwt, keys, {
        issuer,
        audience,
        algorithms: ALGORITHMS,
        clockTolerance: CLOCK_TOLERANCE,
        requiredClaims: ['sub', 'exp'],
        currentDate: clock(),
      }));
    } catch (error) {
      if (error instanceof RequestError) throw error;
      throw new RequestError('UNAUTHENTICATED', 'The token is invalid, expired or revoked.');
    }
    const claimed = claims[oidcRolesClaim];
    const names = Array.isArray(claimed) ? claimed : typeof claimed === 'string' ? claimed.split(/[ ,]+/) : [];
    const subject = claims.sub as string;
    if (problemOfText(subject) !== undefined || subject.length > MAX_SUBJECT)
      throw new RequestError('UNAUTHENTICATED', 'The token names a subject that cannot be stored.');
    return {
      subject,
      name: textOf(claims['name']) ?? textOf(claims['preferred_username']) ?? subject,
      email: textOf(claims['email']),
      emailVerified: claims['email_verified'] === true,
      // RFC 9068: when a program requests a token for itself, the subject is the client.
      kind: claims['client_id'] === subject || claims['azp'] === subject ? 'SERVICE' : 'HUMAN',
      roles: ROLES.filter((role) => names.includes(role)),
      expiresAt: (claims.exp ?? 0) * 1_000,
    };
  };
}
