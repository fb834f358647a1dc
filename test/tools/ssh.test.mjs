// The ssh plugin on real hosts: the contract, what it leaves on a host, and each way in which SSH has misled tools
// before. Stories through a whole server are in ssh-story.test.mjs.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { conformanceInParts } from './support/conformance.mjs';
import { startSshHosts, whyNoSshHosts } from './support/ssh-hosts.mjs';

const skip = whyNoSshHosts(['rsync', 'flock']);
const COUNT = 6;
let hosts;
let ssh;
let support;

before(async () => {
  if (skip) return;
  ({ ssh } = await import('../../dist/plugins/ssh/ssh.adapter.js'));
  support = await import('./support/hosted-adapter.mjs');
  hosts = await startSshHosts({ count: COUNT });
});
after(async () => await hosts?.end());

let serial = 0;

/** A folder on every host that no other test uses, and how to address it. */
function places(count = COUNT) {
  const name = `app-${(serial += 1)}`;
  return hosts.all.slice(0, count).map((host) => ({
    host,
    root: join(host.folder, name),
    target: { ciId: host.name, name: host.name, binding: { host: host.address, base: join(host.folder, name) } },
  }));
}

const settings = (more = {}) => ({
  knownHostsFile: hosts.knownHostsFile,
  identityFile: hosts.keyFile,
  user: hosts.user,
  port: hosts.port,
  connectSeconds: 2,
  cancelSeconds: 1,
  minPollMs: 50,
  ...more,
});

/** A connected tool that is gone at the end of the test. */
async function tool(t, more, env) {
  const made = support.toolOf(ssh, settings(more), env);
  t.after(() => made.end());
  const adapter = await made.connect();
  const submit = async (order) => {
    const request = made.request(order);
    return { request, handle: await adapter.submit(request, made.signal()) };
  };
  return { ...made, adapter, submit, play: async (order) => await made.play(adapter, order) };
}

const all = (found, state) => Object.fromEntries(found.map(({ host }) => [host.name, state]));
const sumOnHost = (file) => execFileSync('sha256sum', [file], { encoding: 'utf8' }).slice(0, 64);
const current = ({ root }) => join(root, 'current');
const sh = (script) => ['sh', '-c', script];
/** Waits on the host until the file `gate` appears beside `current`, and writes down each start. */
const GATED = sh(
  'root=${RELEASE_CURRENT%/current}; echo $$ >> $root/starts; while [ ! -e $root/gate ]; do sleep 0.05; done',
);
const starts = ({ root }) => readFileSync(join(root, 'starts'), 'utf8').trim().split('\n').length;
const hasBegun = ({ root }) => existsSync(join(root, 'starts'));
const open = ({ root }) => writeFileSync(join(root, 'gate'), '');

/** What the conformance kit needs to know, for three hosts that are up and an address where there is none. */
function fixturesOf([one, two, three]) {
  const targets = [one, two, three].map(({ target }) => target);
  const [up, bad, idle] = targets.map(({ ciId }) => ciId);
  const down = { ciId: 'ci-down', name: 'down', binding: { ...three.target.binding, host: '127.0.9.77' } };
  const fails = sh(`case $TEST_HOST in ${bad}) echo no; exit 7 ;; esac; cat >/dev/null`);
  return {
    config: settings({ giveUpSeconds: 0, secrets: { DB_PASSWORD: { $secret: 'env:DB_PASSWORD' } } }),
    badConfigs: [{}, settings({ identityFile: '/a"b' }), settings({ base: '/srv/../etc' }), settings({ user: 'a b' })],
    targets: targets.slice(0, 2),
    badTargets: [{}, { host: '-oProxyCommand=id' }, { host: 'a;b' }, { host: 'a', base: '/srv/$(id)' }, { host: 7 }],
    badPackages: [{ install: 'rm -rf /' }, { directory: '../..' }, { secrets: ['LD_PRELOAD'] }],
    badParameters: [{ variables: { PATH: '/tmp' } }, { other: 1 }],
    packageBinding: { install: ['sh', '-c', 'cat >/dev/null; echo $CHANNEL'], secrets: ['DB_PASSWORD'] },
    parameters: { variables: { CHANNEL: 'stable; $(touch pwned) `touch pwned`' } },
    artifacts: [
      { name: 'shop.tgz', content: 'the release' },
      { name: "it's a $HOME.txt", content: 'Welcome.\n' },
    ],
    slow: { packageBinding: { install: ['sleep', '2'] } },
    scenarios: [
      {
        name: 'one host is down, one fails',
        targets: [...targets, down],
        packageBinding: { install: fails },
        expect: { [up]: 'succeeded', [bad]: 'failed', [idle]: 'succeeded', 'ci-down': 'expired' },
      },
      {
        name: 'no further host is begun after a failure',
        targets: [two, one, three].map(({ target }) => target),
        packageBinding: { install: fails },
        maxParallel: 1,
        stopAfterFailures: 1,
        expect: { [bad]: 'failed', [up]: 'skipped', [idle]: 'skipped' },
      },
    ],
    secretEnv: ['DB_PASSWORD'],
    runs: '${dir}/work/runs',
    effects: one.host.folder,
  };
}

test('ssh: the contract, through real hosts', { skip }, async () => {
  const found = places();
  const { passed, failed } = await conformanceInParts('ssh', [found.slice(0, 3), found.slice(3)].map(fixturesOf));
  assert.deepEqual(failed, []);
  assert.ok(passed >= 45, `${passed} cases apply`);
});

test(
  'ssh: versions side by side, digests as sha256sum reads them, undo, verify, remove and commit',
  { skip },
  async (t) => {
    const { play } = await tool(t);
    const found = places(2);
    const [place] = found;
    const targets = found.map(({ target }) => target);
    const first = { 'shop.tgz': 'version one', 'notes.txt': 'Read me.\n' };
    const second = { 'shop.tgz': 'version two' };

    const installed = await play({ files: first, targets });
    assert.deepEqual(installed.states, all(found, 'succeeded'));
    for (const { ciId, verifiedSha256 } of installed.last.values()) {
      const { root } = found.find(({ host }) => host.name === ciId);
      const sums = Object.keys(first).map((name) => sumOnHost(join(root, 'current', name)));
      const lines = sums.sort().map((sum) => `${sum}\n`);
      assert.equal(verifiedSha256, support.sha256(lines.join('')));
    }
    const before = readlinkSync(current(place));
    assert.match(before, /^releases\/[0-9a-f]{40}$/);

    const update = await play({ files: second, targets });
    assert.equal(update.last.get('host-1').verifiedSha256, support.sha256('version two'));
    assert.equal(sumOnHost(join(current(place), 'shop.tgz')), support.sha256('version two'));
    assert.deepEqual(readdirSync(join(place.root, 'releases')).length, 2, 'the version before is still there');

    const verify = async (files) => await play({ files, targets, operation: 'verify' });
    assert.deepEqual((await verify(second)).states, all(found, 'succeeded'));
    assert.equal((await verify(first)).last.get('host-1').reason.code, 'NOT_CURRENT');
    writeFileSync(join(place.root, 'current', 'shop.tgz'), 'changed by hand');
    const drifted = await verify(second);
    assert.deepEqual(drifted.states, { 'host-1': 'failed', 'host-2': 'succeeded' });
    assert.equal(drifted.last.get('host-1').reason.code, 'DIGEST_MISMATCH');
    assert.equal(drifted.last.get('host-1').verifiedSha256, support.sha256('changed by hand'));

    const undone = await play({ files: second, targets, operation: 'undo', binding: { undo: sh('pwd; echo undone') } });
    assert.deepEqual(undone.states, all(found, 'succeeded'));
    assert.equal(readlinkSync(current(place)), before);
    const again = await play({ files: second, targets, operation: 'undo' });
    assert.deepEqual(again.states, all(found, 'succeeded'), 'what is undone already is undone');

    await play({ files: second, targets: [found[1].target] });
    const late = await play({ files: first, targets: [found[1].target], operation: 'undo' });
    assert.equal(late.last.get('host-2').reason.code, 'SUPERSEDED', 'a version above it is not torn down');
    const committed = await play({ files: second, targets: [found[1].target], operation: 'commit' });
    assert.deepEqual(committed.states, { 'host-2': 'succeeded' });
    assert.equal(readdirSync(join(found[1].root, 'releases')).length, 1);
    const gone = await play({ files: second, targets: [found[1].target], operation: 'undo' });
    assert.equal(gone.last.get('host-2').reason.code, 'NO_PREVIOUS', 'after a commit there is no way back');

    const removed = await play({ files: first, targets: [place.target], operation: 'remove' });
    assert.deepEqual(removed.states, { 'host-1': 'succeeded' });
    assert.equal(existsSync(current(place)), false);
  },
);

test('ssh: a version that cannot be activated is not left current', { skip }, async (t) => {
  const { play, adapter, signal } = await tool(t);
  const [place] = places(1);
  await play({ files: { a: 'one' }, targets: [place.target] });
  const before = readlinkSync(current(place));
  const activate = sh('echo "switched to $(cat $RELEASE_CURRENT/a), was ${RELEASE_PREVIOUS##*/}"; exit 3');
  const { last, handle } = await play({ files: { a: 'two' }, targets: [place.target], binding: { activate } });
  const { code, message } = last.get('host-1').reason;
  assert.equal(code, 'ACTIVATE_FAILED');
  assert.match(message, /ended with 3\. It said last: switched to two/);
  assert.equal(readlinkSync(current(place)), before);
  const log = await adapter.logs(handle, { ciId: 'host-1', maxBytes: 1_000 }, signal());
  assert.equal(log.chunk, `switched to two, was ${before.slice('releases/'.length)}\n`);
});

test('ssh: an undo whose command has failed is not taken for done when it is tried again', { skip }, async (t) => {
  const { play } = await tool(t);
  const [{ root, target }] = places(1);
  for (const a of ['one', 'two']) await play({ files: { a }, targets: [target] });
  const binding = { undo: sh('root=${RELEASE_CURRENT%/current}; echo x >> $root/undos; [ -e $root/repaired ]') };
  const order = { files: { a: 'two' }, targets: [target], operation: 'undo', binding };
  const undo = async () => (await play(order)).last.get('host-1');
  for (const _time of [1, 2]) assert.equal((await undo()).reason?.code, 'UNDO_FAILED');
  writeFileSync(join(root, 'repaired'), '');
  for (const _time of [3, 4]) assert.equal((await undo()).state, 'succeeded');
  assert.equal(readFileSync(join(root, 'undos'), 'utf8'), 'x\nx\nx\n', 'what has succeeded is not done again');
});

test('ssh trap: exit 255 of a command is a failure, not a host that is away', { skip }, async (t) => {
  const { play } = await tool(t);
  const [place] = places(1);
  const { last, all: reports } = await play({ targets: [place.target], binding: { install: sh('exit 255') } });
  assert.equal(last.get('host-1').state, 'failed');
  assert.match(last.get('host-1').reason.message, /ended with 255/);
  assert.ok(!reports.some(({ state }) => state === 'unreachable'));
});

test('ssh trap: a connection that is lost after the start starts nothing twice', { skip }, async (t) => {
  const { submit, follow, adapter } = await tool(t);
  const [place] = places(1);
  const { handle } = await submit({ targets: [place.target], binding: { install: GATED } });
  await support.until('the install', () => hasBegun(place));
  await place.host.cut();
  t.after(() => place.host.start());
  const away = await follow(adapter, handle, (last) => last.get('host-1')?.state === 'unreachable');
  assert.match(away.last.get('host-1').reason.message, /refused|closed|without an answer/i);
  open(place);
  await place.host.start();
  const { states } = await follow(adapter, handle);
  assert.deepEqual(states, { 'host-1': 'succeeded' });
  assert.equal(starts(place), 1);
});

test('ssh trap: a host that hangs on a connection holds nobody up', { skip }, async (t) => {
  const { submit, follow, adapter } = await tool(t);
  const found = places(3);
  const { handle } = await submit({ targets: found.map(({ target }) => target), binding: { install: GATED } });
  await support.until('all installs', () => found.every(hasBegun));
  found[1].host.hang();
  t.after(() => found[1].host.wake());
  for (const place of found) open(place);
  const meanwhile = await follow(adapter, handle, (last) => last.get('host-2')?.state === 'unreachable');
  assert.equal(meanwhile.states['host-1'], 'succeeded');
  assert.equal(meanwhile.states['host-3'], 'succeeded');
  found[1].host.wake();
  assert.deepEqual((await follow(adapter, handle)).states, all(found, 'succeeded'));
  assert.equal(starts(found[1]), 1);
});

test('ssh trap: a host whose key has changed, or is not known, gets nothing', { skip }, async (t) => {
  const { play, request, adapter, signal } = await tool(t);
  const [, changed, other] = places(3);
  await changed.host.changeKey();
  t.after(() => hosts.learn());
  const order = { targets: [changed.target, other.target] };
  const preflight = await adapter.preflight(request(order), signal());
  assert.deepEqual(
    preflight.targets.map(({ ciId, verdict }) => [ciId, verdict]),
    [
      ['host-2', 'block'],
      ['host-3', 'ok'],
    ],
  );
  const { states, last } = await play(order);
  assert.deepEqual(states, { 'host-2': 'rejected', 'host-3': 'succeeded' });
  assert.equal(last.get('host-2').reason.code, 'HOST_KEY');
  assert.equal(existsSync(changed.root), false);

  const empty = join(hosts.folder, 'nobody_known');
  writeFileSync(empty, '');
  const strict = await tool(t, { knownHostsFile: empty });
  const stranger = await strict.play({ targets: [other.target], files: { a: 'other' } });
  assert.equal(stranger.last.get('host-3').reason.code, 'HOST_KEY');
  assert.equal(readFileSync(empty, 'utf8'), '', 'no key is learned');
});

test('ssh trap: a cancel leaves nothing running, wherever it hides and however it refuses', { skip }, async (t) => {
  const { submit, follow, adapter, signal } = await tool(t);
  const [place] = places(1);
  // One child ignores the request to end, another leaves the group and the session.
  const stubborn = sh(
    'root=${RELEASE_CURRENT%/current}; trap "" TERM; (trap "" TERM; while :; do sleep 0.1; done) & ' +
      'setsid sh -c "while :; do sleep 0.1; done" & echo begun >> $root/starts; wait',
  );
  const { handle } = await submit({ targets: [place.target], binding: { install: stubborn } });
  await support.until('the install', () => hasBegun(place));
  assert.ok(hosts.commands().length >= 3);
  assert.deepEqual(await adapter.cancel(handle, { mode: 'abort' }, signal()), { accepted: true });
  const { states, last, run } = await follow(adapter, handle);
  assert.deepEqual([states, run.outcome], [{ 'host-1': 'cancelled' }, 'cancel']);
  assert.match(last.get('host-1').reason.message, /nothing of it is left/);
  assert.deepEqual(hosts.commands(), []);
  assert.equal(existsSync(current(place)), false, 'it was never switched');
});

test(
  'ssh trap: a cancel of a host that is cut off is not believed before the host has answered',
  { skip },
  async (t) => {
    const { submit, follow, adapter, signal } = await tool(t);
    const [place] = places(1);
    const { handle } = await submit({ targets: [place.target], binding: { activate: GATED } });
    await support.until('the activation', () => hasBegun(place));
    await place.host.cut();
    t.after(() => place.host.start());
    await adapter.cancel(handle, { mode: 'abort' }, signal());
    await follow(adapter, handle, (last) => last.get('host-1')?.state === 'unreachable');
    assert.ok(hosts.commands().length > 0, 'it still runs');
    await place.host.start();
    const { states } = await follow(adapter, handle);
    assert.deepEqual(states, { 'host-1': 'cancelled' });
    assert.deepEqual(hosts.commands(), []);
    assert.equal(existsSync(current(place)), false, 'what had been switched is switched back');
  },
);

test('ssh trap: an answer without its end is no answer', { skip }, async (t) => {
  const { play } = await tool(t, { giveUpSeconds: 0 });
  const [place] = places(1);
  // The shell of this host ends in the middle of every script, with a success.
  place.host.program('sh', '#!/bin/dash\necho state ended; echo rc OK all is well; exit 0\n');
  t.after(() => execFileSync('rm', [join(place.host.bin, 'sh')]));
  const { states } = await play({ targets: [place.target] });
  assert.deepEqual(states, { 'host-1': 'expired' });
});

test('ssh trap: a job that vanishes without a result is unknown, and a verify settles it', { skip }, async (t) => {
  const { submit, play, follow, adapter } = await tool(t);
  const [place] = places(1);
  const { handle } = await submit({ targets: [place.target], binding: { install: GATED } });
  await support.until('the install', () => hasBegun(place));
  hosts.killCommands(); // as the out-of-memory killer would
  const { states, last } = await follow(adapter, handle);
  assert.deepEqual([states, last.get('host-1').nativeStatus], [{ 'host-1': 'unknown' }, 'LOST']);
  const { states: verified } = await play({ targets: [place.target], operation: 'verify' });
  assert.deepEqual(verified, { 'host-1': 'failed' });
});

test('ssh: what does not arrive as it was sent is not switched to', { skip }, async (t) => {
  const { play } = await tool(t);
  const [place] = places(1);
  place.host.program('sha256sum', `#!/bin/sh\necho "${'0'.repeat(64)}  -"\n`);
  t.after(() => execFileSync('rm', [join(place.host.bin, 'sha256sum')]));
  const { last } = await play({ targets: [place.target] });
  assert.deepEqual([last.get('host-1').state, last.get('host-1').reason.code], ['failed', 'DIGEST_MISMATCH']);
  assert.equal(existsSync(current(place)), false);
});

test('ssh: the worker is killed; another goes on, and each host is begun once', { skip }, async (t) => {
  const { submit, follow, connect, workDir } = await tool(t);
  const found = places(3);
  const { handle, request } = await submit({
    targets: found.map(({ target }) => target),
    binding: { install: GATED },
    maxParallel: 2,
  });
  await support.until('two installs', () => found.filter(hasBegun).length === 2);
  const { pid } = JSON.parse(readFileSync(join(workDir, 'runs', request.key, 'worker.json'), 'utf8'));
  process.kill(pid, 'SIGKILL');
  for (const place of found) mkdirSync(place.root, { recursive: true });
  execFileSync('chown', ['-R', hosts.user, ...found.map(({ root }) => root)]);
  for (const place of found) open(place);
  const other = await connect();
  assert.deepEqual((await follow(other, handle)).states, all(found, 'succeeded'));
  assert.deepEqual(found.map(starts), [1, 1, 1]);
});

test('ssh: 1,000 targets, with no more programs at a time than allowed', { skip }, async (t) => {
  const { submit, follow, adapter } = await tool(t, { giveUpSeconds: 0, maxParallel: 8 });
  const targets = Array.from({ length: 1_000 }, (_, n) => ({
    ciId: `ci-${n}`,
    name: `n${n}`,
    binding: { host: `127.0.${20 + Math.floor(n / 250)}.${1 + (n % 250)}`, base: '/srv/app' },
  }));
  let most = 0;
  const count = () =>
    readdirSync('/proc').filter((pid) => {
      try {
        return /^\d+$/.test(pid) && /ssh\0-F\0ssh_config\0t\d/.test(readFileSync(`/proc/${pid}/cmdline`, 'utf8'));
      } catch {
        return false;
      }
    }).length;
  const { handle } = await submit({ targets });
  const { last } = await follow(adapter, handle, (seen) => {
    most = Math.max(most, count());
    return seen.size === 1_000 && [...seen.values()].every(({ state }) => state === 'expired');
  });
  assert.equal(last.get('ci-999').reason.code, 'UNREACHABLE');
  assert.ok(most >= 1 && most <= 8, `${most} programs at a time`);
});
