// The exec program in Python passes the conformance kit, as its author would run it.
import assert from 'node:assert/strict';
import { execFile, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { root } from './support/server.mjs';

const hasPython = spawnSync('python3', ['-c', 'import sys; sys.exit(sys.version_info < (3, 9))']).status === 0;

test(
  'exec-python: the contract, by a program with nothing but the standard library',
  { skip: hasPython ? false : 'no python3 (3.9 or newer) in the path (apt-get install python3)' },
  async () => {
    const command = ['adapter', 'conformance', 'exec', '--fixtures', 'examples/exec-python/fixtures.json'];
    const { stdout } = await promisify(execFile)(process.execPath, [join(root, 'bin/interlock.mjs'), ...command], {
      cwd: root,
    }).catch((error) => error);
    assert.deepEqual(stdout.match(/^FAILED.*(\n {8}.*)?/gm), null);
    assert.match(stdout, /4\d passed, 0 failed/);
  },
);
