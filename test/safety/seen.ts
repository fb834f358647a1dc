/** What the promises ask of a log: who did what, what was approved, what arrived. Plain arrays. */
import type { Deed, End, SafetyLog, Scope, Start } from './log.js';

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
  (command === 'releaseUpdate'
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
  deedsOn(log, distribution, 'distributionPlan', 'distributionUpdate', 'distributionReplan').map(({ by }) => by);

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

/** The acceptance that a start stands on. */
export const acceptanceOf = (log: SafetyLog, { at, release }: Start): Deed | undefined =>
  deedsOn(log, release.id, 'releaseAccept').findLast((deed) => deed.at <= at);

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
  targets.map(({ id, lifecycle, criticality }) => `${id} ${lifecycle} ${criticality}`);

/** Whether two lists of texts have the same members. */
export const same = (a: readonly string[], b: readonly string[]): boolean =>
  a.toSorted().join('\n') === b.toSorted().join('\n');

/**
 * What is on each target of an end, by what the tool reported of its release: how many of the contents arrived, or were
 * found there, and were not taken away again.
 */
export const deliveries = (log: SafetyLog, end: End): { readonly target: string; readonly there: number }[] =>
  end.targets.map((target) => {
    const present = new Set<string>();
    const about = log.reports.filter(
      (report) => report.release === end.release && report.target === target && report.at <= end.at,
    );
    for (const { outcome, operation, digests } of about)
      for (const digest of digests)
        if (outcome === 'succeeded' && (operation === 'install' || operation === 'verify')) present.add(digest);
        else if (outcome === 'succeeded' || (outcome === 'failed' && operation === 'verify')) present.delete(digest);
    return { target, there: end.digests.filter((digest) => present.has(digest)).length };
  });
