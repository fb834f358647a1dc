import { readFileSync } from 'node:fs';
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
