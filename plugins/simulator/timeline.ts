/**
 * What has happened in a simulated run by a given moment: a pure function of the scripts, the time of submission and
 * the cancels. So nothing runs in the background, every process sees the same, and a restart changes nothing. A cancel
 * never changes what happened before it.
 */
import { isFinalTargetState, type RunReport, type TargetReport, type TargetState } from '../../src/adapters/adapter.js';
import type { TargetScript } from './script.js';

/** One target of a stored run. */
export interface PlannedTarget {
  readonly ciId: string;
  readonly script: TargetScript;
  /** Number of this run for the target and release, from 1. */
  readonly ordinal: number;
}

/** A stored cancel. */
export interface Cancel {
  /** Milliseconds since the epoch. */
  readonly at: number;
  /** Absent: the whole run. */
  readonly targets?: readonly string[];
  readonly mode: 'stop' | 'abort';
}

/** The parts of a stored run that decide its course. */
export interface PlannedRun {
  /** Milliseconds since the epoch. */
  readonly submittedAt: number;
  readonly targets: readonly PlannedTarget[];
  readonly maxParallel?: number;
  readonly stopAfterFailures?: number;
  readonly dryRun: boolean;
  readonly cancelMs: number;
  /** Whether an `abort` also ends targets that are under way. */
  readonly stopsInFlight: boolean;
  /** The digest that a success reports as installed. */
  readonly digest?: string;
}

/** A report, with the moment of its event and the moment it becomes visible. */
export interface Delivery {
  readonly happensAt: number;
  readonly visibleAt: number;
  readonly report: TargetReport;
}

interface Happening {
  readonly at: number;
  readonly state: TargetState;
  readonly native: string;
  readonly step?: string;
  readonly percent?: number;
  readonly reason?: TargetReport['reason'];
}

/** The course of one target: what happens, and when it frees its place. */
interface Course {
  readonly happenings: readonly Happening[];
  readonly end: number;
}

const FINAL: Readonly<Record<'reject' | 'skip' | 'fail' | 'unknown' | 'expire', readonly [TargetState, string]>> = {
  reject: ['rejected', 'REJECTED'],
  skip: ['skipped', 'SKIPPED'],
  fail: ['failed', 'FAILED'],
  unknown: ['unknown', 'STRANGE'],
  expire: ['expired', 'EXPIRED'],
};

function badEnd(at: number, outcome: keyof typeof FINAL, script: TargetScript, step?: string): Happening {
  const [state, native] = FINAL[outcome];
  const { code, message, retryable } = script;
  return {
    at,
    state,
    native: script.nativeStatus || native,
    ...(step === undefined ? {} : { step }),
    reason: { code, message, retryable },
  };
}

/** The course of a target whose turn comes at `start`, without a cancel. */
function undisturbed(target: PlannedTarget, start: number, dryRun: boolean): Course {
  const { script } = target;
  const steps = dryRun ? ['rehearse'] : script.steps;
  const recovered = script.failAttempts > 0 && target.ordinal > script.failAttempts;
  const outcome = dryRun || (script.outcome === 'fail' && recovered) ? 'succeed' : script.outcome;
  const lastStep = script.atStep > 0 ? Math.min(script.atStep, steps.length) : steps.length;
  let at = start + script.startDelayMs;
  if (outcome === 'silent') return { happenings: [], end: at + steps.length * script.stepMs };
  if (outcome === 'reject' || outcome === 'skip') return { happenings: [badEnd(at, outcome, script)], end: at };
  if (outcome === 'expire') {
    const waiting: Happening = { at, state: 'unreachable', native: 'UNREACHABLE' };
    return {
      happenings: [waiting, badEnd(at + script.unreachableMs, outcome, script)],
      end: at + script.unreachableMs,
    };
  }
  const happenings: Happening[] = [];
  for (const [index, step] of steps.entries()) {
    const percent = (tick: number): number => Math.floor(((index + tick / script.ticks) / steps.length) * 100);
    if (index + 1 === script.unreachableStep) {
      happenings.push({ at, state: 'unreachable', native: 'UNREACHABLE', step, percent: percent(0) });
      at += script.unreachableMs;
    }
    const state: TargetState = index === 0 && steps.length > 1 ? 'staging' : 'running';
    for (let tick = 0; tick < script.ticks; tick += 1) {
      const moment = at + Math.floor((script.stepMs * tick) / script.ticks);
      happenings.push({ at: moment, state, native: state.toUpperCase(), step, percent: percent(tick) });
    }
    if (outcome === 'hang' && index + 1 === lastStep) return { happenings, end: Infinity };
    at += script.stepMs;
    if (outcome !== 'succeed' && outcome !== 'hang' && index + 1 === lastStep) {
      return { happenings: [...happenings, badEnd(at, outcome, script, step)], end: at };
    }
  }
  const native = dryRun ? 'REHEARSED' : script.nativeStatus || 'SUCCEEDED';
  return {
    happenings: [...happenings, { at, state: 'succeeded', native, step: steps.at(-1) ?? '', percent: 100 }],
    end: at,
  };
}

/** The same course after a cancel. */
function cancelled(course: Course, target: PlannedTarget, start: number, cancel: Cancel, run: PlannedRun): Course {
  const effect = cancel.at + run.cancelMs;
  if (course.end <= effect) return course;
  const begun = start <= cancel.at;
  if (begun && (!run.stopsInFlight || cancel.mode === 'stop')) return course;
  if (begun && target.script.cancel === 'refuse') {
    const before = course.happenings.filter((happening) => happening.at <= effect);
    const after = course.happenings.filter((happening) => happening.at > effect);
    const { state, step, percent } = before.at(-1) ?? { state: 'running' as const };
    const refusal: Happening = {
      at: effect,
      state,
      native: 'CANCEL_REJECTED',
      ...(step === undefined ? {} : { step }),
      ...(percent === undefined ? {} : { percent }),
    };
    return { happenings: [...before, refusal, ...after], end: course.end };
  }
  const kept = course.happenings.filter((happening) => happening.at <= (begun ? effect : cancel.at));
  return { happenings: [...kept, { at: effect, state: 'cancelled', native: 'CANCELLED' }], end: effect };
}

/** When each target's turn comes, with a limit of targets at a time and of failures. */
function coursesOf(run: PlannedRun, cancels: readonly Cancel[]): Map<PlannedTarget, Course> {
  const { maxParallel = Infinity } = run;
  const places = maxParallel < run.targets.length ? Array.from({ length: maxParallel }, () => run.submittedAt) : [];
  const failures: number[] = [];
  const courses = new Map<PlannedTarget, Course>();
  for (const target of run.targets) {
    const place = places.length === 0 ? -1 : places.indexOf(Math.min(...places));
    const start = places[place] ?? run.submittedAt;
    const failedBefore = failures.filter((at) => at <= start).length;
    const stopped = run.stopAfterFailures !== undefined && failedBefore >= run.stopAfterFailures && start < Infinity;
    let course = stopped
      ? {
          happenings: [
            badEnd(start, 'skip', { ...target.script, code: 'STOPPED', message: 'Too many targets have failed.' }),
          ],
          end: start,
        }
      : start === Infinity
        ? { happenings: [], end: Infinity }
        : undisturbed(target, start, run.dryRun);
    for (const cancel of cancels) {
      if (cancel.targets === undefined || cancel.targets.includes(target.ciId))
        course = cancelled(course, target, start, cancel, run);
    }
    courses.set(target, course);
    if (place >= 0) places[place] = course.end;
    const last = course.happenings.at(-1);
    if (last !== undefined && (last.state === 'failed' || last.state === 'rejected' || last.state === 'expired'))
      failures.push(course.end);
  }
  return courses;
}

function reportOf(target: PlannedTarget, happening: Happening, digest: string | undefined): TargetReport {
  const { at, state, native, step, percent, reason } = happening;
  return {
    ciId: target.ciId,
    state,
    nativeStatus: native,
    at: new Date(at).toISOString(),
    attempt: 1,
    ...(step === undefined ? {} : { step }),
    ...(percent === undefined ? {} : { percent }),
    ...(reason === undefined ? {} : { reason }),
    ...(state === 'succeeded' && digest !== undefined ? { verifiedSha256: digest } : {}),
  };
}

function deliveriesOf(target: PlannedTarget, course: Course, run: PlannedRun): Delivery[] {
  const { reports, reportDelayMs } = target.script;
  const plain = course.happenings.map((happening) => ({
    happensAt: happening.at,
    visibleAt: happening.at + reportDelayMs,
    report: reportOf(target, happening, run.dryRun ? undefined : run.digest),
  }));
  if (reports === 'duplicate') return plain.flatMap((delivery) => [delivery, delivery]);
  if (reports === 'reversed')
    return plain.reverse().map((delivery) => ({ ...delivery, visibleAt: course.end + reportDelayMs }));
  return plain;
}

/** The whole course of a run, as known now. */
export interface Timeline {
  /** In the order in which they become visible. A cancel can still change reports of later moments. */
  readonly deliveries: readonly Delivery[];
  /** The moment after which nothing changes; Infinity while a target hangs. */
  readonly endsAt: number;
}

/** Computes the course of a run. */
export function timelineOf(run: PlannedRun, cancels: readonly Cancel[]): Timeline {
  const courses = [...coursesOf(run, cancels)];
  const deliveries = courses.flatMap(([target, course]) => deliveriesOf(target, course, run));
  deliveries.sort((a, b) => a.visibleAt - b.visibleAt);
  const ends = courses.map(([target, course]) => course.end + target.script.reportDelayMs);
  return { deliveries: deliveries.filter((delivery) => delivery.visibleAt < Infinity), endsAt: Math.max(...ends) };
}

/** The latest report of each target, whatever the order in which the reports came. */
function latestOf(deliveries: readonly Delivery[]): Map<string, TargetReport> {
  const last = new Map<string, TargetReport>();
  for (const { report } of deliveries) {
    const known = last.get(report.ciId);
    const newer =
      known === undefined || report.at > known.at || (report.at === known.at && isFinalTargetState(report.state));
    if (newer) last.set(report.ciId, report);
  }
  return last;
}

/** The state of the whole run at a moment. */
export function runReportAt(now: number, run: PlannedRun, cancels: readonly Cancel[], timeline: Timeline): RunReport {
  const last = latestOf(timeline.deliveries.filter((delivery) => delivery.visibleAt <= now));
  const percents = run.targets
    .map(({ ciId }) => last.get(ciId))
    .map((report) => (report?.state === 'succeeded' ? 100 : (report?.percent ?? 0)));
  const percent = Math.floor(percents.reduce((sum, part) => sum + part, 0) / run.targets.length);
  const wholeCancel = cancels.some((cancel) => cancel.targets === undefined);
  if (now >= timeline.endsAt) {
    const states = run.targets.map(({ ciId }) => last.get(ciId)?.state ?? 'unknown');
    const outcome = states.includes('unknown')
      ? 'unknown'
      : states.every((state) => state === 'succeeded')
        ? 'success'
        : wholeCancel
          ? 'cancel'
          : 'failure';
    return { phase: 'finished', outcome, nativeStatus: 'FINISHED', percent };
  }
  if (wholeCancel) return { phase: 'cancelling', nativeStatus: 'CANCELLING', percent };
  return last.size === 0
    ? { phase: 'queued', nativeStatus: 'QUEUED', percent }
    : { phase: 'running', nativeStatus: 'RUNNING', percent };
}
