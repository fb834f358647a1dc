/** Reads a job of AWX as an observation of a run. */
import { type Observation, type TargetReport } from '../../src/adapters/adapter.js';
import type { AwxApi, HostEvent, Job } from './awx-api.js';
import { asksForTouched, statusOf, verdictOf, type Evidence } from './job-outcome.js';
import type { Order } from './order.js';

/** Events of one host. */
const HOST_EVENTS =
  'runner_on_start,runner_on_ok,runner_on_failed,runner_on_unreachable,runner_on_skipped,runner_item_on_ok';
/** How many pages of events one look reads while the job runs; the next look goes on. */
const PAGES_AT_ONCE = 5;
/** How many pages of events are read to find out on which hosts anything was begun. */
const PAGES_OF_ALL = 50;
/** How long after the end of a job its last events are awaited, in milliseconds. */
const EVENTS_LATE_MS = 120_000;
/** How soon a job is looked at again whose events are still being stored. */
const SOON_MS = 500;

/** What {@link observeJob} reads. */
export interface Look {
  readonly job: Job;
  readonly order: Order;
  readonly cursor: string | null;
  /** Address of the job for people. */
  readonly url: string;
  readonly now: Date;
  readonly pollMs: number;
}

const counterIn = (cursor: string | null): number => Number(/^e(\d{1,15})$/.exec(cursor ?? '')?.[1] ?? 0);

/** The last thing that happened on each host. Events only show progress: what they say of an end is not believed. */
function liveReports(events: readonly HostEvent[], { targets }: Order, job: Job): TargetReport[] {
  const reports = new Map<string, TargetReport>();
  for (const { host, event, task, at } of events) {
    const ciId = Object.hasOwn(targets, host) ? targets[host] : undefined;
    if (ciId === undefined) continue;
    const state = event === 'runner_on_unreachable' ? 'unreachable' : 'running';
    const when = Number.isNaN(Date.parse(at)) ? (job.started ?? job.created) : at;
    reports.set(ciId, { ciId, state, nativeStatus: event, at: when, attempt: 1, ...(task !== '' && { step: task }) });
  }
  return [...reports.values()];
}

const every = (order: Order, report: Omit<TargetReport, 'ciId' | 'attempt'>): TargetReport[] =>
  Object.values(order.targets).map((ciId) => ({ ciId, attempt: 1, ...report }));

/** What a job that has ended proves, read with as few requests as its end needs. */
async function evidenceOf(api: AwxApi, job: Job, order: Order, signal: AbortSignal): Promise<Evidence> {
  const hosts = Object.keys(order.targets);
  const began = job.started !== undefined;
  const summaries = began ? await api.summaries(job.id, signal) : new Map();
  const read = async (query: Record<string, string>, pages?: number) => await api.events(job.id, query, signal, pages);
  const cameToItsEnd =
    summaries.size > 0 || (began && (await read({ event: 'playbook_on_stats' }, 1)).events.length > 0);
  const marker = order.endMarker;
  const marked = marker === undefined ? undefined : new Set<string>();
  if (marker !== undefined && began)
    for (const { host } of (await read({ event: 'runner_on_ok', task: marker })).events) marked?.add(host);
  const failedTasks = new Map<string, string>();
  if ([...summaries.values()].some(({ failures }) => failures > 0))
    for (const { host, task } of (await read({ event: 'runner_on_failed' }, PAGES_OF_ALL)).events)
      failedTasks.set(host, task);
  let touched: Set<string> | undefined;
  if (asksForTouched(hosts, job, summaries) && job.eventsStored) {
    const { events, whole } = await read({ event__in: HOST_EVENTS }, PAGES_OF_ALL);
    if (whole) touched = new Set(events.map(({ host }) => host));
  }
  return { job, summaries, cameToItsEnd, marked, touched, failedTasks };
}

/**
 * A look at a job. While it runs, the events show how far each host is. Its end is read from the host summaries, which
 * AWX writes from the last event, so the look waits until AWX has stored all events.
 */
export async function observeJob(api: AwxApi, look: Look, signal: AbortSignal): Promise<Observation> {
  const { job, order, cursor, url, now, pollMs } = look;
  const status = statusOf(job.status);
  const message = job.explanation === '' ? {} : { message: job.explanation };
  const run = { nativeStatus: job.status, url, ...message };
  const from = counterIn(cursor);
  if (status === undefined) {
    const targets = every(order, { state: 'unknown', nativeStatus: job.status, at: job.created });
    return { run: { phase: 'running', ...run }, targets, cursor: `e${from}`, nextPollMs: pollMs, complete: false };
  }
  const finishedAt = Date.parse(job.finished ?? '');
  const late = now.getTime() - finishedAt > EVENTS_LATE_MS;
  if (status.phase === 'finished' && (job.eventsStored || late)) {
    const evidence = await evidenceOf(api, job, order, signal);
    const at = job.finished ?? job.created;
    const targets = Object.entries(order.targets).map(([host, ciId]) => ({
      ciId,
      at,
      attempt: 1,
      ...verdictOf(host, evidence),
    }));
    return { run: { ...status, ...run }, targets, cursor: `e${from}`, complete: true };
  }
  const waiting = cursor === null ? every(order, { state: 'pending', nativeStatus: job.status, at: job.created }) : [];
  if (status.phase === 'queued')
    return { run: { ...status, ...run }, targets: waiting, cursor: 'e0', nextPollMs: pollMs, complete: false };
  const { events } = await api.events(job.id, { event__in: HOST_EVENTS, counter__gt: from }, signal, PAGES_AT_ONCE);
  const live = liveReports(events, order, job);
  const named = new Set(live.map(({ ciId }) => ciId));
  return {
    run: { phase: 'running', ...run },
    targets: [...waiting.filter(({ ciId }) => !named.has(ciId)), ...live],
    cursor: `e${events.at(-1)?.counter ?? from}`,
    nextPollMs: status.phase === 'finished' ? Math.min(SOON_MS, pollMs) : pollMs,
    complete: false,
  };
}
