import type { EntityManager } from '@mikro-orm/postgresql';
import { v7 } from 'uuid';
import type { RawBuilder } from 'kysely';
import { RequestError } from '../domain/errors.js';
import type { Role } from '../domain/roles.js';
import { DomainEvent } from '../entities/domain-event.entity.js';
import type { Database } from '../entities/database.js';

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

/** Anything with a database id and a version: what an event can be about. */
export interface Aggregate {
  readonly id: string;
  readonly version?: number;
}

/** What a use case tells the event log. The rest (who, when, request, version, number, state) is added when the unit of work ends. */
export interface EventDraft {
  /** `<noun>.<past participle>`, for instance `release.accepted`. */
  readonly type: string;
  /** GraphQL type of the object it is about. */
  readonly subjectType: string;
  readonly subject: Aggregate;
  /** Ids of all objects whose followers want to hear of it, beside the subject itself: its release, distribution, CI, change. */
  readonly topics?: readonly (string | null | undefined)[];
  readonly reason?: string | null;
  /** Facts of the event; plain JSON, never secrets, never something to be looked up later. */
  readonly data?: Record<string, unknown>;
}

/** Something that runs SQL: the transaction of a unit of work, or the read pool. */
export interface Queryable {
  /** Runs a Kysely `sql` fragment and gives its rows as plain objects with the column names of the fragment. */
  query<T>(fragment: RawBuilder<T>): Promise<T[]>;
}

/** One transaction and what belongs to it. Use cases take it as their first argument and never open another one. */
export interface UnitOfWork extends Queryable {
  readonly em: EntityManager;
  readonly actor: Actor;
  /** The instant of this unit of work, by the server's clock. */
  readonly now: Date;
  readonly requestId: string;
  /** Adds an event; it is stored in this very transaction and published after the commit by the relay. */
  record(draft: EventDraft): void;
  /** Adds a job; it exists if and only if this transaction commits. */
  enqueue(job: string, data: Record<string, unknown>, options?: JobOptions): void;
  /** Database id of the acting person. @throws RequestError FORBIDDEN when the server itself acts. */
  readonly actorId: string;
}

/** When and how often a job runs. */
export interface JobOptions {
  /** Not before this instant. */
  readonly startAfter?: Date;
  /** Of all waiting jobs of this name with the same key only one is kept. Default: jobs with the same data count as the same. */
  readonly singletonKey?: string;
}

/** Puts jobs into the queue inside a transaction; implemented by the jobs room. */
export type Enqueue = (em: EntityManager, job: string, data: Record<string, unknown>, options?: JobOptions) => Promise<void>;

/** What is needed to open units of work. */
export interface TransactionServices {
  readonly database: Database;
  readonly clock: () => Date;
  readonly enqueue: Enqueue;
  /** Called after a commit that stored events, so that the relay looks at once. */
  readonly committed: () => void;
}

/** Who opens a unit of work, and for which request. */
export interface TransactionOrigin {
  readonly actor: Actor;
  readonly requestId: string;
}

/** How often a unit of work that lost against a concurrent one is tried in all. */
export const TRANSACTION_ATTEMPTS = 5;

const RETRIED = new Set(['40001', '40P01']);

/** The SQLSTATE of a database error, wherever the ORM wrapped it. */
export function sqlState(error: unknown): string | undefined {
  for (let e = error as { code?: unknown; cause?: unknown } | undefined; e; e = e.cause as typeof e) {
    if (typeof e.code === 'string' && /^[0-9A-Z]{5}$/.test(e.code)) return e.code;
  }
  return undefined;
}

/** The name of the violated constraint, if the error is about one. */
export function constraintOf(error: unknown): string | undefined {
  for (let e = error as { constraint?: unknown; cause?: unknown } | undefined; e; e = e.cause as typeof e) {
    if (typeof e.constraint === 'string') return e.constraint;
  }
  return undefined;
}

const isStale = (error: unknown) => (error as { name?: string }).name === 'OptimisticLockError';

// The one place where the database's refusals become ours.
function translate(error: unknown): unknown {
  if (isStale(error)) return new RequestError('CONFLICT', 'The object was changed by somebody else meanwhile. Read it again and repeat.');
  switch (sqlState(error)) {
    case '23505':
      return new RequestError('ALREADY_EXISTS', 'An object with this unique value exists already.', { constraint: constraintOf(error) });
    case '23503':
      return new RequestError('CONFLICT', 'The object is still referred to, or refers to something that is gone.', { constraint: constraintOf(error) });
    case '23514':
    case '22P02':
    case '22001':
    case '22003':
      return new RequestError('BAD_USER_INPUT', 'A value does not fit its column.', { constraint: constraintOf(error) });
    case '57014':
      return new RequestError('TIMEOUT', 'The database took longer than allowed; nothing was changed.');
    case '08000':
    case '08001':
    case '08003':
    case '08006':
    case '53300':
    case '57P01':
    case '57P02':
    case '57P03':
      return new RequestError('UNAVAILABLE', 'The database cannot be reached now; nothing was acknowledged. Try again.');
    default:
      return isConnectionLoss(error) ? new RequestError('UNAVAILABLE', 'The database cannot be reached now; nothing was acknowledged. Try again.') : error;
  }
}

/** Whether an error says that the connection to the database is gone or could not be made. */
export function isConnectionLoss(error: unknown): boolean {
  for (let e = error as { code?: unknown; message?: unknown; cause?: unknown } | undefined; e; e = e.cause as typeof e) {
    if (['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'ENOTFOUND'].includes(String(e.code))) return true;
    if (/Connection terminated|timeout exceeded when trying to connect|Client has encountered a connection error/.test(String(e.message))) return true;
  }
  return false;
}

interface PendingJob {
  readonly job: string;
  readonly data: Record<string, unknown>;
  readonly options?: JobOptions;
}

async function storeEvents(em: EntityManager, drafts: readonly EventDraft[], origin: TransactionOrigin, now: Date): Promise<void> {
  await em.insertMany(
    DomainEvent,
    drafts.map((draft) => {
      const subject = draft.subject as Aggregate & { number?: string; name?: string; title?: string; state?: string };
      return {
        id: v7(),
        type: draft.type,
        aggregateType: draft.subjectType,
        aggregateId: subject.id,
        aggregateVersion: subject.version ?? 1,
        topics: [...new Set([subject.id, ...(draft.topics ?? []).filter((t): t is string => typeof t === 'string')])],
        at: now,
        actorId: origin.actor.id ?? null,
        actorName: origin.actor.name,
        requestId: origin.requestId,
        reason: draft.reason ?? null,
        payload: {
          subject: { number: subject.number ?? null, name: subject.name ?? subject.title ?? null, state: subject.state ?? null },
          ...draft.data,
        },
      };
    }),
  );
}

/**
 * Runs a use case in one transaction: all it changes, its events and its jobs are stored together or not at all.
 * Serialisation failures and deadlocks are retried {@link TRANSACTION_ATTEMPTS} times, so a use case may run more than once
 * and must not touch anything but its unit of work.
 * @throws RequestError for what the database refuses; whatever the use case throws otherwise.
 */
export async function transact<T>(services: TransactionServices, origin: TransactionOrigin, useCase: (uow: UnitOfWork) => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    const drafts: EventDraft[] = [];
    const jobs: PendingJob[] = [];
    try {
      const result = await services.database.em.fork().transactional(async (em) => {
        const now = services.clock();
        const uow: UnitOfWork = {
          em,
          actor: origin.actor,
          now,
          requestId: origin.requestId,
          record: (draft) => void drafts.push(draft),
          enqueue: (job, data, options) => void jobs.push({ job, data, ...(options && { options }) }),
          query: async <R>(fragment: RawBuilder<R>) => {
            await em.flush();
            return (await fragment.execute(em.getKysely())).rows;
          },
          get actorId() {
            if (origin.actor.id === undefined) throw new RequestError('FORBIDDEN', 'The server itself cannot do this; a person must.');
            return origin.actor.id;
          },
        };
        const value = await useCase(uow);
        await em.flush();
        if (drafts.length > 0) await storeEvents(em, drafts, origin, now);
        for (const { job, data, options } of jobs) await services.enqueue(em, job, data, options);
        return value;
      });
      if (drafts.length > 0) services.committed();
      return result;
    } catch (error) {
      const state = sqlState(error);
      if (state !== undefined && RETRIED.has(state) && attempt < TRANSACTION_ATTEMPTS) continue;
      if (state !== undefined && RETRIED.has(state)) throw new RequestError('CONFLICT', 'Too many concurrent changes; nothing was changed. Try again.');
      throw translate(error);
    }
  }
}
