import { describe, expect, test } from '@jest/globals';
import { environmentOf, Gate } from '../../src/adapters/programs.js';

const never = new AbortController().signal;

describe('Gate', () => {
  test('lets so many in at a time, in the order in which they came', async () => {
    const gate = new Gate(2);
    const begun: number[] = [];
    const ends: (() => void)[] = [];
    const calls = [0, 1, 2, 3].map((n) =>
      gate.pass(never, async () => {
        begun.push(n);
        await new Promise<void>((end) => ends.push(end));
        return n;
      }),
    );
    for (const inside of [2, 3, 4, 4]) {
      expect(begun).toHaveLength(inside);
      ends.shift()?.();
      await new Promise(setImmediate);
    }
    expect([begun, await Promise.all(calls)]).toEqual([
      [0, 1, 2, 3],
      [0, 1, 2, 3],
    ]);
  });

  test('who gives up leaves the line, and a failure leaves the place', async () => {
    const gate = new Gate(1);
    let fail = (_error: Error): void => undefined;
    const first = gate.pass(never, async () => await new Promise((_resolve, reject) => (fail = reject)));
    const patience = new AbortController();
    const second = gate.pass(patience.signal, async () => 'second');
    const third = gate.pass(never, async () => 'third');
    patience.abort(new Error('given up'));
    await expect(second).rejects.toThrow('given up');
    fail(new Error('broken'));
    await expect(first).rejects.toThrow('broken');
    expect(await third).toBe('third');
    await expect(gate.pass(AbortSignal.abort(new Error('too late')), async () => 'fourth')).rejects.toThrow('too late');
  });
});

test('secrets get their values, and everything else stays', async () => {
  const secrets = { get: async ({ $secret }: { $secret: string }) => `value of ${$secret}` };
  expect(await environmentOf({ PLAIN: 'text', WORD: { $secret: 'env:A' } }, secrets)).toEqual({
    PLAIN: 'text',
    WORD: 'value of env:A',
  });
  expect(await environmentOf(undefined, secrets)).toEqual({});
});
