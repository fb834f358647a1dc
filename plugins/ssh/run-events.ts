/**
 * What happened in a run, as lines of JSON that are only ever added to. The worker writes them and anybody reads them.
 * What `observe` answers depends on nothing else. Pure.
 */
import {
  isFinalTargetState,
  type Observation,
  type RunReport,
  type TargetReport,
  type TargetState,
} from '../../src/adapters/adapter.js';

/** One line: a report about a target, or the end of the run. */
export type RunEvent =
  { readonly report: TargetReport } | { readonly end: { readonly at: string; readonly message: string } };

/** Events with the offset in bytes behind them. */
export interface ReadEvents {
  readonly events: readonly RunEvent[];
  readonly offset: number;
}

/** Reads whole lines from an offset in bytes on. A line that is still being written is left for the next time. */
export function readEvents(file: Buffer, from = 0): ReadEvents {
  const end = file.lastIndexOf(10) + 1;
  if (from >= end) return { events: [], offset: Math.max(from, end) };
  const lines = file.toString('utf8', from, end).trimEnd().split('\n');
  return { events: lines.map((line) => JSON.parse(line) as RunEvent), offset: end };
}

/** The last report about each target. */
export function latestReports(events: readonly RunEvent[]): Map<string, TargetReport> {
  const latest = new Map<string, TargetReport>();
  for (const event of events) if ('report' in event) latest.set(event.report.ciId, event.report);
  return latest;
}

/** The end of the run, when it has come. */
export const endOf = (events: readonly RunEvent[]): { readonly at: string; readonly message: string } | undefined =>
  events.flatMap((event) => ('end' in event ? [event.end] : []))[0];

function outcomeOf(states: readonly TargetState[]): NonNullable<RunReport['outcome']> {
  if (states.every((state) => state === 'succeeded')) return 'success';
  if (states.includes('cancelled')) return 'cancel';
  return states.every((state) => state === 'succeeded' || state === 'unknown') ? 'unknown' : 'failure';
}

/** What is behind a number of targets in words: "3 succeeded, 1 failed". */
export function tally(states: readonly TargetState[]): string {
  const counts = new Map<TargetState, number>();
  for (const state of states) counts.set(state, (counts.get(state) ?? 0) + 1);
  return [...counts].map(([state, count]) => `${count} ${state}`).join(', ');
}

/**
 * What `observe` answers.
 * @param file the events so far
 * @param cursor of the last answer, an offset in bytes
 */
export function observationOf(
  file: Buffer,
  cursor: string | null,
  facts: { readonly targets: number; readonly cancelled: boolean; readonly pollMs: number },
): Observation {
  const all = readEvents(file).events;
  const from = /^\d+$/.test(cursor ?? '') ? Number(cursor) : 0;
  const { events, offset } = readEvents(file, from > file.length ? 0 : from);
  const states = [...latestReports(all).values()].map(({ state }) => state);
  const ended = states.filter(isFinalTargetState).length;
  const end = endOf(all);
  const phase = end ? 'finished' : facts.cancelled ? 'cancelling' : all.length === 0 ? 'queued' : 'running';
  return {
    run: {
      phase,
      ...(end !== undefined && { outcome: outcomeOf(states) }),
      nativeStatus: phase,
      percent: Math.floor((100 * ended) / Math.max(1, facts.targets)),
      message: end?.message ?? (states.length === 0 ? 'No host has been contacted yet.' : tally(states)),
    },
    targets: events.flatMap((event) => ('report' in event ? [event.report] : [])),
    cursor: String(offset),
    nextPollMs: facts.pollMs,
    complete: end !== undefined,
  };
}

/** The events as a log for people, of the whole run or of one target. */
export const logOf = (events: readonly RunEvent[]): string =>
  events
    .map((event) => {
      if ('end' in event) return `${event.end.at} ${event.end.message}\n`;
      const { at, ciId, state, step, nativeStatus, reason } = event.report;
      const words = [state, step, nativeStatus === state ? undefined : nativeStatus, reason?.message];
      return `${at} ${ciId} ${words.filter((word) => word !== undefined && word !== '').join(': ')}\n`;
    })
    .join('');
