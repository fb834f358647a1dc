import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { jsonText } from '../../src/server/graphql/json-text.js';

test('writes what JSON.stringify writes, whatever the size', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.anything({ withDate: true, withNullPrototype: true })), async (items) => {
      const value = {
        data: { small: items, large: [...Array.from({ length: 300 }, () => items), { at: new Date(0) }] },
      };
      expect(await jsonText(value)).toBe(JSON.stringify(value));
    }),
    { numRuns: 50 },
  );
});

test('leaves out what JSON cannot have, and lets others have their turn', async () => {
  const value = {
    rows: Array.from({ length: 100_000 }, (_, n) => ({ n, gone: undefined, list: [undefined, () => n] })),
  };
  let turns = 0;
  const timer = setInterval(() => turns++, 0);
  const text = jsonText(value);
  expect(typeof text).not.toBe('string');
  expect(await text).toBe(JSON.stringify(value));
  clearInterval(timer);
  expect(turns).toBeGreaterThan(2);
});
