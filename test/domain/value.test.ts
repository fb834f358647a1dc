import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { CURSOR_VALUES, keepsNumber, problemOfText, problemOfValue, unkeptNumber } from '../../src/domain/value.js';

describe('a number', () => {
  test.each(['0', '-0', '1', '0.1', '1.0', '1e21', '1E+2', '12345678901234567000', '5e-324', '1e308', '100e-2'])(
    '%s is kept',
    (token) => expect(keepsNumber(token)).toBe(true),
  );

  test.each(['9007199254740993', '1e400', '-1e400', '1e-400', '0.1234567890123456789', '12345678901234567890123'])(
    '%s is not kept',
    (token) => expect(keepsNumber(token)).toBe(false),
  );

  test('is found in a JSON text, and not in the texts of it', () => {
    expect(unkeptNumber('{"a":[1,{"b":9007199254740993}]}')).toBe('9007199254740993');
    expect(unkeptNumber('{"a":1e400}')).toBe('1e400');
    expect(unkeptNumber('{"9007199254740993":"1e400 \\" 1e400","b":1}')).toBeUndefined();
    expect(unkeptNumber('{"a":"\\\\","b":1e400}')).toBe('1e400');
  });

  test('that JavaScript wrote is always kept', () => {
    fc.assert(fc.property(fc.jsonValue(), (value) => expect(unkeptNumber(JSON.stringify(value))).toBeUndefined()));
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) =>
        expect(keepsNumber(String(value))).toBe(true),
      ),
    );
  });
});

describe('a value', () => {
  test.each<[string, unknown, object]>([
    ['U+0000 in a text', { a: [{ b: 'x\u0000' }] }, { path: 'a.0.b', problem: expect.stringContaining('U+0000') }],
    ['half of a pair', { a: '\ud800' }, { path: 'a', problem: expect.stringContaining('surrogate') }],
    ['a name', { a: { 'b\u0000': 1 } }, { path: 'a.b', problem: expect.stringContaining('name') }],
    ['infinity', [1, Infinity], { path: '1', problem: expect.stringContaining('number') }],
    ['depth', [[[[]]]], { path: '0.0.0', problem: 'is nested more than 3 levels deep' }],
  ])('with %s is refused, with its place', (_, value, problem) => expect(problemOfValue(value, 3)).toEqual(problem));

  test('may be deeper than the stack', () => {
    let value: unknown = 1;
    for (let i = 0; i < 200_000; i++) value = [value];
    expect(problemOfValue(value, 64)).toMatchObject({ problem: 'is nested more than 64 levels deep' });
  });

  test('that has nothing of this is accepted', () => {
    expect(problemOfValue({ a: ['ü😀', 1, null, true, { '': -0.5 }] }, 3)).toBeUndefined();
    expect(problemOfText('\ud83d\ude00')).toBeUndefined();
  });
});

test.each<[keyof typeof CURSOR_VALUES, readonly unknown[], readonly unknown[]]>([
  ['uuid', ['01920000-0000-7000-8000-000000000000'], ['x', 1, '01920000-0000-7000-8000-00000000000', '']],
  ['text', ['', 'a', '😀'], ['\u0000', '\udc00', 1]],
  ['int', [0, -1, 2_147_483_647], [2 ** 31, 1.5, '1', Infinity]],
  ['bigint', [0, 2 ** 53 - 1, '12'], [2 ** 53, 'NaN', '1.5', '', 0.5]],
  [
    'timestamptz',
    ['2026-11-22 17:00:00+00', '2024-02-29 17:00:00.123456+00', '9999-12-31 23:59:59.9999+00', 'infinity'],
    ['now', 'NaN', '2026-02-29 00:00:00+00', '0000-01-01 00:00:00+00', '2026-11-22 24:00:00+00', '2026-11-22', 5],
  ],
])('a cursor carries values of %s only', (type, good, bad) => {
  for (const value of good) expect([value, CURSOR_VALUES[type](value)]).toEqual([value, true]);
  for (const value of bad) expect([value, CURSOR_VALUES[type](value)]).toEqual([value, false]);
});
