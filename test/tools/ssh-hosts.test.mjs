// The hosts that the tests of SSH tools work on: they must be able to go wrong in every way that those tests need.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { startSshHosts, whyNoSshHosts } from './support/ssh-hosts.mjs';

/** Runs a command on a host, as any tool would. */
const ssh = async (hosts, host, command, options = []) =>
  await new Promise((done) => {
    const common = ['BatchMode=yes', 'StrictHostKeyChecking=yes', 'ConnectTimeout=2', 'GlobalKnownHostsFile=/dev/null'];
    const args = [...common, `UserKnownHostsFile=${hosts.knownHostsFile}`, ...options].flatMap((o) => ['-o', o]);
    execFile(
      'ssh',
      ['-F', '/dev/null', ...args, '-i', hosts.keyFile, '-p', hosts.port, `${hosts.user}@${host.address}`, command],
      (error, stdout, stderr) => done({ code: error?.code ?? 0, stdout, stderr }),
    );
  });

test('ssh-hosts: 20 hosts, and every way in which one goes away', { skip: whyNoSshHosts() }, async (t) => {
  const hosts = await startSshHosts({ count: 20, alone: 3 });
  t.after(() => hosts.end());
  const [first, second, third] = hosts.all;

  const names = await Promise.all(hosts.all.map((host) => ssh(hosts, host, 'echo $TEST_HOST; id -un')));
  assert.deepEqual(
    names.map(({ stdout }) => stdout),
    hosts.all.map(({ name }) => `${name}\n${hosts.user}\n`),
    'each knows who it is',
  );
  assert.notEqual(hosts.user, 'root');
  assert.throws(() => hosts.all[19].hang(), /shares its sshd/, 'a host that shares cannot be taken away');

  const marker = join(first.folder, 'finished');
  const gate = join(first.folder, 'gate');
  await ssh(hosts, first, `mkfifo ${gate}`);
  const cut = ssh(hosts, first, `touch ${first.folder}/begun; read -r _ < ${gate}; touch ${marker}`);
  await ssh(hosts, second, `while [ ! -e ${first.folder}/begun ]; do sleep 0.02; done`);
  await first.cut();
  assert.equal((await cut).code, 255, 'a connection that is cut ends without a word');
  assert.match((await ssh(hosts, first, 'true')).stderr, /refused/, 'and nobody gets in');
  assert.equal(hosts.commands().length > 0, true, 'while the command goes on');
  writeFileSync(gate, 'go on\n');
  await ssh(hosts, second, `while [ ! -e ${marker} ]; do sleep 0.02; done`);
  await first.start();
  assert.equal((await ssh(hosts, first, 'true')).code, 0, 'back with the same key');

  second.hang();
  assert.match((await ssh(hosts, second, 'true')).stderr, /timed out/, 'a host that hangs lets a login wait');
  second.wake();
  assert.equal((await ssh(hosts, second, 'true')).code, 0);

  await third.changeKey();
  assert.match((await ssh(hosts, third, 'true')).stderr, /HOST IDENTIFICATION HAS CHANGED/);
  hosts.learn();
  third.program('sha256sum', '#!/bin/sh\necho broken\n');
  assert.equal((await ssh(hosts, third, 'sha256sum /etc/passwd')).stdout, 'broken\n', 'a program of this host only');
  assert.notEqual((await ssh(hosts, second, 'sha256sum /etc/passwd')).stdout, 'broken\n');
  assert.match(readFileSync(hosts.knownHostsFile, 'utf8'), /^\[127\.0\.9\.1\]:\d+ ssh-ed25519 /);
});
