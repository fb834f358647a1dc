import type { Chance } from '../support/random-input.js';

/** Text that becomes a number as it is written here, which JSON.stringify would round. */
export const RAW_NUMBER = '\u0007number:';

/** Text that becomes objects in objects, more than JSON.stringify could write. */
const DEEP = '\u0007deep:';

/** The body of a request, with numbers exactly as they were meant. */
export const rawJson = (value: unknown): string =>
  JSON.stringify(value)
    .replace(/"\\u0007number:([^"]*)"/g, (_, number: string) => number)
    .replace(/"\\u0007deep:(\d+)"/g, (_, depth: string) => '{"a":'.repeat(+depth) + '1' + '}'.repeat(+depth));

/** Texts that are legal GraphQL and JSON, and that something behind them might not take. */
export const TEXTS: readonly string[] = [
  '',
  ' ',
  'a',
  'Release',
  '\u0000',
  'a\u0000b',
  '\ud800',
  'x\udc00y',
  '\u202Etxt.exe',
  '\u200b',
  '\u2028\u2029',
  '\u0085\u009b31m',
  'line\r\nbreak\ttab',
  'e\u0301',
  'ÄÖÜß İıſ',
  '😀'.repeat(101),
  '%_\\',
  '\\',
  "'; drop table person; --",
  '"',
  '$1 ? :a ${x} {{x}}',
  'NaN',
  'Infinity',
  '-1',
  '1e400',
  'null',
  '__proto__',
  'constructor',
  '../../etc/passwd',
  'x'.repeat(300),
  'y'.repeat(12_000),
  'release.accepted',
  'Europe/Berlin',
  '+02:00',
  'sha256:zz',
  'a@b.test',
  '\u0001\u0002\u0003\u0004\u0005',
];

const INSTANTS: readonly string[] = [
  '2026-11-22T00:00:00Z',
  '2027-01-01T12:00:00.5+02:00',
  '0000-01-01T00:00:00Z',
  '0000-12-31T23:59:59-14:00',
  '0001-01-01T00:00:00+14:00',
  '0001-01-01T00:00:00Z',
  '9999-12-31T23:59:59Z',
  '9999-12-31T23:59:59-14:00',
  '2026-06-30T23:59:60Z',
  '2026-02-30T00:00:00Z',
  '2026-01-01T24:00:00Z',
  '1582-10-10T00:00:00Z',
  '2026-01-01T00:00:00+99:99',
  '2026-11-22T00:00:00.123456789Z',
  '+010000-01-01T00:00:00Z',
  'infinity',
];

const RULES: readonly string[] = [
  'FREQ=WEEKLY;BYMONTH=2;BYMONTHDAY=30;COUNT=9999',
  'FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30',
  'FREQ=YEARLY;INTERVAL=999;COUNT=9999',
  'FREQ=MONTHLY;BYDAY=5MO;BYSETPOS=-99',
  'FREQ=DAILY;UNTIL=99991231T235959Z',
  'FREQ=DAILY;UNTIL=00000101',
  'FREQ=DAILY;UNTIL=20269999',
  'FREQ=DAILY;COUNT=9999',
  'FREQ=WEEKLY;BYDAY=SU',
  'FREQ=MONTHLY;BYMONTHDAY=-31;BYMONTH=2;COUNT=1',
  'FREQ=YEARLY;BYDAY=5SU;BYMONTH=2;COUNT=3',
  ';;;=',
];

const NUMBERS: readonly unknown[] = [
  0,
  -1,
  1,
  3,
  200,
  201,
  2_147_483_647,
  -2_147_483_648,
  2_147_483_648,
  1.5,
  1e300,
  `${RAW_NUMBER}1e400`,
  `${RAW_NUMBER}9007199254740993`,
  `${RAW_NUMBER}-0`,
];

/** An object in an object, and so on. */
export function nested(depth: number): object {
  let value: object = {};
  for (let i = 0; i < depth; i++) value = i % 2 === 0 ? { a: value } : { b: [value] };
  return value;
}

const OBJECTS: readonly unknown[] = [
  {},
  { a: 1, b: [true, null, 'x'] },
  { a: 'x\u0000y' },
  { 'k\u0000': 1 },
  { a: '\udfff' },
  { '\ud834': 1 },
  { a: `${RAW_NUMBER}1e400` },
  { a: `${RAW_NUMBER}9007199254740993` },
  { a: `${RAW_NUMBER}1e-400` },
  { a: 1e308, b: -5e-324 },
  { '': '' },
  { constructor: { prototype: 1 } },
  { a: 'z'.repeat(70_000) },
  { simulator: { script: 'succeed' } },
  [],
  'text',
  7,
];

/** A cursor that nobody was given. @param order `NAME+ID+` and the like */
export function forgedCursor(chance: Chance, order: string): string {
  const terms = order.split(/[+-]/).length - 1;
  const values = Array.from({ length: terms }, () =>
    chance.pick<unknown>([
      '01920000-0000-7000-8000-000000000000',
      'not-a-uuid',
      'NaN',
      'infinity',
      '-infinity',
      'now',
      '2026-11-22 17:00:00.123456+00',
      '2026-13-45',
      '294277-01-01 00:00:00+00',
      'a\u0000',
      '\ud800',
      0,
      -1,
      1.5,
      1e300,
      2 ** 40,
      'x',
    ]),
  );
  return Buffer.from(JSON.stringify([order, ...values])).toString('base64url');
}

/** Cursors of other kinds, and what is none. */
export const cursorLike = (chance: Chance): string =>
  chance.pick([
    '',
    'x',
    Buffer.from('e1.zzzzzzzzzzz').toString('base64url'),
    Buffer.from('e1.1').toString('base64url'),
    Buffer.from('k1.\u0000').toString('base64url'),
    Buffer.from('k1.NaN').toString('base64url'),
    Buffer.from('["ID+"]').toString('base64url'),
    Buffer.from('{}').toString('base64url'),
    Buffer.from('[').toString('base64url'),
    'a\u0000b',
  ]);

/** A value for a scalar of this name that fits its syntax often, and its column less often. */
export function hostileScalar(chance: Chance, type: string, field: string): unknown {
  if (field === 'rrule') return chance.pick(RULES);
  if (chance.below(50) === 0) return chance.pick<unknown>([...TEXTS, ...NUMBERS, true, {}]); // of another type
  switch (type) {
    case 'Int':
    case 'SafeInt':
    case 'Float':
      return chance.pick(NUMBERS);
    case 'Boolean':
      return chance.below(2) === 0;
    case 'DateTime':
      return chance.pick(INSTANTS);
    case 'JSON':
    case 'JSONObject':
      return chance.below(6) === 0
        ? chance.pick([nested(30), nested(33), nested(60), `${DEEP}5000`, `${DEEP}20000`])
        : chance.pick(OBJECTS);
    default:
      return chance.pick(TEXTS);
  }
}
