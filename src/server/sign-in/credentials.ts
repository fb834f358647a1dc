import { createHash, timingSafeEqual } from 'node:crypto';
import type pg from 'pg';
import type { Config } from '../../config.js';
import { type Actor, SYSTEM } from '../../domain/actor.js';
import { RequestError } from '../../domain/errors.js';
import type { Role } from '../../domain/roles.js';
import { parseAccessToken } from '../../services/people/access-token.service.js';
import { personOfIdentity } from '../../services/people/identity.service.js';
import { transact, type TransactionServices } from '../../services/unit-of-work.js';
import { createJwtVerifier } from './oidc.js';

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
  /** Whether the token, or one that it goes back to, was revoked, or belongs to a sign-in that its person lost. */
  readonly revoked: boolean;
  /** Whether the last recorded use is more than a minute ago. */
  readonly stale: boolean;
}

const PERSON = 'p.id as person_id, p.name, p.active, p.roles as granted';
const TOKENS = `
  select t.id, t.secret_hash, t.roles, t.expires_at,
    t.revoked_at is not null or t.subject <> coalesce(p.subject, '') is true or exists (
      select 1 from access_token a join person o on o.id = a.person_id
      where a.id = any(t.lineage) and (a.revoked_at is not null or a.subject <> coalesce(o.subject, ''))) as revoked,
    coalesce(t.last_used_at < $2::timestamptz - interval '1 minute', true) as stale, ${PERSON}
  from access_token t join person p on p.id = t.person_id
  where t.id = any($1::uuid[])`;
const RECORD_USE = `
  update access_token set last_used_at = $2
  where id = $1 and coalesce(last_used_at < $2::timestamptz - interval '1 minute', true)`;
const PERSON_OF_SUBJECT = `select ${PERSON} from person p where subject = $1`;
const PEOPLE = `select ${PERSON} from person p where id = any($1::uuid[])`;

/** What credentials are checked with. */
export interface CredentialsOptions {
  readonly config: Config;
  readonly pool: pg.Pool;
  readonly services: TransactionServices;
  readonly onError: (error: unknown) => void;
}

/** The error for a token that does not let anybody in, whatever is wrong with it. */
export const refusedToken = (): RequestError =>
  new RequestError('UNAUTHENTICATED', 'The token is invalid, expired or revoked.');

const sha256 = (text: string) => createHash('sha256').update(text).digest();

/** Only roles that both the token carries and the person holds. */
const common = (token: readonly Role[], person: readonly Role[]) => token.filter((role) => person.includes(role));
const together = (claimed: readonly Role[], granted: readonly Role[]) => [...new Set([...claimed, ...granted])].sort();

/** Checks bearer tokens of this server against the database, and JWTs against the configured OIDC issuer. */
export class Credentials {
  readonly #pool: pg.Pool;
  readonly #services: TransactionServices;
  readonly #onError: (error: unknown) => void;
  readonly #verify: ReturnType<typeof createJwtVerifier>;

  constructor({ config, pool, services, onError }: CredentialsOptions) {
    this.#pool = pool;
    this.#services = services;
    this.#onError = onError;
    this.#verify = createJwtVerifier(config, services.clock);
  }

  /** Whose credentials these are. @throws RequestError UNAUTHENTICATED; UNAVAILABLE when they cannot be checked now. */
  async check(credentials: string): Promise<Actor> {
    const token = parseAccessToken(credentials);
    return token ? await this.#byToken(token.id, token.secret) : await this.#byJwt(credentials);
  }

  /** Why each actor's access has ended or changed; those that are missing may go on. */
  async review(actors: readonly Actor[]): Promise<Map<Actor, string>> {
    const ended = new Map<Actor, string>();
    const now = this.#services.clock().getTime();
    const alive: Actor[] = [];
    for (const actor of actors) {
      if ((actor.expiresAt ?? Infinity) > now) alive.push(actor);
      else ended.set(actor, 'Token expired');
    }
    const tokenIds = [...new Set(alive.flatMap((actor) => actor.tokenId ?? []))];
    const personIds = [...new Set(alive.flatMap((actor) => (actor.tokenId === undefined ? (actor.id ?? []) : [])))];
    const tokens = new Map((tokenIds.length > 0 ? await this.#tokens(tokenIds) : []).map((row) => [row.id, row]));
    const rows = personIds.length > 0 ? await this.#ask<PersonRow>('auth-people', PEOPLE, [personIds]) : [];
    const people = new Map(rows.map((row) => [row.person_id, row]));
    for (const actor of alive) {
      const token = actor.tokenId === undefined ? undefined : tokens.get(actor.tokenId);
      const person = token ?? people.get(actor.id ?? '');
      const roles = token
        ? common(token.roles, token.granted)
        : together(actor.claimedRoles ?? [], person?.granted ?? []);
      if (!person?.active || token?.revoked) ended.set(actor, 'Token revoked');
      else if (roles.join() !== actor.roles.join()) ended.set(actor, 'Roles changed');
    }
    return ended;
  }

  async #byToken(id: string, secret: string): Promise<Actor> {
    const [row] = await this.#tokens([id]);
    const expected = Buffer.from(row?.secret_hash ?? '0'.repeat(64), 'hex');
    if (!timingSafeEqual(expected, sha256(secret)) || !row || row.revoked || !row.active) throw refusedToken();
    const expiresAt = Date.parse(row.expires_at);
    if (expiresAt <= this.#services.clock().getTime()) throw refusedToken();
    this.#recordUse(row);
    const roles = common(row.roles, row.granted);
    return { id: row.person_id, name: row.name, roles, via: 'token', expiresAt, tokenId: row.id };
  }

  async #byJwt(jwt: string): Promise<Actor> {
    if (!this.#verify) throw refusedToken();
    const vouched = await this.#verify(jwt);
    let person = await this.#personOf(vouched.subject);
    if (!person) {
      // Two first requests at once: the second finds what the first has created.
      await transact(
        this.#services,
        { actor: SYSTEM, requestId: 'sign-in' },
        async (uow) => await personOfIdentity(uow, vouched),
      ).catch((error: unknown) => {
        if (!(error instanceof RequestError && error.code === 'ALREADY_EXISTS')) throw error;
      });
      person = await this.#personOf(vouched.subject);
    }
    if (!person?.active) throw refusedToken();
    const { roles: claimedRoles, expiresAt, subject } = vouched;
    const roles = together(claimedRoles, person.granted);
    return { id: person.person_id, name: person.name, roles, via: 'oidc', expiresAt, subject, claimedRoles };
  }

  async #personOf(subject: string): Promise<PersonRow | undefined> {
    return (await this.#ask<PersonRow>('auth-subject', PERSON_OF_SUBJECT, [subject]))[0];
  }

  async #tokens(ids: readonly string[]): Promise<TokenRow[]> {
    return await this.#ask<TokenRow>('auth-tokens', TOKENS, [ids, this.#services.clock()]);
  }

  // No request waits for it, and a busy token is written once a minute however many requests and processes use it.
  #recordUse(row: TokenRow): void {
    if (!row.stale) return;
    this.#ask('auth-used', RECORD_USE, [row.id, this.#services.clock()]).catch(this.#onError);
  }

  // Not counted as a read: how often tokens are checked has nothing to do with what an operation asks for.
  async #ask<T extends pg.QueryResultRow>(name: string, text: string, values: unknown[]): Promise<T[]> {
    return (await this.#pool.query<T>({ name, text, values })).rows;
  }
}
