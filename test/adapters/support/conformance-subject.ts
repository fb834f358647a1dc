import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import type { AdapterModule } from '../../../src/adapters/adapter.js';
import { conformanceCases } from '../../../src/adapters/conformance.js';
import type { ConformanceFixtures } from '../../../src/adapters/conformance/fixtures.js';

/** Fixtures of a plugin, as they lie beside it. @param path from the root of the repository */
export const fixturesIn = (path: string): ConformanceFixtures =>
  JSON.parse(readFileSync(new URL(`../../../${path}`, import.meta.url), 'utf8')) as ConformanceFixtures;

/**
 * Options of Node with which another process can load an adapter: a loader for our TypeScript, or nothing for what is
 * built.
 */
export const loaderFor = (kind: 'ts' | 'js'): string[] =>
  kind === 'ts' ? ['--import', new URL('./typescript.mjs', import.meta.url).href.split('?')[0] as string] : [];

/**
 * Declares a test for every conformance case that applies to an adapter.
 * @param atLeast how many must apply: a kit that skips everything proves nothing
 * @param entry the built file of the adapter from the root of the repository, e.g. `dist/plugins/exec/exec.adapter.js`.
 *   With it the kit also starts the adapter in processes of its own.
 */
export async function describeConformance(
  name: string,
  module: AdapterModule,
  fixtures: ConformanceFixtures,
  atLeast: number,
  entry?: string,
): Promise<void> {
  const built = entry === undefined ? {} : { entry: new URL(`../../../${entry}`, import.meta.url).href };
  const cases = await conformanceCases(module, fixtures, { env: process.env, ...built });
  describe(name, () => {
    test(`at least ${atLeast} cases apply, each with a name of its own`, () => {
      expect(cases.length).toBeGreaterThanOrEqual(atLeast);
      expect(new Set(cases.map((one) => one.name)).size).toBe(cases.length);
    });

    test.each(cases.map((one) => [one.name, one] as const))('%s', (_name, one) => one.run(), 120_000);
  });
}
