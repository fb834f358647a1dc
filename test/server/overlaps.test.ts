import { describe, expect, test } from '@jest/globals';
import { parse } from 'graphql';
import { overlapsOf } from '../../src/server/overlaps.js';

const overlaps = (text: string, most = 1_000_000) => overlapsOf(parse(text), most);
const pairs = (n: number) => (n * (n - 1)) / 2;

describe('the pairs of fields that the validator compares', () => {
  test.each([
    ['no field twice', '{ a b c { a b } }', 0],
    ['a field twice', '{ a a }', 1],
    ['two fields under one name', '{ x: a x: b }', 1],
    ['a field under two names', '{ x: a y: a }', 0],
    ['a field n times', `{ ${'a '.repeat(50)} }`, pairs(50)],
    ['the fields below, too', `{ ${'a { b } '.repeat(50)} }`, 2 * pairs(50)],
    ['fields below from two sides', '{ a { b b } a { b b } }', 1 + pairs(4)],
    ['inline fragments', '{ ... { a } ... on Q { a } a }', pairs(3)],
    ['fragments, once per level', '{ ...f ...f ...g } fragment f on Q { a } fragment g on Q { a }', 1],
    ['a fragment within itself', '{ ...f } fragment f on Q { a a ...f }', 1 + pairs(4)],
    ['a fragment below itself', '{ ...f } fragment f on Q { a { ...f } }', 0],
    ['an unknown fragment', '{ a a ...f }', 1],
  ])('of %s', (_what, text, expected) => expect(overlaps(text)).toBe(expected));

  test('are not counted beyond what is allowed, whatever the document does', () => {
    const doubling = Array.from(
      { length: 60 },
      (_, i) => `fragment f${i} on Q { x { ...f${i + 1} } y { ...f${i + 1} } }`,
    );
    expect(overlaps(`{ ...f0 } ${doubling.join(' ')} fragment f60 on Q { a }`, 1_000)).toBe(1_001);
    expect(overlaps(`{ ${'a { b { c } } '.repeat(1_000)} }`, 1_000)).toBeGreaterThan(1_000);
  });
});
