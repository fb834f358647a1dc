/** The status of a run as a whole, from those of its jobs. */
import type { RunReport } from '../../src/adapters/adapter.js';
import type { Seen } from './watch.js';

/** Longest status of a run, in characters; many jobs have many. */
const MAX_STATUS = 200;

/** What the jobs make of the run. */
export function runReport(seen: readonly Seen[]): RunReport {
  const [first] = seen;
  const natives = [...new Set(seen.map(({ native }) => native))].join(', ').slice(0, MAX_STATUS);
  const percents = seen.flatMap(({ percent, ended }) => (ended ? [100] : percent === undefined ? [] : [percent]));
  const states = seen.flatMap(({ targets }) => targets.map(({ state }) => state));
  const message = seen.find((one) => one.message !== undefined)?.message;
  const more = {
    nativeStatus: natives,
    ...(message !== undefined && { message }),
    ...(seen.length === 1 && first?.url !== undefined && { url: first.url }),
    ...(percents.length === seen.length && { percent: percents.reduce((sum, one) => sum + one, 0) / seen.length }),
  };
  if (!seen.every(({ ended }) => ended))
    return { phase: seen.every(({ state }) => state === 'pending') ? 'queued' : 'running', ...more };
  const outcome = states.every((state) => state === 'succeeded')
    ? 'success'
    : seen.some(({ state }) => state === 'cancelled')
      ? 'cancel'
      : states.some((state) => state === 'unknown')
        ? 'unknown'
        : 'failure';
  return { phase: 'finished', outcome, ...more };
}
