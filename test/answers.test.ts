import { describe, expect, test } from '@jest/globals';
import { settled } from './support/answers.js';

describe('answers in which errors race', () => {
  const answer = (field: string, message: string, data: object) =>
    `200 ${JSON.stringify({ errors: [{ message, path: ['node', field] }], data })}`;

  test('are alike when the same position was lost', () => {
    expect(settled(answer('a', 'x', { node: null }))).toBe(settled(answer('b', 'y', { node: null })));
  });

  test.each([
    ['another position', answer('a', 'x', { node: { a: null } }), answer('a', 'x', { node: null })],
    [
      'another error of a field that is null itself',
      answer('a', 'x', { node: { a: null } }),
      answer('a', 'y', { node: { a: null } }),
    ],
    ['other data', answer('a', 'x', { node: null, b: 1 }), answer('a', 'x', { node: null, b: 2 })],
    ['no error', answer('a', 'x', { node: null }), '200 {"data":{"node":null}}'],
    ['another status', answer('a', 'x', { node: null }), answer('a', 'x', { node: null }).replace('200', '400')],
  ])('differ by %s', (_, one, other) => {
    expect(settled(one)).not.toBe(settled(other));
  });
});
