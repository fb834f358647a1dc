import { fileURLToPath } from 'node:url';
import type { ConformanceFixtures } from '../../src/adapters/conformance/fixtures.js';
import { exec } from '../../plugins/exec/exec.adapter.js';
import { describeConformance, fixturesIn } from '../adapters/support/conformance-subject.js';

const modestProgram: ConformanceFixtures = {
  config: { command: ['${node}', fileURLToPath(new URL('../adapters/support/modest-program.mjs', import.meta.url))] },
  targets: [
    { ciId: 'ci-1', name: 'one', binding: {} },
    { ciId: 'ci-2', name: 'two', binding: {} },
  ],
  runs: '${dir}/work/runs',
};

await describeConformance(
  'exec with examples/exec-directory',
  exec,
  fixturesIn('examples/exec-directory/fixtures.json'),
  40,
);
await describeConformance('exec with a program that promises little', exec, modestProgram, 20);
