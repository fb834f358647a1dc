import { execFileSync } from 'node:child_process';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { failureOf, startedFor, type Kind } from '../../plugins/tcm/runner.js';
import { quoted } from '../../plugins/tcm/shell.js';
import { runIdIn } from '../../plugins/tcm/submission.js';
import { argvOf, escapedXml, planText, safeName } from '../../plugins/tcm/templates.js';
import { errorTextOf, instantOf, queueOf, resultsOf } from '../../plugins/tcm/tivoli-output.js';

const withoutNul = fc.string({ unit: 'binary' }).map((text) => text.toWellFormed().replaceAll('\0', ''));

describe('what is sent', () => {
  test('reads back from a shell as it was, whatever it holds', () => {
    fc.assert(
      fc.property(fc.array(withoutNul, { minLength: 1, maxLength: 6 }), (words) => {
        const line = `printf '%s\\0' ${words.map(quoted).join(' ')}`;
        expect(execFileSync('sh', ['-c', line], { encoding: 'utf8' })).toBe(words.map((word) => `${word}\0`).join(''));
      }),
      { numRuns: 40, examples: [[["'", '"', '$(touch pwned)', '`x`', '\\', 'a\nb', '-rf', '', '!x', '*']]] },
    );
  });

  test.each(['-rf', '', 'a b', 'a;b', '$(x)', '../x', '@Endpoint:a', 'a\nb', 'ä', 'a'.repeat(201)])(
    'never has the name %j',
    (name) => {
      expect(() => safeName(name, 'endpoint')).toThrow(expect.objectContaining({ code: 'INVALID_ARGUMENT' }));
    },
  );

  test('has one argument for each target, and no placeholder is filled twice', () => {
    const argv = argvOf(
      { argv: ['x', '-D', 'label={label}', '{targets}'] },
      { label: '{targets}', targets: ['a', 'b'] },
    );
    expect(argv).toEqual(['x', '-D', 'label={targets}', 'a', 'b']);
    expect(() => argvOf({ argv: ['x', '{nobody}'] }, {})).toThrow('{nobody}');
  });

  test('is XML that says the same, whatever a title holds', () => {
    const decoded = (text: string) =>
      text.replace(/&(#?\w+);/gu, (_whole, name: string) =>
        name.startsWith('#')
          ? String.fromCodePoint(Number(name.slice(1)))
          : ({ amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" } as Record<string, string>)[name]!,
      );
    const codes = (value: string) => [...value].map((character) => character.codePointAt(0)!);
    const isHeld = (code: number) => (code < 32 ? [9, 10, 13].includes(code) : code !== 0xfffe && code !== 0xffff);
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const escaped = escapedXml(text);
        expect(escaped).not.toMatch(/[<>"']|&(?!#?\w+;)/u);
        expect(codes(escaped).filter((code) => code < 32)).toEqual([]);
        expect(codes(decoded(escaped))).toEqual(
          codes(text.toWellFormed()).map((code) => (isHeld(code) ? code : 0xfffd)),
        );
      }),
    );
    const document = {
      document: ['<p>', '{targets}', '{title}', '</p>'],
      target: ['<e>{endpoint}</e>', '<t>{target}</t>'],
    };
    expect(planText(document, { title: '{targets}]]>' }, ['a', 'b'])).toBe(
      '<p>\n<e>a</e>\n<t>@Endpoint:a</t>\n<e>b</e>\n<t>@Endpoint:b</t>\n{targets}]]&gt;\n</p>\n',
    );
  });

  test('goes to a shell as a constant text and arguments, here and over ssh', () => {
    const environmentScript = "/etc/it's/setup_env.sh";
    const constant = '. "$1" && shift && exec "$@"';
    expect(startedFor({ environmentScript }, ['prog', '$(x)'])).toEqual([
      ...['sh', '-c', constant, 'sh', environmentScript, 'prog', '$(x)'],
    ]);
    const runner = { type: 'ssh', host: 'tmr', user: 'tivoli', knownHostsFile: '/k' } as const;
    const remote = startedFor({ environmentScript, runner }, ['prog', '$(x)']);
    expect(remote.slice(-3)).toEqual([
      '--',
      'tmr',
      `'sh' '-c' '${constant}' 'sh' '/etc/it'\\''s/setup_env.sh' 'prog' '$(x)'`,
    ]);
    expect(remote).toEqual(expect.arrayContaining(['BatchMode=yes', 'StrictHostKeyChecking=yes', '-T']));
    const many = ['prog', ...Array.from({ length: 9_000 }, (_unused, n) => `@Endpoint:host-${n}`)];
    expect(() => startedFor({ environmentScript, runner }, many)).toThrow(
      expect.objectContaining({ code: 'INVALID_ARGUMENT' }),
    );
  });
});

describe('what is read', () => {
  test('is the queue of a gateway, in the proven form of its blocks and targets', () => {
    const text = [
      'noise before the first block',
      'Target: nobody   State: FAILED',
      '=== Distribution Information ===',
      'Distribution ID: 1.1',
      'Target: web 1   State: SENDING',
      '  Target: @Endpoint:web-2 State: INTERRUPTED (net)\r',
      '=== Distribution Information ===',
      'Distribution ID: 1.2',
      'Target: web-1 State: ',
      'Targets: 3 State: x',
      '=== Distribution Information ===',
      'Target: web-9 State: FAILED',
    ].join('\n');
    expect([...queueOf(text, '^Distribution ID: (?<id>\\S+)')]).toEqual([
      [
        '1.1',
        [
          { endpoint: 'web 1', state: 'SENDING' },
          { endpoint: 'web-2', state: 'INTERRUPTED (net)' },
        ],
      ],
      ['1.2', []],
    ]);
  });

  test.each([
    ['2026.03.29 01:30:00', 'Europe/Rome', '2026-03-29T00:30:00.000Z'],
    ['2026.03.29 03:30:00', 'Europe/Rome', '2026-03-29T01:30:00.000Z'],
    ['2026.07.01 12:00:00', 'America/New_York', '2026-07-01T16:00:00.000Z'],
    ['2026.02.30 12:00:00', 'UTC', undefined],
    ['2026-07-01 12:00:00', 'UTC', undefined],
    ['', 'UTC', undefined],
  ])('is a time: %j in %s', (text, zone, instant) => {
    expect(instantOf(text, zone)).toBe(instant);
  });

  test('is a result of the log, oldest first, and never a line that does not fit', () => {
    const line = '^(?<time>\\S+ \\S+) (?<id>\\S+) (?<target>\\S+) (?<result>\\S+)$';
    const text = '2026.07.01 12:00:00 1.1 @Endpoint:web-1 ok\nStarting web-2\n2026.07.01 12:00:01 1.1 web-2 bad\n';
    expect(resultsOf(text, line, 'UTC')).toEqual([
      { endpoint: 'web-1', state: 'ok', id: '1.1', at: '2026-07-01T12:00:00.000Z' },
      { endpoint: 'web-2', state: 'bad', id: '1.1', at: '2026-07-01T12:00:01.000Z' },
    ]);
  });

  test('is an error without its canned text', () => {
    expect(errorTextOf('ABC0001E No such\n  package.\n\nSummary of possible error conditions:\n(1) anything')).toBe(
      'ABC0001E No such package.',
    );
    expect(errorTextOf('Gone. Please refer to the manual')).toBe('Gone.');
    expect(errorTextOf('x'.repeat(900))).toHaveLength(501);
  });

  test.each([
    ['Accepted 1000000.1.', '1000000.1'],
    ['first line\nAccepted 7.7.', '7.7'],
    ['Accepted .', undefined],
    ['nothing', undefined],
  ])('is the id of a run: %j', (stdout, id) => {
    expect(runIdIn(stdout, '^Accepted (?<id>\\S+)\\.$')).toBe(id);
  });

  test('is no id that cannot be sent again', () => {
    expect(runIdIn('Accepted -rf.', '^Accepted (?<id>\\S+)\\.$')).toBeUndefined();
    expect(runIdIn('Accepted $(x).', '^Accepted (?<id>\\S+)\\.$')).toBeUndefined();
  });
});

describe('what a failure means', () => {
  const ran = (exitCode: number | null, stderr = '', more = {}) => ({ exitCode, stdout: '', stderr, ...more });
  const errors = [{ pattern: 'E0042', code: 'UNAVAILABLE' as const, source: 'test' }];
  test.each<[string, ReturnType<typeof ran>, boolean, string | undefined, string | undefined]>([
    ['exit 0', ran(0), false, undefined, undefined],
    ['any other exit', ran(1, 'E0001 no'), false, 'FAILED_PRECONDITION', 'FAILED_PRECONDITION'],
    ['a text that the profile knows', ran(1, 'E0042 busy'), false, 'UNAVAILABLE', 'UNAVAILABLE'],
    ['no program', ran(127, 'not found'), false, 'FAILED_PRECONDITION', 'FAILED_PRECONDITION'],
    ['a signal', ran(null), false, 'INTERNAL', 'OUTCOME_UNKNOWN'],
    ['a signal below the shell', ran(137), false, 'INTERNAL', 'OUTCOME_UNKNOWN'],
    ['no answer in time', ran(null, '', { timedOut: true }), false, 'DEADLINE_EXCEEDED', 'OUTCOME_UNKNOWN'],
    ['too much output', ran(null, '', { overflowed: true }), false, 'INTERNAL', 'OUTCOME_UNKNOWN'],
    ['a local 255', ran(255, 'E'), false, 'INTERNAL', 'OUTCOME_UNKNOWN'],
    [
      'ssh: refused',
      ran(255, 'ssh: connect to host a port 22: Connection refused'),
      true,
      'UNAVAILABLE',
      'UNAVAILABLE',
    ],
    ['ssh: no such user', ran(255, 'a: Permission denied (publickey).'), true, 'UNAUTHENTICATED', 'UNAUTHENTICATED'],
    ['ssh: other key', ran(255, 'Host key verification failed.'), true, 'FAILED_PRECONDITION', 'FAILED_PRECONDITION'],
    ['ssh: broken', ran(255, 'client_loop: send disconnect: Broken pipe'), true, 'UNAVAILABLE', 'OUTCOME_UNKNOWN'],
  ])('%s', (_name, end, remote, read, order) => {
    const codeOf = (kind: Kind) => failureOf(end, { kind, remote, errors })?.code;
    expect([codeOf('read'), codeOf('order')]).toEqual([read, order]);
  });
});
