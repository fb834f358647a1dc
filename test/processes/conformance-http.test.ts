import { describe, expect, test } from '@jest/globals';
import { checkAdapter, conformanceCases } from '../../src/adapters/conformance.js';
import { HTTP_FIXTURES, httpModule, WRONG_OVER_HTTP } from '../adapters/support/wrong-adapters/http-adapter.js';

const options = { env: process.env };

test('an adapter over HTTP that keeps the contract passes every case', async () => {
  const { results, notChecked } = await checkAdapter(httpModule(), HTTP_FIXTURES, options);
  expect(results.filter((result) => !result.passed)).toEqual([]);
  expect(notChecked.map(({ name }) => name)).not.toContainEqual(expect.stringMatching(/^errors:/));
}, 120_000);

test('every case about a tool in trouble finds a wrong adapter', async () => {
  const cases = (await conformanceCases(httpModule(), HTTP_FIXTURES, options)).map(({ name }) => name);
  const finding = new Set(Object.values(WRONG_OVER_HTTP).flatMap(({ finds }) => finds));
  expect([...finding].toSorted()).toEqual(cases.filter((name) => name.startsWith('errors:')).toSorted());
});

describe('the kit finds every adapter that is wrong over HTTP', () => {
  test.each(Object.entries(WRONG_OVER_HTTP))('one that %s', async (_name, { finds, change }) => {
    const cases = await conformanceCases(httpModule(change), HTTP_FIXTURES, options);
    for (const wanted of finds) {
      const found = cases.find((one) => one.name === wanted);
      expect(found).toBeDefined();
      await expect(found?.run()).rejects.toThrow();
    }
  });
});
