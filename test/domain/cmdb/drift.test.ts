import { describe, expect, test } from '@jest/globals';
import {
  NOTHING_OBSERVED,
  type LatestObservation,
  type ObservedContent,
  type RecordedItem,
} from '../../../src/domain/cmdb/ci-observation.js';
import {
  differencesOf,
  reconcile,
  sameContent,
  type Difference,
  type KnownDrift,
} from '../../../src/domain/cmdb/drift.js';
import { driftMachine, type DriftFacts } from '../../../src/domain/cmdb/drift.machine.js';
import { goodConfigurationItemFacts } from '../facts.js';
import { actualTable, refusal, table } from '../matrix.js';

const installed = { dmlItem: 'dml_1', dmlItemVersion: 'dmv_1', version: '1.0', digest: 'aa' };
const record: RecordedItem = {
  isRetired: false,
  fields: {
    name: 'web-1',
    description: '',
    lifecycleState: 'TEST',
    environment: 'test',
    location: null,
    serialNumber: 'S-1',
    manufacturer: null,
  },
  attributes: { site: 'Berlin', tags: { b: 1, a: [1, 2] } },
  relations: [
    { kind: 'RUNS_ON', target: 'ci_1' },
    { kind: 'USES', target: 'ci_2' },
  ],
  installations: [installed],
};

const seen = (content: Partial<ObservedContent>, more: Partial<LatestObservation> = {}): LatestObservation => ({
  content: { ...NOTHING_OBSERVED, ...content },
  gone: false,
  overdue: false,
  observedAt: '2026-11-28T12:00:00.000Z',
  since: '2026-11-28T12:00:00.000Z',
  ...more,
});

const brief = (found: readonly Difference[]) => found.map(({ aspect, key, kind }) => `${aspect} ${key} ${kind}`);

describe('differences', () => {
  test.each<[string, LatestObservation, readonly string[]]>([
    ['none where the source has not looked', seen({}), []],
    ['none where it sees the same', seen({ fields: { name: 'web-1' }, attributes: { tags: { a: [1, 2], b: 1 } } }), []],
    ['of fields', seen({ fields: { name: 'web-2', description: '' } }), ['FIELD name DIFFERENT']],
    [
      'of fields of which nothing is recorded',
      seen({ fields: { environment: 'test', location: 'Berlin', serialNumber: 'S-2' } }),
      ['FIELD location UNEXPECTED', 'FIELD serialNumber DIFFERENT'],
    ],
    [
      'of attributes',
      seen({ attributes: { site: 'Bonn', rack: 'R7', gpu: null, tags: null } }),
      ['ATTRIBUTE site DIFFERENT', 'ATTRIBUTE rack UNEXPECTED', 'ATTRIBUTE tags MISSING'],
    ],
    [
      'of attributes, in the order of a list',
      seen({ attributes: { tags: { a: [2, 1], b: 1 } } }),
      ['ATTRIBUTE tags DIFFERENT'],
    ],
    [
      'of an attribute that every object has',
      seen({ attributes: { toString: 'x' } }),
      ['ATTRIBUTE toString UNEXPECTED'],
    ],
    [
      'of relations, and only of kinds that the source sees all of',
      seen({ relations: [{ kind: 'RUNS_ON', target: 'ci_3' }], relationKinds: ['RUNS_ON'] }),
      ['RELATION RUNS_ON ci_3 UNEXPECTED', 'RELATION RUNS_ON ci_1 MISSING'],
    ],
    [
      'of a relation that is there',
      seen({ relations: [{ kind: 'USES', target: 'ci_2' }], relationKinds: ['USES'] }),
      [],
    ],
    ['of a version', seen({ installations: [{ ...installed, digest: 'bb' }] }), ['INSTALLATION dml_1 DIFFERENT']],
    ['not of a label, where the digest is the same', seen({ installations: [{ ...installed, version: 'v1' }] }), []],
    [
      'not of a label, where the library knows the version',
      seen({ installations: [{ ...installed, digest: null, version: 'v1' }] }),
      [],
    ],
    [
      'of a label alone',
      seen({ installations: [{ ...installed, digest: null, dmlItemVersion: null, version: '2.0' }] }),
      ['INSTALLATION dml_1 DIFFERENT'],
    ],
    [
      'of what is no longer installed',
      seen({ installations: [{ dmlItem: 'dml_1', dmlItemVersion: null, version: null, digest: null }] }),
      ['INSTALLATION dml_1 MISSING'],
    ],
    [
      'of what is installed without a record',
      seen({ installations: [{ ...installed, dmlItem: 'dml_2' }], allInstallations: true }),
      ['INSTALLATION dml_2 UNEXPECTED', 'INSTALLATION dml_1 MISSING'],
    ],
    [
      'of an item that is gone, and of nothing else',
      seen({ fields: { name: 'x' } }, { gone: true }),
      ['ITEM  MISSING'],
    ],
    [
      'of an item that is overdue, and of what was seen last',
      seen({ fields: { name: 'x' } }, { overdue: true }),
      ['ITEM  MISSING', 'FIELD name DIFFERENT'],
    ],
  ])('%s', (_, latest, expected) => {
    expect(brief(differencesOf(record, latest))).toEqual(expected);
  });

  test('of a retired item: that it is there', () => {
    const retired = { ...record, isRetired: true };
    expect(brief(differencesOf(retired, seen({ fields: { name: 'x' } })))).toEqual(['ITEM  UNEXPECTED']);
    expect(differencesOf(retired, seen({}, { gone: true }))).toEqual([]);
    expect(differencesOf(retired, seen({}, { overdue: true }))).toEqual([]);
  });

  test('are told by content', () => {
    expect([sameContent({ a: 1 }, { a: 1, b: undefined }), sameContent([], {}), sameContent(0, null)]).toEqual([
      false,
      false,
      false,
    ]);
    expect([sameContent(undefined, null), sameContent({ a: [{}] }, { a: [{}] })]).toEqual([true, true]);
    expect(sameContent(JSON.parse('{"__proto__":{}}'), { a: 1 })).toBe(false);
  });
});

describe('what is known of drift', () => {
  const difference = differencesOf(record, seen({ fields: { name: 'web-2' } }))[0] as Difference;
  const known: KnownDrift = { id: 'd', ...difference, state: 'OPEN' };

  test('is found, kept, changed and resolved', () => {
    expect(reconcile([], [difference])).toMatchObject({ found: [difference], changed: [], resolved: [] });
    expect(reconcile([known], [difference])).toEqual({ found: [], changed: [], resolved: [] });
    expect(reconcile([known], [])).toEqual({ found: [], changed: [], resolved: [known] });
    const other = { ...difference, observed: 'web-3' };
    expect(reconcile([known], [other]).changed).toEqual([{ drift: known, difference: other, reopens: false }]);
  });

  test('stays quiet once it is rejected, until something else is observed', () => {
    const rejected = { ...known, state: 'REJECTED' as const };
    const recorded = { ...difference, recorded: 'web-9' };
    expect(reconcile([rejected], [difference]).changed).toEqual([]);
    expect(reconcile([rejected], [recorded]).changed).toMatchObject([{ reopens: false }]);
    expect(reconcile([rejected], [{ ...difference, observed: 'web-3' }]).changed).toMatchObject([{ reopens: true }]);
    expect(reconcile([rejected], [{ ...difference, kind: 'MISSING', observed: null }]).changed).toMatchObject([
      { reopens: true },
    ]);
  });
});

describe('drift machine', () => {
  const change = { id: 'change-1', name: 'CHG-1' };
  const good: DriftFacts = {
    actorId: 'me',
    actorRoles: ['CONFIGURATION_MANAGER'],
    aspect: 'FIELD',
    kind: 'DIFFERENT',
    item: goodConfigurationItemFacts,
    target: null,
    versionIsKnown: true,
    observedById: 'scanner',
    change: null,
  };
  const live = { ...goodConfigurationItemFacts, lifecycleState: 'PRODUCTION' } as const;

  test('does exactly this', () => {
    expect(actualTable(driftMachine, good)).toEqual(
      table(`
        OPEN: accept>ACCEPTED reject>REJECTED raiseChange>OPEN resolve>RESOLVED
        REJECTED: accept>ACCEPTED raiseChange>REJECTED reopen>OPEN resolve>RESOLVED
        ACCEPTED:
        RESOLVED:
      `),
    );
  });

  test.each<[string, Partial<DriftFacts>, readonly string[]]>([
    ['by somebody else', {}, []],
    ['by the one who reported it', { observedById: 'me' }, ['SELF_APPROVAL']],
    ['of an item that is gone', { aspect: 'ITEM', kind: 'MISSING' }, ['DRIFT_NOT_RECORDABLE']],
    ['of a retired item', { aspect: 'ITEM', kind: 'UNEXPECTED' }, ['DRIFT_NOT_RECORDABLE']],
    [
      'of a version that the library lacks',
      { aspect: 'INSTALLATION', versionIsKnown: false },
      ['DRIFT_NOT_RECORDABLE'],
    ],
    ['of a protected item', { item: live }, ['CI_PROTECTED']],
    ['of one that was protected', { item: { ...goodConfigurationItemFacts, wasProtected: true } }, ['CI_PROTECTED']],
    ['under its change', { item: { ...live, changes: [{ ...change, state: 'AUTHORISED' }] } }, []],
    ['of a relation to a protected item', { aspect: 'RELATION', target: live }, ['CI_PROTECTED']],
    [
      'of a new relation to a retired item',
      { aspect: 'RELATION', kind: 'UNEXPECTED', target: { ...live, isRetired: true } },
      ['CI_NOT_AUTHORISED'],
    ],
    [
      'of a relation to a retired item that ends',
      { aspect: 'RELATION', kind: 'MISSING', target: { ...live, isRetired: true } },
      [],
    ],
  ])('accepts %s', (_, facts, codes) => {
    expect(refusal(driftMachine, 'OPEN', 'driftAccept', { ...good, ...facts })).toEqual(codes);
  });

  test('raises one change at a time', () => {
    expect(refusal(driftMachine, 'OPEN', 'driftRaiseChange', { ...good, change })).toEqual(['DRIFT_HAS_CHANGE']);
  });
});
