import { afterAll, afterEach, describe, expect, test } from '@jest/globals';
import { checkAdapter, conformanceCases } from '../../src/adapters/conformance.js';
import {
  endLeftBehind,
  FAULTS,
  SEEDED_FIXTURES,
  seededAdapter,
  type Fault,
} from '../adapters/support/seeded-adapter.js';

afterEach(endLeftBehind);
afterAll(endLeftBehind);

const options = { env: process.env };

test('an adapter that keeps the contract passes every case, and the report says so', async () => {
  const told: string[] = [];
  const report = await checkAdapter(seededAdapter(), SEEDED_FIXTURES, {
    ...options,
    each: (result) => void told.push(result.name),
  });
  expect(report.results.filter((result) => !result.passed)).toEqual([]);
  expect(report).toMatchObject({
    passed: true,
    adapter: { id: 'seeded', version: '1.0.0' },
    capabilities: { submit: 'idempotent' },
  });
  expect(told).toEqual(report.results.map((result) => result.name));
  expect(report.results.length).toBeGreaterThan(35);
});

describe('the kit finds every seeded fault', () => {
  const expected = Object.entries(FAULTS).map(([fault, names]) => [fault as Fault, names] as const);

  test.each(expected)('an adapter that %s', async (fault, names) => {
    const cases = await conformanceCases(seededAdapter(fault), SEEDED_FIXTURES, options);
    for (const name of names) {
      const found = cases.find((one) => one.name === name);
      expect(found).toBeDefined();
      await expect(found?.run()).rejects.toThrow();
      endLeftBehind();
    }
  });

  test('and a report of a faulty adapter names the case and the reason', async () => {
    const report = await checkAdapter(seededAdapter('invents a target'), SEEDED_FIXTURES, options);
    const failed = report.results.filter((result) => !result.passed);
    expect(report.passed).toBe(false);
    expect(failed).toContainEqual(
      expect.objectContaining({
        name: 'observe: every target reaches a final state, and none is invented',
        problem: expect.stringContaining('exactly the requested targets'),
      }),
    );
  });
});

test('an adapter that cannot be connected is an error, not a report', async () => {
  const module = { ...seededAdapter(), create: async () => Promise.reject(new Error('no licence')) };
  await expect(checkAdapter(module, SEEDED_FIXTURES, options)).rejects.toThrow('no licence');
});
