import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { BREAKS } from './breaks.js';
import { FORGETFUL } from './forgetful-breaks.js';
import { MORE_BREAKS } from './more-breaks.js';
import type { Deed, SafetyLog, Start, Template, Window } from './log.js';
import { NOT_YET } from './not-yet.js';
import { PROMISES } from './promises.js';
import { KEPT_BY_THE_COURSE } from './rollout-promises.js';

const WEB = { id: 'web', name: 'web', state: 'AUTHORISED', lifecycle: 'PRODUCTION', criticality: 'CRITICAL' };
const PORTAL = { id: 'portal', state: 'AUTHORISED', digest: 'abc' };
const SCOPE = { ownerId: 'olga', targets: [WEB], media: [PORTAL] };

const deed = (at: number, by: string, command: string, on: string, more: Partial<Deed> = {}): Deed => ({
  at,
  by,
  command,
  on,
  input: {},
  roles: [],
  ...more,
});

const TEST = { release: 'r', roles: ['TEST_MANAGER'], input: { taskKind: 'TEST' }, scope: SCOPE };

const START: Start = {
  at: 50,
  how: 'sent',
  kind: 'first',
  operation: 'INSTALL',
  distribution: {
    id: 'd',
    number: 'D',
    from: 45,
    to: 60,
    targets: [WEB],
    media: [PORTAL],
    digests: ['abc'],
    pinned: [],
    approvalRequired: true,
  },
  release: {
    ...SCOPE,
    id: 'r',
    number: 'R',
    state: 'COMMUNICATED',
    from: 40,
    to: 90,
    onHold: false,
    acceptanceSkipped: false,
  },
  impacted: [{ id: 'web', criticality: 'CRITICAL' }],
  changes: [{ id: 'c', state: 'SCHEDULED', targetIds: ['web'] }],
  others: [],
  beside: [],
  windows: [],
  template: null,
  waivers: [],
  known: 0,
  received: ['abc'],
  key: 'D-1',
  checked: 'ok',
  waved: false,
  linked: false,
  grouped: false,
  policy: 'ALL',
  byServer: false,
  tasksBefore: [],
  crowds: [],
};

/** A sequence in which everything is as it should be. */
const RIGHT: SafetyLog = {
  deeds: [
    deed(1, 'lara', 'dmlItemVersionRegister', 'portal'),
    deed(2, 'liam', 'dmlItemVersionAuthorise', 'portal'),
    deed(3, 'rita', 'changeCreate', 'c'),
    deed(4, 'anna', 'changeAuthorise', 'c'),
    deed(5, 'mona', 'releaseCreate', 'r', { release: 'r' }),
    deed(6, 'tess', 'taskComplete', 't', TEST),
    deed(7, 'olga', 'releaseAccept', 'r', { release: 'r', scope: SCOPE }),
    deed(8, 'oskar', 'distributionPlan', 'd', { release: 'r' }),
    deed(9, 'olga', 'distributionApprove', 'd', { release: 'r', scope: SCOPE, targets: ['web'] }),
    deed(10, 'anna', 'waiverGrant', 'w', { release: 'r' }),
  ],
  starts: [START],
  reports: [
    { at: 55, release: 'r', key: 'D-1', target: 'web', operation: 'install', digests: ['abc'], outcome: 'succeeded' },
  ],
  ends: [
    {
      at: 60,
      noun: 'release',
      id: 'r',
      number: 'R',
      claim: 'DEPLOYED',
      release: 'r',
      targets: ['web'],
      digests: ['abc'],
      residual: [],
      known: 9,
    },
    {
      at: 60,
      noun: 'change',
      id: 'c',
      number: 'C',
      claim: 'SUCCESSFUL',
      release: 'r',
      targets: ['web'],
      digests: ['abc'],
      residual: [],
      known: 9,
    },
  ],
};

const ARRIVED = RIGHT.reports[0] as SafetyLog['reports'][number];
const ownRetry = 'never a retry by itself that its plan does not allow or that cannot help';
const enough = 'never a success of a distribution that its policy does not allow';

/** A second order for the same target, which nobody began, after the first one failed. */
const retried = (retryLimit: number, retryable: boolean): SafetyLog => ({
  ...RIGHT,
  deeds: RIGHT.deeds.map((one) => (one.command === 'distributionPlan' ? { ...one, input: { retryLimit } } : one)),
  starts: [START, { ...START, at: 58, kind: 'again', key: 'D-2', known: 1 }],
  reports: [{ ...ARRIVED, outcome: 'failed', retryable }],
  ends: [],
});

/** A distribution that claims to have succeeded. */
const distributionClaimed = (reports: SafetyLog['reports']): SafetyLog => ({
  ...RIGHT,
  reports,
  ends: RIGHT.ends
    .slice(0, 1)
    .map((end) => ({ ...end, noun: 'distribution' as const, id: 'd', number: 'D', claim: 'SUCCEEDED' })),
});

const started = (changes: Partial<Start>): SafetyLog => ({ ...RIGHT, starts: [{ ...START, ...changes }] });
const release = (changes: Partial<Start['release']>) => started({ release: { ...START.release, ...changes } });
const distribution = (changes: Partial<Start['distribution']>) =>
  started({ distribution: { ...START.distribution, ...changes } });
const also = (...deeds: Deed[]): SafetyLog => ({
  ...RIGHT,
  deeds: [...RIGHT.deeds, ...deeds].toSorted((a, b) => a.at - b.at),
});
const except = (command: string): SafetyLog => ({
  ...RIGHT,
  deeds: RIGHT.deeds.filter((one) => one.command !== command),
});
const claimed = (claim: string, reports = RIGHT.reports, residual: string[] = []): SafetyLog => ({
  ...RIGHT,
  reports,
  ends: RIGHT.ends.slice(0, 1).map((end) => ({ ...end, claim, residual })),
});
const changeClaimed = (claim: string, residual: string[] = []): SafetyLog => ({
  ...RIGHT,
  ends: RIGHT.ends.slice(1, 2).map((one) => ({ ...one, claim, residual })),
});
const hours = (from: number, to: number, more: Partial<Window> = {}): Window => ({
  id: 'b',
  name: 'Year end',
  kind: 'BLACKOUT',
  from,
  to,
  rrule: null,
  ciIds: ['web'],
  ...more,
});
const DAY = 86_400_000;
/** Hours of a week ago that come back, with the start of the work in the last of them. */
const again = (rrule: string, more: Partial<Window> = {}) =>
  started({ windows: [hours(40 - 6 * DAY, 60 - 6 * DAY, { rrule, ...more })] });
const TEMPLATE: Template = {
  kind: 'PATCH',
  skipRules: [{ states: ['BUILDING'], when: { releaseKinds: ['PATCH'], maxCriticality: 'LOW' } }],
  steps: ['BUILDING', 'TESTING'],
  skipped: ['BUILDING'],
  tasks: [{ step: 'TESTING', state: 'COMPLETED' }],
  targets: [{ ciClass: 'SERVER', criticalities: ['LOW'] }],
};
const made = (changes: Partial<Template>) => started({ template: { ...TEMPLATE, ...changes } });
const other = { what: 'running', releaseId: 's', distributionId: 'e', number: 'E', ciIds: ['web'] } as const;
const waiver = (code: string, subjectId: string | null = null) => ({ id: 'w', releaseId: 'r', code, subjectId });
const undone = [...RIGHT.reports, { ...RIGHT.reports[0], at: 58, operation: 'undo' }] as SafetyLog['reports'];

const broken = (log: SafetyLog) =>
  Object.entries(PROMISES)
    .filter(([, promise]) => promise(log).length > 0)
    .map(([name]) => name);

const [window, conflict, change, media, approval, step, proof, contributor, taking, pin, end] = Object.keys(
  PROMISES,
) as [string, string, string, string, string, string, string, string, string, string, string];

/** Work of a release that is being backed out, after it has delivered. */
const taken = (release: Partial<Start['release']> = {}, more: Partial<Start> = {}): SafetyLog =>
  started({
    at: 500,
    operation: 'REMOVE',
    known: 1,
    release: { ...START.release, state: 'BACKING_OUT', ...release },
    ...more,
  });
/** The same for a release whose work was to remove something. */
const removed = (operation: string): SafetyLog => ({
  ...taken({}, { operation }),
  reports: RIGHT.reports.map((report) => ({ ...report, operation: 'remove' })),
});

/** A check of what is still there, after the release has its outcome. */
const looking = (more: Partial<Start> = {}): SafetyLog =>
  started({
    at: 500,
    operation: 'VERIFY',
    release: { ...START.release, state: 'CLOSED' },
    distribution: { ...START.distribution, number: 'E', media: [{ ...PORTAL, state: 'DEPRECATED' }] },
    ...more,
  });
const EDITED = { ...RIGHT.reports[0], at: 500, key: 'E-1', operation: 'verify', outcome: 'failed' };

describe('the oracle', () => {
  test.each<[string, SafetyLog]>([
    ['everything as it should be', RIGHT],
    ['a start before its time that somebody else let pass', started({ at: 20, waivers: [waiver('WINDOW_CLOSED')] })],
    ['a retry in the slot, after its own time', started({ at: 70, kind: 'again' })],
    [
      'a retry after a target that is done was judged anew',
      started({
        kind: 'again',
        release: { ...START.release, targets: [WEB, { ...WEB, id: 'db', criticality: 'LOW' }] },
      }),
    ],
    ['a blackout that comes back the day after', again('FREQ=DAILY;INTERVAL=4')],
    ['a blackout that came back often enough', again('FREQ=DAILY;COUNT=6')],
    ['a blackout of another week', again('FREQ=WEEKLY')],
    ['change windows that come back', again('FREQ=DAILY', { kind: 'CHANGE_WINDOW' })],
    ['change windows that are all over', again('FREQ=DAILY;COUNT=3', { kind: 'CHANGE_WINDOW' })],
    ['a step that its template lets it skip', made({})],
    ['a removal in a back-out at any time, also on hold', taken({ onHold: true })],
    ['an undo of a removal in a back-out', removed('UNDO')],
    [
      'a removal of what was delivered before somebody swapped the bytes',
      taken({}, { distribution: { ...START.distribution, media: [{ ...PORTAL, digest: 'xyz' }] } }),
    ],
    ['a back-out at any time', started({ at: 500, kind: 'back-out' })],
    ['a conflict that somebody else let pass', started({ others: [other], waivers: [waiver('CI_CONFLICT', 's')] })],
    [
      'a removal of what a pin keeps away',
      taken({}, { distribution: { ...START.distribution, pinned: ['portal on web'] } }),
    ],
    ['a look for drift at any time, of media that are deprecated', looking()],
    [
      'a success although a later look found something else',
      {
        ...claimed('DEPLOYED', [...RIGHT.reports, EDITED] as SafetyLog['reports']),
        starts: looking().starts,
      },
    ],
    ['a release that has been backed out', claimed('BACKED_OUT', undone)],
    ['a back-out with a rest that is on record', claimed('BACKED_OUT', RIGHT.reports, ['web'])],
    ['a change whose whole rest is on record', changeClaimed('UNSUCCESSFUL', ['web'])],
    ['a release that failed', claimed('FAILED', [])],
    [
      'an assessor who authorises',
      also(
        deed(9, 'rob', 'changeUpdate', 'c', { input: { id: 'c', assessment: 'Fine.' } }),
        deed(10, 'rob', 'changeAuthorise', 'c'),
      ),
    ],
    ['an owner who writes in the plan after the acceptance', also(deed(11, 'olga', 'taskAdd', 't', { release: 'r' }))],
  ])('has nothing against %s', (_what, log) => {
    expect(broken(log)).toEqual([]);
  });

  test.each<[string, string, SafetyLog]>([
    [window, 'a start before the slot', started({ at: 20 })],
    [window, 'a start at the very end of its time', started({ at: 60 })],
    [window, 'a retry after the slot', started({ at: 90, kind: 'again' })],
    [window, 'a release without a slot', release({ from: null, to: null })],
    [window, 'a release that is not on its way', release({ state: 'CANCELLED' })],
    [window, 'an installation in a back-out', taken({}, { operation: 'INSTALL' })],
    [taking, 'an installation in a back-out', taken({}, { operation: 'INSTALL' })],
    [taking, 'a check in a back-out', taken({}, { operation: 'VERIFY' })],
    [taking, 'a removal of what the release never put there', taken({}, { known: 0 })],
    [taking, 'a removal of what is returned', { ...taken({}, { known: 3 }), reports: undone }],
    [taking, 'a removal of what was removed', removed('REMOVE')],
    [taking, 'a removal from something critical without approval', { ...taken(), deeds: [] }],
    [window, 'a release on hold', release({ onHold: true })],
    [window, 'a blackout', started({ windows: [hours(45, 55)] })],
    [window, 'a look for drift in a blackout', looking({ windows: [hours(495, 505)] })],
    [window, 'an installation after the release is closed', looking({ operation: 'INSTALL' })],
    [
      end,
      'DEPLOYED though a check that was part of the delivery failed',
      claimed('DEPLOYED', [...RIGHT.reports, EDITED] as SafetyLog['reports']),
    ],
    [window, 'a blackout that comes back', again('FREQ=DAILY')],
    [window, 'a blackout that comes back once more', again('FREQ=DAILY;INTERVAL=3;COUNT=3')],
    [window, 'the time between change windows', again('FREQ=DAILY;INTERVAL=4', { kind: 'MAINTENANCE_WINDOW' })],
    [window, 'the time before a change window', started({ windows: [hours(60, 70, { kind: 'CHANGE_WINDOW' })] })],
    [step, 'a step that a release of its kind must not skip', made({ kind: 'MINOR' })],
    [
      step,
      'a step that something critical needs',
      made({ targets: [{ ciClass: 'SERVER', criticalities: ['LOW', 'HIGH'] }] }),
    ],
    [step, 'a step without its tasks', made({ tasks: [] })],
    [step, 'a step with an open task', made({ tasks: [...TEMPLATE.tasks, { step: 'TESTING', state: 'READY' }] })],
    [proof, 'a word', also(deed(60, 'oskar', 'targetExecutionReport', 'e', { input: { state: 'SUCCEEDED' } }))],
    [
      contributor,
      'a second author who authorises',
      also(
        deed(9, 'rob', 'changeUpdate', 'c', { input: { id: 'c', description: 'More.' } }),
        deed(10, 'rob', 'changeAuthorise', 'c'),
      ),
    ],
    [window, 'a waiver of another rule', started({ at: 20, waivers: [waiver('CI_CONFLICT')] })],
    [conflict, 'another work on the target', started({ others: [other] })],
    [conflict, 'its own release at work there', started({ beside: ['D-2'], waivers: [waiver('CI_CONFLICT', 'r')] })],
    [conflict, 'a waiver for another work', started({ others: [other], waivers: [waiver('CI_CONFLICT', 'z')] })],
    [change, 'no change', started({ changes: [] })],
    [
      change,
      'a change that is not authorised',
      started({ changes: [{ id: 'c', state: 'ASSESSED', targetIds: ['web'] }] }),
    ],
    [change, 'a change of something else', started({ changes: [{ id: 'c', state: 'SCHEDULED', targetIds: ['db'] }] })],
    [change, 'a target that is retired', distribution({ targets: [{ ...WEB, state: 'RETIRED' }] })],
    [
      change,
      'a target that has left the release',
      distribution({ targets: [WEB, { ...WEB, id: 'db', lifecycle: 'TEST' }] }),
    ],
    [media, 'media that were recalled', distribution({ media: [{ ...PORTAL, state: 'RECALLED' }] })],
    [media, 'bytes that nobody accepted', distribution({ media: [{ ...PORTAL, digest: 'xyz' }] })],
    [media, 'bytes that are not those on record', started({ received: ['xyz'] })],
    [pin, 'a version that was backed out', distribution({ pinned: ['portal on web'] })],
    [media, 'no test', except('taskComplete')],
    [
      media,
      'a test by the manager',
      { ...RIGHT, deeds: RIGHT.deeds.map((one) => (one.by === 'tess' ? { ...one, by: 'mona' } : one)) },
    ],
    [
      media,
      'a test by somebody who is no test manager',
      { ...RIGHT, deeds: RIGHT.deeds.map((one) => (one.by === 'tess' ? { ...one, roles: ['AUDITOR'] } : one)) },
    ],
    [
      approval,
      'a retry on a target that was judged anew',
      started({ kind: 'again', release: { ...START.release, targets: [{ ...WEB, criticality: 'LOW' }] } }),
    ],
    [approval, 'another owner', release({ ownerId: 'otto' })],
    [approval, 'another package', release({ media: [PORTAL, { ...PORTAL, id: 'ledger' }] })],
    [approval, 'a target that has become more critical', release({ targets: [{ ...WEB, criticality: 'HIGH' }] })],
    ['never an order that its tool has just refused', 'a preflight that blocks', started({ checked: 'block' })],
    [
      'never a start before the tasks that its plan puts first',
      'an open check',
      started({ tasksBefore: ['Check the room'] }),
    ],
    [
      'never more targets at a time than a limit allows',
      'one too many',
      started({ crowds: [{ name: 'ansible', limit: 2, atWork: 3 }] }),
    ],
    [
      'never other targets than those that were approved or scheduled',
      'a target that joined later',
      also(deed(9, 'olga', 'distributionApprove', 'd', { release: 'r', scope: SCOPE, targets: ['db'] })),
    ],
    [ownRetry, 'a retry that nobody planned', retried(0, true)],
    [ownRetry, 'a retry that cannot help', retried(1, false)],
    [enough, 'a success without a report', distributionClaimed([])],
    [enough, 'a success that nobody verified', distributionClaimed([{ ...ARRIVED, outcome: 'unverified' }])],
    [
      enough,
      'an operator who relaxes the policy',
      also(deed(9, 'oskar', 'distributionUpdate', 'd', { input: { outcomePolicy: 'AT_LEAST_PERCENT' }, runners: [] })),
    ],
    [contributor, 'an owner who wrote the plan', also(deed(6, 'olga', 'taskAdd', 't', { release: 'r' }))],
    [contributor, 'a requester who authorises', also(deed(9, 'rita', 'changeAuthorise', 'c'))],
    [contributor, 'a planner who approves', also(deed(9, 'oskar', 'distributionApprove', 'd', { release: 'r' }))],
    [
      contributor,
      'a librarian who authorises what he registered',
      also(deed(9, 'lara', 'dmlItemVersionAuthorise', 'portal')),
    ],
    [contributor, 'a manager who lets a rule pass', also(deed(9, 'mona', 'waiverGrant', 'v', { release: 'r' }))],
    [end, 'DEPLOYED without a report', claimed('DEPLOYED', [])],
    [end, 'DEPLOYED after it was undone', claimed('DEPLOYED', undone)],
    [end, 'FAILED though it arrived', claimed('FAILED')],
    [end, 'PARTIALLY_DEPLOYED though all of it arrived', claimed('PARTIALLY_DEPLOYED')],
    [end, 'BACKED_OUT with nothing undone', claimed('BACKED_OUT')],
    [end, 'a change UNSUCCESSFUL though all of it arrived', changeClaimed('UNSUCCESSFUL')],
  ])('sees that "%s" is broken by %s', (promise, _what, log) => {
    expect(broken(log)).toContain(promise);
  });

  test('is described, with every rule that is broken on purpose', () => {
    const text = readFileSync('docs/safety.md', 'utf8');
    const breaks = { ...BREAKS, ...MORE_BREAKS, ...FORGETFUL };
    expect([...Object.keys(PROMISES), ...Object.keys(breaks)].filter((name) => !text.includes(name))).toEqual([]);
    expect(Object.keys(breaks).length).toBeGreaterThanOrEqual(12);
    const known = Object.keys(PROMISES).filter(
      (promise) => !(promise in KEPT_BY_THE_COURSE) && !NOT_YET.some(({ found }) => found.test(promise)),
    );
    expect(Object.keys(KEPT_BY_THE_COURSE).filter((promise) => !(promise in PROMISES))).toEqual([]);
    expect(Object.values(breaks).map(({ promise }) => promise)).toEqual(expect.arrayContaining(known));
  });
});
