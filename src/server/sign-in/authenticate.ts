import { createHash, hash, timingSafeEqual } from 'node:crypto';
import type pg from 'pg';
import type { Config } from '../../config.js';
import { RequestError } from '../../domain/errors.js';
import type { Role } from '../../domain/roles.js';
import { parseAccessToken } from '../../services/people/access-token.service.js';
import { personOfIdentity } from '../../services/people/identity.service.js';
import { transact, type TransactionServices } from '../../services/unit-of-work.js';
import { createJwtVerifier } from './oidc.js';
import { isConnectionLoss } from '../../database/database-error.js';
import { type Actor, SYSTEM } from '../../domain/actor.js';

/** Finds out who sends a request, and whether they still may. */
export interface Authenticator {
  /**
   * @param authorization the `Authorization` header, or its equivalent in the parameters of a WebSocket.
   * @param connection over which it came: one that says the same again within the time of trust is recognised by it.
   * @returns null when there is none.
   * @throws RequestError UNAUTHENTICATED when there is one and it is not valid, UNAVAILABLE when it cannot be checked now.
   */
  authenticate(authorization: string | undefined, connection?: object): Promise<Actor | null>;
  /**
   * Looks again at actors that were let in before, all in one statement.
   * @returns for those who may not go on as they are, why: expired, revoked, other roles. Whoever is missing may go on.
   */
  review(actors: readonly Actor[]): Promise<Map<Actor, string>>;
}

/** How long a token that was found valid is believed without asking the database, in milliseconds; revocation takes effect within it. */
const TRUST_MS = 500;
const MAX_TRUSTED = 10_000;

/** A token that was found valid, or is being checked. */
interface Trusted {
  readonly until: number;
  readonly actor: Promise<Actor>;
}

const refused = () => new RequestError('UNAUTHENTICATED', 'The token is not valid (any more).');
const sha256 = (text: string) => createHash('sha256').update(text).digest();

/** Only roles that both the token carries and the person holds. */
const common = (token: readonly Role[], person: readonly Role[]) => token.filter((role) => person.includes(role));
const together = (claimed: readonly Role[], granted: readonly Role[]) => [...new Set([...claimed, ...granted])].sort();

interface PersonRow {
  readonly person_id: string;
  readonly name: string;
  readonly active: boolean;
  readonly granted: Role[];
}

interface TokenRow extends PersonRow {
  readonly id: string;
  readonly secret_hash: string;
  readonly roles: Role[];
  readonly expires_at: string;
  readonly revoked: boolean;
  /** Whether the last noted use is more than a minute ago. */
  readonly stale: boolean;
}

const PERSON = 'p.id as person_id, p.name, p.active, p.roles as granted';
const TOKENS = `select t.id, t.secret_hash, t.roles, t.expires_at, t.revoked_at is not null as revoked,
    coalesce(t.last_used_at < $2::timestamptz - interval '1 minute', true) as stale, ${PERSON}
  from access_token t join person p on p.id = t.person_id where t.id = any($1::uuid[])`;

/** What {@link createAuthenticator} needs. */
export interface AuthenticatorOptions {
  readonly config: Config;
  readonly pool: pg.Pool;
  readonly services: TransactionServices;
  readonly onError: (error: unknown) => void;
}

/** Authenticates bearer tokens of this server against the database and JWTs against the configured OIDC issuer. */
export function createAuthenticator({ config, pool, services, onError }: AuthenticatorOptions): Authenticator {
  const { clock } = services;
  const trusted = new Map<string, Trusted>();
  const saidBefore = new WeakMap<object, { readonly authorization: string; readonly trusted: Trusted }>();
  const verify = createJwtVerifier(config, clock);

  // Not counted as a read: how often tokens are checked has nothing to do with what an operation asks for.
  const ask = async <T extends pg.QueryResultRow>(name: string, text: string, values: unknown[]): Promise<T[]> => {
    try {
      return (await pool.query<T>({ name, text, values })).rows;
    } catch (error) {
      throw isConnectionLoss(error)
        ? new RequestError('UNAVAILABLE', 'The database cannot be reached now. Try again.')
        : error;
    }
  };
  const tokens = async (ids: readonly string[]) => await ask<TokenRow>('auth-tokens', TOKENS, [ids, clock()]);

  // Nobody waits for it, and a hot token is written once a minute however many requests and processes use it.
  const noteUse = (row: TokenRow) => {
    if (!row.stale) return;
    const text = `update access_token set last_used_at = $2 where id = $1 and coalesce(last_used_at < $2::timestamptz - interval '1 minute', true)`;
    ask('auth-used', text, [row.id, clock()]).catch(onError);
  };

  const byToken = async (id: string, secret: string): Promise<Actor> => {
    const [row] = await tokens([id]);
    const expected = Buffer.from(row?.secret_hash ?? '0'.repeat(64), 'hex');
    if (!timingSafeEqual(expected, sha256(secret)) || !row || row.revoked || !row.active) throw refused();
    const expiresAt = Date.parse(row.expires_at);
    if (expiresAt <= clock().getTime()) throw refused();
    noteUse(row);
    return {
      id: row.person_id,
      name: row.name,
      roles: common(row.roles, row.granted),
      via: 'token',
      expiresAt,
      tokenId: row.id,
    };
  };

  const byJwt = async (jwt: string): Promise<Actor> => {
    if (!verify) throw refused();
    const vouched = await verify(jwt);
    const find = async () =>
      (await ask<PersonRow>('auth-subject', `select ${PERSON} from person p where subject = $1`, [vouched.subject]))[0];
    let person = await find();
    if (!person) {
      // Two first requests at once: the second finds what the first has made.
      await transact(
        services,
        { actor: SYSTEM, requestId: 'sign-in' },
        async (uow) => await personOfIdentity(uow, vouched),
      ).catch((error: unknown) => {
        if (!(error instanceof RequestError && error.code === 'ALREADY_EXISTS')) throw error;
      });
      person = await find();
    }
    if (!person?.active) throw refused();
    const { roles: claimedRoles, expiresAt } = vouched;
    return {
      id: person.person_id,
      name: person.name,
      roles: together(claimedRoles, person.granted),
      via: 'oidc',
      expiresAt,
      claimedRoles,
    };
  };

  const check = async (credentials: string): Promise<Actor> => {
    const token = parseAccessToken(credentials);
    return token ? await byToken(token.id, token.secret) : await byJwt(credentials);
  };

  const stillValid = async ({ actor: checked }: Trusted): Promise<Actor> => {
    const actor = await checked;
    if ((actor.expiresAt ?? Infinity) <= clock().getTime()) throw refused();
    return actor;
  };

  return {
    authenticate: async (authorization, connection) => {
      if (authorization === undefined || authorization.trim() === '') return null;
      const before = connection && saidBefore.get(connection);
      if (before?.authorization === authorization && before.trusted.until > Date.now())
        return await stillValid(before.trusted);
      const [, credentials] = /^Bearer +([A-Za-z0-9._~+/=-]{1,8192})$/i.exec(authorization.trim()) ?? [];
      if (credentials === undefined)
        throw new RequestError('UNAUTHENTICATED', 'The header must be "Authorization: Bearer <token>".');
      const now = Date.now();
      const key = hash('sha256', credentials, 'base64url');
      const known = trusted.get(key);
      if (known && known.until > now) {
        const actor = await stillValid(known);
        if (connection) saidBefore.set(connection, { authorization, trusted: known });
        return actor;
      }
      // Requests that come while the check runs wait for the same one; a check that failed is not remembered.
      const actor = check(credentials);
      if (trusted.size >= MAX_TRUSTED) trusted.delete(trusted.keys().next().value as string);
      trusted.delete(key);
      trusted.set(key, { until: now + TRUST_MS, actor });
      actor.catch(() => trusted.delete(key));
      return await actor;
    },
    review: async (actors) => {
      const ended = new Map<Actor, string>();
      const now = clock().getTime();
      const alive = actors.filter((actor) => {
        if ((actor.expiresAt ?? Infinity) > now) return true;
        ended.set(actor, 'Token expired');
        return false;
      });
      const tokenIds = [...new Set(alive.flatMap((actor) => actor.tokenId ?? []))];
      const personIds = [...new Set(alive.flatMap((actor) => (actor.tokenId === undefined ? (actor.id ?? []) : [])))];
      const byTokenId = new Map((tokenIds.length > 0 ? await tokens(tokenIds) : []).map((row) => [row.id, row]));
      const people =
        personIds.length > 0
          ? await ask<PersonRow>('auth-people', `select ${PERSON} from person p where id = any($1::uuid[])`, [
              personIds,
            ])
          : [];
      const byPersonId = new Map(people.map((row) => [row.person_id, row]));
      for (const actor of alive) {
        const token = actor.tokenId === undefined ? undefined : byTokenId.get(actor.tokenId);
        const person = token ?? byPersonId.get(actor.id ?? '');
        const roles = token
          ? common(token.roles, token.granted)
          : together(actor.claimedRoles ?? [], person?.granted ?? []);
        if (!person?.active || token?.revoked) ended.set(actor, 'Token revoked');
        else if (roles.join() !== actor.roles.join()) ended.set(actor, 'Roles changed');
      }
      return ended;
    },
  };
}
