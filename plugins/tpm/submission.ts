/**
 * Sends the deployment requests of a run, each at most once. What happens to one does not change what happens to the
 * others: some can be accepted, one refused and one unknown.
 */
import { AdapterError, isAdapterError, type AdapterErrorCode } from '../../src/adapters/adapter.js';
import { inParallel } from './in-parallel.js';
import type { RequestRecord, RunStore, StoredRun } from './run-store.js';
import { certainlyNot, concernsTool } from './tool-error.js';
import type { Requests } from './transport.js';

/** After this many requests in a row without a clear answer no further one is sent. */
const MAX_UNCLEAR = 3;

/** What a submission needs. */
export interface SubmissionParts {
  readonly store: RunStore;
  readonly requests: Requests;
  readonly now: () => number;
  /** Requests at a time. */
  readonly concurrency: number;
  /** How long after it was sent an unanswered request surely shows in the search; undefined where there is none. */
  readonly settlesMs: number | undefined;
}

const CLOSED: { readonly code: AdapterErrorCode; readonly message: string } = {
  code: 'ABORTED',
  message: 'The server stopped before this deployment request was sent.',
};

/** See the file's head. */
export class Submission {
  private unclear = 0;
  /** Why nothing further is sent. */
  private stopped: AdapterError | undefined;

  constructor(
    private readonly parts: SubmissionParts,
    private readonly run: StoredRun,
  ) {}

  /**
   * Sends what was not sent before.
   * @throws AdapterError OUTCOME_UNKNOWN when nothing is known of what was sent; any other code when nothing was.
   */
  async send(signal: AbortSignal): Promise<void> {
    const open = (await this.records()).filter((record) => this.isOpen(record));
    const [first, ...others] = open;
    if (first !== undefined) {
      // One goes ahead: where the tool is away or refuses us altogether, nothing is sent, and the run can be retried.
      await this.one(first, signal);
      await inParallel(others, this.parts.concurrency, async (record) => await this.one(record, signal));
    }
    const records = await this.records();
    const sent = records.filter(({ claim }) => claim?.kind === 'send');
    if (sent.length === 0) {
      if (signal.aborted) throw new AdapterError('ABORTED', 'The call was aborted before anything was sent.');
      throw this.stopped ?? new AdapterError('ABORTED', CLOSED.message);
    }
    if (this.parts.settlesMs !== undefined ? records.some(isUncertain) : records.every(isUncertain))
      throw new AdapterError('OUTCOME_UNKNOWN', lossOf(records));
    if (signal.aborted && records.some(({ claim }) => claim === undefined))
      throw new AdapterError('OUTCOME_UNKNOWN', 'The call was aborted while requests were being sent.');
    await this.close(this.stopped ?? CLOSED);
  }

  /**
   * Finds out what became of the requests that were sent without a clear answer, where the tool can be asked.
   * @returns whether all of the run is known, so that nothing needs to be sent.
   * @throws AdapterError UNAVAILABLE while a request may still be on its way.
   */
  async settle(signal: AbortSignal): Promise<boolean> {
    const { settlesMs } = this.parts;
    if (settlesMs === undefined) {
      // Without a search nothing is ever sent a second time, and what was not sent before the crash never will be.
      await this.close(CLOSED);
      return (await this.records()).some(isKnown);
    }
    const uncertain = (await this.records()).filter(isUncertain);
    await inParallel(uncertain, this.parts.concurrency, async (record) => void (await this.lookFor(record, signal)));
    const records = await this.records();
    const waits = records.filter(isUncertain).map(({ claim }) => (claim?.at ?? 0) + settlesMs - this.parts.now());
    const longest = Math.max(0, ...waits);
    if (longest > 0) {
      const message = 'A deployment request was sent without an answer and may not show in the search yet.';
      throw new AdapterError('UNAVAILABLE', message, { retryAfterMs: longest });
    }
    return records.some(isKnown) && records.every((record) => isKnown(record) || record.claim?.kind === 'closed');
  }

  private async records(): Promise<RequestRecord[]> {
    return await this.parts.store.records(this.run);
  }

  /** Whether a request is still to be sent: never claimed, or claimed so long ago that a search must show it. */
  private isOpen(record: RequestRecord): boolean {
    const { settlesMs } = this.parts;
    if (record.claim === undefined) return true;
    return settlesMs !== undefined && isUncertain(record) && this.parts.now() - record.claim.at >= settlesMs;
  }

  private async one(record: RequestRecord, signal: AbortSignal): Promise<void> {
    if (this.stopped !== undefined || signal.aborted) return;
    const { store, requests, now, settlesMs } = this.parts;
    const { key } = this.run;
    const { index, order } = record;
    try {
      if (settlesMs !== undefined && (await this.lookFor(record, signal))) return;
    } catch (error) {
      if (!isAdapterError(error)) throw error;
      this.stopped ??= error;
      return;
    }
    const generation = record.claim === undefined ? 0 : record.generation + 1;
    if (!(await store.claim(key, index, generation, { kind: 'send', at: now() }))) return;
    try {
      const requestId = await requests.submit(order, signal);
      this.unclear = 0;
      await store.answered(key, index, generation, { kind: 'accepted', requestId, at: now() });
    } catch (error) {
      if (!isAdapterError(error)) throw error;
      await this.failed(record, generation, error);
    }
  }

  private async failed({ index }: RequestRecord, generation: number, error: AdapterError): Promise<void> {
    const { store, now } = this.parts;
    const { key } = this.run;
    const { code, message } = error;
    const note = { code, message, at: now() };
    if (!certainlyNot(error)) {
      this.unclear += 1;
      if (this.unclear >= MAX_UNCLEAR) this.stopped ??= error;
      await store.answered(key, index, generation, { ...note, kind: 'unclear' });
    } else if (concernsTool(error)) {
      this.stopped ??= error;
      const others = (await this.records()).some((other) => other.index !== index && other.claim?.kind === 'send');
      if (others || generation > 0) await store.answered(key, index, generation, { ...note, kind: 'not-sent' });
      else await store.release(key, index, generation);
    } else await store.answered(key, index, generation, { ...note, kind: 'rejected' });
  }

  /** Looks for a request at the tool and keeps its id. @returns whether it is there. */
  private async lookFor({ index, generation, order, claim }: RequestRecord, signal: AbortSignal): Promise<boolean> {
    const { store, requests, now } = this.parts;
    const requestId = await requests.search(order.requestKey, signal);
    if (requestId === null) return false;
    if (claim === undefined) await store.claim(this.run.key, index, 0, { kind: 'send', at: now() });
    await store.answered(this.run.key, index, generation, { kind: 'accepted', requestId, at: now() });
    return true;
  }

  /** Makes sure that what was not sent until now never is. */
  private async close({ code, message }: { readonly code: AdapterErrorCode; readonly message: string }): Promise<void> {
    const { store, now, concurrency } = this.parts;
    const open = (await this.records()).filter(({ claim }) => claim === undefined);
    await inParallel(open, concurrency, async ({ index }) => {
      await store.claim(this.run.key, index, 0, { kind: 'closed', at: now(), code, message });
    });
  }
}

function lossOf(records: readonly RequestRecord[]): string {
  const why = records.map(({ answer }) => (answer?.kind === 'unclear' ? answer.message : undefined)).find(Boolean);
  return `It is not known whether the tool has a deployment request. ${why ?? 'Its answer was lost.'}`;
}

/** The request was sent, and nobody knows whether the tool has it. */
export function isUncertain({ claim, answer }: RequestRecord): boolean {
  return claim?.kind === 'send' && (answer === undefined || answer.kind === 'unclear');
}

/** The request was sent, and the tool said what became of it. */
export function isKnown(record: RequestRecord): boolean {
  return record.claim?.kind === 'send' && !isUncertain(record);
}
