import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { Journal } from '../../plugins/ssh/journal.js';
import { orderOf, type Order, type SshSettings } from '../../plugins/ssh/order.js';
import { assignments, quote, words } from '../../plugins/ssh/quote.js';
import { digestOf, obstacleIn, readAnswer, type Said } from '../../plugins/ssh/remote-answer.js';
import { jobScript } from '../../plugins/ssh/remote-job.js';
import { cancelScript, startScript, type Place } from '../../plugins/ssh/remote-scripts.js';
import { logOf, observationOf, readEvents } from '../../plugins/ssh/run-events.js';
import { RunFolder } from '../../plugins/ssh/run-store.js';
import { ssh } from '../../plugins/ssh/ssh.adapter.js';
import { clientSettings, copyFailure, rsyncCommand, silenceOf, sshCommand } from '../../plugins/ssh/ssh-client.js';
import { packageDigest, type DistributionRequest } from '../../src/adapters/adapter.js';
import { moduleProblems } from '../../src/adapters/module-loader.js';
import { compileSchema } from '../../src/adapters/schema-compiler.js';

const A = 'a'.repeat(64);
const B = 'b'.repeat(64);
const medium = (name: string, sha256 = A) => ({
  name,
  version: '1',
  sha256,
  size: 10,
  uri: 'file:///x',
  mediaType: 'text/plain',
});

const settings: SshSettings = {
  knownHostsFile: '/etc/interlock/known hosts',
  identityFile: '/etc/interlock/id',
  base: '/srv/app',
};

function request(change: Partial<DistributionRequest> = {}): DistributionRequest {
  return {
    key: 'DST-1-1',
    fingerprint: A,
    operation: 'install',
    release: { id: 'r', name: 'Shop', version: 'REL-1', changeIds: [] },
    package: { binding: {}, artifacts: [medium('shop.tgz')] },
    targets: [{ ciId: 'ci-1', name: 'web-1', binding: { host: 'web-1.example' } }],
    parameters: {},
    deadline: '2026-11-28T12:00:00.000Z',
    dryRun: false,
    actor: 'Dora',
    ...change,
  };
}

const order = (change: Partial<DistributionRequest> = {}, more: Partial<SshSettings> = {}): Order =>
  orderOf(request(change), { ...settings, ...more });

/** Random numbers that are the same in every run. */
function random(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

test('the module is well-formed', () => expect(moduleProblems(ssh)).toEqual([]));

describe('quoting', () => {
  const PIECES = [
    "'",
    '"',
    '\\',
    '$',
    '`',
    '$(id)',
    ' ',
    '\n',
    '\t',
    ';',
    '&',
    '|',
    '*',
    '~',
    '-rf',
    '!',
    '#',
    'é',
    '🚀',
  ];
  const next = random(20_261_128);
  const texts = Array.from({ length: 500 }, () =>
    Array.from({ length: next(12) }, () => PIECES[next(PIECES.length)] ?? '').join(''),
  );

  test('a real shell reads 500 random texts back as they were', () => {
    const script = `for word in ${words(texts)}; do printf '%s\\0' "$word"; done\n`;
    const read = execFileSync('sh', ['-s'], { input: script }).toString('utf8').split('\0');
    expect(read.slice(0, -1)).toEqual(texts);
  });

  test('values of variables arrive as they were', () => {
    const some = texts.slice(0, 50);
    const script = assignments(Object.fromEntries(some.map((text, n) => [`v${n}`, text])));
    const print = some.map((_text, n) => `printf '%s\\0' "$v${n}"\n`).join('');
    expect(
      execFileSync('sh', ['-s'], { input: script + print })
        .toString('utf8')
        .split('\0')
        .slice(0, -1),
    ).toEqual(some);
  });

  test('what no shell can hold is refused', () => expect(() => quote('a\0b')).toThrow(RangeError));
});

describe('what the schemas refuse', () => {
  const config = compileSchema(ssh.configSchema, 'The settings');
  const target = compileSchema(ssh.targetSchema, 'The target');
  const binding = compileSchema(ssh.packageSchema, 'The package');
  const parameters = compileSchema(ssh.parametersSchema ?? {}, 'The parameters');
  const file = { knownHostsFile: '/k' };

  test('settings', () => {
    expect(config({ ...file, identityFile: '/id', base: '/srv/app', user: 'deploy', port: 2222 })).toEqual([]);
    expect(config({ ...file, privateKey: { $secret: 'env:KEY' } })).toEqual([]);
    for (const bad of [
      file,
      { identityFile: '/id' },
      { ...file, identityFile: '/id', privateKey: { $secret: 'env:KEY' } },
      { ...file, privateKey: '-----BEGIN OPENSSH PRIVATE KEY-----' },
      { ...file, identityFile: '/id\n  ProxyCommand id' },
      { ...file, identityFile: '/home/%u/id' },
      { knownHostsFile: '/k" "/l', identityFile: '/id' },
      ...['relative', '/', '/srv/../etc', '/srv//app', '/srv/$HOME', '/srv/a b'].map((base) => ({
        ...file,
        identityFile: '/id',
        base,
      })),
    ])
      expect([bad, config(bad)]).not.toEqual([bad, []]);
  });

  test('targets', () => {
    for (const host of ['web-1.example', '10.0.0.1', '::1', 'WEB_1']) expect(target({ host })).toEqual([]);
    for (const bad of ['-oProxyCommand=id', 'a b', 'a;b', 'a\nb', '', 'a%h', '$(id)'])
      expect([bad, target({ host: bad })]).not.toEqual([bad, []]);
    expect(target({ host: 'a', user: '-l' })).not.toEqual([]);
  });

  test('packages and parameters', () => {
    expect(binding({ install: ['sh', 'install.sh', 'any $text; at all'], directory: 'shop' })).toEqual([]);
    for (const bad of [{ install: 'rm -rf /' }, { install: [] }, { directory: '..' }, { directory: 'a/b' }])
      expect([bad, binding(bad)]).not.toEqual([bad, []]);
    expect(parameters({ variables: { CHANNEL: 'any $text' } })).toEqual([]);
    for (const name of ['PATH', 'LD_PRELOAD', 'IFS', 'RELEASE_KEY', 'lower', 'A-B', 'BASH_ENV'])
      expect([name, parameters({ variables: { [name]: 'x' } })]).not.toEqual([name, []]);
  });
});

describe('an order', () => {
  test('is refused where a host could not tell what is meant', () => {
    const two = (a: object, b: object) => [
      { ciId: 'ci-1', name: 'one', binding: a },
      { ciId: 'ci-2', name: 'two', binding: b },
    ];
    const bad: [string, Partial<DistributionRequest>, RegExp][] = [
      ['no media', { package: { binding: {}, artifacts: [] } }, /no media/],
      ...['../x', 'a/b', '..', '', 'a\nb', 'a\\b'].map((name): [string, Partial<DistributionRequest>, RegExp] => [
        name,
        { package: { binding: {}, artifacts: [medium(name)] } },
        /name of a file/,
      ]),
      ['twice', { package: { binding: {}, artifacts: [medium('a', A), medium('a', B)] } }, /both named a/],
      ['one folder', { targets: two({ host: 'h' }, { host: 'h', port: 22 }) }, /same folder/],
      ['secret', { package: { binding: { secrets: ['DB'] }, artifacts: [medium('a')] } }, /secret DB/],
    ];
    for (const [what, change, message] of bad) {
      const refused = (): unknown => {
        try {
          return order(change);
        } catch (error) {
          return error;
        }
      };
      expect([what, refused()]).toEqual([
        what,
        expect.objectContaining({ code: 'INVALID_ARGUMENT', message: expect.stringMatching(message) }),
      ]);
    }
    expect(() => orderOf(request(), { ...settings, base: undefined })).toThrow(/no base/);
    expect(order({ targets: two({ host: 'h' }, { host: 'h', base: '/srv/b' }) }).targets).toHaveLength(2);
  });

  test('names its version by names and contents, in any order', () => {
    const ids = [
      [medium('a', A), medium('b', B)],
      [medium('b', B), medium('a', A)],
      [medium('a', B), medium('b', A)],
    ].map((artifacts) => order({ package: { binding: {}, artifacts } }).versionId);
    expect(ids[0]).toBe(ids[1]);
    expect(ids[2]).not.toBe(ids[0]);
  });

  test('takes the smaller number of hosts at a time', () => {
    expect(order({}, { maxParallel: 4 }).maxParallel).toBe(4);
    expect(order({ maxParallel: 2 }, { maxParallel: 4 }).maxParallel).toBe(2);
    expect(order({ maxParallel: 50 }, { maxParallel: 4 }).maxParallel).toBe(4);
  });
});

describe('calling ssh and rsync', () => {
  test('settings check the keys of hosts, ask nothing, and share no connection', () => {
    const text = clientSettings(order());
    for (const line of [
      'StrictHostKeyChecking yes',
      'UserKnownHostsFile "/etc/interlock/known hosts"',
      'GlobalKnownHostsFile /dev/null',
      'BatchMode yes',
      'ControlMaster no',
      'ControlPath none',
      'ConnectTimeout 10',
      'ServerAliveInterval 5',
      'IdentityFile "/etc/interlock/id"',
      'IdentitiesOnly yes',
    ])
      expect(text.split('\n').map((found) => found.trim())).toContain(line);
    const agent = clientSettings(order({}, { identityFile: undefined, privateKey: { $secret: 'env:KEY' } }));
    expect(agent).toContain('IdentityFile none');
    expect(agent).not.toContain('IdentitiesOnly');
  });

  test('arguments hold nothing of a binding but the folder, which the schema bounds', () => {
    expect(sshCommand(7)).toEqual(['ssh', '-F', 'ssh_config', 't7', 'exec sh -s']);
    const command = rsyncCommand(0, order(), '/srv/app', '/srv/app/.interlock/incoming/x');
    expect(command.at(-1)).toBe('t0:/srv/app/.interlock/incoming/x/');
    expect(command.join(' ')).not.toContain('web-1.example');
  });

  test('an exit code means nothing by itself, the words of ssh do', () => {
    const silent = (stderr: string, timedOut = false) => silenceOf(stderr, timedOut).code;
    expect(silent('@@@@\n@ WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED! @\nHost key verification failed.')).toBe(
      'HOST_KEY',
    );
    expect(silent('No ED25519 host key is known for [h]:22 and you have requested strict checking.')).toBe('HOST_KEY');
    expect(silent('u@h: Permission denied (publickey).')).toBe('AUTHENTICATION');
    expect(silent('sh: 1: cannot create /srv/x: Permission denied')).toBe('UNREACHABLE');
    expect(silent('ssh: connect to host h port 22: Connection refused')).toBe('UNREACHABLE');
    expect(silent('', true)).toBe('TIMEOUT');
    expect(silent('')).toBe('UNREACHABLE');
  });

  test('rsync tells a host that is away from one that cannot take the files', () => {
    expect(copyFailure(0, '', false)).toBeUndefined();
    expect(copyFailure(11, 'rsync: write failed: No space left on device (28)', false)?.code).toBe('NO_SPACE');
    expect(copyFailure(23, 'rsync: mkstemp: Permission denied (13)', false)?.code).toBe('COPY_FAILED');
    expect(copyFailure(127, "env: 'rsync': No such file or directory", false)?.message).toMatch(/no rsync/);
    expect(copyFailure(255, 'Connection refused', false)?.code).toBe('UNREACHABLE');
    expect(copyFailure(null, '', true)?.code).toBe('TIMEOUT');
  });
});

describe('scripts', () => {
  const place = (change: Partial<DistributionRequest> = {}): Place => {
    const made = order(change);
    return { order: made, target: made.targets[0] as Place['target'], nonce: 'n1' };
  };
  const hostile = `'; touch /pwned; echo '$(id)\n`;

  test('every one is a script that a shell can read, whatever texts are in it', () => {
    const binding = { install: ['sh', hostile], activate: [hostile], undo: [hostile], remove: [hostile] };
    const known = { offset: 0, step: '', ticks: 0 };
    for (const operation of ['install', 'undo', 'remove', 'commit'] as const) {
      const one = place({
        operation,
        release: { id: 'r', name: hostile, version: hostile, changeIds: [] },
        package: { binding, artifacts: [medium(`it's $HOME`)] },
        parameters: { variables: { NOTE: hostile } },
      });
      for (const script of [jobScript(one, ''), startScript(one, known, hostile), cancelScript(one, known)])
        expect(execFileSync('sh', ['-n'], { input: script }).toString()).toBe('');
    }
  });

  test('an answer counts only from its first to its last line', () => {
    const answer = (text: string) => readAnswer(Buffer.from(text), 'n1');
    const whole = answer(
      `Welcome!\nlog 3\nbegin n1\nstate ended\nrc OK all well\nsum ${A}  a b\nlog 4\n1\n2\n\nend n1\n`,
    );
    expect(whole).toMatchObject({ state: 'ended', rc: { code: 'OK', message: 'all well' } });
    expect([whole?.sums.get('a b'), whole?.log.toString()]).toEqual([A, '1\n2\n']);
    for (const broken of [
      '',
      'begin n1\nstate ended\nrc OK\n',
      'state ended\n\nend n1\n',
      'begin n1\nstate ended\n\nend n2\n',
      'begin n1\nstate ended\n\nend n1',
    ])
      expect([broken, answer(broken)]).toEqual([broken, undefined]);
    expect(answer('begin n1\nstate splendid\n\nend n1\n')?.state).toBe('lost');
  });

  test('digests count only when all of them were read', () => {
    const made = order({ package: { binding: {}, artifacts: [medium('a', A), medium('b', B)] } });
    expect(digestOf(made, new Map([['a', A]]))).toBeUndefined();
    expect(digestOf(made, new Map([...[['a', A]], ...[['b', B]]] as [string, string][]))).toBe(made.digest);
    const swapped = new Map([
      ['a', B],
      ['b', B],
    ]);
    expect(digestOf(made, swapped)).toBe(packageDigest([{ sha256: B }, { sha256: B }]));
  });

  test('what stands in the way of an order', () => {
    const said = { lacks: [], writable: true, foreign: false, versionThere: false, freeKib: 1 } as unknown as Said;
    expect(obstacleIn(order(), said)).toBeUndefined();
    expect(obstacleIn(order(), { ...said, lacks: ['rsync'] })).toMatch(/lacks rsync/);
    expect(obstacleIn(order(), { ...said, writable: false })).toMatch(/must not write/);
    expect(obstacleIn(order(), { ...said, foreign: true })).toMatch(/no symbolic link/);
    expect(obstacleIn(order(), { ...said, freeKib: 0 })).toMatch(/free space/);
    expect(obstacleIn(order(), { ...said, freeKib: 0, versionThere: true })).toBeUndefined();
  });
});

test('no part of a secret is written down, whatever other secret is a part of it', () => {
  const folder = mkdtempSync(join(tmpdir(), 'interlock-ssh-'));
  try {
    mkdirSync(join(folder, 'logs'));
    const key = ['-----BEGIN KEY-----', 'c2VjcmV0LXNlY3JldA==', 'AA==', ''].join('\n');
    const journal = new Journal(new RunFolder(folder), ['pass', "pass-it's-long", key]);
    journal.addLog(0, `1 pass-it's-long\n2 ${quote("pass-it's-long")}\n3 c2VjcmV0LXNlY3JldA== and more\n4 ${key}5\n`);
    const written = readFileSync(join(folder, 'logs', '0'), 'utf8');
    expect(written).toBe("1 [secret]\n2 '[secret]'\n3 [secret] and more\n4 [secret]5\n");
  } finally {
    rmSync(folder, { recursive: true });
  }
});

describe('events', () => {
  const report = (ciId: string, state: string) =>
    `${JSON.stringify({ report: { ciId, state, at: 't', nativeStatus: state, attempt: 1 } })}\n`;
  const facts = { targets: 2, cancelled: false, pollMs: 10 };

  test('an observation is what was added since the cursor; half a line is left for later', () => {
    const first = Buffer.from(report('a', 'running'));
    const seen = observationOf(Buffer.concat([first, Buffer.from('{"rep')]), null, facts);
    expect([seen.targets.length, seen.cursor, seen.complete]).toEqual([1, String(first.length), false]);
    const whole = Buffer.concat([first, Buffer.from(report('a', 'succeeded') + report('b', 'failed'))]);
    const next = observationOf(whole, seen.cursor, facts);
    expect(next.targets.map(({ ciId, state }) => [ciId, state])).toEqual([
      ['a', 'succeeded'],
      ['b', 'failed'],
    ]);
    expect(observationOf(whole, next.cursor, facts).targets).toEqual([]);
    expect(observationOf(whole, 'nonsense', facts).targets).toHaveLength(3);
    expect(observationOf(whole, '999999', facts).targets).toHaveLength(3);
  });

  test.each([
    [['succeeded', 'succeeded'], 'success'],
    [['succeeded', 'failed'], 'failure'],
    [['cancelled', 'failed'], 'cancel'],
    [['succeeded', 'unknown'], 'unknown'],
  ])('the outcome of %j is %s', (states, outcome) => {
    const end = '{"end":{"at":"t","message":"over"}}\n';
    const file = Buffer.from(states.map((state, n) => report(`ci-${n}`, state)).join('') + end);
    const seen = observationOf(file, null, facts);
    expect([seen.complete, seen.run.phase, seen.run.outcome]).toEqual([true, 'finished', outcome]);
    expect(logOf(readEvents(file).events).split('\n')).toHaveLength(4);
  });
});
