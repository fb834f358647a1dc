import { optionalReason } from './text.js';
import type { EntityClass, EntityManager } from '@mikro-orm/postgresql';
import type { RawBuilder } from 'kysely';
import { RequestError } from '../domain/errors.js';
import type { Actor } from '../domain/actor.js';
import { constraintOf, databaseFault, sqlState } from '../database/database-error.js';
import { compileToRun } from '../database/compile.js';
import type { Queryable } from '../database/queryable.js';
import { commitWithEvents, writeEvents, type CarriedWrite, type EventRow } from '../entities/insert-events.js';
import type { Database } from '../entities/database.js';
import type { Afterwards } from '../entities/named-statements.js';
import { inTransaction } from '../entities/transaction.js';
import { inTurns } from '../facts/turns.js';
import { eventOfChange, eventRowSteps, isTold } from './event-rows.js';
import { ChangeLog, type WrittenRow } from './change-log.js';

/** Anything with a database id and a version: what an event can be about. */
export interface Aggregate {
  readonly id: string;
  readonly version?: number;
}

/**
 * What a use case tells the event log. The rest (who, when, request, version, number, state) is added when the unit of
 * work ends.
 */
export interface EventDraft {
  /** `<noun>.<past participle>`, for instance `release.accepted`. */
  readonly type: string;
  /** GraphQL type of the object it is about. */
  readonly subjectType: string;
  readonly subject: Aggregate;
  /**
   * Ids of all objects whose followers want to hear of it, beside the subject itself: its release, distribution, CI,
   * change.
   */
  readonly topics?: readonly (string | null | undefined)[];
  /** Ids of objects beside the subject whose changes so far this event tells of, such as the CI of a target. */
  readonly tells?: readonly string[];
  readonly reason?: string | null;
  /**
   * Facts of the event beyond the changes, which are added by themselves: plain JSON with node ids, never secrets,
   * never something to be looked up later.
   */
  readonly data?: Record<string, unknown>;
  /** Whether the event is recorded only if something has changed. Default: true for `<noun>.updated`. */
  readonly ifChanged?: boolean;
}

/** One transaction and what belongs to it. Use cases take it as their first argument and never open another one. */
export interface UnitOfWork extends Queryable {
  readonly em: EntityManager;
  readonly actor: Actor;
  /** The instant of this unit of work, by the server's clock. */
  readonly now: Date;
  readonly requestId: string;
  /**
   * Adds an event. It is stored in this transaction and published by the relay after the commit. What changed, before
   * and after, is added by itself: an event tells what changed of its subject since the last event about it. The
   * subject's version, number, name and state are read at the end of the unit of work, not now: two events about one
   * subject both show its last state. Put what must not change into `data`.
   */
  record(draft: EventDraft): void;
  /** Whether an object differs from what the events recorded so far tell of it. */
  isChanged(subject: Aggregate): boolean;
  /**
   * Reports rows that a statement of {@link query} inserted, updated or deleted, so that an event tells of them. Rows
   * that the entity manager writes report themselves.
   */
  wrote(entity: EntityClass<object>, rows: readonly WrittenRow[]): void;
  /**
   * Writes the events so far, so that a long unit of work does not keep them in memory. What changes later belongs to
   * later events.
   */
  publish(): Promise<void>;
  /** Writes rows at the end of the transaction, with its events: for what the unit of work does not read again. */
  carry(fragment: RawBuilder<unknown>): void;
  /** Adds a job; it exists if and only if this transaction commits. */
  enqueue(job: string, data: Record<string, unknown>, options?: JobOptions): void;
  /** Database id of the acting person. @throws RequestError FORBIDDEN when the server itself acts. */
  readonly actorId: string;
}

/** When and how often a job runs. */
export interface JobOptions {
  /** Not before this instant. */
  readonly startAfter?: Date;
  /**
   * Of all waiting jobs of this name with the same key only one is kept. Default: jobs with the same data count as the
   * same.
   */
  readonly singletonKey?: string;
}

/** Runs SQL in a transaction. */
export type RunSql = (text: string, values: readonly unknown[]) => Promise<{ readonly rows: unknown[] }>;

/** Puts jobs into the queue inside a transaction; implemented by the jobs room. */
export type Enqueue = (
  runSql: RunSql,
  job: string,
  data: Record<string, unknown>,
  options?: JobOptions,
) => Promise<void>;

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

/** Reads what a unit of work has committed, in the round trip of the commit. */
export interface ReadCommitted<T> {
  /** The statement, for what the use case returned. */
  readonly statement: (result: T) => Afterwards;
  /** Called with its rows. Not called if nothing was read, as by a unit of work without events. */
  readonly found: (rows: readonly object[]) => void;
}

/** How often a unit of work that lost against a concurrent one is tried in all. */
export const TRANSACTION_ATTEMPTS = 5;

const RETRIED = new Set(['40001', '40P01']);

const isStale = (error: unknown) => (error as { name?: string }).name === 'OptimisticLockError';

// The one place where the database's refusals become ours.
function translate(error: unknown): unknown {
  if (isStale(error))
    return new RequestError(
      'CONFLICT',
      'The object was changed by somebody else in the meantime. Read it again and retry.',
    );
  switch (sqlState(error)) {
    // The rules of the commands have allowed it; the change that covered it has ended since.
    case 'IL001':
      return new RequestError(
        'CONFLICT',
        'A configuration item is protected, and an authorised change no longer names it as target.',
      );
    case '23505':
      return new RequestError('ALREADY_EXISTS', 'An object with this unique value already exists.', {
        constraint: constraintOf(error),
      });
    case '23503':
      return new RequestError('CONFLICT', 'The object is still referred to, or refers to something that is gone.', {
        constraint: constraintOf(error),
      });
    case '23514':
    case '22P02':
    case '22001':
    case '22003':
      return new RequestError('BAD_USER_INPUT', 'A value does not fit its column.', {
        constraint: constraintOf(error),
      });
    default:
      return databaseFault(error);
  }
}

interface PendingJob {
  readonly job: string;
  readonly data: Record<string, unknown>;
  readonly options?: JobOptions;
}

/**
 * Runs a use case in one transaction: all it changes, its events and its jobs are stored together or not at all.
 * Serialisation failures and deadlocks are retried {@link TRANSACTION_ATTEMPTS} times, a unique value that is taken
 * once, so a use case may run more than once and must not touch anything but its unit of work.
 * @param reading reads what has been committed without another round trip.
 * @throws RequestError for what the database refuses; whatever the use case throws otherwise.
 */
export async function transact<T>(
  services: TransactionServices,
  origin: TransactionOrigin,
  useCase: (uow: UnitOfWork) => Promise<T>,
  reading?: ReadCommitted<T>,
): Promise<T> {
  let raced = false;
  for (let attempt = 1; ; attempt++) {
    let drafts: EventDraft[] = [];
    const jobs: PendingJob[] = [];
    const carried: CarriedWrite[] = [];
    let isPublished = false;
    let read: readonly object[] | undefined;
    try {
      const result = await inTransaction(services.database, async (em, transaction) => {
        const now = services.clock();
        const changes = new ChangeLog<EventDraft>(em);
        const finished = async (): Promise<EventRow[]> => {
          const told = changes.finish(drafts, eventOfChange);
          drafts = drafts.filter((draft) => isTold(draft, told));
          return await inTurns(eventRowSteps(drafts, told, { origin, now }));
        };
        const uow: UnitOfWork = {
          em,
          actor: origin.actor,
          now,
          requestId: origin.requestId,
          // One place for all commands: what a person gives as reason is checked here. The server's own may be longer.
          record: (draft) => {
            const event =
              origin.actor.id === undefined ? { ...draft } : { ...draft, reason: optionalReason(draft.reason) };
            drafts.push(event);
            changes.record(event);
          },
          isChanged: (subject) => changes.isChanged(subject),
          wrote: (entity, rows) => changes.wrote(entity, rows),
          publish: async () => {
            await em.flush();
            const rows = await finished();
            await writeEvents(transaction, rows);
            isPublished ||= rows.length > 0;
            drafts = [];
            changes.forget();
          },
          carry: (fragment) => void carried.push(compileToRun(fragment)),
          enqueue: (job, data, options) => void jobs.push({ job, data, ...(options && { options }) }),
          query: async <R>(fragment: RawBuilder<R>) => {
            await em.flush();
            const { text, values } = compileToRun(fragment);
            return (await transaction.query(text, values)).rows as R[];
          },
          get actorId() {
            if (origin.actor.id === undefined)
              throw new RequestError('FORBIDDEN', 'The server itself cannot do this; a person must.');
            return origin.actor.id;
          },
        };
        const value = await useCase(uow);
        await em.flush();
        const rows = await finished();
        const runSql: RunSql = async (text, values) => await transaction.query(text, values);
        for (const { job, data, options } of jobs) await services.enqueue(runSql, job, data, options);
        if (rows.length > 0) read = await commitWithEvents(transaction, rows, carried, reading?.statement(value));
        else for (const { text, values } of carried) await transaction.query(text, [...values]);
        return value;
      });
      if (drafts.length > 0 || isPublished) services.committed();
      if (read) reading?.found(read);
      return result;
    } catch (error) {
      const state = sqlState(error);
      // Another transaction may have been faster. Tried again, an upsert finds its object; what is taken stays refused.
      if (state === '23505' && !raced) {
        raced = true;
        continue;
      }
      if (state !== undefined && RETRIED.has(state) && attempt < TRANSACTION_ATTEMPTS) continue;
      if (state !== undefined && RETRIED.has(state))
        throw new RequestError('CONFLICT', 'Too many concurrent changes; nothing was changed. Try again.');
      throw translate(error);
    }
  }
}
