/**
 * The promises of Interlock, stated a second time and independently. Each looks at a log of what was seen from outside
 * and says in words where it was broken; an empty list means that it was kept.
 */
import type { SafetyLog, Start } from './log.js';
import { ROLLOUT_PROMISES } from './rollout-promises.js';
import * as seen from './seen.js';

type Wrong = string | false | undefined | null;

/** Work that a release begins while it is being backed out, the back-out of a distribution by its own tool aside. */
const inBackOut = ({ kind, release }: Start): boolean => kind !== 'back-out' && release.state === 'BACKING_OUT';

const takesAway = ({ operation }: Start): boolean => operation === 'REMOVE' || operation === 'UNDO';

const at = (starts: readonly Start[], ask: (start: Start) => Wrong[]): string[] =>
  starts.flatMap((start) =>
    ask(start)
      .filter((wrong) => typeof wrong === 'string')
      .map((wrong) => `${start.distribution.number} of ${start.release.number}, ${start.how}, ${wrong}`),
  );

/**
 * Asks something of every start that delivers, by whichever way it came. A back-out may begin at any time, by the tool
 * that delivered or by a distribution that takes away; a promise of its own says what the latter may take. What looks
 * for drift delivers nothing.
 */
const atEveryStart = (log: SafetyLog, ask: (start: Start) => Wrong[]): string[] =>
  at(
    log.starts.filter(
      (start) => start.kind !== 'back-out' && !(inBackOut(start) && takesAway(start)) && !seen.looksForDrift(start),
    ),
    ask,
  );

/** Asks something of every start but those of back-outs, also of one that only looks for drift. */
const atEveryWork = (log: SafetyLog, ask: (start: Start) => Wrong[]): string[] => [
  ...atEveryStart(log, ask),
  ...at(log.starts.filter(seen.looksForDrift), ask),
];

/** What the calendar has against a start. @param early whether somebody waived the slot and its windows */
function calendarAgainst(log: SafetyLog, start: Start, early: boolean): Wrong[] {
  const { at: instant, distribution, windows } = start;
  const blackouts = windows.filter((window) => window.kind === 'BLACKOUT' && seen.covers(window, instant));
  const changeWindows = windows.filter((window) => window.kind !== 'BLACKOUT' && seen.binds(window, instant));
  return [
    ...blackouts.map(({ id, name }) => !seen.isWaived(log, start, 'BLACKOUT', [id]) && `starts in blackout ${name}`),
    ...distribution.targets.map(({ id, name }) => {
      const own = changeWindows.filter(({ ciIds }) => ciIds.includes(id));
      const ids = own.map((window) => window.id);
      const waived = early || seen.isWaived(log, start, 'OUTSIDE_CHANGE_WINDOW', [...ids, id]);
      const closed = own.length > 0 && !own.some((window) => seen.covers(window, instant));
      return closed && !waived && `starts outside the change windows of ${name}`;
    }),
  ];
}

/** The promises by name. */
export const PROMISES: Readonly<Record<string, (log: SafetyLog) => string[]>> = {
  'never a start outside its window': (log) =>
    atEveryWork(log, (start) => {
      const { at, kind, distribution, release } = start;
      const early = seen.isWaived(log, start, 'WINDOW_CLOSED', [distribution.id, release.id]);
      const calendar = calendarAgainst(log, start, early);
      // Nothing is delivered any more: the slot was for that, and is long over.
      if (seen.looksForDrift(start)) return calendar;
      return [
        !seen.inside(at, release.from, release.to) && !early && 'starts outside the slot of its release',
        kind === 'first' &&
          !seen.inside(at, distribution.from, distribution.to) &&
          !early &&
          'starts outside its own time',
        ...calendar,
        !ON_ITS_WAY.includes(release.state) && `starts while its release is ${release.state}`,
        release.onHold && 'starts while its release is on hold',
      ];
    }),

  'never two works on one item at once without a waiver by another person': (log) => [
    ...atEveryWork(log, (start) =>
      start.others.map(({ releaseId, distributionId, number, what, ciIds }) => {
        const ours = seen.isWaived(log, start, 'CI_CONFLICT', [releaseId, distributionId]);
        const theirs = seen.isWaived(log, start, 'CI_CONFLICT', [start.release.id, start.distribution.id], releaseId);
        return !ours && !theirs && `works on ${ciIds.join()} while ${number} is ${what} there`;
      }),
    ),
    // Nobody waives this, and a back-out is such work, too.
    ...log.starts.flatMap(({ beside, distribution, how }) =>
      beside.map((number) => `${distribution.number}, ${how}, works on what ${number} of its release works on`),
    ),
  ],

  'never a protected target without an authorised change that names it': (log) =>
    atEveryStart(log, ({ distribution, release, changes }) =>
      distribution.targets.flatMap(({ id, name, state, lifecycle }) => {
        const named = changes.some((change) => COVERS.includes(change.state) && change.targetIds.includes(id));
        return [
          lifecycle === 'PRODUCTION' &&
            !named &&
            `works on ${name}, which is protected and named by no authorised change`,
          state !== 'AUTHORISED' && `works on ${name}, which is ${state}`,
          lifecycle === 'DECOMMISSIONED' && `works on ${name}, which is DECOMMISSIONED`,
          !release.targets.some((target) => target.id === id) && `works on ${name}, which is no target of its release`,
        ];
      }),
    ),

  'never media that are not authorised, tested and unaltered': (log) =>
    atEveryStart(log, (start) => {
      const { distribution, release, impacted, received } = start;
      const baseline = seen.acceptanceOf(log, start)?.scope ?? { media: [] };
      const critical = impacted.some(({ criticality }) => criticality === 'CRITICAL');
      const tested = seen.testsOf(log, start).flatMap(({ scope }) => seen.mediaOf(scope ?? { media: [] }));
      return distribution.media.flatMap((medium) => {
        const [as] = seen.mediaOf({ media: [medium] });
        return [
          medium.state !== 'AUTHORISED' && `delivers ${medium.id}, which is ${medium.state}`,
          !release.acceptanceSkipped &&
            !seen.mediaOf(baseline).includes(as ?? '') &&
            `delivers ${medium.id} unaccepted`,
          critical && !tested.includes(as ?? '') && `delivers ${medium.id} untested to what is critical`,
          received && !received.includes(medium.digest ?? '') && `delivers other bytes than those of ${medium.id}`,
        ];
      });
    }),

  'never on an approval of something else': (log) =>
    atEveryStart(log, (start) => {
      const approval = seen.acceptanceOf(log, start)?.scope;
      if (start.release.acceptanceSkipped) return [];
      if (approval === undefined) return ['starts though its release was never accepted'];
      return [
        approval.ownerId !== start.release.ownerId && 'starts on the acceptance of a former owner',
        !seen.same(seen.mediaOf(approval), seen.mediaOf(start.release)) &&
          'starts with another package than was accepted',
        !seen.same(seen.judgedFor(log, start, approval), seen.judgedFor(log, start, start.release)) &&
          'starts on targets that were not judged so',
      ];
    }),

  'never past a step that its template asks for': (log) =>
    atEveryStart(log, ({ template }) => (template === null ? [] : seen.missedSteps(template))),

  'never a success that a person reports without evidence': (log) =>
    log.deeds
      .filter(({ command, input }) => command === 'targetExecutionReport' && input['state'] === 'SUCCEEDED')
      .filter(({ input }) => !input['evidence'])
      .map(({ on, by }) => `${by} reports a success on ${on}`),

  'never an approval by a contributor': (log) =>
    log.deeds.flatMap(({ command, by, on, release }, index) => {
      const before = { ...log, deeds: log.deeds.slice(0, index) };
      const contributed =
        command === 'releaseAccept' || command === 'waiverGrant'
          ? seen.contributors(before, release).includes(by)
          : command === 'distributionApprove'
            ? seen.plannersOf(before, on).includes(by)
            : seen.didOn(before, by, on, OWN_WORK[command] ?? []);
      return contributed ? [`${command} on ${on} by ${by}, who contributed to it`] : [];
    }),

  'never work in a back-out but to take away what the release put there': (log) =>
    at(log.starts.filter(inBackOut), (start) => {
      const { distribution, release, impacted, known, operation } = start;
      const targets = distribution.targets.map(({ id }) => id);
      const critical = impacted.some(({ criticality }) => criticality === 'CRITICAL');
      const approved = seen.deedsOn(log, distribution.id, 'distributionApprove').some((deed) => deed.at <= start.at);
      const nothing = (cell: seen.Cell) => cell === 'absent' || (cell === 'gone' && operation === 'REMOVE');
      return [
        !takesAway(start) && `does ${operation} while its release is being backed out`,
        critical && !approved && 'takes from what is critical without approval',
        ...seen
          .cellsOf(log, { known, release: release.id, targets, digests: distribution.digests })
          .map(({ target, cell }) => nothing(cell) && `takes from ${target}, where the release put nothing`),
      ];
    }),

  'never a version that a pin keeps away': (log) =>
    atEveryStart(log, ({ operation, distribution }) =>
      operation === 'INSTALL' ? distribution.pinned.map((pin) => `installs ${pin}, which a pin keeps away`) : [],
    ),

  'never an end that the observations contradict': (log) =>
    log.ends.flatMap((end) => {
      const found = seen.cellsOf(log, end);
      const cells = found.filter(({ cell }) => cell !== 'contested');
      // What nobody can say of a cell contradicts no claim about it.
      const open = cells.length < found.length;
      const done = cells.filter(({ cell }) => cell === 'there' || cell === 'gone').length;
      const absent = cells.filter(({ cell }) => cell === 'absent').length;
      const all = found.length > 0 && done === cells.length;
      const returned = cells.every(({ target, cell }) => cell === 'absent' || end.residual.includes(target));
      const claims: Readonly<Record<string, boolean>> = {
        'release DEPLOYED': all,
        'release PARTIALLY_DEPLOYED': open || (!all && absent < cells.length),
        'release FAILED': done === 0,
        'release BACKED_OUT': returned,
        'change SUCCESSFUL': all,
        // What stays of a release that was backed out is no success, even where all of it is there.
        'change UNSUCCESSFUL': open || !all || cells.some(({ target }) => end.residual.includes(target)),
        'change BACKED_OUT': returned,
      };
      const facts = found.map(({ target, cell }) => `${cell} on ${target}`).join(', ');
      return claims[`${end.noun} ${end.claim}`] === false
        ? [`${end.noun} ${end.number} is ${end.claim}: ${facts}`]
        : [];
    }),
  ...ROLLOUT_PROMISES,
};

const ON_ITS_WAY = ['SCHEDULED', 'COMMUNICATED', 'DISTRIBUTING', 'PARTIALLY_DEPLOYED', 'FAILED'];
const COVERS = ['AUTHORISED', 'SCHEDULED', 'IN_PROGRESS'];
/** Commands that approve something, and all by which somebody has a part in it, not only the first author. */
const OWN_WORK: Readonly<Record<string, readonly string[]>> = {
  changeAuthorise: ['changeCreate', 'changeUpsert', 'changeUpdate', 'changeAddCi', 'changeRemoveCi'],
  changeReleaseRequestApprove: ['changeReleaseRequestSubmit'],
  dmlItemVersionAuthorise: ['dmlItemVersionRegister', 'dmlItemVersionUpdate', 'dmlItemVersionUpload'],
  releaseTemplateVersionPublish: [
    'releaseTemplateCreate',
    'releaseTemplateRevise',
    'releaseSaveAsTemplate',
    'releaseTemplateVersionUpdate',
  ],
};
