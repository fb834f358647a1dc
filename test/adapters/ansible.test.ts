import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { aliasesOf, batchesOf, dataYaml, inventoryOf } from '../../plugins/ansible/inventory.js';
import { ansibleCfg, argumentsOf, filesOf, playOf, variablesOf } from '../../plugins/ansible/order.js';
import { RunFolders } from '../../plugins/ansible/run-folder.js';
import {
  configSchema,
  packageSchema,
  parametersSchema,
  targetSchema,
  type PackageBinding,
  type Settings,
  type TargetBinding,
} from '../../plugins/ansible/settings.js';
import { errorIn, listedHosts } from '../../plugins/ansible/staging.js';
import { type DistributionRequest, isAdapterError } from '../../src/adapters/adapter.js';
import { createSafeSpawn } from '../../src/adapters/safe-spawn.js';
import { compileSchema } from '../../src/adapters/schema-compiler.js';

const SHA = 'a'.repeat(64);
const settings: Settings = { knownHostsFile: '/etc/ssh/known hosts', playbookDir: '/srv/playbooks' };
const places = { run: '/work/runs/K-1', control: '/work/control', playbook: '/work/control/deliver.yml' };
const file = { name: 'payroll.tgz', version: '4', sha256: SHA, size: 3, uri: 'file:///media/a', mediaType: 'x/y' };

interface Change {
  readonly binding?: PackageBinding;
  readonly targets?: readonly { readonly name: string; readonly binding: TargetBinding }[];
  readonly artifacts?: readonly (typeof file)[];
}

function request(
  { binding = { directory: '/srv' }, targets, artifacts = [file] }: Change = {},
  more: Partial<DistributionRequest> = {},
): DistributionRequest {
  return {
    key: 'K-1',
    fingerprint: SHA,
    operation: 'install',
    release: { id: 'r', name: 'Payroll 4', version: 'R-1', changeIds: [] },
    package: { binding, artifacts },
    targets: (targets ?? [{ name: 'web-1', binding: { host: '10.0.0.1' } }]).map((target, index) => ({
      ciId: `ci-${index}`,
      ...target,
    })),
    parameters: {},
    deadline: '2026-11-28T12:00:00Z',
    dryRun: false,
    actor: 'Olga',
    ...more,
  };
}

/** The code with which something is refused. */
function codeOf(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    return isAdapterError(error) ? error.code : String(error);
  }
  return 'not refused';
}

describe('the inventory', () => {
  test('names each target once, and none so that Ansible makes something of it', () => {
    const names = ['web', 'web', 'a,b=c', '{{7*7}}', '-rf', 'localhost', 'all', '漢字', '../../etc'];
    const targets = names.map((name, index) => ({ ciId: String(index), name, binding: { host: 'h' } }));
    expect(aliasesOf(targets)).toEqual([
      'web',
      'web-2',
      'a-b-c',
      '7-7',
      'rf',
      'localhost-host',
      'all-host',
      'host',
      'etc',
    ]);
    const aliased = [{ ciId: '1', name: 'Web server', binding: { host: 'h', alias: 'web.example' } }];
    expect(aliasesOf(aliased)).toEqual(['web.example']);
  });

  test('holds the requested hosts and what their bindings say, and nothing else', () => {
    const binding = { host: '10.0.0.1', port: 2222, become: true, directory: '/srv/a', variables: { ring: 2 } };
    const hosts = new Map([['web', { ciId: '1', name: 'web', binding }]]);
    expect(inventoryOf(hosts, { ...settings, user: 'deploy' })).toBe(
      '{"all": {"hosts": {"web": {"ring": 2, "ansible_host": !unsafe "10.0.0.1", "ansible_port": 2222, ' +
        '"ansible_python_interpreter": !unsafe "auto_silent", "ansible_user": !unsafe "deploy", ' +
        '"ansible_become": true, "interlock_directory": !unsafe "/srv/a"}}}}\n',
    );
  });

  test('texts are data: no template in them is evaluated, and every character survives', () => {
    expect(dataYaml({ a: ['{{ 7*7 }}', 1, true, null] })).toBe('{"a": [!unsafe "{{ 7*7 }}", 1, true, null]}');
    expect(dataYaml('"\\\n\u0085🚀\ud800')).toBe('!unsafe "\\"\\\\\\U0000000a\\U00000085\\U0001f680\\uFFFD"');
  });

  test('is divided where the number at a time, or of failures, is limited', () => {
    const five = ['a', 'b', 'c', 'd', 'e'];
    expect(batchesOf(five, {}, 2)).toEqual([five]);
    expect(batchesOf(five, { maxParallel: 2 }, 5)).toEqual([['a', 'b'], ['c', 'd'], ['e']]);
    expect(batchesOf(five, { stopAfterFailures: 1 }, 4)).toEqual([['a', 'b', 'c', 'd'], ['e']]);
  });
});

describe('the playbook', () => {
  test('is the built-in one unless the package names one', () => {
    expect(playOf(request(), settings)).toEqual({ kind: 'built-in', delivery: 'by-value' });
    const own = { playbook: 'pay/site.yml', operations: { undo: { tags: ['undo'] }, remove: { playbook: 'r.yml' } } };
    const play = (operation: 'install' | 'undo' | 'remove') =>
      playOf(request({ binding: own }, { operation }), settings);
    expect(play('install')).toEqual({ kind: 'own', path: 'pay/site.yml', tags: [], skipTags: [] });
    expect(play('undo')).toMatchObject({ path: 'pay/site.yml', tags: ['undo'] });
    expect(play('remove')).toMatchObject({ path: 'r.yml' });
  });

  const shipped = { binding: { playbookArtifact: 'site.yml' } };
  const noHome = { binding: {}, targets: [{ name: 'web', binding: { host: 'h' } }] };
  test.each([
    ['an operation that the package does not name', { binding: { playbook: 'a.yml' } }, 'verify', 'UNIMPLEMENTED'],
    ['a path out of the folder', { binding: { playbook: 'a/../../x.yml' } }, 'install', 'INVALID_ARGUMENT'],
    ['a playbook in the package, which is not allowed', shipped, 'install', 'FAILED_PRECONDITION'],
    ['no directory to deliver to', noHome, 'install', 'INVALID_ARGUMENT'],
    ['nothing to deliver', { artifacts: [] }, 'install', 'INVALID_ARGUMENT'],
    ['two files of one name', { artifacts: [file, file] }, 'install', 'INVALID_ARGUMENT'],
    ['a file name with a path', { artifacts: [{ ...file, name: '../x' }] }, 'install', 'INVALID_ARGUMENT'],
    [
      'a host that shall fetch a file of this machine',
      { binding: { directory: '/srv', delivery: 'by-reference' as const } },
      'install',
      'FAILED_PRECONDITION',
    ],
  ] as const)('is refused: %s', (_name, change, operation, code) => {
    expect(codeOf(() => playOf(request(change, { operation }), settings))).toBe(code);
  });

  test('is refused: one below a folder that the tool does not have, and one that the package does not bring', () => {
    const named = request({ binding: { playbook: 'a.yml' } });
    expect(codeOf(() => playOf(named, { knownHostsFile: '/k' }))).toBe('FAILED_PRECONDITION');
    const allowed = { ...settings, allowShippedPlaybooks: true };
    expect(codeOf(() => playOf(request(shipped), allowed))).toBe('INVALID_ARGUMENT');
    const brought = request({ ...shipped, artifacts: [file, { ...file, name: 'site.yml' }] });
    expect(playOf(brought, allowed)).toMatchObject({ kind: 'shipped', artifact: { name: 'site.yml' } });
    const variables = variablesOf(brought, allowed, playOf(brought, allowed), places);
    expect([variables.includes('payroll.tgz'), variables.includes('site.yml')]).toEqual([true, false]);
  });

  test('hosts are read from what Ansible lists, errors from what it prints', () => {
    const output = 'playbook: p.yml\n\n  play #1 (all): x\tTAGS: []\n    hosts (2):\n      web-1\n      localhost\n';
    expect(listedHosts(output)).toEqual(['web-1', 'localhost']);
    expect(errorIn('noise\nERROR! no action\n  detected in task.\n')).toBe('ERROR! no action detected in task.');
    expect(errorIn('first\nlast\n')).toBe('last');
  });
});

describe('what Ansible is told', () => {
  const secrets = {
    privateKey: { $secret: 'env:KEY' },
    becomePassword: { $secret: 'env:BECOME' },
    vaultPassword: { $secret: 'env:VAULT' },
    mediaToken: { $secret: 'env:TOKEN' },
  } as const;

  test('secrets are named as files only', () => {
    const play = playOf(request(), settings);
    expect(argumentsOf(request({}, { maxParallel: 3 }), { ...settings, ...secrets }, play, '/p.yml')).toEqual(
      (
        '-e @vars.yml -e @secrets/media.yml --private-key secrets/key --become-password-file secrets/become ' +
        '--vault-password-file secrets/vault --forks 3 /p.yml'
      ).split(' '),
    );
  });

  test('tags, and --check for a rehearsal', () => {
    const binding = { playbook: 'a.yml', operations: { install: { tags: ['a', 'b'], skipTags: ['c'] } } };
    const asked = request({ binding }, { dryRun: true });
    const args = argumentsOf(asked, settings, playOf(asked, settings), '/p.yml');
    expect(args.join(' ')).toBe('-e @vars.yml --forks 5 --check --tags a,b --skip-tags c /p.yml');
  });

  test('host keys are checked against the file of the settings, and a dead link is noticed', () => {
    const cfg = ansibleCfg(settings, places, true);
    for (const option of [
      '-F /dev/null',
      'StrictHostKeyChecking=yes',
      `-o 'UserKnownHostsFile="/etc/ssh/known hosts"'`,
      'ServerAliveInterval=5',
      'ControlMaster=auto',
    ])
      expect(cfg).toContain(option);
    expect(ansibleCfg(settings, places, false)).toContain('ControlMaster=no');
  });

  test('no playbook can act on this machine by its connection, unless that is allowed', () => {
    const [asked, play] = [request(), playOf(request(), settings)];
    expect(variablesOf(asked, settings, play, places)).toContain('"ansible_connection": !unsafe "ssh"');
    const allowed = { ...settings, allowControlNode: true };
    expect(variablesOf(asked, allowed, play, places)).not.toContain('ansible_connection');
    expect(filesOf(asked, allowed, play, places).order.alsoAllowed).toContain('localhost');
    expect(filesOf(asked, settings, play, places).order.alsoAllowed).toEqual([]);
  });

  test('each group of targets has an inventory of its own', () => {
    const targets = ['a', 'b', 'c'].map((name) => ({ name, binding: { host: name } }));
    const asked = request({ binding: { directory: '/srv' }, targets }, { maxParallel: 2, stopAfterFailures: 1 });
    const { files, order } = filesOf(asked, settings, playOf(asked, settings), places);
    expect(order).toMatchObject({ batches: [['a', 'b'], ['c']], stopAfterFailures: 1 });
    expect([files['inventory-0.yml']?.includes('"c"'), files['inventory-1.yml']?.includes('"c"')]).toEqual([
      false,
      true,
    ]);
  });
});

test('what ssh says is not lost when it ends before it has taken its input', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'interlock-ansible-'));
  try {
    writeFileSync(join(folder, 'ssh'), '#!/bin/sh\nexec <&-\necho "Connection refused" >&2\nexit 255\n', {
      mode: 0o755,
    });
    const child = spawn('plugins/ansible/control/ssh', ['host'], { env: { PATH: `${folder}:/usr/bin:/bin` } });
    const problems: Error[] = [];
    child.stdin.on('error', (error) => problems.push(error));
    const [said] = (await once(child.stderr, 'data')) as [Buffer];
    // More than a pipe holds.
    child.stdin.end(Buffer.alloc(1_000_000));
    const [code] = (await once(child, 'exit')) as [number];
    expect([String(said), code, problems]).toEqual(['Connection refused\n', 255, []]);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('what was prepared and never started does not keep its secrets for ever', async () => {
  const workDir = mkdtempSync(join(tmpdir(), 'interlock-ansible-'));
  try {
    const folders = new RunFolders(workDir);
    const prepared = async (key?: string): Promise<string> => {
      const staged = await folders.stage();
      writeFileSync(staged.at('run.json'), '{}');
      if (key === undefined) return staged.path;
      await folders.publish(staged, key);
      return folders.of(key).path;
    };
    const paths = [await prepared(), await prepared('K-1'), await prepared(), await prepared('K-2')];
    for (const old of paths.slice(0, 2)) utimesSync(old, 0, 0);
    await folders.sweep(createSafeSpawn({}), new Date());
    expect(paths.map((path) => existsSync(path))).toEqual([false, false, true, true]);
    expect(readdirSync(join(workDir, 'runs'))).toEqual(['K-2']);
  } finally {
    rmSync(workDir, { recursive: true });
  }
});

describe('schemas', () => {
  test.each([
    [
      'settings',
      configSchema,
      { knownHostsFile: '/k', variables: ['ring'] },
      [
        {},
        { knownHostsFile: 'k' },
        { knownHostsFile: '/k"' },
        { knownHostsFile: '/k', becomePassword: 'plain' },
        { knownHostsFile: '/k', variables: ['ansible_host'] },
        { knownHostsFile: '/k', variables: ['interlock'] },
      ],
    ],
    [
      'target',
      targetSchema,
      { host: '2001:db8::1', port: 22, variables: { ring: 'x' } },
      [
        {},
        { host: '-oProxyCommand=x' },
        { host: 'a b' },
        { host: 'h', user: '-x' },
        { host: 'h', connection: 'local' },
        { host: 'h', variables: { ansible_connection: 'local' } },
        { host: 'h', variables: { x: { y: 1 } } },
        { host: 'h', remoteTmp: '/a/%d' },
      ],
    ],
    [
      'package',
      packageSchema,
      { playbook: 'a/b.yml', operations: { undo: {} } },
      [
        { playbook: '/a.yml' },
        { playbook: '../a.yml' },
        { playbook: 'a.yml', playbookArtifact: 'b.yml' },
        { playbook: 'a.sh' },
        { operations: { commit: {} } },
        { operations: { undo: { tags: ['-x'] } } },
        { delivery: 'prestaged' },
      ],
    ],
    [
      'parameters',
      parametersSchema({ variables: ['ring'] }),
      { variables: { ring: { a: [1] } } },
      [{ variables: { other: 1 } }, { tags: [] }],
    ],
    ['parameters of a tool that allows none', parametersSchema(), {}, [{ variables: { ring: 1 } }]],
  ] as const)('%s', (name, schema, good, bad) => {
    const check = compileSchema(schema, name);
    expect(check(good)).toEqual([]);
    expect(bad.filter((value) => check(value).length === 0)).toEqual([]);
  });
});
