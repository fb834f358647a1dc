import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import type { AdapterModule } from '../../../src/adapters/adapter.js';
import { conformanceCases } from '../../../src/adapters/conformance.js';
import type { ConformanceFixtures } from '../../../src/adapters/conformance/fixtures.js';

/** Fixtures of a plugin, as they lie beside it. @param path from the root of the repository */
export const fixturesIn = (path: string): ConformanceFixtures =>
  JSON.parse(readFileSync(new URL(`../../../${path}`, import.meta.url), 'utf8')) as ConformanceFixtures;

/**
 * Declares a test for every conformance case that applies to an adapter.
 * @param atLeast how many must apply: a kit that skips everything proves nothing
 */
export async function describeConformance(
  name: string,
  module: AdapterModule,
  fixtures: ConformanceFixtures,
  atLeast: number,
): Promise<void> {
  const cases = await conformanceCases(module, fixtures, { env: process.env });
  describe(name, () => {
    test(`at least ${atLeast} cases apply, each with a name of its own`, () => {
      expect(cases.length).toBeGreaterThanOrEqual(atLeast);
      expect(new Set(cases.map((one) => one.name)).size).toBe(cases.length);
    });

    test.each(cases.map((one) => [one.name, one] as const))('%s', (_name, one) => one.run(), 120_000);
  });
}
