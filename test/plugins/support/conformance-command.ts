import { mkdtempSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import type { ConformanceFixtures } from '../../../src/adapters/conformance/fixtures.js';
import { FOR_KIT, type KitName } from '../../simulators/for-kit.js';
import { launch } from '../../support/command.js';

/** How long one run of the kit may take. */
const PATIENCE_MS = 300_000;

/** A run of `interlock adapter conformance` for one way to use a plugin. */
export interface KitRun {
  readonly name: string;
  readonly fixtures: ConformanceFixtures;
  /** How many cases must apply: a kit that skips everything proves nothing. */
  readonly atLeast: number;
}

/** The same fixtures with a simulator that runs already: to start one for each case takes longer than most cases. */
export async function withRunning(name: KitName, fixtures: ConformanceFixtures): Promise<ConformanceFixtures> {
  const simulator = FOR_KIT[name]();
  await simulator.start();
  afterAll(async () => await simulator.stop());
  const { command: _command, ...rest } = fixtures.tool ?? {};
  return { ...fixtures, tool: { ...rest, http: simulator.url } };
}

interface CaseLine {
  readonly title: string;
  readonly passed: boolean;
  /** Everything that the command says about the case. */
  readonly said: string;
}

/** What the command says about each case: a line, and the problem below it. */
function casesIn(stdout: string): CaseLine[] {
  return stdout.split(/^(?=ok {4} {2}|FAILED {2}|-- {6}|\d+ passed, )/m).flatMap((said) => {
    const [, word, title] = /^(ok|FAILED) +(.+) \(\d+ ms\)/.exec(said) ?? [];
    return title === undefined ? [] : [{ title, passed: word === 'ok', said }];
  });
}

/**
 * Declares a test for every case that the command line runs for an adapter. The runs go on at the same time: most of
 * their time they wait.
 */
export async function describeCommand(adapter: string, runs: readonly KitRun[]): Promise<void> {
  const folder = mkdtempSync(join(process.env['INTERLOCK_TEST_FOLDER'] as string, 'conformance-'));
  const ended = runs.map(async ({ fixtures }, number) => {
    const file = join(folder, `${number}.json`);
    writeFileSync(file, JSON.stringify(fixtures));
    const { child, ended: end } = launch(['adapter', 'conformance', adapter, '--fixtures', file], {});
    const timer = setTimeout(() => child.kill('SIGKILL'), PATIENCE_MS);
    return await end.finally(() => clearTimeout(timer));
  });
  const results = await Promise.all(ended);
  for (const [number, { name, atLeast }] of runs.entries()) {
    const { code, stdout, stderr } = results[number] as (typeof results)[number];
    const cases = casesIn(stdout);
    describe(`interlock adapter conformance ${adapter}: ${name}`, () => {
      test(`at least ${atLeast} cases apply, and the command succeeds`, () => {
        expect([code, stderr]).toEqual([0, '']);
        expect(cases.length).toBeGreaterThanOrEqual(atLeast);
        expect(stdout).toContain(`${cases.length} passed, 0 failed`);
      });

      test.each(cases)('$title', ({ passed, said }) => expect([passed, said]).toEqual([true, said]));
    });
  }
}
