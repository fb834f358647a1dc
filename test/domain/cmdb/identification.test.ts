import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  DEFAULT_IDENTIFIERS,
  folded,
  identify,
  IDENTIFIER_FIELDS,
  problemOfIdentifiers,
  TEXT_COMPARISONS,
  TEXT_OF,
  type IdentifiableItem,
  type Identifier,
  type Sought,
  type TextField,
} from '../../../src/domain/cmdb/identification.js';
import { orderFor, overrulerOf, type SourceOrder } from '../../../src/domain/cmdb/source-precedence.js';
import { saidFields } from '../../../src/domain/cmdb/provenance.js';

const CLASSES = ['SERVER', 'LAPTOP'] as const;
const word = fc.constantFrom('web', 'WEB', 'Straße', 'STRASSE', 'ｗｅｂ', 'we\u200Bb', 'db');
const maybe = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: null });
const texts = fc.record({
  name: word,
  serialNumber: maybe(word),
  manufacturer: maybe(word),
  location: maybe(word),
  environment: maybe(word),
});
const key = fc.constantFrom('K1', 'K2');
const items: fc.Arbitrary<IdentifiableItem[]> = fc
  .array(
    fc.record({
      ciClass: fc.constantFrom(...CLASSES),
      isRetired: fc.boolean(),
      texts,
      refKey: maybe(key),
      toldKey: maybe(key),
    }),
    { maxLength: 8 },
  )
  .map((all) => all.map((item, at) => ({ id: `${at}`, ...item })));
const sought: fc.Arbitrary<Sought> = fc.record({
  ciId: maybe(fc.constantFrom('0', '3', 'none')),
  key: maybe(key),
  ciClass: maybe(fc.constantFrom(...CLASSES)),
  texts: texts.map(({ name, ...others }) => ({ ...others, ...(name !== 'db' && { name }) })),
});
const identifiers: fc.Arbitrary<Identifier[]> = fc
  .array(
    fc.record({
      fields: fc.uniqueArray(fc.constantFrom(...IDENTIFIER_FIELDS), { minLength: 1, maxLength: 3 }),
      comparison: fc.constantFrom(...TEXT_COMPARISONS),
    }),
    { minLength: 1, maxLength: 4 },
  )
  .filter((rule) => problemOfIdentifiers(rule) === undefined);

/** What the documentation says, step by step and without a rank: each step looks at all items again. */
function slowly(it: Sought, all: readonly IdentifiableItem[], rules: Record<string, readonly Identifier[]>): string[] {
  const ids = (found: readonly IdentifiableItem[]) => {
    const allRetired = found.every(({ isRetired }) => isRetired);
    return found.filter(({ isRetired }) => allRetired || !isRetired).map(({ id }) => id);
  };
  if (it.ciId !== null) return ids(all.filter(({ id }) => id === it.ciId));
  const told = all.filter(({ toldKey }) => it.key !== null && toldKey === it.key);
  if (told.length > 0) return ids(told);
  for (let step = 0; step < 10; step++) {
    const found = all.filter((item) => {
      const identifier = rules[item.ciClass]?.[step];
      if (identifier === undefined) return false;
      if (identifier.fields[0] === 'EXTERNAL_REF') return it.key !== null && item.refKey === it.key;
      const same = (identifier.fields as TextField[]).every((field) => {
        const [a, b] = [it.texts[TEXT_OF[field]] ?? null, item.texts[TEXT_OF[field]] ?? null];
        if (a === null || b === null) return false;
        return identifier.comparison === 'EXACT' ? a === b : folded(a) === folded(b);
      });
      const ofClass = it.ciClass === null || it.ciClass === item.ciClass;
      const elsewhere = it.key === null || (item.refKey === null && item.toldKey === null);
      return same && ofClass && elsewhere && (!item.isRetired || identifier.fields.includes('SERIAL_NUMBER'));
    });
    if (found.length > 0) return ids(found);
  }
  return [];
}

describe('identification', () => {
  test('finds what a search through all items finds, step by step', () => {
    fc.assert(
      fc.property(sought, items, identifiers, identifiers, (it, all, server, laptop) => {
        const rules: Record<string, Identifier[]> = { SERVER: server, LAPTOP: laptop };
        const found = identify(it, all, (ciClass) => rules[ciClass] ?? []);
        expect(found.map(({ id }) => id)).toEqual(slowly(it, all, rules));
      }),
      { numRuns: 2_000 },
    );
  });

  test('compares texts without regard to case where the rule says so', () => {
    expect(folded('ＷＥＢ\u200B-1')).toBe('web-1');
    expect(folded('ÄRGER')).toBe(folded('ärger'));
    expect(folded('web-1')).not.toBe(folded('web-2'));
    const item = {
      id: '1',
      ciClass: 'SERVER',
      isRetired: false,
      texts: { name: 'Web-1' },
      refKey: null,
      toldKey: null,
    };
    const it: Sought = { ciId: null, key: null, ciClass: null, texts: { name: 'web-1' } };
    expect(identify(it, [item], () => DEFAULT_IDENTIFIERS)).toEqual([]);
    expect(identify(it, [item], () => [{ fields: ['NAME'], comparison: 'FOLDED' }])).toEqual([item]);
  });

  test.each<[string, readonly Identifier[]]>([
    ['1 to 10', []],
    ['1 to 10', Array.from({ length: 11 }, () => DEFAULT_IDENTIFIERS[0] as Identifier)],
    ['twice', [{ fields: ['NAME', 'NAME'], comparison: 'EXACT' }]],
    ['alone', [{ fields: ['EXTERNAL_REF', 'NAME'], comparison: 'EXACT' }]],
    ['belongs to one item', [{ fields: ['LOCATION', 'MANUFACTURER'], comparison: 'EXACT' }]],
    ['belongs to one item', [{ fields: [], comparison: 'EXACT' }]],
    [
      'same fields',
      [
        { fields: ['NAME', 'LOCATION'], comparison: 'EXACT' },
        { fields: ['LOCATION', 'NAME'], comparison: 'FOLDED' },
      ],
    ],
  ])('refuses a rule: %s', (why, rule) => {
    expect(problemOfIdentifiers(rule)).toContain(why);
    expect(problemOfIdentifiers(DEFAULT_IDENTIFIERS)).toBeUndefined();
  });
});

describe('the order of sources', () => {
  const orders: SourceOrder[] = [
    { ciClass: null, field: null, sources: ['a', 'b'] },
    { ciClass: null, field: 'location', sources: ['b', 'a'] },
    { ciClass: 'SERVER', field: null, sources: ['c', 'a'] },
    { ciClass: 'SERVER', field: 'attributes.rack', sources: [] },
  ];

  test('is that for class and field, then for the class, then for the field, then for all', () => {
    expect(orderFor(orders, 'SERVER', 'attributes.rack')).toEqual([]);
    expect(orderFor(orders, 'SERVER', 'location')).toEqual(['c', 'a']);
    expect(orderFor(orders, 'LAPTOP', 'location')).toEqual(['b', 'a']);
    expect(orderFor(orders, 'LAPTOP', 'name')).toEqual(['a', 'b']);
    expect(orderFor([], 'LAPTOP', 'name')).toEqual([]);
  });

  test('lets a source overrule another only with a field that it says, and while it sees the item', () => {
    const says = (source: string, more: object = {}) => ({
      source,
      content: { fields: { name: 'x' }, attributes: { rack: null } },
      gone: false,
      overdue: false,
      ...more,
    });
    const by = (source: string, field: string, statements: ReturnType<typeof says>[]) =>
      overrulerOf(orders, { ciClass: 'LAPTOP', field, source }, statements);
    expect(by('b', 'name', [says('a'), says('b')])).toBe('a');
    expect(by('a', 'name', [says('a'), says('b')])).toBeUndefined();
    expect(by('z', 'attributes.rack', [says('b'), says('z')])).toBe('b');
    expect(by('z', 'attributes.constructor', [says('b'), says('z')])).toBeUndefined();
    expect(by('z', 'location', [says('b'), says('z')])).toBeUndefined();
    expect(by('b', 'name', [says('a', { gone: true }), says('b')])).toBeUndefined();
    expect(by('b', 'name', [says('a', { overdue: true }), says('b')])).toBeUndefined();
    // Sources that no order names count alike.
    expect(by('y', 'name', [says('y'), says('z')])).toBeUndefined();
  });
});

test('an edit says the fields that differ, by their names in the API', () => {
  const record = { name: 'a', ownerId: null, attributes: { rack: 'R1', site: 'B' } };
  expect(saidFields(record, { ...record })).toEqual([]);
  expect(saidFields(record, { name: 'b', ownerId: 'p', attributes: { rack: 'R2', cpu: 1 } })).toEqual([
    'name',
    'owner',
    'attributes.rack',
    'attributes.site',
    'attributes.cpu',
  ]);
});
