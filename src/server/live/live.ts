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

/** Most bytes that wait in a socket for a slow reader before its subscription is ended, 1 MiB. */
export const MAX_BUFFERED_BYTES = 1_048_576;

/** About how large a message may become by putting several events into it, in bytes. */
const MESSAGE_BYTES = 65_536;

/** How long messages are handed to sockets before everything else in this process gets its turn, in milliseconds. */
const TURN_MS = 10;

/** A subscription as the WebSocket door prepared it. */
export interface LiveOperation {
  readonly args: ExecutionArgs;
  /** Whose it is; whether that still holds is asked before every message. */
  readonly session: Session;
  /** The client's id of the subscription. */
  readonly id: string;
}

/** What {@link LiveFanOut} needs. */
export interface LiveOptions {
  readonly hub: EventHub;
  readonly formatErrors: (errors: readonly GraphQLError[]) => readonly GraphQLFormattedError[];
}

const signedOut = () =>
  new RequestError('UNAUTHENTICATED', 'Your token is no longer valid. Subscribe again with another one.');

function withoutExpiry({ expiresAt: _own, ...actor }: Actor): Actor {
  return actor;
}

const TAIL = Buffer.from('}');

/** One subscriber: where it stands, and how it is told. */
class Member {
  readonly #head: Buffer;
  /** Set once the subscription is over, by whichever side. */
  over = false;
  /** Where it is live; undefined while it catches up. */
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

  /** Sends a rendered result and waits until the socket has taken it, so that a slow reader is not read ahead for. */
  async send(payload: Buffer): Promise<void> {
    await new Promise<void>((resolve) => this.push(payload, resolve));
  }
}

/** Subscribers that would all be answered with the same bytes: same document, variables and permissions. */
class Group {
  readonly members = new Set<Member>();
  readonly #unfollow: () => void;
  readonly #batchSize: number;
  #waiting: LoggedEvent[] = [];
  /** What an event of the last message took, in bytes. */
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

  // Events that come while others are being sent share the next message: the busier it gets, the less each of them
  // costs.
  async #deliverWaiting(): Promise<void> {
    this.#delivering = true;
    await undefined; // the hub hands on a page of the log in one go
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
      // What the kernel could not take at once moves on only now; without it a quick reader would look like a stalled
      // one.
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
      // Somebody who joined in the middle of a page has had the beginning of it from the log.
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
 * Runs subscriptions so that an event costs one execution for all who asked the same, and its bytes are made once. Each
 * subscriber
 * catches up from the log by itself; once it is up to date it joins the group of those who asked the same, at a known
 * position,
 * so that nothing is missed or sent twice.
 */
export class LiveFanOut {
  readonly #groups = new Map<string, Group>();
  readonly #cursorVariables = new WeakMap<DocumentNode, string | null>();

  constructor(readonly options: LiveOptions) {}

  /** How many groups there are now. */
  get groups(): number {
    return this.#groups.size;
  }

  /**
   * Starts a subscription.
   * @returns errors, or a generator that yields nothing (results go straight to the socket) and ends when the
   *   subscription does.
   */
  async subscribe({
    args,
    session,
    id,
  }: LiveOperation): Promise<ExecutionResult | AsyncGenerator<ExecutionResult, void, void>> {
    const source = await createSourceEventStream(args);
    if (!(Symbol.asyncIterator in source)) return source;
    if (!(source instanceof EventStream)) throw new Error('A subscription must stream from the event log.');
    const member = new Member(session, id);
    const end = new Promise<void>((resolve, reject) => {
      member.finish = (error) => {
        member.over = true;
        if (error) reject(error);
        else resolve();
      };
    });
    end.catch(() => {}); // whoever reads the generator sees it; nobody may if the client is gone
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

  /** Delivers what the log holds, then hands the member to its group. */
  async #drive(args: ExecutionArgs, source: EventStream, member: Member): Promise<void> {
    for (;;) {
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
    // A stream lives long: what one message had to look up must be looked up again for the next, and not be kept.
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
      // The first member lends the group its permissions but not their end: each member's own is asked before every
      // message.
      const lent: ExecutionArgs = {
        ...args,
        contextValue: { ...context, actor: actor && withoutExpiry(actor) } satisfies Context,
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

  // The variable that only carries the cursor to start from: it does not matter once a subscriber is live.
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
