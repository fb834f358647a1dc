import { afterAll, afterEach, describe, expect, test } from '@jest/globals';
import { checkAdapter, conformanceCases } from '../../src/adapters/conformance.js';
import { loaderFor } from '../adapters/support/conformance-subject.js';
import { right } from '../adapters/support/wrong-adapters/right-adapter.js';
import { RIGHT_FIXTURES } from '../adapters/support/wrong-adapters/right-fixtures.js';
import { entryOf, WRONG_ADAPTERS, wrongAdapter } from '../adapters/support/wrong-adapters/wrong-adapters.js';
import { endLeftBehind } from '../adapters/support/wrong-adapters/wrong-starts.js';

afterEach(endLeftBehind);
afterAll(endLeftBehind);

const optionsFor = (name: string) => ({ env: process.env, entry: entryOf(name), nodeOptions: loaderFor('ts') });

/** What the core itself keeps for every adapter: the kit shows that it does, and no adapter can break it. */
const KEPT_BY_THE_CORE = [
  'submit: an incomplete request is INVALID_ARGUMENT and starts nothing',
  'submit: no target, or one named twice, is INVALID_ARGUMENT and starts nothing',
  'submit: an operation that is not offered is UNIMPLEMENTED and starts nothing',
  'limits: more targets than the limit are INVALID_ARGUMENT and start nothing',
];

test('an adapter that keeps the contract passes every case, and the report says so', async () => {
  const told: string[] = [];
  const report = await checkAdapter(right, RIGHT_FIXTURES, {
    ...optionsFor(''),
    each: (result) => void told.push(result.name),
  });
  expect(report.results.filter((result) => !result.passed)).toEqual([]);
  expect(report).toMatchObject({
    passed: true,
    notChecked: [],
    adapter: { id: 'seeded', version: '1.0.0' },
    capabilities: { submit: 'idempotent' },
  });
  expect(told).toEqual(report.results.map((result) => result.name));
}, 120_000);

test('every case finds a wrong adapter, or shows what the core keeps', async () => {
  const cases = (await conformanceCases(right, RIGHT_FIXTURES, optionsFor(''))).map(({ name }) => name);
  const finding = new Set(Object.values(WRONG_ADAPTERS).flatMap(({ finds }) => finds));
  expect(cases.filter((name) => !finding.has(name) && !KEPT_BY_THE_CORE.includes(name))).toEqual([]);
  expect([...finding, ...KEPT_BY_THE_CORE].filter((name) => !cases.includes(name))).toEqual([]);
});

describe('the kit finds every wrong adapter', () => {
  const expected = Object.entries(WRONG_ADAPTERS).map(([name, { finds }]) => [name, finds] as const);

  test.each(expected)(
    'one that %s',
    async (name, finds) => {
      const cases = await conformanceCases(wrongAdapter(name), RIGHT_FIXTURES, optionsFor(name));
      for (const wanted of finds) {
        const found = cases.find((one) => one.name === wanted);
        expect(found).toBeDefined();
        await expect(found?.run()).rejects.toThrow();
        endLeftBehind();
      }
    },
    60_000,
  );

  test('and a report of a faulty adapter names the case and the reason', async () => {
    const report = await checkAdapter(wrongAdapter('invents a target'), RIGHT_FIXTURES, optionsFor('invents a target'));
    const failed = report.results.filter((result) => !result.passed);
    expect(report.passed).toBe(false);
    expect(failed).toContainEqual(
      expect.objectContaining({
        name: 'observe: every target reaches a final state, and none is invented',
        problem: expect.stringContaining('exactly the requested targets'),
      }),
    );
  }, 120_000);
});

test('an adapter that cannot be connected is an error, not a report', async () => {
  const module = { ...right, create: async () => Promise.reject(new Error('no licence')) };
  await expect(checkAdapter(module, RIGHT_FIXTURES, { env: process.env })).rejects.toThrow('no licence');
});
