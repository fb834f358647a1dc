import { getNamedType, isObjectType, type GraphQLObjectType } from 'graphql';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { toNodeId } from '../../../src/domain/node-id.js';
import { startTestApp, type TestApp } from '../../support/app.js';
import { castOf } from '../../support/cast.js';
import type { TestClient, TestError } from '../../support/client.js';

let compiling: TestApp;
let interpreting: TestApp;
let readers: readonly TestClient[];

beforeAll(async () => {
  interpreting = await startTestApp({ env: { INTERLOCK_EXECUTOR: 'graphql-js' } });
  compiling = await startTestApp({ beside: interpreting, env: { INTERLOCK_EXECUTOR: 'compiled' } });
  readers = [(await castOf(interpreting, 'auditor')).auditor, (await castOf(compiling, 'auditor')).auditor];
  const { configurationManager } = await castOf(interpreting, 'configurationManager');
  for (const name of ['one', 'two'])
    await configurationManager.run('configurationItemRegister', { name, ciClass: 'SERVER' }, 'configurationItem');
});
afterAll(async () => {
  await compiling.end();
  await interpreting.end();
});

const nobody = toNodeId('Person', '01920000-0000-7000-8000-000000000000');

/** Sends a query three times to both executors, for the second time is compiled and the third remembered. */
async function everywhere(query: string, variables: Record<string, unknown> = {}) {
  const answers = [];
  for (let time = 0; time < 3; time++) for (const reader of readers) answers.push(await reader.send(query, variables));
  for (const answer of answers) expect(answer).toEqual(answers[0]);
  return answers[0] as (typeof answers)[0];
}

/** The error with which both executors refuse a query; undefined when they do not. */
const refusal = async (query: string, variables?: Record<string, unknown>): Promise<TestError | undefined> =>
  (await everywhere(query, variables)).errors?.[0];

const cis = 'query($f: ConfigurationItemFilter) { configurationItems(filter: $f) { totalCount } }';

describe('a filter takes', () => {
  test.each<[string, object | null | undefined, number]>([
    ['nothing', undefined, 2],
    ['null as a whole', null, 2],
    ['no condition as a whole', {}, 2],
    ['an empty list of alternatives', { or: [] }, 0],
    ['an empty list of conditions', { and: [] }, 2],
    ['the opposite of an empty list of conditions', { not: { and: [] } }, 0],
    ['an empty list of values', { name: { in: [] } }, 0],
    ['the opposite of an empty list of values', { name: { notIn: [] } }, 2],
    ['isNull', { externalKey: { isNull: true } }, 2],
    ['an object that does not exist', { ownerTeam: { isNull: false } }, 0],
  ])('%s', async (_, f, totalCount) => {
    expect(await everywhere(cis, f === undefined ? {} : { f })).toMatchObject({
      data: { configurationItems: { totalCount } },
    });
  });

  test('a variable with a default, and one that stands elsewhere', async () => {
    const query = `query($v: String = "one", $after: String) {
      configurationItems(filter: { name: { eq: $v } }, after: $after) { totalCount } }`;
    expect(await everywhere(query)).toMatchObject({ data: { configurationItems: { totalCount: 1 } } });
    expect(
      await everywhere('query($f: ReleaseFilter) { releases(filter: $f) { totalCount } }', {
        f: { owner: { notIn: [nobody] } },
      }),
    ).toMatchObject({ data: { releases: { totalCount: 0 } } });
  });
});

describe('a filter refuses', () => {
  test.each<[string, object, string]>([
    ['eq', { externalKey: { eq: null } }, 'filter.externalKey.eq'],
    ['ne', { externalKey: { ne: null } }, 'filter.externalKey.ne'],
    ['in', { name: { in: null } }, 'filter.name.in'],
    ['notIn', { name: { notIn: null } }, 'filter.name.notIn'],
    ['contains', { name: { contains: null } }, 'filter.name.contains'],
    ['startsWith', { name: { startsWith: null } }, 'filter.name.startsWith'],
    ['isNull', { name: { isNull: null } }, 'filter.name.isNull'],
    ['one operator of two', { name: { eq: null, contains: 'o' } }, 'filter.name.eq'],
    ['an id', { ownerTeam: { eq: null } }, 'filter.ownerTeam.eq'],
    ['an enum', { ciClass: { eq: null } }, 'filter.ciClass.eq'],
    ['a whole comparison', { name: null }, 'filter.name'],
    ['a comparison without operators', { name: {} }, 'filter.name'],
    ['and', { and: null }, 'filter.and'],
    ['or', { or: null }, 'filter.or'],
    ['not', { not: null }, 'filter.not'],
    ['not without a condition', { not: {} }, 'filter.not'],
    ['or without a condition', { or: [{}] }, 'filter.or.0'],
    ['and without a condition', { and: [{ name: { eq: 'one' } }, {}] }, 'filter.and.1'],
    ['something deep inside', { or: [{ and: [{ not: { name: { eq: null } } }] }] }, 'filter.or.0.and.0.not.name.eq'],
  ])('null in %s', async (_, f, field) => {
    expect(await refusal(cis, { f })).toMatchObject({
      extensions: { code: 'BAD_USER_INPUT', field },
      path: ['configurationItems'],
    });
  });

  test.each<[string, string, object, string]>([
    ['a flag', 'query($f: ReleaseFilter) { releases(filter: $f) { totalCount } }', { onHold: null }, 'filter.onHold'],
    [
      'a list of values',
      'query($f: ScheduleWindowFilter) { scheduleWindows(filter: $f) { totalCount } }',
      { ciClasses: { has: null } },
      'filter.ciClasses.has',
    ],
    [
      'a condition of its own',
      'query($f: ScheduleWindowFilter) { scheduleWindows(filter: $f) { totalCount } }',
      { holdsForCi: null },
      'filter.holdsForCi',
    ],
    [
      'related rows',
      'query($f: ReleaseFilter) { releases(filter: $f) { totalCount } }',
      { targetCi: { notIn: null } },
      'filter.targetCi.notIn',
    ],
    [
      'an instant',
      'query($f: ReleaseFilter) { releases(filter: $f) { totalCount } }',
      { plannedStart: { gte: null } },
      'filter.plannedStart.gte',
    ],
    [
      'a list below a list',
      'query($f: ChangeFilter) { configurationItems { nodes { changes(filter: $f) { totalCount } } } }',
      { title: { eq: null } },
      'filter.title.eq',
    ],
  ])('null in %s', async (_, query, f, field) => {
    expect(await refusal(query, { f })).toMatchObject({ extensions: { code: 'BAD_USER_INPUT', field } });
  });

  test('null in the document, and says how to ask for what is absent', async () => {
    expect(await refusal('{ configurationItems(filter: { externalKey: { eq: null } }) { totalCount } }')).toMatchObject(
      {
        message: expect.stringContaining('Use `isNull: true`'),
      },
    );
  });

  test.each([
    ['query($v: String) { configurationItems(filter: { name: { eq: $v } }) { totalCount } }', 'filter.name.eq'],
    [
      'query($v: String) { configurationItems(filter: { name: { eq: $v, contains: "o" } }) { totalCount } }',
      'filter.name.eq',
    ],
    [
      'query($v: [String!]) { configurationItems(filter: { name: { notIn: $v } }) { totalCount } }',
      'filter.name.notIn',
    ],
    ['query($v: StringFilter) { configurationItems(filter: { name: $v }) { totalCount } }', 'filter.name'],
    ['query($v: ConfigurationItemFilter) { configurationItems(filter: { not: $v }) { totalCount } }', 'filter.not'],
    [
      'query($v: String) { ...F } fragment F on Query { configurationItems(filter: { and: [{ name: { eq: $v } }] }) ' +
        '{ totalCount } }',
      'filter.and.0.name.eq',
    ],
  ])('a missing variable: %s', async (query, field) => {
    expect(await refusal(query)).toMatchObject({ extensions: { code: 'BAD_USER_INPUT', field } });
    expect(await refusal(query, { v: null })).toMatchObject({ extensions: { code: 'BAD_USER_INPUT', field } });
  });

  test('nothing on subscriptions, for no subscription reaches a filter', () => {
    const seen = new Set<string>();
    const reached = (type: GraphQLObjectType, path: string): string[] => {
      if (seen.has(type.name)) return [];
      seen.add(type.name);
      return Object.values(type.getFields()).flatMap((field) => {
        const next = getNamedType(field.type);
        const here = field.args.some(({ name }) => name === 'filter') ? [`${path}.${field.name}`] : [];
        return isObjectType(next) ? [...here, ...reached(next, `${path}.${field.name}`)] : here;
      });
    };
    // The WebSocket would have to turn forgotten variables into nulls too; see forgotten-variables.ts.
    expect(reached(compiling.schema.getSubscriptionType() as GraphQLObjectType, 'Subscription')).toEqual([]);
  });
});
