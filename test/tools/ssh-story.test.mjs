// Releases through a whole server to real hosts by the ssh plugin, and back.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { startSshHosts, whyNoSshHosts } from './support/ssh-hosts.mjs';
import { startInterlock } from './support/server.mjs';

const skip = whyNoSshHosts(['rsync', 'flock']);
const COUNT = 5;
let hosts;
let folder;
let interlock;
let story;
let until;
let cis;
/** Programs that the server finds before the system's. */
let programs;

before(async () => {
  if (skip) return;
  hosts = await startSshHosts({ count: COUNT });
  folder = mkdtempSync(join(tmpdir(), 'interlock-ssh-'));
  programs = join(folder, 'programs');
  mkdirSync(programs);
  writeFileSync(join(folder, 'db_password'), 'correct-horse-battery-staple');
  const tool = {
    name: 'farm',
    adapter: 'ssh',
    config: {
      knownHostsFile: hosts.knownHostsFile,
      privateKey: { $secret: `file:${hosts.keyFile}` },
      secrets: { DB_PASSWORD: { $secret: `file:${join(folder, 'db_password')}` } },
      user: hosts.user,
      port: hosts.port,
      connectSeconds: 2,
      giveUpSeconds: 3,
      cancelSeconds: 1,
      minPollMs: 200,
    },
  };
  writeFileSync(join(folder, 'tools.json'), JSON.stringify({ tools: [tool] }));
  interlock = await startInterlock({
    INTERLOCK_TOOLS: join(folder, 'tools.json'),
    PATH: `${programs}:${process.env.PATH}`,
    LOG_LEVEL: 'debug',
  });
  const { tell } = await import('./support/story.mjs');
  ({ until } = await import('./support/hosted-adapter.mjs'));
  story = await tell(interlock, 'farm');
  cis = [];
  for (const host of hosts.all) cis.push(await story.ci(host.name, { host: host.address, base: rootOf(host) }));
});
after(async () => {
  await story?.close();
  await interlock?.end();
  await hosts?.end();
  if (folder) rmSync(folder, { recursive: true, force: true });
});

const rootOf = (host) => join(host.folder, 'shop');
const onHosts = () =>
  hosts.all.map((host) => {
    const current = join(rootOf(host), 'current');
    if (!existsSync(current)) return 'nothing';
    return execFileSync('sh', ['-c', `sha256sum ${current}/*`], { encoding: 'utf8' }).slice(0, 64);
  });
const each = (value) => Object.fromEntries(hosts.all.map(({ name }) => [name, value]));
const sh = (script) => ['sh', '-c', script];
/** A command that writes down that it has begun, and waits for the file `gate-<release>` on its host. */
const gated = (gate, more = ':') =>
  sh(
    'root=${RELEASE_CURRENT%/current}; . /dev/stdin; [ -n "$DB_PASSWORD" ] || exit 9; ' +
      `echo $$ >> $root/starts-${gate}; while [ ! -e $root/gate-${gate} ]; do sleep 0.05; done; ${more}`,
  );
const starts = (host, gate) => {
  const file = join(rootOf(host), `starts-${gate}`);
  return existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n').length : 0;
};
const open = (gate, some = hosts.all) => {
  for (const host of some) writeFileSync(join(rootOf(host), `gate-${gate}`), '');
};

test('ssh: a release reaches five hosts, through everything that goes wrong, and goes back', { skip }, async () => {
  const [, down, fails, cut] = hosts.all;
  const first = await story.release(cis, 'the first version');
  const firstRun = await story.distribute(first);
  await story.reaches(firstRun, 'SUCCEEDED');
  assert.deepEqual(onHosts(), Array(COUNT).fill(first.digest));

  // One host is down, one fails, one is cut off in the middle.
  const binding = {
    install: gated('two', `[ "$TEST_HOST" != ${fails.name} ] || [ -e $root/repaired ]`),
    secrets: ['DB_PASSWORD'],
  };
  const second = await story.release(cis, 'the second version', binding);
  await down.stop();
  const run = await story.distribute(second, { parameters: { variables: { CHANNEL: 'stable' } } });
  const begun = hosts.all.filter((host) => host !== down);
  await until('four hosts to begin', () => begun.every((host) => starts(host, 'two') === 1));
  await cut.cut();
  open('two');
  await until('the cut to be noticed', async () => (await story.states(run))[cut.name] === 'UNREACHABLE');
  await until('the others to end', async () => {
    const states = await story.states(run);
    return states[down.name] === 'EXPIRED' && states[fails.name] === 'FAILED' && states['host-1'] === 'SUCCEEDED';
  });
  assert.equal((await story.states(run))[cut.name], 'UNREACHABLE', 'nobody claims to know how it ended');
  await cut.start();
  await story.reaches(run, 'PARTIALLY_SUCCEEDED');
  assert.deepEqual(await story.states(run), {
    ...each('SUCCEEDED'),
    [down.name]: 'EXPIRED',
    [fails.name]: 'FAILED',
  });
  assert.equal(starts(cut, 'two'), 1, 'it was begun once');
  const reasons = await story.targets(run);
  assert.equal(reasons[fails.name].reasonCode, 'INSTALL_FAILED');
  assert.equal(reasons[down.name].reasonCode, 'UNREACHABLE');
  assert.deepEqual(onHosts()[1], first.digest);

  await down.start();
  writeFileSync(join(rootOf(fails), 'repaired'), '');
  await story.act('RetryFailed', run);
  await story.reaches(run, 'SUCCEEDED');
  assert.deepEqual(onHosts(), Array(COUNT).fill(second.digest), 'sha256sum on the hosts agrees with the library');
  assert.deepEqual(await story.installations(run), each({ digest: second.digest, assurance: 'VERIFIED' }));
  assert.equal(starts(begun[0], 'two'), 1, 'the retry touched only what had failed');

  await second.step('releaseStartBackOut', { reason: 'The shop shows wrong prices.' });
  await story.act('StartBackOut', run);
  await until('all to be back', async () => Object.values(await story.states(run)).every((s) => s === 'BACKED_OUT'));
  assert.deepEqual(onHosts(), Array(COUNT).fill(first.digest));
  assert.equal((await second.step('releaseCompleteBackOut')).state, 'BACKED_OUT');
});

test('ssh: kill -9 of the server between send and answer starts nothing twice', { skip }, async () => {
  const release = await story.release(cis, 'the third version', { install: gated('three'), secrets: ['DB_PASSWORD'] });
  // The order arrives and the work begins, but the server does not hear of it.
  const flock = execFileSync('sh', ['-c', 'command -v flock'], { encoding: 'utf8' }).trim();
  writeFileSync(join(programs, 'flock'), `#!/bin/sh\nexec ${flock} "$@" >/dev/null\n`, { mode: 0o755 });
  const run = await story.distribute(release);
  await until('all hosts to begin', () => hosts.all.every((host) => starts(host, 'three') === 1));
  const { runs } = await story.read(run, 'Distribution', 'runs { nodes { state submitCalls } }');
  assert.deepEqual(runs.nodes, [{ state: 'INTENT', submitCalls: 1 }], 'it was sent, and nobody has answered');
  await interlock.kill();
  rmSync(join(programs, 'flock'));
  await interlock.start();
  open('three');
  await story.reaches(run, 'SUCCEEDED');
  assert.deepEqual(
    hosts.all.map((host) => starts(host, 'three')),
    Array(COUNT).fill(1),
  );
  assert.deepEqual(onHosts(), Array(COUNT).fill(release.digest));
});

test('ssh: the key and the secrets of a package show nowhere', { skip }, async () => {
  await import('../adapters/support/typescript.mjs');
  const { Canary } = await import('../support/canary.ts');
  const { startEmbeddedPostgres } = await import('../../dist/src/server/postgres/embedded-postgres.js');
  const { url } = await startEmbeddedPostgres(join(interlock.folder, 'data'));
  // A line from the middle of the key: the first ones are alike in all keys.
  const key = new Canary(readFileSync(hosts.keyFile, 'utf8').split('\n').at(-4));
  const password = new Canary(readFileSync(join(folder, 'db_password'), 'utf8'));
  const binding = {
    // So long a line that the password is where the message is cut.
    install: gated('four', 'echo "$(printf %0270d 0) connects with $DB_PASSWORD"; false'),
    secrets: ['DB_PASSWORD'],
  };
  const release = await story.release(cis.slice(0, 2), 'the fourth version', binding);
  const run = await story.distribute(release);
  const two = hosts.all.slice(0, 2);
  const look = async () => {
    const texts = { log: interlock.log, api: await story.everything(run) };
    const places = { texts, folders: [interlock.folder], database: url, processes: true };
    return [...(await key.shownIn(places)), ...(await password.shownIn(places))];
  };
  await until('both hosts to begin', () => two.every((host) => starts(host, 'four') === 1));
  assert.deepEqual(await look(), [], 'while it runs');
  open('four', two);
  await story.reaches(run, 'FAILED');
  const [{ reasonMessage }] = Object.values(await story.targets(run));
  assert.match(
    reasonMessage,
    /It said last: 0+ connects with \[secret\]/,
    'even a command that prints it is not quoted',
  );
  assert.deepEqual(await look(), [], 'after its end');
});
