import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from '@jest/globals';
import type { AdapterModule } from '../../src/adapters/adapter.js';
import { conformanceCases } from '../../src/adapters/conformance.js';
import type { ConformanceFixtures } from '../../src/adapters/conformance/fixtures.js';
import { exec } from '../../plugins/exec/exec.adapter.js';
import { manual } from '../../plugins/manual/manual.adapter.js';
import { simulator } from '../../plugins/simulator/simulator.adapter.js';

const fixturesIn = (path: string): ConformanceFixtures =>
  JSON.parse(readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8')) as ConformanceFixtures;

const modestProgram: ConformanceFixtures = {
  config: { command: ['${node}', fileURLToPath(new URL('./support/modest-program.mjs', import.meta.url))] },
  targets: [
    { ciId: 'ci-1', name: 'one', binding: {} },
    { ciId: 'ci-2', name: 'two', binding: {} },
  ],
  runs: '${dir}/work/runs',
};

const subjects: [string, AdapterModule, ConformanceFixtures, number][] = [
  ['simulator', simulator, fixturesIn('plugins/simulator/fixtures.json'), 45],
  ['manual', manual, fixturesIn('plugins/manual/fixtures.json'), 20],
  ['exec with examples/exec-directory', exec, fixturesIn('examples/exec-directory/fixtures.json'), 40],
  ['exec with a program that promises little', exec, modestProgram, 20],
];

for (const [name, module, fixtures, atLeast] of subjects) {
  const cases = await conformanceCases(module, fixtures, { env: process.env });
  describe(name, () => {
    test(`at least ${atLeast} cases apply, each with a name of its own`, () => {
      expect(cases.length).toBeGreaterThanOrEqual(atLeast);
      expect(new Set(cases.map((one) => one.name)).size).toBe(cases.length);
    });

    test.each(cases.map((one) => [one.name, one] as const))('%s', (_name, one) => one.run(), 120_000);
  });
}
