import { describe, expect, test } from '@jest/globals';
import {
  effectiveSchema,
  normalSchema,
  OPEN_SCHEMA,
  problemsOfSchema,
} from '../../../src/domain/cmdb/attribute-schema.js';
import {
  classMigrationMachine,
  isMoved,
  migratedAttributes,
} from '../../../src/domain/cmdb/class-migration.machine.js';
import { customClassMachine, type CustomClassFacts } from '../../../src/domain/cmdb/custom-class.machine.js';
import { violationsOf } from '../../../src/services/cmdb/attribute-check.js';
import { actualTable, refusal, table } from '../matrix.js';

describe('custom class machine', () => {
  const good: CustomClassFacts = { actorId: 'me', actorRoles: [], activeBelow: [], retiredAbove: null };
  const other = { id: 'x', name: 'other' };

  test('does exactly this', () => {
    expect(actualTable(customClassMachine, good)).toEqual(
      table(`
        ACTIVE: update>ACTIVE retire>RETIRED
        RETIRED: update>RETIRED reactivate>ACTIVE
      `),
    );
    const below = { ...good, activeBelow: [other] };
    expect(refusal(customClassMachine, 'ACTIVE', 'customClassRetire', below)).toEqual(['CLASS_IN_USE']);
    const above = { ...good, retiredAbove: other };
    expect(refusal(customClassMachine, 'RETIRED', 'customClassReactivate', above)).toEqual(['CLASS_RETIRED']);
  });
});

const of = (properties: object, more: object = {}) => ({ type: 'object', properties, ...more });

describe('class migration machine', () => {
  test('does exactly this', () => {
    expect(actualTable(classMigrationMachine, { actorId: 'me', actorRoles: [] })).toEqual(
      table(`
        CHECKING: cancel>CANCELLED report>CHECKED refuse>REFUSED switch>MIGRATING
        CHECKED:
        REFUSED:
        MIGRATING: complete>COMPLETED
        COMPLETED:
        CANCELLED:
      `),
    );
  });

  test.each<[string, object, Record<string, string>, object, object]>([
    ['renames', { a: 1, c: 3 }, { a: 'b' }, {}, { b: 1, c: 3 }],
    ['lets attributes change places', { a: 1, b: 2 }, { a: 'b', b: 'a' }, {}, { b: 1, a: 2 }],
    ['overwrites nothing', { a: 1, b: 2 }, { a: 'b' }, {}, { a: 1, b: 2 }],
    ['adds what is missing', { a: null }, {}, { a: 1, b: 2 }, { a: null, b: 2 }],
    ['renames before it adds', { a: 1 }, { a: 'b' }, { b: 2 }, { b: 1 }],
    ['looks at own members only', { a: 1 }, { toString: 'b' }, { valueOf: 2 }, { a: 1, valueOf: 2 }],
  ])('%s', (_, given, renames, defaults, expected) => {
    const moves = { renames, defaults: defaults as Record<string, unknown> };
    expect(migratedAttributes(given as Record<string, unknown>, moves)).toEqual(expected);
    expect(isMoved(given as Record<string, unknown>, moves)).toBe(JSON.stringify(given) !== JSON.stringify(expected));
  });
});

describe('the schema of attributes', () => {
  test('has this subset of JSON Schema', () => {
    const all = of(
      {
        memory: { type: 'integer', minimum: 1, maximum: 4096, multipleOf: 2, unit: 'GiB', indexed: true },
        clock: { type: 'number', exclusiveMinimum: 0, exclusiveMaximum: 9, unit: 'GHz', title: 'Clock' },
        slot: { type: 'string', enum: ['A', 'B'], indexed: true },
        note: { type: 'string', minLength: 1, maxLength: 200, indexed: true, description: 'Free text.' },
        bought: { type: 'string', format: 'date', indexed: true },
        spare: { type: 'boolean', indexed: true },
        tags: { type: 'array', items: { type: 'string', maxLength: 9 }, minItems: 1, maxItems: 9, uniqueItems: true },
      },
      { required: ['memory'], additionalProperties: false },
    );
    expect(problemsOfSchema(all)).toEqual([]);
    expect(problemsOfSchema({ type: 'object' })).toEqual([]);
  });

  test.each<[string, object, string]>([
    ['no object', { type: 'array' }, 'type'],
    ['another keyword at the root', of({}, { $ref: 'https://example.org' }), '$ref'],
    [
      'a pattern, which can take exponential time',
      of({ a: { type: 'string', pattern: '^(a+)+$' } }),
      'properties.a.pattern',
    ],
    ['members of attributes', of({ a: { type: 'object' } }), 'properties.a.type'],
    ['lists of lists', of({ a: { type: 'array', items: { type: 'array' } } }), 'properties.a.items.type'],
    ['several types', of({ a: { type: ['string', 'null'] } }), 'properties.a.type'],
    ['a type from the prototype', of({ a: { type: 'constructor' } }), 'properties.a.type'],
    ['combinations', of({ a: { type: 'string', anyOf: [] } }), 'properties.a.anyOf'],
    ['another format', of({ a: { type: 'string', format: 'regex' } }), 'properties.a.format'],
    ['a unit of a text', of({ a: { type: 'string', unit: 'GiB' } }), 'properties.a.unit'],
    ['a unit with spaces', of({ a: { type: 'number', unit: 'G B' } }), 'properties.a.unit'],
    ['an endless list of values', of({ a: { type: 'number', enum: [...Array(201).keys()] } }), 'properties.a.enum'],
    ['an index of long texts', of({ a: { type: 'string', indexed: true } }), 'properties.a.indexed'],
    ['a name that prototypes have', of(JSON.parse('{"__proto__":{"type":"string"}}')), 'properties.__proto__'],
    ['the name of constructors', of({ constructor: { type: 'string' } }), 'properties.constructor'],
    ['a name with dots', of({ 'a.b': { type: 'string' } }), 'properties.a.b'],
    ['text for required', of({}, { required: 'a' }), 'required'],
  ])('refuses %s', (_, schema, path) => {
    expect(problemsOfSchema(schema as Record<string, unknown>).map((problem) => problem.path)).toContain(path);
  });

  test('is refused in a time and an answer that do not grow with a bomb', () => {
    const wide = of(Object.fromEntries(Array.from({ length: 5000 }, (_, i) => [`a${i}`, { type: 'nothing' }])));
    expect(problemsOfSchema(wide)).toHaveLength(20);
    let deep: object = { type: 'string' };
    for (let i = 0; i < 30; i++) deep = { type: 'array', items: deep };
    expect(problemsOfSchema(of({ deep }))).toHaveLength(1);
  });

  const below = (above: object, own: object) =>
    effectiveSchema(normalSchema(of(above)), normalSchema(own as Record<string, unknown>));

  test('inherits, adds and narrows', () => {
    const above = { memory: { type: 'number', minimum: 1, maximum: 9, unit: 'GiB' }, slot: { type: 'string' } };
    const own = of(
      { memory: { type: 'integer', minimum: 2 }, rack: { type: 'string' } },
      { required: ['slot'], additionalProperties: false },
    );
    const { schema, problems } = below(above, own);
    expect(problems).toEqual([]);
    expect(schema).toEqual({
      type: 'object',
      properties: {
        memory: { type: 'integer', minimum: 2, maximum: 9, unit: 'GiB' },
        slot: { type: 'string' },
        rack: { type: 'string' },
      },
      required: ['slot'],
      additionalProperties: false,
    });
  });

  test.each<[string, object, object, string]>([
    ['another type', { type: 'string' }, { type: 'number' }, 'properties.a.type'],
    ['a wider type', { type: 'integer' }, { type: 'number' }, 'properties.a.type'],
    ['a lower bound', { type: 'number', minimum: 2 }, { type: 'number', minimum: 1 }, 'properties.a.minimum'],
    ['another unit', { type: 'number', unit: 'GiB' }, { type: 'number', unit: 'MiB' }, 'properties.a.unit'],
    ['a format', { type: 'string' }, { type: 'string', format: 'date' }, 'properties.a.format'],
    ['a further value', { type: 'number', enum: [1] }, { type: 'number', enum: [1, 2] }, 'properties.a.enum'],
    ['other steps', { type: 'number', multipleOf: 2 }, { type: 'number', multipleOf: 3 }, 'properties.a.multipleOf'],
    [
      'wider elements',
      { type: 'array', items: { type: 'string', maxLength: 2 } },
      { type: 'array', items: { type: 'string', maxLength: 3 } },
      'properties.a.items.maxLength',
    ],
  ])('refuses %s below', (_, above, own, path) => {
    expect(below({ a: above }, of({ a: own })).problems.map((problem) => problem.path)).toEqual([path]);
  });

  test('declares what it requires, and no more than the maxima', () => {
    expect(below({}, of({}, { required: ['a'] })).problems).toMatchObject([{ path: 'required' }]);
    const many = (letter: string, count: number, more = {}) =>
      Object.fromEntries(Array.from({ length: count }, (_, i) => [`${letter}${i}`, { type: 'number', ...more }]));
    expect(below(many('a', 150), of(many('b', 51))).problems).toMatchObject([{ path: 'properties' }]);
    const indexed = { indexed: true };
    expect(below(many('a', 20, indexed), of(many('b', 1, indexed))).problems).toMatchObject([{ path: 'properties' }]);
  });
});

describe('attributes', () => {
  const schema = normalSchema(
    of(
      {
        memory: { type: 'integer', minimum: 8, unit: 'GiB' },
        slot: { type: 'string', enum: ['A', 'B'] },
        bought: { type: 'string', format: 'date' },
        tags: { type: 'array', items: { type: 'string' }, uniqueItems: true },
      },
      { required: ['memory'], additionalProperties: false },
    ),
  );
  const told = (attributes: unknown) =>
    violationsOf(schema, attributes as Record<string, unknown>).map(
      ({ path, problem }) => `${path.join('.')} ${problem}`,
    );

  test('are told what does not fit, with the path and the unit', () => {
    expect(told({ memory: 64, slot: 'A', bought: '2026-11-28', tags: ['x'] })).toEqual([]);
    expect(told({ memory: 4, slot: 'C', bought: '2026-02-30', tags: ['x', 'x'], rack: 1 }).sort()).toEqual([
      'attributes.bought must match format "date"',
      'attributes.memory must be >= 8 (in GiB)',
      'attributes.rack is no attribute of the class',
      'attributes.slot must be one of A, B',
      'attributes.tags must NOT have duplicate items (items ## 1 and 0 are identical)',
    ]);
    expect(told({})).toEqual(['attributes.memory is missing']);
    expect(told({ memory: '64' })).toEqual(['attributes.memory must be integer (in GiB)']);
  });

  test('have instants that their index reads, and multiples of fractions', () => {
    const seen = { ...OPEN_SCHEMA, properties: { seen: { type: 'string', format: 'date-time' } } } as const;
    const day = { ...OPEN_SCHEMA, properties: { day: { type: 'string', format: 'date' } } } as const;
    const fits = (value: string) => violationsOf(seen, { seen: value }).length === 0;
    const good = [
      '2026-11-01T10:00:00Z',
      '2026-11-01t10:00:00.123z',
      '2026-11-01T10:00:00-15:59',
      '2016-12-31T23:59:60Z',
    ];
    expect(good.filter((value) => !fits(value))).toEqual([]);
    const bad = ['2026-11-01 10:00:00Z', '2026-11-01T10:00:00+0100', '2026-11-01T10:00:00+01', '2026-11-01T10:00:00'];
    expect([...bad, '2026-11-01T10:00:00+16:00', '0000-11-01T10:00:00Z'].filter(fits)).toEqual([]);
    expect(violationsOf(day, { day: '0000-01-01' })).toHaveLength(1);
    expect(violationsOf(day, { day: '0001-01-01' })).toEqual([]);
    const step = { ...OPEN_SCHEMA, properties: { step: { type: 'number', multipleOf: 0.1 } } } as const;
    for (const value of [0.3, 0.7, -1.1, 1e21]) expect(violationsOf(step, { step: value })).toEqual([]);
    for (const value of [0.35, 0.05]) expect(violationsOf(step, { step: value })).toHaveLength(1);
  });

  test('are judged by their own members only, and up to a number of violations', () => {
    expect(told(JSON.parse('{"memory":8,"__proto__":{"x":1}}'))).toEqual([
      'attributes.__proto__ is no attribute of the class',
    ]);
    expect(told(Object.create({ memory: 8 }))).toEqual(['attributes.memory is missing']);
    expect(told({ memory: 8, ...Object.fromEntries(Array.from({ length: 99 }, (_, i) => [`a${i}`, 1])) })).toHaveLength(
      20,
    );
    expect(violationsOf(OPEN_SCHEMA, { anything: [{ goes: 1 }] })).toEqual([]);
  });
});
