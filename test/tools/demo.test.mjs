// The demo on real hosts, as somebody who tries Interlock plays it.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { freePort, root } from './support/server.mjs';
import { whyNoSshHosts } from './support/ssh-hosts.mjs';

/** Plays the demo with a data directory of its own. @returns what it prints, and how it ends */
async function demo(t, args, env = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'interlock-demo-test-'));
  chmodSync(folder, 0o755); // as root the embedded database runs as another user
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const port = await freePort();
  const settings = { NODE_ENV: 'development', INTERLOCK_DATA_DIR: join(folder, 'data'), PORT: String(port) };
  return await new Promise((done) => {
    execFile(
      process.execPath,
      [join(root, 'bin', 'interlock.mjs'), 'demo', ...args],
      { env: { PATH: process.env.PATH, HOME: folder, ...settings, ...env } },
      (error, stdout, stderr) => done({ code: error?.code ?? 0, said: stdout + stderr }),
    );
  });
}

const PROGRAMS = { ssh: ['rsync', 'flock'], ansible: ['ansible-playbook'] };
for (const [tool, programs] of Object.entries(PROGRAMS))
  test(`demo: --tool ${tool} delivers to sixty real hosts`, { skip: whyNoSshHosts(programs) }, async (t) => {
    const { code, said } = await demo(t, ['--tool', tool]);
    assert.equal(code, 0, said);
    assert.match(said, /60 hosts listen on loopback addresses/);
    assert.match(said, /web-08 SUCCEEDED: runs .* \(VERIFIED\).*file verified/, 'what failed at first got it later');
  });

test('demo: --tool ssh says what to install', async (t) => {
  const programs = join(mkdtempSync(join(tmpdir(), 'interlock-programs-')), 'bin');
  t.after(() => rmSync(join(programs, '..'), { recursive: true, force: true }));
  mkdirSync(programs);
  symlinkSync('/usr/bin/which', join(programs, 'which'));
  const { code, said } = await demo(t, ['--tool', 'ssh'], { PATH: programs });
  assert.equal(code, 1);
  assert.match(said, /Not installed: .*rsync.*apt-get install .*rsync/);
  const unknown = await demo(t, ['--tool', 'carrier-pigeon']);
  assert.match(unknown.said, /Allowed choices are directory, ssh, ansible/);
});
