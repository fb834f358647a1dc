// The `ansible` plugin with real Ansible over real sshd: what Ansible says is not what became of a host.
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, readlinkSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { END, startEstate, whyNoAnsible } from './support/ansible-estate.mjs';

const skip = whyNoAnsible();
let estate;
let support;
let bench;
let adapter;
let until;
let signal;

before(async () => {
  if (skip) return;
  const { ansible } = await import('../../dist/plugins/ansible/ansible.adapter.js');
  support = await import('./support/hosted-adapter.mjs');
  ({ until } = support);
  estate = await startEstate({ count: 5 });
  const secrets = { BECOME: 'canary-become-7712', VAULT: 'canary-vault-7713', MEDIA: 'canary-media-1' };
  bench = support.toolOf(ansible, { ...estate.config, rehearse: true }, { ...process.env, ...secrets });
  ({ signal } = bench);
  adapter = await bench.connect();
});
after(async () => {
  await estate?.end();
  bench?.end();
});

const target = (index, more = {}) => {
  const host = estate.all[index];
  return { ciId: `ci-${index}`, name: host.name, binding: { ...estate.binding(host), ...more } };
};
const targets = (...indexes) => indexes.map((index) => target(index));
const onHost = (index, ...path) => join(estate.all[index].folder, ...path);
/** State and reason of each target, in the order of the request. */
const ends = ({ last }) =>
  [...last.keys()].sort().map((id) => [last.get(id).state, last.get(id).reason?.code].filter(Boolean).join(' '));
/** A package without files, and its playbook. */
const own = (name) => ({ files: {}, binding: { playbook: name } });
const FILE = { files: { 'a.txt': 'a' } };
const runFolder = (key) => join(bench.workDir, 'runs', key);

async function refusal(call) {
  return await call.then(
    () => 'not refused',
    (error) => `${error.code}: ${error.message}`,
  );
}

test('ansible: exit 4 with a failure, a host that is down and a success tells none of them', { skip }, async () => {
  estate.playbook('mixed.yml', [
    { name: 'contact', command: 'true' },
    { name: 'may fail', command: 'false', when: "inventory_hostname == 'host-2'" },
    END,
  ]);
  await estate.all[2].stop();
  const run = await bench.play(adapter, { ...own('mixed.yml'), targets: targets(0, 1, 2) });
  await estate.all[2].start();
  assert.deepEqual(ends(run), ['succeeded', 'failed TASK_FAILED', 'failed UNREACHABLE']);
  assert.deepEqual([run.run.outcome, run.run.nativeStatus], ['failure', 'exit 4']);
  assert.match(run.last.get('ci-2').reason.message, /Connection refused/);
  assert.match(run.last.get('ci-0').nativeStatus, /^ok=\d+ changed=1 unreachable=0 failed=0/);
});

test('ansible: exit 4 for a playbook that it cannot read is a refusal before anything starts', { skip }, async () => {
  estate.write('broken.yml', '- hosts: all\n  tasks:\n    - no_such_module_at_all: {}\n');
  const request = bench.request({ ...own('broken.yml'), targets: targets(0) });
  assert.match(
    await refusal(adapter.submit(request, signal())),
    /^FAILED_PRECONDITION: Ansible cannot play it: ERROR!/,
  );
  assert.equal(await adapter.find(request.key, signal()), null);
  assert.equal(existsSync(runFolder(request.key)), false);
});

test('ansible: exit 0 with nothing done is no success', { skip }, async () => {
  estate.playbook('tagged.yml', [{ name: 'x', command: 'true', tags: ['some'] }]);
  const binding = { playbook: 'tagged.yml', operations: { install: { tags: ['other'] } } };
  const run = await bench.play(adapter, { files: {}, binding, targets: targets(0, 1) });
  assert.deepEqual([run.run.outcome, run.run.nativeStatus], ['failure', 'exit 0']);
  assert.deepEqual(ends(run), ['skipped NOT_ATTEMPTED', 'skipped NOT_ATTEMPTED']);
});

test('ansible: a missing inventory, for which it exits 0, is no success', { skip }, async () => {
  const program = join(bench.folder, 'forgetful');
  writeFileSync(program, '#!/bin/sh\nrm -f inventory-0.yml\nexec ansible-playbook "$@"\n', { mode: 0o755 });
  const forgetful = await bench.connect({ ...estate.config, ansiblePlaybook: program });
  const run = await bench.play(forgetful, { ...FILE, targets: targets(0, 1) });
  assert.deepEqual([run.run.outcome, run.run.nativeStatus], ['failure', 'exit 0']);
  assert.deepEqual(ends(run), ['skipped NOT_ATTEMPTED', 'skipped NOT_ATTEMPTED']);
});

test('ansible: without an end marker a target is unknown, whatever Ansible counts', { skip }, async () => {
  estate.playbook('endless.yml', [
    { name: 'work', command: 'true' },
    { ...END, when: "inventory_hostname == 'host-1'" },
  ]);
  const run = await bench.play(adapter, { ...own('endless.yml'), targets: targets(0, 1) });
  assert.deepEqual(ends(run), ['succeeded', 'unknown NO_END_MARKER']);
  assert.match(run.last.get('ci-1').nativeStatus, /failed=0/);
});

test('ansible: any_errors_fatal leaves the others with no failure and unfinished', { skip }, async () => {
  const tasks = [{ name: 'one fails', command: 'test {{ inventory_hostname }} != host-1' }, END];
  estate.playbook('fatal.yml', tasks, { any_errors_fatal: true });
  const run = await bench.play(adapter, { ...own('fatal.yml'), targets: targets(0, 1) });
  assert.deepEqual(ends(run), ['failed TASK_FAILED', 'unknown NO_END_MARKER']);
});

test('ansible: a host that is cut off in the middle is unknown, because its task goes on', { skip }, async () => {
  estate.playbook('cut.yml', [
    { name: 'long', shell: 'touch begun; sleep 2; touch finished', args: { chdir: '{{ home }}' } },
    END,
  ]);
  const request = bench.request({ ...own('cut.yml'), targets: targets(0, 3) });
  const handle = await adapter.submit(request, signal());
  await until('the task to begin', () => existsSync(onHost(3, 'begun')));
  await estate.all[3].cut();
  const run = await bench.follow(adapter, handle);
  await estate.all[3].start();
  assert.deepEqual(ends(run), ['succeeded', 'unknown CONNECTION_LOST']);
  await until('the task to finish all the same', () => existsSync(onHost(3, 'finished')));
});

test('ansible: a cancel ends Ansible and leaves what a host does running', { skip }, async () => {
  estate.playbook('stop.yml', [
    {
      name: 'long',
      shell: 'touch stop-begun; sleep 2; touch stop-finished',
      args: { chdir: '{{ home }}' },
    },
    { name: 'never', file: { path: '{{ home }}/never', state: 'touch' } },
    END,
  ]);
  const asked = { ...own('stop.yml'), targets: targets(0, 1), maxParallel: 1 };
  const handle = await adapter.submit(bench.request(asked), signal());
  await until('the task to begin', () => existsSync(onHost(0, 'stop-begun')));
  const answer = await adapter.cancel(handle, { mode: 'abort' }, signal());
  assert.match(answer.detail, /may go on/);
  const run = await bench.follow(adapter, handle);
  assert.deepEqual([run.run.outcome, ...ends(run)], ['cancel', 'unknown INTERRUPTED', 'cancelled CANCELLED']);
  await until('the work on the host to go on to its end', () => existsSync(onHost(0, 'stop-finished')));
  assert.deepEqual([existsSync(onHost(0, 'never')), existsSync(onHost(1, 'stop-begun'))], [false, false]);
  assert.equal((await adapter.cancel(handle, { mode: 'abort' }, signal())).accepted, false);
});

test('ansible: a stop lets the group under way come to its end, and begins no other', { skip }, async () => {
  const asked = { ...own('slow.yml'), targets: targets(0, 1), maxParallel: 1 };
  const handle = await adapter.submit(bench.request(asked), signal());
  await bench.follow(adapter, handle, (last) => last.get('ci-0')?.state === 'running');
  await adapter.cancel(handle, { mode: 'stop' }, signal());
  assert.deepEqual(ends(await bench.follow(adapter, handle)), ['succeeded', 'cancelled CANCELLED']);
});

test('ansible: a host that hangs does not outlast the deadline', { skip }, async () => {
  estate.all[4].hang();
  try {
    const deadline = new Date(Date.now() + 3_000).toISOString();
    const patient = await bench.connect({ ...estate.config, connectTimeoutSeconds: 60 });
    const run = await bench.play(patient, { ...FILE, targets: targets(4), deadline });
    assert.deepEqual([run.run.nativeStatus, ...ends(run)], ['expired', 'unknown INTERRUPTED']);
  } finally {
    estate.all[4].wake();
  }
});

test('ansible: after a number of failures no further target is begun', { skip }, async () => {
  estate.playbook('fail.yml', [{ name: 'fails', command: 'test {{ inventory_hostname }} = host-1' }, END]);
  const asked = { ...own('fail.yml'), targets: targets(0, 1, 3), maxParallel: 1, stopAfterFailures: 1 };
  assert.deepEqual(ends(await bench.play(adapter, asked)), ['succeeded', 'failed TASK_FAILED', 'skipped STOPPED']);
});

test('ansible: a playbook that would touch others is refused, or ended before it does', { skip }, async () => {
  const proof = join(bench.folder, 'touched');
  const touch = { name: 'leave', file: { path: proof, state: 'touch' } };
  estate.playbook('elsewhere.yml', [touch], { hosts: 'all:localhost' });
  const request = bench.request({ ...own('elsewhere.yml'), targets: targets(0) });
  assert.match(await refusal(adapter.submit(request, signal())), /FAILED_PRECONDITION: .*localhost/);
  const blocked = await adapter.preflight(request, signal());
  assert.equal(blocked.verdict, 'block');

  estate.playbook('delegates.yml', [{ ...touch, delegate_to: '{{ elsewhere }}' }, END], {
    vars: { elsewhere: 'localhost' },
  });
  const delegated = await bench.play(adapter, { ...own('delegates.yml'), targets: targets(0) });
  assert.deepEqual(ends(delegated), ['skipped OTHER_HOSTS']);
  assert.match(delegated.last.get('ci-0').reason.message, /localhost/);

  estate.write(
    'adds.yml',
    JSON.stringify([
      { hosts: 'all', gather_facts: false, tasks: [{ add_host: { name: 'newcomer', ansible_connection: 'local' } }] },
      { hosts: 'newcomer', gather_facts: false, tasks: [touch] },
    ]),
  );
  const added = await bench.play(adapter, { ...own('adds.yml'), targets: targets(0) });
  assert.deepEqual(ends(added), ['unknown OTHER_HOSTS']);

  estate.playbook('local.yml', [touch, END], { connection: 'local' });
  const local = await bench.play(adapter, { ...own('local.yml'), targets: targets(0) });
  assert.equal(local.last.get('ci-0').state, 'failed', 'the user of the host may not write here');
  assert.equal(existsSync(proof), false);
});

test('ansible: a playbook outside its folder is refused, also behind a link', { skip }, async () => {
  writeFileSync(join(bench.folder, 'outside.yml'), '[]');
  symlinkSync(join(bench.folder, 'outside.yml'), join(estate.playbookDir, 'link.yml'));
  for (const [name, code] of [
    ['link.yml', 'INVALID_ARGUMENT'],
    ['missing.yml', 'FAILED_PRECONDITION'],
  ])
    assert.match(
      await refusal(adapter.submit(bench.request({ ...own(name), targets: targets(0) }), signal())),
      new RegExp(`^${code}`),
    );
});

test('ansible: a host with another key is not touched', { skip }, async () => {
  await estate.all[4].changeKey();
  const run = await bench.play(adapter, { ...FILE, targets: targets(4) });
  assert.deepEqual(ends(run), ['failed HOST_KEY']);
  assert.match(run.last.get('ci-4').reason.message, /Host key verification failed|IDENTIFICATION HAS CHANGED/);
  assert.equal(existsSync(onHost(4, 'app')), false);
});

test('ansible: with its watcher killed a run is over, unknown, and without secrets', { skip }, async () => {
  const secretive = await bench.connect({
    ...estate.config,
    becomePassword: { $secret: 'env:BECOME' },
    vaultPassword: { $secret: 'env:VAULT' },
  });
  const request = bench.request({ ...own('slow.yml'), targets: targets(0, 1) });
  const handle = await secretive.submit(request, signal());
  await bench.follow(secretive, handle, (last) => last.get('ci-0')?.state === 'running');
  const folder = runFolder(request.key);
  assert.deepEqual(readdirSync(join(folder, 'secrets')).sort(), ['become', 'key', 'vault']);
  const sockets = readlinkSync(join(folder, 'sockets'));
  assert.ok(existsSync(sockets));
  for (const place of ['cmdline', 'environ'])
    for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)) {
      let text = '';
      try {
        text = readFileSync(`/proc/${pid}/${place}`, 'latin1');
      } catch {
        continue; // it has just ended
      }
      assert.ok(!/canary-(become-7712|vault-7713)/.test(text), `a secret is in the ${place} of ${pid}`);
    }
  process.kill(JSON.parse(readFileSync(join(folder, 'claim.json'), 'utf8')).pid, 'SIGKILL');
  const run = await bench.follow(secretive, handle);
  assert.deepEqual([run.run.outcome, run.run.nativeStatus], ['unknown', 'lost']);
  for (const end of ends(run)) assert.match(end, /^unknown/);
  assert.deepEqual([existsSync(join(folder, 'secrets')), existsSync(sockets)], [false, false]);
});

test('ansible: by value, by reference and prestaged; verify, undo and remove', { skip }, async () => {
  const [old, fresh] = [bench.artifact('app.txt', 'one\n'), bench.artifact('app.txt', 'two\n')];
  const server = createServer((request, answer) => {
    const isKnown = request.headers.authorization === 'Bearer canary-media-1';
    answer.writeHead(isKnown ? 200 : 401).end(bench.media.get(request.url.slice(1)));
  });
  await new Promise((done) => server.listen(0, '127.0.0.1', done));
  const fetching = await bench.connect({ ...estate.config, mediaToken: { $secret: 'env:MEDIA' } });
  const uri = `http://127.0.0.1:${server.address().port}/${fresh.sha256}`;
  const inUse = () => support.sha256(readFileSync(onHost(0, 'app', 'current', 'app.txt')));
  const act = async (operation, artifact, binding = {}) =>
    await bench.play(fetching, { operation, binding, artifacts: [artifact], targets: targets(0) });
  try {
    const first = await act('install', old);
    assert.equal(first.last.get('ci-0').verifiedSha256, old.sha256);
    assert.equal(inUse(), old.sha256);

    const second = await act('install', { ...fresh, uri }, { delivery: 'by-reference' });
    assert.deepEqual([ends(second), inUse()], [['succeeded'], fresh.sha256]);
    const log = await fetching.logs(second.handle, { maxBytes: 100_000 }, signal());
    assert.match(log.chunk, /PLAY RECAP/);
    assert.equal(log.eof, true);

    assert.equal((await act('verify', fresh)).last.get('ci-0').verifiedSha256, fresh.sha256);
    assert.deepEqual(ends(await act('verify', old)), ['failed DIGEST_MISMATCH']);
    const [third, there] = [bench.artifact('app.txt', 'three\n'), onHost(0, 'app.txt')];
    const prestaged = { delivery: 'prestaged', prestaged: estate.all[0].folder };
    writeFileSync(there, 'thr33\n');
    const spoilt = await act('install', third, prestaged);
    assert.deepEqual([ends(spoilt), inUse()], [['failed DIGEST_MISMATCH'], fresh.sha256]);
    writeFileSync(there, 'three\n');
    assert.equal((await act('install', third, prestaged)).last.get('ci-0').verifiedSha256, third.sha256);
    assert.deepEqual([ends(await act('undo', third)), inUse()], [['succeeded'], fresh.sha256]);

    assert.deepEqual([ends(await act('undo', fresh)), inUse()], [['succeeded'], old.sha256]);
    assert.equal(readlinkSync(onHost(0, 'app', 'current')), `packages/${old.sha256}`);
    assert.deepEqual(ends(await act('remove', old)), ['succeeded']);
    assert.deepEqual(
      [existsSync(onHost(0, 'app', 'current')), readdirSync(onHost(0, 'app', 'packages')).sort()],
      [false, [fresh.sha256, third.sha256].sort()],
    );
  } finally {
    server.close();
  }
});

test('ansible: a rehearsal warns of what is in the way and blocks what would be refused', { skip }, async () => {
  await estate.all[2].stop();
  const said = await adapter.preflight(bench.request({ ...FILE, targets: targets(1, 2) }), signal());
  await estate.all[2].start();
  assert.deepEqual(
    said.targets.map(({ ciId, verdict }) => [ciId, verdict]),
    [
      ['ci-1', 'ok'],
      ['ci-2', 'warn'],
    ],
  );
  assert.match(said.messages.join(), /--check/);
  assert.equal(existsSync(onHost(1, 'app')), false);
});
