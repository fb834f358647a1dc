import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import type { TargetState } from '../../src/adapters/adapter.js';
import { cursorOf, judge, since, type Evidence, type Judgement, type Question } from '../../plugins/tcm/judgement.js';
import type { Order, Seen } from '../../plugins/tcm/order-book.js';
import type { Profile } from '../../plugins/tcm/profile-format.js';

const profileIn = (name: string) =>
  JSON.parse(readFileSync(new URL(`../simulators/tcm/${name}.profile.json`, import.meta.url), 'utf8')) as Profile;
const withLog = profileIn('distribution');
const transportOnly = profileIn('plan');
const START = new Date('2026-11-22T12:00:00Z').getTime();
const RUN = '1000000001.1';

const order = (...endpoints: string[]): Order => ({
  key: 'k',
  fingerprint: 'f',
  operation: 'install',
  label: 'k',
  package: { name: 'payroll', version: '4.0' },
  title: 'Payroll 4.0',
  targets: endpoints.map((endpoint) => ({ ciId: `ci-${endpoint}`, endpoint })),
  orderedAt: new Date(START).toISOString(),
});

interface Look {
  readonly transport?: Readonly<Record<string, readonly string[]>>;
  readonly log?: readonly (readonly [endpoint: string, result: string, id?: string, seconds?: number])[];
  readonly silent?: Readonly<Record<string, string>>;
  readonly whole?: boolean;
  readonly profile?: Profile;
  readonly before?: Readonly<Record<string, Seen>>;
  readonly seconds?: number;
  readonly cancelled?: boolean;
}

function lookAt(endpoints: readonly string[], look: Look): Judgement {
  const evidence: Evidence = {
    transport: new Map(
      Object.entries(look.transport ?? {}).map(([endpoint, states]) => [
        endpoint,
        states.map((state) => ({ endpoint, state })),
      ]),
    ),
    results: (look.log ?? []).map(([endpoint, state, id, seconds = 1]) => ({
      endpoint,
      state,
      id,
      at: new Date(START + seconds * 1_000).toISOString(),
    })),
    silent: new Map(Object.entries(look.silent ?? {})),
    whole: look.whole ?? true,
  };
  const question: Question = {
    profile: look.profile ?? transportOnly,
    order: order(...endpoints),
    runId: RUN,
    evidence,
    before: look.before ?? {},
    now: new Date(START + (look.seconds ?? 1) * 1_000),
    cancelled: look.cancelled ?? false,
  };
  return judge(question);
}

const stateOf = (look: Look) => lookAt(['web'], look).reports[0];

describe('a transport state', () => {
  test.each<[string, TargetState, complete: boolean]>([
    ['WAITING', 'pending', false],
    ['PAUSED', 'pending', false],
    ['SENDING', 'staging', false],
    ['RECEIVING', 'running', false],
    ['INTERRUPTED', 'unreachable', false],
    ['UNAVAILABLE', 'unreachable', false],
    ['SUCCESSFUL', 'succeeded', true],
    ['FAILED', 'failed', true],
    ['REJECTED', 'rejected', true],
    ['CANCELED', 'cancelled', true],
    ['EXPIRED', 'expired', true],
    ['Successful', 'unknown', false],
    ['constructor', 'unknown', false],
    ['WIBBLE (7)', 'unknown', false],
  ])('%s is %s, verbatim', (word, state, complete) => {
    const { reports, complete: ended } = lookAt(['web'], { transport: { web: [word] } });
    expect(reports).toMatchObject([{ ciId: 'ci-web', state, nativeStatus: word }]);
    expect(ended).toBe(complete);
  });

  test('of an endpoint that two gateways list is the furthest one, and an end beats every step', () => {
    expect(stateOf({ transport: { web: ['WAITING', 'SENDING', 'WAITING'] } })?.state).toBe('staging');
    expect(stateOf({ transport: { web: ['INTERRUPTED', 'SUCCESSFUL', 'WAITING'] } })?.state).toBe('succeeded');
    expect(stateOf({ transport: { web: ['WIBBLE', 'SUCCESSFUL'] } })?.state).toBe('succeeded');
    expect(stateOf({ transport: { web: ['WIBBLE', 'SENDING'] } })?.state).toBe('unknown');
  });

  test('that contradicts another end is unknown, with both words', () => {
    expect(stateOf({ transport: { web: ['FAILED', 'SUCCESSFUL', 'FAILED'] } })).toMatchObject({
      state: 'unknown',
      nativeStatus: 'FAILED / SUCCESSFUL',
    });
  });

  test('that was an end stays one when the product forgets the run, but nobody knowing may be resolved', () => {
    const ended = lookAt(['web'], { transport: { web: ['FAILED'] } });
    const later = lookAt(['web'], { before: ended.seen, seconds: 9 });
    expect(later.reports).toEqual(ended.reports);
    const odd = lookAt(['web'], { transport: { web: ['WIBBLE'] } });
    const resolved = lookAt(['web'], { before: odd.seen, transport: { web: ['SUCCESSFUL'] } });
    expect([odd.run.phase, resolved.reports[0]?.state, resolved.complete]).toEqual(['running', 'succeeded', true]);
  });
});

describe('a result in the log', () => {
  test('is needed for a success: the transport proves none', () => {
    const waiting = stateOf({ profile: withLog, transport: { web: ['SUCCESSFUL'] } });
    expect(waiting).toMatchObject({ state: 'running', nativeStatus: 'SUCCESSFUL', step: expect.stringMatching(/log/) });
  });

  test('decides, whatever the transport says', () => {
    const log = [['web', 'failure', RUN]] as const;
    expect(stateOf({ profile: withLog, transport: { web: ['SUCCESSFUL'] }, log })).toMatchObject({
      state: 'failed',
      nativeStatus: 'failure',
    });
    const before = lookAt(['web'], { profile: withLog, transport: { web: ['EXPIRED'] } });
    expect(before.reports[0]?.state).toBe('expired');
    const late = stateOf({ profile: withLog, before: before.seen, log: [['web', 'success', RUN]] });
    expect(late?.state).toBe('succeeded');
  });

  test('counts only for its run and its target', () => {
    const of = (...log: NonNullable<Look['log']>) => stateOf({ profile: withLog, log })?.state;
    expect(of(['web', 'success', '9.9'])).toBe('pending');
    expect(of(['web-2', 'success', RUN])).toBe('pending');
    expect(of(['web', 'success', undefined, -60])).toBe('pending');
    expect(of(['web', 'success', undefined, 5])).toBe('succeeded');
    expect(of(['web', 'failure', RUN], ['web', 'success', RUN])).toBe('succeeded');
    expect(of(['web', 'perhaps', RUN])).toBe('unknown');
  });

  test('that never comes leaves the target unknown once the patience of the profile is over', () => {
    const look = { profile: withLog, transport: { web: ['SUCCESSFUL'] } };
    const first = lookAt(['web'], look);
    const last = lookAt(['web'], { ...look, before: first.seen, seconds: 1 + withLog.patienceSeconds });
    expect(last).toMatchObject({
      complete: true,
      run: { phase: 'finished', outcome: 'unknown' },
      reports: [{ state: 'unknown', nativeStatus: 'SUCCESSFUL', reason: { code: 'NO_RESULT' } }],
    });
  });
});

describe('a silent product', () => {
  test('makes the endpoints of a gateway unreachable, except those that have ended', () => {
    const silent = { a: 'no answer', b: 'no answer' };
    const { reports } = lookAt(['a', 'b', 'c'], { transport: { a: ['FAILED'], c: ['SENDING'] }, silent });
    expect(reports.map(({ state, nativeStatus }) => [state, nativeStatus])).toEqual([
      ['failed', 'FAILED'],
      ['unreachable', 'no answer'],
      ['staging', 'SENDING'],
    ]);
  });

  test('about one endpoint means nothing while others are under way, or gateways are unread', () => {
    const after = (look: Look) => {
      const first = lookAt(['a', 'b'], look);
      return lookAt(['a', 'b'], { ...look, before: first.seen, seconds: 100 }).reports[1]?.state;
    };
    expect(after({ transport: { a: ['SENDING'] } })).toBe('pending');
    expect(after({ transport: { a: ['FAILED'] }, whole: false })).toBe('pending');
    expect(after({ transport: { a: ['FAILED'] } })).toBe('unknown');
  });
});

test.each<[string, Look, object]>([
  ['queued', { transport: { a: ['WAITING'], b: ['WAITING'] } }, { phase: 'queued' }],
  [
    'running',
    { transport: { a: ['WAITING'], b: ['SENDING'] } },
    { phase: 'running', nativeStatus: '1 WAITING, 1 SENDING' },
  ],
  ['paused', { transport: { a: ['PAUSED'], b: ['FAILED'] } }, { phase: 'paused' }],
  ['cancelling', { transport: { a: ['SENDING'], b: ['CANCELED'] }, cancelled: true }, { phase: 'cancelling' }],
  ['success', { transport: { a: ['SUCCESSFUL'], b: ['SUCCESSFUL'] } }, { phase: 'finished', outcome: 'success' }],
  ['failure', { transport: { a: ['SUCCESSFUL'], b: ['EXPIRED'] } }, { phase: 'finished', outcome: 'failure' }],
  ['cancel', { transport: { a: ['SUCCESSFUL'], b: ['CANCELED'] } }, { phase: 'finished', outcome: 'cancel' }],
])('a run is %s', (_name, look, run) => {
  expect(lookAt(['a', 'b'], look).run).toMatchObject(run);
});

test('a cursor gives what is new to its holder, and everything to a stranger', () => {
  const first = lookAt(['a', 'b'], { transport: { a: ['SENDING'], b: ['SENDING'] } }).reports;
  const second = lookAt(['a', 'b'], { transport: { a: ['SENDING'], b: ['FAILED'] } }).reports;
  expect(since(second, cursorOf(first))).toEqual([second[1]]);
  expect(since(second, cursorOf(second))).toEqual([]);
  expect(since(second, null)).toEqual(second);
  expect(since(second, 'of another version')).toEqual(second);
});
