import {
  createSourceEventStream,
  execute,
  Kind,
  print,
  visit,
  type DocumentNode,
  type ExecutionArgs,
  type ExecutionResult,
  type GraphQLError,
  type GraphQLFormattedError,
} from 'graphql';
import { setImmediate as turn } from 'node:timers/promises';
import type { LoggedEvent } from '../../events/log.js';
import type { EventHub } from '../../events/hub.js';
import { EventStream, laggedAt, liveBatch } from '../../events/stream.js';
import type { Context } from '../../resolvers/context.js';
import { RequestError } from '../../domain/errors.js';
import type { Session } from './sessions.js';
import { textFrame } from './text-frame.js';
import type { Actor } from '../../domain/actor.js';

/** Maximum bytes that wait in a socket for a slow reader before its subscription is ended: 1 MiB. */
export const MAX_BUFFERED_BYTES = 1_048_576;

/** Approximate maximum size of a message with several events, in bytes. */
const MESSAGE_BYTES = 65_536;

/** How long messages are written to sockets before other work of this process gets its turn, in milliseconds. */
const TURN_MS = 10;

/** A subscription as the WebSocket door prepared it. */
export interface LiveOperation {
  readonly args: ExecutionArgs;
  /** The session it belongs to; checked before every message. */
  readonly session: Session;
  /** The client's id of the subscription. */
  readonly id: string;
  /** Called when the subscription is over, whichever side ended it; possibly several times. */
  readonly onEnd: () => void;
}

/** What {@link LiveFanOut} needs. */
export interface LiveOptions {
  readonly hub: EventHub;
  /** A context of its own for what is rendered for many subscribers. */
  readonly createContext: (actor: Actor | null) => Context;
  readonly formatErrors: (errors: readonly GraphQLError[]) => readonly GraphQLFormattedError[];
}

const signedOut = () =>
  new RequestError('UNAUTHENTICATED', 'Your token is no longer valid. Subscribe again with another one.');

function withoutExpiry({ expiresAt: _own, ...actor }: Actor): Actor {
  return actor;
}

const TAIL = Buffer.from('}');

/** One subscriber: its position, and how to send to it. */
class Member {
  readonly #head: Buffer;
  /** Set once the subscription is over, whichever side ended it. */
  over = false;
  /** The group it is live in; undefined while it catches up. */
  group: Group | undefined;
  finish: (error?: Error) => void = () => {};
  /** Position of the last event it was sent. */
  position = 0;

  constructor(
    readonly session: Session,
    id: string,
  ) {
    this.#head = Buffer.from(`{"id":${JSON.stringify(id)},"type":"next","payload":`);
  }

  get open(): boolean {
    return this.session.socket.readyState === this.session.socket.OPEN;
  }

  /** Sends a rendered result without waiting. A socket that is closing gets nothing more. */
  push(payload: Buffer, sent?: () => void): void {
    if (this.open) this.session.wire.write(textFrame([this.#head, payload, TAIL]), sent);
    else sent?.();
  }

  /** Sends a rendered result and waits until the socket has accepted it: no reading ahead for a slow reader. */
  async send(payload: Buffer): Promise<void> {
    await new Promise<void>((resolve) => this.push(payload, resolve));
  }
}

/** Subscribers that receive the same bytes: same document, variables and permissions. */
class Group {
  readonly members = new Set<Member>();
  readonly #unfollow: () => void;
  readonly #batchSize: number;
  #waiting: LoggedEvent[] = [];
  /** Bytes per event in the last message. */
  #eventBytes = MESSAGE_BYTES;
  #delivering = false;

  constructor(
    hub: EventHub,
    { topics, accept, batchSize }: EventStream['options'],
    readonly render: (events: readonly LoggedEvent[], caughtUp: boolean) => Promise<Buffer>,
    readonly onEmpty: () => void,
  ) {
    this.#batchSize = batchSize;
    this.#unfollow = hub.follow(topics, (event) => {
      if (!(accept?.(event) ?? true)) return;
      this.#waiting.push(event);
      if (!this.#delivering) hub.holdFor(this.#deliverWaiting());
    });
  }

  // Events that arrive while others are being sent share the next message: the higher the load, the less each event
  // costs.
  async #deliverWaiting(): Promise<void> {
    this.#delivering = true;
    await undefined; // the hub passes on a page of the log synchronously
    while (this.#waiting.length > 0) {
      const events = this.#waiting.splice(
        0,
        Math.max(1, Math.min(this.#batchSize, Math.floor(MESSAGE_BYTES / this.#eventBytes))),
      );
      try {
        await this.#deliver(events, this.#waiting.length === 0);
      } catch (error) {
        for (const member of [...this.members]) this.leave(member, error as Error);
      }
      // Bytes that the kernel could not take at once move on only now. Without this a fast reader would look stalled.
      await turn();
    }
    this.#delivering = false;
  }

  async #deliver(events: readonly LoggedEvent[], caughtUp: boolean): Promise<void> {
    if (this.members.size === 0) return;
    const payload = await this.render(events, caughtUp);
    this.#eventBytes = payload.length / events.length;
    const [first, last] = [events[0]?.position ?? 0, events.at(-1)?.position ?? 0];
    let begin = performance.now();
    for (const member of this.members) {
      if (performance.now() - begin > TURN_MS) {
        await turn();
        begin = performance.now();
      }
      if (member.over || member.position >= last) continue;
      if (!member.session.valid) {
        this.leave(member, signedOut());
        continue;
      }
      if (member.session.socket.bufferedAmount > MAX_BUFFERED_BYTES) {
        this.leave(member, laggedAt(member.position));
        continue;
      }
      // A member that joined in the middle of a page has received the beginning of it from the log.
      const { position } = member;
      const bytes =
        position < first
          ? payload
          : await this.render(
              events.filter((event) => event.position > position),
              caughtUp,
            );
      if (member.over) continue;
      member.position = last;
      member.push(bytes);
    }
  }

  leave(member: Member, error?: Error): void {
    if (!this.members.delete(member)) return;
    member.finish(error);
    if (this.members.size === 0) {
      this.#unfollow();
      this.onEmpty();
    }
  }
}

/**
 * Runs subscriptions so that an event is executed and rendered once for all subscribers with the same request. Each
 * subscriber catches up from the log by itself; once it is up to date it joins its group at a known position, so that
 * nothing is missed or sent twice.
 */
export class LiveFanOut {
  readonly #groups = new Map<string, Group>();
  readonly #cursorVariables = new WeakMap<DocumentNode, string | null>();

  constructor(readonly options: LiveOptions) {}

  /** Number of groups. */
  get groups(): number {
    return this.#groups.size;
  }

  /**
   * Starts a subscription.
   * @returns errors, or a generator that yields nothing (results go straight to the socket) and ends with the
   *   subscription.
   */
  async subscribe({
    args,
    session,
    id,
    onEnd,
  }: LiveOperation): Promise<ExecutionResult | AsyncGenerator<ExecutionResult, void, void>> {
    const source = await createSourceEventStream(args);
    if (!(Symbol.asyncIterator in source)) return source;
    if (!(source instanceof EventStream)) throw new Error('A subscription must stream from the event log.');
    const member = new Member(session, id);
    const end = new Promise<void>((resolve, reject) => {
      member.finish = (error) => {
        member.over = true;
        // A page of the log that it was to catch up with: nobody waits for it.
        (args.contextValue as Context).reads.stop();
        onEnd();
        if (error) reject(error);
        else resolve();
      };
    });
    end.catch(() => {}); // the reader of the generator sees it; a client that is gone has none
    void this.#drive(args, source, member).catch((error: Error) => {
      void source.return?.();
      member.finish(error);
    });
    const leave = async (): Promise<IteratorReturnResult<undefined>> => {
      member.finish();
      member.group?.leave(member);
      await source.return?.();
      return { done: true, value: undefined };
    };
    const generator: AsyncGenerator<ExecutionResult, void, void> = {
      next: async () => {
        await end;
        return { done: true, value: undefined };
      },
      return: leave,
      throw: leave,
      [Symbol.asyncIterator]: () => generator,
      [Symbol.asyncDispose]: async () => void (await leave()),
    };
    return generator;
  }

  /** Delivers what the log holds, then moves the member to its group. */
  async #drive(args: ExecutionArgs, source: EventStream, member: Member): Promise<void> {
    for (;;) {
      if (!member.open) return member.finish();
      const { done, value } = await source.next();
      if (done || member.over) {
        return member.finish();
      }
      if (!member.session.valid) throw signedOut();
      await member.send(await this.#render(args, value));
      const position = value.caughtUp ? source.detach() : undefined;
      if (position === undefined || member.over) continue;
      const group = this.#groupOf(args, source.options);
      member.position = position;
      member.group = group;
      group.members.add(member);
      if (!member.open) group.leave(member);
      return undefined;
    }
  }

  async #render(args: ExecutionArgs, rootValue: unknown): Promise<Buffer> {
    const result: ExecutionResult = await execute({ ...args, rootValue });
    // A stream lives long: what was loaded for one message must not be kept for the next.
    (args.contextValue as Context).reads.clear();
    return Buffer.from(
      JSON.stringify(result.errors ? { ...result, errors: this.options.formatErrors(result.errors) } : result),
    );
  }

  #groupOf(args: ExecutionArgs, options: EventStream['options']): Group {
    const context = args.contextValue as Context;
    const { actor } = context;
    const cursor = this.#cursorVariable(args.document);
    const variables = Object.entries(args.variableValues ?? {}).filter(([name]) => name !== cursor);
    const text = args.document.loc?.source.body ?? print(args.document);
    const key = JSON.stringify([
      text,
      args.operationName ?? null,
      variables.toSorted(([a], [b]) => (a < b ? -1 : 1)),
      actor?.roles.toSorted(),
    ]);
    let group = this.#groups.get(key);
    if (!group) {
      // The group uses the permissions of its first member, but not their expiry: each member is checked before every
      // message.
      const lent: ExecutionArgs = {
        ...args,
        contextValue: this.options.createContext(actor && withoutExpiry(actor)),
      };
      group = new Group(
        this.options.hub,
        options,
        async (events, caughtUp) => await this.#render(lent, liveBatch(events, caughtUp)),
        () => this.#groups.delete(key),
      );
      this.#groups.set(key, group);
    }
    return group;
  }

  // The variable that only carries the start cursor: it does not matter once a subscriber is live.
  #cursorVariable(document: DocumentNode): string | null {
    let found = this.#cursorVariables.get(document);
    if (found === undefined) {
      const uses = new Map<string, number>();
      let cursor: string | null = null;
      visit(document, {
        [Kind.VARIABLE_DEFINITION]: () => false,
        [Kind.ARGUMENT]: (node) => {
          if (node.name.value === 'after' && node.value.kind === Kind.VARIABLE) cursor = node.value.name.value;
        },
        [Kind.VARIABLE]: (node) => void uses.set(node.name.value, (uses.get(node.name.value) ?? 0) + 1),
      });
      found = cursor !== null && uses.get(cursor) === 1 ? cursor : null;
      this.#cursorVariables.set(document, found);
    }
    return found;
  }
}
