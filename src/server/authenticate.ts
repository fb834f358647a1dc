import { createHash, timingSafeEqual } from 'node:crypto';
import { createRemoteJWKSet, errors as joseErrors, jwtVerify, type JWTPayload } from 'jose';
import { sql } from 'kysely';
import type { Config } from '../config.js';
import { RequestError } from '../domain/errors.js';
import { ROLES, type Role } from '../domain/roles.js';
import { parseAccessToken } from '../services/access-token.service.js';
import type { Actor, Queryable } from '../services/unit-of-work.js';

/** Finds out who sends a request. */
export interface Authenticator {
  /**
   * @param authorization the `Authorization` header, or its equivalent in the parameters of a WebSocket.
   * @returns null when there is none.
   * @throws RequestError UNAUTHENTICATED when there is one and it is not valid.
   */
  authenticate(authorization: string | undefined): Promise<Actor | null>;
}

/** How long a token that was found valid is believed without asking the database, in milliseconds; revocation takes effect within it. */
const TRUST_MS = 500;
const MAX_TRUSTED = 10_000;

const refused = () => new RequestError('UNAUTHENTICATED', 'The token is not valid (any more).');

const sha256 = (text: string) => createHash('sha256').update(text).digest();

interface TokenRow {
  readonly secret_hash: string;
  readonly roles: Role[];
  readonly expires_at: string;
  readonly person_id: string;
  readonly name: string;
}

/** Authenticates service tokens against the database and JWTs against the configured OIDC issuer. */
export function createAuthenticator(config: Config, db: Queryable, clock: () => Date): Authenticator {
  const trusted = new Map<string, { actor: Actor; until: number }>();
  const keys = jwks(config);

  const byToken = async (id: string, secret: string): Promise<Actor> => {
    const [row] = await db.query<TokenRow>(sql`
      select t.secret_hash, t.roles, t.expires_at, p.id as person_id, p.name from access_token t join person p on p.id = t.person_id
      where t.id = ${id}::uuid and t.revoked_at is null and p.active`);
    const expected = Buffer.from(row?.secret_hash ?? '0'.repeat(64), 'hex');
    if (!timingSafeEqual(expected, sha256(secret)) || !row) throw refused();
    const expiresAt = Date.parse(row.expires_at);
    if (expiresAt <= clock().getTime()) throw refused();
    return { id: row.person_id, name: row.name, roles: row.roles, via: 'token', expiresAt };
  };

  const byJwt = async (jwt: string): Promise<Actor> => {
    if (!keys || config.oidcIssuer === undefined || config.oidcAudience === undefined) throw refused();
    let claims: JWTPayload;
    try {
      ({ payload: claims } = await jwtVerify(jwt, await keys(), {
        issuer: config.oidcIssuer,
        audience: config.oidcAudience,
        algorithms: ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA'],
        clockTolerance: 30,
        requiredClaims: ['sub', 'exp'],
        currentDate: clock(),
      }));
    } catch (error) {
      if (error instanceof joseErrors.JOSEError && !(error instanceof joseErrors.JWKSTimeout)) throw refused();
      throw new RequestError('UNAVAILABLE', 'The identity provider cannot be reached to check your token. Try again.');
    }
    const person = await personOf(db, claims);
    const claimed = claims[config.oidcRolesClaim];
    const names = Array.isArray(claimed) ? claimed : typeof claimed === 'string' ? claimed.split(/[ ,]+/) : [];
    const roles = ROLES.filter((role) => names.includes(role) || person.roles.includes(role));
    return { id: person.id, name: person.name, roles, via: 'oidc', expiresAt: (claims.exp ?? 0) * 1000 };
  };

  return {
    authenticate: async (authorization) => {
      if (authorization === undefined || authorization.trim() === '') return null;
      const [, credentials] = /^Bearer +([A-Za-z0-9._~+/=-]{1,8192})$/i.exec(authorization.trim()) ?? [];
      if (credentials === undefined) throw new RequestError('UNAUTHENTICATED', 'The header must be "Authorization: Bearer <token>".');
      const now = clock().getTime();
      const key = sha256(credentials).toString('base64url');
      const known = trusted.get(key);
      if (known && known.until > now && (known.actor.expiresAt ?? Infinity) > now) return known.actor;
      const token = parseAccessToken(credentials);
      const actor = token ? await byToken(token.id, token.secret) : await byJwt(credentials);
      if (trusted.size >= MAX_TRUSTED) trusted.clear();
      trusted.set(key, { actor, until: now + TRUST_MS });
      return actor;
    },
  };
}

// The issuer's keys: from OIDC_JWKS_URI, or from where its discovery document says. Looked up at first use and kept.
function jwks(config: Config): (() => Promise<ReturnType<typeof createRemoteJWKSet>>) | undefined {
  const { oidcIssuer, oidcJwksUri } = config;
  if (oidcIssuer === undefined) return undefined;
  let found: Promise<ReturnType<typeof createRemoteJWKSet>> | undefined;
  const find = async () => {
    if (oidcJwksUri !== undefined) return createRemoteJWKSet(new URL(oidcJwksUri));
    const response = await fetch(`${oidcIssuer.replace(/\/$/, '')}/.well-known/openid-configuration`, { signal: AbortSignal.timeout(5_000) });
    const document = (await response.json()) as { issuer?: string; jwks_uri?: string };
    if (document.issuer !== oidcIssuer || !document.jwks_uri) throw new Error('The discovery document is not that of the configured issuer.');
    return createRemoteJWKSet(new URL(document.jwks_uri));
  };
  return async () => {
    found ??= find();
    try {
      return await found;
    } catch (error) {
      found = undefined;
      throw error;
    }
  };
}

// Somebody the identity provider vouches for is known here from their first request on: found by subject, or made.
async function personOf(db: Queryable, claims: JWTPayload): Promise<{ id: string; name: string; roles: Role[] }> {
  const subject = claims.sub as string;
  const find = async () => (await db.query<{ id: string; name: string; roles: Role[]; active: boolean }>(sql`select id, name, roles, active from person where subject = ${subject}`))[0];
  let person = await find();
  if (!person) {
    const email = typeof claims['email'] === 'string' ? claims['email'] : `${subject}@oidc.invalid`;
    const name = typeof claims['name'] === 'string' ? claims['name'] : subject;
    const { v7 } = await import('uuid');
    await db.query(sql`
      insert into person (id, name, email, subject, kind, roles, active, version, created_at, updated_at)
      values (${v7()}, ${name}, ${email}, ${subject}, 'HUMAN', '{}', true, 1, now(), now()) on conflict do nothing`);
    person = await find();
  }
  if (!person?.active) throw refused();
  return person;
}
