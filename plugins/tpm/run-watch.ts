/** Asks the tool how the deployment requests of a run stand, and asks it to cancel them. */
import { isAdapterError, type CancelReport, type Observation } from '../../src/adapters/adapter.js';
import { inParallel } from './in-parallel.js';
import type { TpmProfile } from './profile-format.js';
import type { RequestRecord, RunStore, Standing, StoredRun } from './run-store.js';
import { isEnd, observationOf, stateOf, viewOf } from './run-view.js';
import { concernsTool, shortWords } from './tool-error.js';
import type { Requests } from './transport.js';

/** How many requests one look asks about. More take several looks, in turn: the server waits 30 seconds for one. */
const ASKED_AT_ONCE = 200;

/** What watching needs. */
export interface WatchParts {
  readonly profile: TpmProfile;
  readonly store: RunStore;
  readonly requests: Requests;
  readonly now: () => number;
  readonly concurrency: number;
  readonly pollMs: number;
  /** How long after a claim its answer may still come. */
  readonly waitMs: number;
}

type Accepted = RequestRecord & { readonly answer: { readonly kind: 'accepted'; readonly requestId: string } };

function openOf(records: readonly RequestRecord[]): Accepted[] {
  return records.filter((record): record is Accepted => record.answer?.kind === 'accepted' && !record.ended);
}

/** See the file's head. */
export class RunWatch {
  constructor(private readonly parts: WatchParts) {}

  /**
   * Looks at the requests that have not ended.
   * @param cursor where the last look ended, for runs with more requests than one look asks about.
   * @throws AdapterError when the tool answered none of the questions.
   */
  async observe(run: StoredRun, cursor: string | null, signal: AbortSignal): Promise<Observation> {
    const { profile, store, concurrency, now, pollMs, waitMs } = this.parts;
    const open = openOf(await store.records(run));
    const from = Number(/^\d{1,9}$/.exec(cursor ?? '')?.[0] ?? 0);
    const start = Math.max(
      0,
      open.findIndex(({ index }) => index >= from),
    );
    const asked = [...open.slice(start), ...open.slice(0, start)].slice(0, ASKED_AT_ONCE);
    let learned = 0;
    let failure: unknown;
    await inParallel(asked, concurrency, async (record) => {
      if (failure !== undefined && learned === 0) return;
      try {
        await this.look(run, record, signal);
        learned += 1;
      } catch (error) {
        if (!isAdapterError(error) || signal.aborted) throw error;
        failure ??= error;
      }
    });
    if (failure !== undefined && learned === 0) throw failure;
    const records = await store.records(run);
    const views = records.map((record) => viewOf(profile, record, run.submittedAt, now(), waitMs));
    const next = open.length > asked.length ? (asked.at(-1)?.index ?? -1) + 1 : 0;
    return observationOf(records, views, String(next), pollMs);
  }

  /**
   * Asks the tool to cancel requests that have not ended. Whether it did shows in their status.
   * @param mode `stop` spares the requests on which the tool has begun to work.
   */
  async cancel(
    run: StoredRun,
    { targets, mode }: { readonly targets?: readonly string[]; readonly mode: 'stop' | 'abort' },
    signal: AbortSignal,
  ): Promise<CancelReport> {
    const { store, concurrency, requests } = this.parts;
    const named = openOf(await store.records(run)).filter(
      ({ order }) => targets === undefined || order.ciIds.some((ciId) => targets.includes(ciId)),
    );
    let accepted = 0;
    const refusals: string[] = [];
    await inParallel(named, concurrency, async (record) => {
      const standing = await this.look(run, record, signal);
      if (isEnd(standing) || (mode === 'stop' && standing.state !== 'pending')) return;
      try {
        await requests.cancel(record.answer.requestId, signal);
        accepted += 1;
      } catch (error) {
        if (!isAdapterError(error) || concernsTool(error)) throw error;
        refusals.push(`${record.answer.requestId}: ${error.message}`);
      }
    });
    if (refusals.length > 0) return { accepted: accepted > 0, detail: shortWords(refusals.join(' ')) };
    return accepted > 0 ? { accepted: true } : { accepted: false, detail: 'There was nothing left to cancel.' };
  }

  private async look(run: StoredRun, record: Accepted, signal: AbortSignal): Promise<Standing> {
    const { profile, store, requests, now } = this.parts;
    const { standing: before } = record;
    let standing: Standing;
    try {
      const { word, message } = await requests.status(record.answer.requestId, signal);
      const state = stateOf(profile, word);
      standing = { at: now(), state, word, ...(message !== undefined && { message: shortWords(message) }) };
    } catch (error) {
      if (!isAdapterError(error) || error.code !== 'NOT_FOUND') throw error;
      standing = { at: now(), state: 'unknown', word: 'not found', missing: (before?.missing ?? 0) + 1 };
    }
    const same = before?.word === standing.word && before.state === standing.state && standing.missing === undefined;
    if (same) return before;
    await store.seen(run.key, record.index, standing, isEnd(standing));
    return standing;
  }
}
