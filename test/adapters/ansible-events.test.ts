import { describe, expect, test } from '@jest/globals';
import { eventsIn, RunHistory, type RunEvent } from '../../plugins/ansible/events.js';
import { verdictOf } from '../../plugins/ansible/rehearsal.js';
import { proofOf, type Proof } from '../../plugins/ansible/verdict.js';

const AT = '2026-11-28T10:00:00Z';
const FINE = { ok: 2, changed: 1, unreachable: 0, failures: 0, skipped: 0, rescued: 0, ignored: 0 };
const proof: Proof = { key: 'K-1', dryRun: false, digests: ['a', 'b'], packageDigest: 'p' };

type Said = RunEvent extends infer E ? (E extends RunEvent ? Omit<E, 'at'> : never) : never;

const both = ['one', 'two'];
const batch = { ev: 'batch', hosts: both } as const;
const begin = { ev: 'begin' } as const;
const start = (host: string, task = 'install') => ({ ev: 'start', host, task }) as const;
const ok = (host: string, task = 'install') => ({ ev: 'ok', host, task, changed: true }) as const;
const failed = (host: string, more = {}) =>
  ({ ev: 'failed', host, task: 'install', msg: 'broken', ignored: false, ...more }) as const;
const gone = (host: string, msg: string) =>
  ({ ev: 'unreachable', host, task: 'install', msg, ignored: false }) as const;
const end = (host: string, key = 'K-1', digests = ['b', 'a']) => ({ ev: 'end', host, key, digests }) as const;
const stats = (host: string, more = {}) => ({ ev: 'stats', host, ...FINE, ...more }) as const;
const exit = (rc: number | null, more = {}) =>
  ({ ev: 'exit', hosts: both, rc, played: true, why: null, ...more }) as const;

/** The end of both targets after some events. */
function endOf(events: readonly Said[], isLost = false): string[] {
  const history = new RunHistory(
    new Map([
      ['one', 'ci-1'],
      ['two', 'ci-2'],
    ]),
    proof,
    AT,
  );
  events.forEach((event, index) => history.add({ at: AT, ...event } as RunEvent, index + 1));
  return history
    .reports(-1, isLost)
    .map(({ state, reason, verifiedSha256 }) => [state, reason?.code ?? verifiedSha256 ?? ''].join(' ').trim());
}

const done = (host: string) => [start(host), ok(host), start(host, 'End marker'), ok(host, 'End marker'), end(host)];

describe('what becomes of a target', () => {
  test.each<[string, readonly Said[], readonly string[]]>([
    [
      'all reached their end',
      [batch, begin, ...done('one'), ...done('two'), stats('one'), stats('two'), exit(0)],
      ['succeeded p', 'succeeded p'],
    ],
    [
      'one failed',
      [batch, begin, ...done('one'), start('two'), failed('two'), stats('one'), stats('two', { failures: 1 }), exit(2)],
      ['succeeded p', 'failed TASK_FAILED'],
    ],
    [
      'exit 4 for one that failed and one that was unreachable: the code tells them not apart',
      [
        batch,
        begin,
        start('one'),
        failed('one', { code: 'DIGEST_MISMATCH' }),
        start('two'),
        gone('two', 'Failed to connect to the host via ssh: ssh: connect to host 10.0.0.2 port 22: Connection refused'),
        stats('one', { failures: 1 }),
        stats('two', { unreachable: 1 }),
        exit(4),
      ],
      ['failed DIGEST_MISMATCH', 'failed UNREACHABLE'],
    ],
    [
      'exit 4 for a playbook that Ansible cannot read',
      [batch, exit(4, { played: false })],
      ['skipped NOT_ATTEMPTED', 'skipped NOT_ATTEMPTED'],
    ],
    [
      'exit 0 with nothing done, as with a missing inventory',
      [batch, begin, { ev: 'finish' }, exit(0)],
      ['skipped NOT_ATTEMPTED', 'skipped NOT_ATTEMPTED'],
    ],
    ['exit 0 without a word from the callback plugin', [batch, exit(0)], ['unknown NO_EVENTS', 'unknown NO_EVENTS']],
    [
      'a missing end marker',
      [batch, begin, ...done('one'), start('two'), ok('two'), stats('one'), stats('two'), exit(0)],
      ['succeeded p', 'unknown NO_END_MARKER'],
    ],
    [
      'the end marker of another run',
      [batch, begin, ...done('one'), start('two'), ok('two'), end('two', 'K-0'), stats('one'), stats('two'), exit(0)],
      ['succeeded p', 'unknown NO_END_MARKER'],
    ],
    [
      'any_errors_fatal: no failure on the other one, whose later tasks never ran',
      [
        batch,
        begin,
        start('one'),
        ok('one'),
        start('two'),
        failed('two'),
        stats('one'),
        stats('two', { failures: 1 }),
        exit(2),
      ],
      ['unknown NO_END_MARKER', 'failed TASK_FAILED'],
    ],
    [
      'a failure that was rescued, and one that was ignored',
      [
        batch,
        begin,
        start('one'),
        failed('one'),
        ...done('one'),
        start('two'),
        failed('two', { ignored: true }),
        ...done('two'),
        stats('one', { rescued: 1 }),
        stats('two', { ignored: 1 }),
        exit(0),
      ],
      ['succeeded p', 'succeeded p'],
    ],
    [
      'cut off in the middle of a task, which may have gone on',
      [
        batch,
        begin,
        ...done('one'),
        start('two'),
        gone('two', 'Failed to connect to the host via ssh: Shared connection to 10.0.0.2 closed.'),
        stats('one'),
        stats('two', { unreachable: 1 }),
        exit(4),
      ],
      ['succeeded p', 'unknown CONNECTION_LOST'],
    ],
    [
      'a host with another key, and a name that nobody knows: nobody logged in',
      [
        batch,
        begin,
        start('one'),
        gone('one', 'Failed to connect to the host via ssh: Host key verification failed.'),
        start('two'),
        gone('two', 'Failed to connect to the host via ssh: ssh: Could not resolve hostname two'),
        stats('one', { unreachable: 1 }),
        stats('two', { unreachable: 1 }),
        exit(4),
      ],
      ['failed HOST_KEY', 'failed UNREACHABLE'],
    ],
    [
      'other files than those that were sent',
      [
        batch,
        begin,
        ...done('one'),
        ...done('two'),
        end('two', 'K-1', ['a', 'c']),
        stats('one'),
        stats('two'),
        exit(0),
      ],
      ['succeeded p', 'failed DIGEST_MISMATCH'],
    ],
    [
      'a cancel in the middle: work that goes on, and work that never began',
      [batch, begin, start('one'), exit(143, { why: 'cancelled' })],
      ['unknown INTERRUPTED', 'cancelled CANCELLED'],
    ],
    [
      'a deadline in the middle',
      [batch, begin, start('one'), exit(143, { why: 'expired' })],
      ['unknown INTERRUPTED', 'expired DEADLINE'],
    ],
    [
      'an end in the middle, right after the end marker',
      [batch, begin, ...done('one'), ...done('two'), start('two', 'more'), exit(-9)],
      ['succeeded p', 'unknown INTERRUPTED'],
    ],
    [
      'groups, of which the second was not begun after a failure',
      [
        { ev: 'batch', hosts: ['one'] },
        begin,
        start('one'),
        failed('one'),
        stats('one', { failures: 1 }),
        exit(2, { hosts: ['one'] }),
        { ev: 'stop', why: 'stopped', hosts: ['two'] },
      ],
      ['failed TASK_FAILED', 'skipped STOPPED'],
    ],
    [
      'a playbook that turns to a host that nobody asked for',
      [batch, begin, start('one'), ok('one'), { ev: 'foreign', hosts: ['db'], task: 't' }, exit(97)],
      ['unknown OTHER_HOSTS', 'skipped OTHER_HOSTS'],
    ],
  ])('%s', (_name, events, expected) => expect(endOf(events)).toEqual(expected));

  test('is unknown where the process that watched Ansible died, unless the end marker was the last word', () => {
    const events = [batch, begin, ...done('one'), start('two')];
    expect(endOf(events, true)).toEqual(['succeeded p', 'unknown INTERRUPTED']);
    expect(endOf([batch], true)).toEqual(['unknown LOST', 'unknown LOST']);
    expect(endOf([{ ev: 'batch', hosts: ['one'] }], true)).toEqual(['unknown LOST', 'skipped NOT_ATTEMPTED']);
  });

  test('is no end while Ansible runs, and stays what it was afterwards', () => {
    const failing = [batch, begin, start('one'), failed('one'), start('two'), gone('two', 'away')];
    expect(endOf(failing)).toEqual(['running', 'unreachable']);
    expect(endOf([batch, begin, ...done('one'), ...done('two')])).toEqual(['running', 'running']);
    const over = [...failing, stats('one', { failures: 1 }), exit(2)];
    expect(endOf([...over, start('one', 'of a process that outlived its run')])).toEqual(endOf(over));
  });

  test('is told once for each cursor', () => {
    const history = new RunHistory(
      new Map([
        ['one', 'ci-1'],
        ['two', 'ci-2'],
      ]),
      proof,
      AT,
    );
    history.add({ at: AT, ...batch }, 10);
    history.add({ at: AT, ...start('two') }, 20);
    expect(history.reports(-1).map(({ ciId }) => ciId)).toEqual(['ci-1', 'ci-2']);
    expect(history.reports(10)).toMatchObject([
      { ciId: 'ci-2', state: 'running', step: 'install', nativeStatus: 'RUNNING' },
    ]);
    expect(history.reports(20)).toEqual([]);
  });
});

describe('proof', () => {
  const artifacts = [
    { name: 'site.yml', sha256: 'c' },
    { name: 'b', sha256: 'b' },
    { name: 'a', sha256: 'a' },
  ];
  const request = { key: 'K-1', operation: 'install', dryRun: false, package: { artifacts } };

  test('is the digests of all files but the playbook; after a removal or a rehearsal there are none', () => {
    expect(proofOf(request, 'site.yml')).toMatchObject({ key: 'K-1', digests: ['a', 'b'] });
    expect(proofOf(request).digests).toEqual(['a', 'b', 'c']);
    for (const other of [{ operation: 'undo' }, { operation: 'remove' }, { dryRun: true }])
      expect(proofOf({ ...request, ...other })).not.toHaveProperty('packageDigest');
  });
});

describe('lines', () => {
  test('that are torn or odd are left out, and positions are bytes', () => {
    const text = '{"ev":"begin","at":"ä"}\n{"ev":\nnull\n{"ev":"finish","at":"x"}\n{"ev":"begi';
    expect(eventsIn(text)).toEqual([
      { event: { ev: 'begin', at: 'ä' }, bytes: 25 },
      { event: { ev: 'finish', at: 'x' }, bytes: 62 },
    ]);
  });
});

test('a rehearsal warns and never blocks a target', () => {
  const report = { ciId: 'ci-1', nativeStatus: '', at: AT, attempt: 1 } as const;
  expect(verdictOf({ ...report, state: 'succeeded' })).toEqual({ ciId: 'ci-1', verdict: 'ok' });
  const reason = { code: 'UNREACHABLE', message: 'refused', retryable: true };
  expect(verdictOf({ ...report, state: 'failed', reason })).toEqual({
    ciId: 'ci-1',
    verdict: 'warn',
    message: 'UNREACHABLE: refused',
  });
});
