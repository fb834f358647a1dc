/** What the cases of the conformance kit assert again and again. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readdir, readFile, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import {
  isAdapterError,
  isFinalTargetState,
  type AdapterError,
  type AdapterErrorCode,
  type DistributionRequest,
  type TargetReport,
  type TargetState,
} from '../adapter.js';
import type { Followed } from './world.js';

/**
 * Everything below a directory in one text: names, kinds, links, digests. Two equal texts mean that nothing changed.
 */
export async function treeOf(directory: string): Promise<string> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true }).catch(() => []);
  const lines = entries.map(async (entry) => {
    const path = join(entry.parentPath, entry.name);
    if (entry.isSymbolicLink()) return `${path} -> ${await readlink(path)}`;
    if (!entry.isFile()) return `${path}/`;
    return `${path} ${createHash('sha256')
      .update(await readFile(path))
      .digest('hex')}`;
  });
  return (await Promise.all(lines)).sort().join('\n');
}

/** The error with which a call is refused; fails when it is not refused, or not by an AdapterError. */
export async function refused(call: Promise<unknown>, what: string): Promise<AdapterError> {
  try {
    await call;
  } catch (error) {
    if (isAdapterError(error)) return error;
    assert.fail(`${what} was refused with an error that is not an AdapterError: ${String(error)}`);
  }
  return assert.fail(`${what} was not refused`);
}

/** The code with which a call is refused; fails when it is not refused, or not by an AdapterError. */
export async function refusal(call: Promise<unknown>, what: string): Promise<AdapterErrorCode> {
  return (await refused(call, what)).code;
}

/** How long a call may take to end after its signal, in milliseconds. */
export const GIVEN_UP_MS = 1_000;

/** Calls and aborts the call after a while. Fails when it does not end in time, whatever its answer is. */
export async function assertGivesUp(
  what: string,
  afterMs: number,
  call: (signal: AbortSignal) => Promise<unknown>,
): Promise<void> {
  const [stop, done] = [new AbortController(), new AbortController()];
  const timer = setTimeout(() => stop.abort(new Error('given up')), afterMs);
  const late = pause(afterMs + GIVEN_UP_MS, 'late', { signal: done.signal });
  const ended = call(stop.signal).then(
    () => 'ended',
    () => 'ended',
  );
  try {
    assert.notEqual(await Promise.race([ended, late]), 'late', `${what} did not give up within ${GIVEN_UP_MS} ms`);
  } finally {
    clearTimeout(timer);
    done.abort();
    await late.catch(() => undefined);
  }
}

/** Fails unless exactly the requested targets have reached a final state. */
export function assertAllEnded(request: DistributionRequest, followed: Followed): void {
  const wanted = request.targets.map((target) => target.ciId).sort();
  const seen = Object.keys(followed.states).sort();
  assert.deepEqual(seen, wanted, 'The reports must contain exactly the requested targets.');
  const open = Object.entries(followed.states).filter(([, state]) => !isFinalTargetState(state));
  assert.deepEqual(open, [], 'In a complete run every target must have a final state.');
}

/** Fails when a target leaves a final state; only `unknown` may still be resolved. */
export function assertEndsStay(reports: readonly TargetReport[]): void {
  const ended: Record<string, string> = {};
  for (const { ciId, state } of reports) {
    const before = ended[ciId];
    assert.ok(
      before === undefined || before === state || before === 'unknown',
      `${ciId} went from ${before ?? ''} to ${state}`,
    );
    if (isFinalTargetState(state)) ended[ciId] = state;
  }
}

/** The state of each target that a list of reports leads to. */
export function statesOf(reports: readonly TargetReport[]): Record<string, TargetState> {
  return Object.fromEntries(reports.map((report) => [report.ciId, report.state]));
}
