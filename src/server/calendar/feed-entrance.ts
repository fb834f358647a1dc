import { timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type pg from 'pg';
import type { Actor } from '../../domain/actor.js';
import { RequestError } from '../../domain/errors.js';
import type { Role } from '../../domain/roles.js';
import type { CalendarFeedScope, FeedSubject } from '../../domain/schedule/calendar-feed.js';
import { hashOfFeedSecret, parseFeedSecret } from '../../services/schedule/calendar-feed.service.js';
import type { Entrance } from '../sign-in/entrance.js';

interface FeedRow {
  readonly id: string;
  readonly name: string;
  readonly scope: CalendarFeedScope;
  readonly about_id: string | null;
  readonly secret_hash: string;
  readonly revoked: boolean;
  readonly stale: boolean;
  readonly person_id: string;
  readonly person_name: string;
  readonly active: boolean;
  readonly roles: Role[];
}

const FEED = `
  select f.id, f.name, f.scope, coalesce(f.ci_id, f.involved_id, f.release_id) as about_id, f.secret_hash,
    f.revoked_at is not null or f.subject <> coalesce(p.subject, '') is true or exists (
      select 1 from access_token a join person o on o.id = a.person_id
      where a.id = any(f.lineage) and (a.revoked_at is not null or a.subject <> coalesce(o.subject, ''))) as revoked,
    coalesce(f.last_used_at < $2::timestamptz - interval '1 minute', true) as stale,
    p.id as person_id, p.name as person_name, p.active, p.roles
  from calendar_feed f join person p on p.id = f.person_id
  where f.id = $1`;
const RECORD_USE = `
  update calendar_feed set last_used_at = $2
  where id = $1 and coalesce(last_used_at < $2::timestamptz - interval '1 minute', true)`;

/** A feed that somebody asks for with its secret, and the person whose rights it has. */
export interface EnteredFeed {
  readonly name: string;
  readonly subject: FeedSubject;
  readonly actor: Actor;
}

/** What feeds are looked up with. */
export interface FeedEntranceOptions {
  readonly entrance: Entrance;
  readonly pool: pg.Pool;
  readonly clock: () => Date;
  readonly onError: (error: unknown) => void;
}

/** Lets calendar programs in by the secret in their address. Each request is checked against the database. */
export class FeedEntrance {
  constructor(readonly options: FeedEntranceOptions) {}

  /**
   * Whose feed this is, counted for its person or, if it is nobody's, for the address.
   * @throws RequestError NOT_FOUND, whatever is wrong with the secret; RATE_LIMITED
   */
  async enter(request: IncomingMessage, secret: string): Promise<EnteredFeed> {
    const feed = await this.#find(secret);
    const actor: Actor | undefined = feed && {
      id: feed.person_id,
      name: feed.person_name,
      roles: feed.roles,
      via: 'token',
      tokenId: feed.id,
    };
    this.options.entrance.enterByFeed(request, actor);
    if (!feed || !actor)
      throw new RequestError('NOT_FOUND', 'There is no calendar feed at this address, or it is no longer valid.');
    this.#recordUse(feed);
    return { name: feed.name, subject: { scope: feed.scope, aboutId: feed.about_id }, actor };
  }

  async #find(text: string): Promise<FeedRow | undefined> {
    const parsed = parseFeedSecret(text);
    if (!parsed) return undefined;
    const { pool, clock } = this.options;
    const { rows } = await pool.query<FeedRow>({ name: 'feed', text: FEED, values: [parsed.id, clock()] });
    const [row] = rows;
    const expected = Buffer.from(row?.secret_hash ?? '0'.repeat(64), 'hex');
    const matches = timingSafeEqual(expected, Buffer.from(hashOfFeedSecret(parsed.secret), 'hex'));
    return matches && row && !row.revoked && row.active ? row : undefined;
  }

  // The answer does not wait for it.
  #recordUse({ id, stale }: FeedRow): void {
    if (!stale) return;
    const { pool, clock, onError } = this.options;
    pool.query({ name: 'feed-used', text: RECORD_USE, values: [id, clock()] }).catch(onError);
  }
}
