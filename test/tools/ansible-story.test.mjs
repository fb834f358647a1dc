// Releases through a whole server to real hosts by Ansible, and back.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { startEstate, whyNoAnsible } from './support/ansible-estate.mjs';
import { startInterlock } from './support/server.mjs';

const skip = whyNoAnsible();
const COUNT = 5;
let estate;
let folder;
let interlock;
let story;
let until;
let cis;

before(async () => {
  if (skip) return;
  estate = await startEstate({ count: COUNT });
  folder = mkdtempSync(join(tmpdir(), 'interlock-ansible-'));
  writeFileSync(join(folder, 'become'), 'correct-"horse"-battery-staple');
  // A Python that does not come back while the file `stall` is there.
  const python = join(folder, 'python');
  const script = `#!/bin/sh\npython3 "$@"\nwhile [ -e ${join(folder, 'stall')} ]; do sleep 0.05; done\n`;
  writeFileSync(python, script, { mode: 0o755 });
  const becomePassword = { $secret: `file:${join(folder, 'become')}` };
  const tool = { name: 'farm', adapter: 'ansible', config: { ...estate.config, becomePassword, python } };
  writeFileSync(join(folder, 'tools.json'), JSON.stringify({ tools: [tool] }));
  interlock = await startInterlock({ INTERLOCK_TOOLS: join(folder, 'tools.json'), LOG_LEVEL: 'debug' });
  const { tell } = await import('./support/story.mjs');
  ({ until } = await import('./support/hosted-adapter.mjs'));
  story = await tell(interlock, 'farm');
  cis = [];
  for (const host of estate.all) cis.push(await story.ci(host.name, estate.binding(host)));
});
after(async () => {
  await story?.close();
  await interlock?.end();
  await estate?.end();
  if (folder) rmSync(folder, { recursive: true, force: true });
});

/** What `sha256sum` says on each host. */
const onHosts = () =>
  estate.all.map((host) => {
    const current = join(host.folder, 'app', 'current');
    if (!existsSync(current)) return 'nothing';
    return execFileSync('sh', ['-c', `sha256sum ${current}/*`], { encoding: 'utf8' }).slice(0, 64);
  });
const each = (value) => Object.fromEntries(estate.all.map(({ name }) => [name, value]));
const starts = (host, gate) => {
  const file = join(host.folder, `starts-${gate}`);
  return existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n').length : 0;
};
const open = (gate, hosts = estate.all) => {
  for (const host of hosts) writeFileSync(join(host.folder, `gate-${gate}`), '');
};
const GATED = { playbook: 'gated.yml', operations: { undo: {} } };

test('ansible: a release reaches five hosts, through everything that goes wrong, and goes back', { skip }, async () => {
  const [, down, fails, cut] = estate.all;
  const first = await story.release(cis, 'the first version');
  const firstRun = await story.distribute(first);
  await story.reaches(firstRun, 'SUCCEEDED');
  assert.deepEqual(onHosts(), Array(COUNT).fill(first.digest));
  assert.deepEqual(await story.installations(firstRun), each({ digest: first.digest, assurance: 'VERIFIED' }));

  // One host is down, one fails, one is cut off in the middle.
  const second = await story.release(cis, 'the second version', GATED);
  await down.stop();
  writeFileSync(join(fails.folder, 'broken'), '');
  const run = await story.distribute(second);
  const begun = estate.all.filter((host) => host !== down);
  await until('four hosts to begin', () => begun.every((host) => starts(host, 'shop-2.tgz') === 1));
  await cut.cut();
  open('shop-2.tgz');
  await story.reaches(run, 'PARTIALLY_SUCCEEDED');
  const ends = await story.targets(run);
  assert.deepEqual(
    Object.fromEntries(Object.entries(ends).map(([name, { state, reasonCode }]) => [name, [state, reasonCode]])),
    {
      ...each(['SUCCEEDED', null]),
      [down.name]: ['FAILED', 'UNREACHABLE'],
      [fails.name]: ['FAILED', 'TASK_FAILED'],
      [cut.name]: ['UNKNOWN', 'CONNECTION_LOST'],
    },
  );
  const { digest } = second;
  assert.deepEqual(onHosts(), [digest, first.digest, first.digest, first.digest, digest]);

  await down.start();
  await cut.start();
  rmSync(join(fails.folder, 'broken'));
  await story.act('RetryFailed', run);
  await story.reaches(run, 'SUCCEEDED');
  assert.deepEqual(onHosts(), Array(COUNT).fill(digest), 'sha256sum on the hosts agrees with the library');
  assert.deepEqual(await story.installations(run), each({ digest, assurance: 'VERIFIED' }));
  assert.equal(starts(begun[0], 'shop-2.tgz'), 1, 'the retry touched only what had not succeeded');

  await second.step('releaseStartBackOut', { reason: 'The shop shows wrong prices.' });
  await story.act('StartBackOut', run);
  await until('all to be back', async () => Object.values(await story.states(run)).every((s) => s === 'BACKED_OUT'));
  assert.deepEqual(onHosts(), Array(COUNT).fill(first.digest));
  assert.equal((await second.step('releaseCompleteBackOut')).state, 'BACKED_OUT');
});

test('ansible: kill -9 of the server between send and answer starts nothing twice', { skip }, async () => {
  const two = estate.all.slice(0, 2);
  const release = await story.release(cis.slice(0, 2), 'the third version', GATED);
  writeFileSync(join(folder, 'stall'), '');
  const run = await story.distribute(release);
  await until('both hosts to begin', () => two.every((host) => starts(host, 'shop-3.tgz') === 1));
  const { runs } = await story.read(run, 'Distribution', 'runs { nodes { state submitCalls } }');
  assert.deepEqual(runs.nodes, [{ state: 'INTENT', submitCalls: 1 }], 'it was sent, and nobody has answered');
  await interlock.kill();
  rmSync(join(folder, 'stall'));
  await interlock.start();
  open('shop-3.tgz', two);
  await story.reaches(run, 'SUCCEEDED');
  assert.deepEqual(
    two.map((host) => starts(host, 'shop-3.tgz')),
    [1, 1],
  );
  assert.deepEqual(onHosts().slice(0, 2), [release.digest, release.digest]);
});

test('ansible: the key and the password of an instance show nowhere', { skip }, async () => {
  await import('../adapters/support/typescript.mjs');
  const { Canary } = await import('../support/canary.ts');
  const { startEmbeddedPostgres } = await import('../../dist/src/server/postgres/embedded-postgres.js');
  const { url } = await startEmbeddedPostgres(join(interlock.folder, 'data'));
  // A line from the middle of the key: the first ones are alike in all keys.
  const key = new Canary(readFileSync(estate.keyFile, 'utf8').split('\n').at(-4));
  const password = new Canary(readFileSync(join(folder, 'become'), 'utf8'));
  // A playbook that does what none should do.
  estate.playbook('indiscreet.yml', [
    { name: 'say it', debug: { msg: "{{ lookup('file', lookup('env', 'ANSIBLE_HOME') + '/../secrets/become') }}" } },
    { name: 'wait', shell: 'touch waits; until [ -e go ]; do sleep 0.05; done', args: { chdir: '{{ home }}' } },
    {
      name: 'fail with it',
      fail: { msg: "{{ lookup('file', lookup('env', 'ANSIBLE_HOME') + '/../secrets/become') }}" },
    },
  ]);
  const [host] = estate.all;
  const release = await story.release(cis.slice(0, 1), 'the fourth version', { playbook: 'indiscreet.yml' });
  const run = await story.distribute(release);
  const look = async (folders) => {
    const texts = { log: interlock.log, api: await story.everything(run) };
    const places = { texts, folders, database: url, processes: true };
    return [...(await key.shownIn(places)), ...(await password.shownIn(places))];
  };
  await until('the host to wait', () => existsSync(join(host.folder, 'waits')));
  // While it runs, the folder of the run has the files that ssh and Ansible read.
  assert.deepEqual(await look([]), [], 'while it runs');
  writeFileSync(join(host.folder, 'go'), '');
  await story.reaches(run, 'FAILED');
  const [{ reasonMessage }] = Object.values(await story.targets(run));
  assert.match(reasonMessage, /fail with it: \[redacted\]/);
  assert.deepEqual(await look([interlock.folder]), [], 'after its end');
});
