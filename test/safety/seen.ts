/** What the promises ask of a log: who did what, what was approved, what arrived. Plain arrays. */
import type { Deed, End, SafetyLog, Scope, Start, Template, Window } from './log.js';

/** Accepted commands on an object. */
export const deedsOn = (log: SafetyLog, on: string, ...commands: string[]): Deed[] =>
  log.deeds.filter((deed) => deed.on === on && commands.includes(deed.command));

/** Whether an instant is in a half-open interval. */
export const inside = (at: number, from: number | null, to: number | null): boolean =>
  from !== null && to !== null && from <= at && at < to;

const CONTRIBUTIONS = [
  /^release(Create|Upsert|AddCi|AddContent)$/,
  /^phase/,
  /^task(Add|Update|Remove|Move|SetPredecessors)$/,
];

const PLAN_FIELDS = ['kind', 'packaging', 'backOutPlan', 'planStart', 'plannedStart', 'plannedEnd'];

const contributes = ({ command, input, idle }: Deed): boolean =>
  idle !== true &&
  (command === 'releaseHandOver'
    ? input['took'] === true // Nobody chooses the owner of what they did not own, and accepts it then.
    : command === 'releaseUpdate'
      ? PLAN_FIELDS.some((field) => field in input)
      : CONTRIBUTIONS.some((kind) => kind.test(command)));

/** Everybody who had a hand in the plan, scope or package of a release. */
export const contributors = (log: SafetyLog, release: string | undefined): string[] =>
  log.deeds
    .filter((deed) => deed.release === release && contributes(deed))
    .flatMap(({ by, input }) => [by, input['managerId'] as string | undefined])
    .filter((person) => person !== undefined);

/** Everybody who planned a distribution, first to last. */
export const plannersOf = (log: SafetyLog, distribution: string): string[] =>
  deedsOn(log, distribution, 'distributionPlan', 'distributionUpdate', 'distributionReplan')
    .filter(({ idle }) => idle !== true)
    .map(({ by }) => by);

/** Whether a waiver in force, by somebody who did not plan the work, lets it pass a rule. */
export const isWaived = (
  log: SafetyLog,
  start: Start,
  code: string,
  subjects: readonly (string | null)[],
  release = start.release.id,
): boolean =>
  start.waivers.some((waiver) => {
    const [grant] = deedsOn(log, waiver.id, 'waiverGrant');
    const planners = [...contributors(log, release), ...plannersOf(log, start.distribution.id)];
    const fits = waiver.code === code && waiver.releaseId === release;
    const meant = waiver.subjectId === null || subjects.includes(waiver.subjectId);
    return fits && meant && grant !== undefined && !planners.includes(grant.by);
  });

const DAY = 86_400_000;

/** How often a window occurs, every how many milliseconds. */
function rhythm({ rrule }: Window): { readonly period: number; readonly times: number } {
  if (rrule === null) return { period: Infinity, times: 1 };
  const rule = Object.fromEntries(rrule.split(';').map((part) => part.split('='))) as Record<string, string>;
  const period = (rule['FREQ'] === 'WEEKLY' ? 7 : 1) * Number(rule['INTERVAL'] ?? 1) * DAY;
  return { period, times: Number(rule['COUNT'] ?? Infinity) };
}

/** Whether an occurrence of a window covers an instant. */
export function covers(window: Window, at: number): boolean {
  const { from, to } = window;
  const { period, times } = rhythm(window);
  const since = at - from;
  if (since < 0) return false;
  return period === Infinity ? at < to : Math.floor(since / period) < times && since % period < to - from;
}

/** Whether a change window has an occurrence that ends after an instant: later work is not bound by it. */
export function binds(window: Window, at: number): boolean {
  const { period, times } = rhythm(window);
  return times === Infinity || at < window.to + (times === 1 ? 0 : (times - 1) * period);
}

const CRITICALITIES = ['LOW', 'MEDIUM', 'HIGH', 'CRITICAL'];

/** Steps that a release skips though its template does not let it, and steps that it went past with nothing done. */
export function missedSteps({ kind, skipRules, steps, skipped, tasks, targets }: Template): string[] {
  const lets = (step: string) =>
    targets.every(({ ciClass, criticalities }) =>
      skipRules.some(({ states, when }) => {
        const most = when.maxCriticality === undefined ? 3 : CRITICALITIES.indexOf(when.maxCriticality);
        return (
          states.includes(step) &&
          (when.releaseKinds?.includes(kind) ?? true) &&
          (when.ciClasses?.includes(ciClass) ?? true) &&
          criticalities.every((criticality) => CRITICALITIES.indexOf(criticality) <= most)
        );
      }),
    );
  const done = (step: string) => {
    const states = tasks.filter((task) => task.step === step).map(({ state }) => state);
    return states.length > 0 && states.every((state) => ['COMPLETED', 'SKIPPED', 'CANCELLED'].includes(state));
  };
  return [
    ...skipped.filter((step) => !lets(step)).map((step) => `skips ${step} against its template`),
    ...steps.filter((step) => !skipped.includes(step) && !done(step)).map((step) => `has not done ${step}`),
  ];
}

/** Whether somebody has done something on an object, edits of nothing that an approver decides on aside. */
export const didOn = (log: SafetyLog, by: string, on: string, commands: readonly string[]): boolean =>
  deedsOn(log, on, ...commands).some(
    (deed) =>
      deed.by === by &&
      deed.idle !== true &&
      (!deed.command.endsWith('Update') ||
        Object.keys(deed.input).some((field) => !['id', 'expectedVersion', 'assessment', 'risk'].includes(field))),
  );

/** The acceptance that a start stands on. */
export const acceptanceOf = (log: SafetyLog, { at, release, deeds = Infinity }: Start): Deed | undefined =>
  log.deeds
    .slice(0, deeds)
    .findLast((deed) => deed.on === release.id && deed.command === 'releaseAccept' && deed.at <= at);

/** Tests of a release that were passed by then, by people who contributed neither to it nor to its media. */
export const testsOf = (log: SafetyLog, { at, release }: Start): Deed[] =>
  log.deeds.filter(
    (deed) =>
      deed.command === 'taskComplete' &&
      deed.input['taskKind'] === 'TEST' &&
      deed.roles.includes('TEST_MANAGER') &&
      deed.release === release.id &&
      deed.at <= at &&
      !contributors(log, release.id).includes(deed.by) &&
      !(deed.scope?.media ?? []).some(({ id }) =>
        deedsOn(log, id, 'dmlItemVersionRegister', 'dmlItemVersionUpload').some(({ by }) => by === deed.by),
      ),
  );

/** Media with their digests, as text that can be compared. */
export const mediaOf = ({ media }: Pick<Scope, 'media'>): string[] => media.map(({ id, digest }) => `${id} ${digest}`);

/** Targets with how they were judged, as text that can be compared. */
export const judgementOf = ({ targets }: Pick<Scope, 'targets'>): string[] =>
  targets.map(({ id, lifecycle, criticality, effective }) => `${id} ${lifecycle} ${effective ?? criticality}`);

/** Whether work of a release on a target had succeeded when a start began. What becomes of it is another matter. */
const isBehind = (log: SafetyLog, { known, release }: Start, target: string): boolean =>
  log.reports
    .slice(0, known)
    .some(
      (report) =>
        report.release === release.id &&
        report.target === target &&
        report.outcome === 'succeeded' &&
        report.operation !== 'verify',
    );

/**
 * How the targets of a start were judged. It leaves alone other targets that the release has worked on already, and a
 * retry or a resume all others.
 */
export const judgedFor = (log: SafetyLog, start: Start, { targets }: Pick<Scope, 'targets'>): string[] => {
  const own = start.distribution.targets.map(({ id }) => id);
  return judgementOf({
    targets: targets.filter(({ id }) => own.includes(id) || (start.kind !== 'again' && !isBehind(log, start, id))),
  });
};

/** Whether two lists of texts have the same members. */
export const same = (a: readonly string[], b: readonly string[]): boolean =>
  a.toSorted().join('\n') === b.toSorted().join('\n');

/**
 * What is known of a content on a target: it is there, it was taken away because that was the work, it is not there, or
 * nobody can be sure. `contested`: two distributions of the release put it there and took it away at the same time, so
 * that nobody can say which one was last. `overtaken`: nobody can be sure, because nobody has heard how an earlier
 * attempt of a distribution ended, and a later one failed.
 */
export type Cell = 'there' | 'gone' | 'absent' | 'unsure' | 'overtaken' | 'contested';

const takesAway = (operation: string) => operation === 'remove' || operation === 'undo';

/** States of a release that has its outcome. */
const OVER = ['DEPLOYED', 'IN_REVIEW', 'CLOSED'];

/** Whether a start only looks whether something is still there, after the release has its outcome. */
export const looksForDrift = ({ operation, release }: Start): boolean =>
  operation === 'VERIFY' && OVER.includes(release.state);

/** What the tool's reports say about each content of an end, or of a start, on each of its targets. */
export function cellsOf(
  log: SafetyLog,
  end: Pick<End, 'known' | 'release' | 'targets' | 'digests'>,
): { readonly target: string; readonly cell: Cell }[] {
  // What is found later says nothing about what was delivered.
  const later = new Set(log.starts.filter(looksForDrift).map(({ distribution }) => distribution.number));
  const reports = log.reports
    .slice(0, end.known)
    .filter(({ release, key }) => release === end.release && !later.has(numberOf(key)));
  return end.targets.flatMap((target) =>
    end.digests.map((digest) => ({
      target,
      cell: cellOf(reports.filter((report) => report.target === target && report.digests.includes(digest))),
    })),
  );
}

/** Number of the distribution that an order belongs to. */
const numberOf = (key: string): string => key.replace(/-\d+$/, '');

function cellOf(reports: SafetyLog['reports']): Cell {
  let cell: Cell = 'absent';
  let installed = false;
  const before = new Map<string, Cell>();
  const open = new Map<string, string>();
  for (const { outcome, operation, key } of reports) {
    if (outcome !== 'ordered') open.delete(key);
    else if ([...open.values()].some((other) => takesAway(other) !== takesAway(operation))) return 'contested';
    else open.set(key, operation);
    if (outcome === 'ordered') {
      before.set(key, cell);
      // Until the tool says how it ended it may be there or not. A check puts nothing there.
      if (operation !== 'verify' || cell !== 'absent') cell = 'unsure';
    } else if (outcome === 'succeeded') {
      installed ||= operation === 'install';
      if (operation === 'install') cell = 'there';
      else if (operation === 'verify') cell = before.get(key) === 'gone' ? 'gone' : 'there';
      else cell = operation === 'remove' && !installed ? 'gone' : 'absent';
    } else if (outcome === 'unverified') {
      installed ||= operation === 'install';
      cell = 'unsure';
      before.set(key, cell);
    } else if (before.get(key) === 'absent') cell = 'absent';
    else cell = [...open.keys()].some((other) => numberOf(other) === numberOf(key)) ? 'overtaken' : 'unsure';
  }
  return cell;
}
