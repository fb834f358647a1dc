/** Works on all targets of a run, so many at a time, and on those that cannot be reached again later, until all end. */
import { setTimeout as pause } from 'node:timers/promises';
import { isFinalTargetState, type TargetState } from '../../src/adapters/adapter.js';
import { cancelledBefore, expired, HostCourse } from './host-course.js';
import type { Journal, News } from './journal.js';
import type { OrderTarget } from './order.js';
import type { Remote } from './remote.js';
import type { CancelOrder } from './run-store.js';

/** How often requests to stop are looked for, in milliseconds. */
const LOOK_MS = 200;
const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 15_000;

/** Ends that count as a failure for `stopAfterFailures`. */
const FAILURES: ReadonlySet<TargetState> = new Set<TargetState>(['failed', 'rejected', 'expired', 'unknown']);

/** A target that waits for its turn. */
interface Waiting {
  readonly index: number;
  readonly attempt: number;
  readonly from: number;
  /** Since when it cannot be reached. */
  readonly silentSince?: number;
}

/** What the crew works with. */
export interface CrewParts {
  readonly remote: Remote;
  readonly journal: Journal;
  /** The requests to stop so far. */
  readonly cancels: () => Promise<readonly CancelOrder[]>;
  /** What commands of the package read from their standard input. */
  readonly secrets: string;
  /** Aborted when the worker has to go. */
  readonly closing: AbortSignal;
}

const skipped: News = {
  state: 'skipped',
  nativeStatus: 'skipped',
  reason: { code: 'STOPPED_AFTER_FAILURES', message: 'Too many targets had failed before its turn.', retryable: true },
};

/** See the file's head. */
export class Crew {
  private waiting: Waiting[] = [];
  private readonly active = new Map<number, { readonly stop: AbortController; readonly done: Promise<void> }>();

  constructor(private readonly parts: CrewParts) {}

  /** Works until every target has an end. Rejects only when the worker is closing. */
  async work(): Promise<void> {
    const { remote, journal, closing } = this.parts;
    const { order } = remote;
    this.waiting = order.targets.flatMap((target, index) => {
      const before = journal.last(target);
      if (before !== undefined && isFinalTargetState(before.state)) return [];
      return [{ index, attempt: before?.attempt ?? 1, from: 0 }];
    });
    // What has begun on a host goes first: it is followed, not begun again.
    this.waiting.sort((a, b) => Number(this.isBegun(b.index)) - Number(this.isBegun(a.index)) || a.index - b.index);
    while (this.waiting.length + this.active.size > 0) {
      closing.throwIfAborted();
      this.obey(await this.parts.cancels());
      this.settle();
      this.begin();
      if (this.active.size === 0 && this.waiting.length === 0) break;
      const ends = [...this.active.values()].map(({ done }) => done);
      await Promise.race([...ends, pause(LOOK_MS, undefined, { signal: closing })]);
    }
    journal.end();
  }

  private target(index: number): OrderTarget {
    return this.parts.remote.order.targets[index] as OrderTarget;
  }

  private isBegun(index: number): boolean {
    return this.parts.journal.hasBegun(this.target(index));
  }

  /** Stops what people want to have stopped. What has begun ends only with `abort`, and says so itself. */
  private obey(cancels: readonly CancelOrder[]): void {
    for (const { mode, targets } of cancels) {
      const named = targets === undefined ? undefined : new Set(targets);
      const isMeant = (index: number): boolean => named === undefined || named.has(this.target(index).ciId);
      this.waiting = this.waiting.filter((one) => {
        if (!isMeant(one.index) || this.isBegun(one.index)) return true;
        this.parts.journal.tell(this.target(one.index), cancelledBefore, one.attempt);
        return false;
      });
      if (mode === 'abort') for (const [index, { stop }] of this.active) if (isMeant(index)) stop.abort();
    }
  }

  /** Gives an end to waiting targets that nobody will begin. */
  private settle(): void {
    const { remote, journal } = this.parts;
    const { deadline, stopAfterFailures, giveUpSeconds, targets } = remote.order;
    const failures = targets.filter((target) => FAILURES.has(journal.last(target)?.state ?? 'pending')).length;
    const now = Date.now();
    const endOf = ({ index, silentSince }: Waiting): News | undefined => {
      if (this.isBegun(index)) return undefined;
      if (stopAfterFailures !== undefined && failures >= stopAfterFailures) return skipped;
      if (now >= Date.parse(deadline)) return expired('The deadline passed before anything began on the host.');
      if (silentSince === undefined || now - silentSince < giveUpSeconds * 1_000) return undefined;
      const why = journal.last(this.target(index))?.reason?.message ?? '';
      return expired(`The host could not be reached for ${giveUpSeconds} s. ${why}`.trim());
    };
    this.waiting = this.waiting.filter((one) => {
      const end = endOf(one);
      if (end !== undefined) journal.tell(this.target(one.index), end, one.attempt);
      return end === undefined;
    });
  }

  private begin(): void {
    const { maxParallel } = this.parts.remote.order;
    const now = Date.now();
    while (this.active.size < maxParallel) {
      const at = this.waiting.findIndex(({ from }) => from <= now);
      const [next] = at === -1 ? [] : this.waiting.splice(at, 1);
      if (next === undefined) return;
      const stop = new AbortController();
      const done = this.visit(next, stop.signal).finally(() => this.active.delete(next.index));
      done.catch(() => undefined); // it is awaited together with the others
      this.active.set(next.index, { stop, done });
    }
  }

  private async visit({ index, attempt, silentSince = Date.now() }: Waiting, stop: AbortSignal): Promise<void> {
    const { remote, journal, closing, secrets } = this.parts;
    const result = await new HostCourse(remote, index, journal, attempt, stop, closing, secrets).go();
    const target = this.target(index);
    if ('end' in result) return journal.tell(target, result.end, attempt);
    closing.throwIfAborted();
    if (stop.aborted) return journal.tell(target, cancelledBefore, attempt);
    const { code, message } = result.later;
    journal.tell(
      target,
      { state: 'unreachable', nativeStatus: code, reason: { code, message, retryable: true } },
      attempt,
    );
    const wait = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** Math.min(attempt - 1, 10));
    this.waiting.push({ index, attempt: attempt + 1, from: Date.now() + wait, silentSince });
  }
}
