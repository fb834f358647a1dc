import { expect, test } from '@jest/globals';
import { BoundedMap, bytesOf } from '../../src/domain/bounded-map.js';

test('a bounded map keeps what was used last, up to its number of entries', () => {
  const gone: string[] = [];
  const map = new BoundedMap<number>({ entries: 2, bytes: 1_000 }, (_, key) => void gone.push(key));
  map.set('a', 1);
  map.set('b', 2);
  expect(map.get('a')).toBe(1);
  map.set('c', 3);
  expect([map.get('a'), map.get('b'), map.get('c'), gone]).toEqual([1, undefined, 3, ['b']]);
});

test('it never has more bytes than allowed, and one entry takes at most an eighth of them', () => {
  const map = new BoundedMap<string>({ entries: 1_000, bytes: 800 });
  expect([map.set('large', '', 101), map.set('kept', '', 50)]).toEqual([false, true]);
  for (let i = 0; i < 100; i++) {
    map.set(`${i}`, '', 90);
    expect(map.bytes).toBeLessThanOrEqual(800);
  }
  expect(map.size).toBe(8);
  map.set('99', '', 10);
  expect([map.has('99'), map.bytes]).toEqual([true, 8 * 90 - 80 + 8 * bytesOf('99')]);
  for (let i = 0; i < 100; i++) map.delete(`${i}`);
  expect([map.size, map.bytes]).toEqual([0, 0]);
});
