// The exec program in Python passes the conformance kit, as its author would run it.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { conformance } from './support/conformance.mjs';

const hasPython = spawnSync('python3', ['-c', 'import sys; sys.exit(sys.version_info < (3, 9))']).status === 0;

test(
  'exec-python: the contract, by a program with nothing but the standard library',
  { skip: hasPython ? false : 'no python3 (3.9 or newer) in the path (apt-get install python3)' },
  async () => {
    const { passed, failed } = await conformance('exec', 'examples/exec-python/fixtures.json');
    assert.deepEqual(failed, []);
    assert.ok(passed >= 40, `${passed} cases apply`);
  },
);
