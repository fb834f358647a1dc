import { describe, expect, test } from '@jest/globals';
import { settled } from './support/answers.js';

describe('answers in which errors race', () => {
  const answer = (field: string, message: string, data: object) =>
    `200 ${JSON.stringify({ errors: [{ message, path: ['node', field] }], data })}`;

  test('are alike when the same position was lost', () => {
    expect(settled(answer('a', 'x', { node: null }))).toBe(settled(answer('b', 'y', { node: null })));
  });

  test('are alike when one of them was written before a second error below the same position', () => {
    const errors = ['a', 'b'].map((field) => ({ message: field, path: ['node', field] }));
    const both = `200 ${JSON.stringify({ errors, data: null })}`;
    expect(settled(both)).toBe(settled(`200 ${JSON.stringify({ errors: errors.slice(0, 1), data: null })}`));
  });

  test.each([
    ['another position', answer('a', 'x', { node: { a: null } }), answer('a', 'x', { node: null })],
    [
      'another error of a field that is null itself',
      answer('a', 'x', { node: { a: null } }),
      answer('a', 'y', { node: { a: null } }),
    ],
    ['other data', answer('a', 'x', { node: null, b: 1 }), answer('a', 'x', { node: null, b: 2 })],
    [
      'a second error elsewhere',
      answer('a', 'x', { node: null }),
      `200 ${JSON.stringify({
        errors: [
          { message: 'x', path: ['node', 'a'] },
          { message: 'x', path: ['other'] },
        ],
        data: { node: null, other: null },
      })}`,
    ],
    ['no error', answer('a', 'x', { node: null }), '200 {"data":{"node":null}}'],
    ['another status', answer('a', 'x', { node: null }), answer('a', 'x', { node: null }).replace('200', '400')],
  ])('differ by %s', (_, one, other) => {
    expect(settled(one)).not.toBe(settled(other));
  });
});
