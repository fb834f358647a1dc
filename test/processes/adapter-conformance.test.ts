import { resolve } from 'node:path';
import type { ConformanceFixtures } from '../../src/adapters/conformance/fixtures.js';
import { fixturesIn } from '../adapters/support/conformance-subject.js';
import { describeCommand } from '../plugins/support/conformance-command.js';

// The adapters that need no tool from outside.
const modestProgram: ConformanceFixtures = {
  config: { command: ['${node}', resolve('test/adapters/support/modest-program.mjs')] },
  targets: [
    { ciId: 'ci-1', name: 'one', binding: {} },
    { ciId: 'ci-2', name: 'two', binding: {} },
  ],
  runs: '${dir}/work/runs',
};
const directory = fixturesIn('examples/exec-directory/fixtures.json');

await Promise.all([
  describeCommand('exec', [
    { name: 'with examples/exec-directory', fixtures: directory, atLeast: 50 },
    { name: 'with a program that promises little', fixtures: modestProgram, atLeast: 20 },
  ]),
  describeCommand('simulator', [
    { name: 'with its fixtures', fixtures: fixturesIn('plugins/simulator/fixtures.json'), atLeast: 60 },
  ]),
  describeCommand('manual', [
    { name: 'with its fixtures', fixtures: fixturesIn('plugins/manual/fixtures.json'), atLeast: 20 },
  ]),
]);
