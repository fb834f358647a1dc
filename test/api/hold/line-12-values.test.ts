import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import {
  getNamedType,
  getNullableType,
  isInputObjectType,
  isListType,
  isRequiredArgument,
  type GraphQLArgument,
  type GraphQLField,
  type GraphQLInputType,
} from 'graphql';
import { ROLES } from '../../../src/domain/roles.js';
import { startTestApp, type TestApp } from '../../support/app.js';
import type { TestClient } from '../../support/client.js';
import { AUDIENCE, TestIssuer } from '../../support/issuer.js';
import { RawSocket } from '../../support/raw-socket.js';

let issuer: TestIssuer;
let apps: readonly TestApp[];
let clients: readonly TestClient[];

beforeAll(async () => {
  issuer = await TestIssuer.start();
  const env = { OIDC_ISSUER: issuer.url, OIDC_AUDIENCE: AUDIENCE };
  const compiled = await startTestApp({ env: { ...env, INTERLOCK_EXECUTOR: 'compiled' } });
  const interpreted = await startTestApp({ beside: compiled, env: { ...env, INTERLOCK_EXECUTOR: 'graphql-js' } });
  apps = [compiled, interpreted];
  const first = await compiled.as('everything', ...ROLES);
  clients = [first, new (first.constructor as typeof TestClient)(interpreted.url, first.token, first.personId)];
});
afterAll(async () => {
  for (const app of [...apps].reverse()) await app.end();
  await issuer.stop();
});

/** The codes that both executors answer, twice each: the second time the operation is compiled. */
async function codes(query: string, variables: Record<string, unknown> | string = {}): Promise<string[]> {
  const seen: string[] = [];
  for (const client of [...clients, ...clients]) {
    const response = await fetch(`${client.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...client.headers },
      body:
        typeof variables === 'string'
          ? `{"query":${JSON.stringify(query)},"variables":${variables}}`
          : JSON.stringify({ query, variables }),
    });
    const { errors } = (await response.json()) as { errors?: { extensions: { code: string } }[] };
    seen.push(errors?.[0]?.extensions.code ?? 'OK');
  }
  return [...new Set(seen)];
}

// The fields of an input that take text, each with all that its input requires, and `text` in its place.
function textInputs(type: GraphQLInputType, text: string, depth = 3): unknown[] {
  const bare = getNullableType(type);
  if (isListType(bare)) return textInputs(bare.ofType as GraphQLInputType, text, depth).map((item) => [item]);
  if (isInputObjectType(bare)) {
    if (depth === 0) return [];
    const fields = Object.values(bare.getFields());
    return fields.flatMap((field) => textInputs(field.type, text, depth - 1).map((value) => ({ [field.name]: value })));
  }
  return bare.name === 'String' ? [text] : bare.name === 'JSONObject' ? [{ a: text }, { [text]: 1 }] : [];
}

/** Values for arguments that a field requires beside the one in question. */
const REQUIRED: Readonly<Record<string, string>> = { DateTime: '"2026-11-28T00:00:00Z"', ID: '"ci_x"', Int: '1' };

const othersOf = ({ args }: GraphQLField<unknown, unknown>, one: GraphQLArgument) =>
  args
    .filter((arg) => arg !== one && isRequiredArgument(arg))
    .map((arg) => `, ${arg.name}: ${REQUIRED[getNamedType(arg.type).name] ?? '{}'}`)
    .join('');

describe.each([
  ['U+0000', 'a\u0000b'],
  ['half of a surrogate pair', 'a\ud800b'],
])('%s', (_, text) => {
  test('is the mistake of the caller in every place that takes text', async () => {
    const schema = apps[0]?.schema;
    const roots = [schema?.getQueryType(), schema?.getMutationType()].flatMap((type) =>
      Object.values(type?.getFields() ?? {}).map((field) => ({ kind: type?.name.toLowerCase(), field })),
    );
    const wrong: string[] = [];
    let places = 0;
    for (const { kind, field } of roots) {
      for (const arg of field.args) {
        const [value, ...more] = textInputs(arg.type, text);
        if (value === undefined) continue;
        // What is missing in an input is told as well; the text is what the door looks at first.
        for (const given of kind === 'mutation' ? [value, ...more] : [value, more.at(-1) ?? value]) {
          places++;
          const below = getNamedType(field.type).name.endsWith('Payload') ? '{ replayed }' : '{ __typename }';
          const client = clients[places % clients.length] as TestClient;
          const answer = await client.send(
            `${kind}($v: ${String(arg.type)}) { ${field.name}(${arg.name}: $v${othersOf(field, arg)}) ${below} }`,
            { v: given },
          );
          const [code] = (answer.errors ?? []).map(({ extensions }) => extensions.code);
          if (code !== 'BAD_USER_INPUT') wrong.push(`${field.name} ${JSON.stringify(given)} ${code ?? 'OK'}`);
        }
      }
    }
    expect(wrong).toEqual([]);
    expect(places).toBeGreaterThan(150);
  }, 60_000);

  test('is refused with its place, as a variable', async () => {
    const answer = await clients[0]?.send('query($f: TeamFilter) { teams(filter: $f) { totalCount } }', {
      f: { or: [{ name: { contains: text } }] },
    });
    expect(answer?.errors?.[0]?.extensions).toMatchObject({
      code: 'BAD_USER_INPUT',
      field: 'f.or.0.name.contains',
    });
  });
});

test('U+0000 is refused as a literal and as a default', async () => {
  const escaped = String.raw`a\u0000b`;
  expect(await codes(`{ deploymentTools(filter: { name: { eq: "${escaped}" } }) { totalCount } }`)).toEqual([
    'BAD_USER_INPUT',
  ]);
  expect(
    await codes(`query($n: String = "${escaped}") { deploymentTools(filter: { name: { eq: $n } }) { totalCount } }`),
  ).toEqual(['BAD_USER_INPUT']);
});

const ID = '01920000-0000-7000-8000-000000000000';
const cursor = (...values: unknown[]) => Buffer.from(JSON.stringify(values)).toString('base64url');

describe('a forged cursor', () => {
  test.each<[string, string, string]>([
    ['no uuid', 'teams', cursor('ID+', 'x')],
    ['a number for a uuid', 'teams', cursor('ID+', 7)],
    ['an uuid that is too long', 'people', cursor('ID+', `${ID}0`)],
    ['U+0000 in a name', 'configurationItems(orderBy: [{ field: NAME }]', cursor('NAME+ID+', 'a\u0000', ID)],
    ['half a character', 'configurationItems(orderBy: [{ field: NAME }]', cursor('NAME+ID+', '\ud800', ID)],
    ['NaN for an instant', 'releases(orderBy: [{ field: UPDATED_AT }]', cursor('UPDATED_AT+ID+', 'NaN', ID)],
    ['no day', 'releases(orderBy: [{ field: UPDATED_AT }]', cursor('UPDATED_AT+ID+', '2026-02-30 00:00:00+00', ID)],
    ['a huge number', 'events(', cursor('POSITION-ID-', 1e300, ID)],
    ['a text for a number', 'events(', cursor('POSITION-ID-', 'NaN', ID)],
    ['a fraction', 'events(', cursor('POSITION-ID-', 1.5, ID)],
  ])('with %s is the mistake of the caller', async (_, list, forged) => {
    const head = list.includes('(') ? list : `${list}(`;
    expect(await codes(`query($c: String) { ${head} after: $c) { nodes { id } } }`, { c: forged })).toEqual([
      'BAD_USER_INPUT',
    ]);
    expect(await codes(`{ ${head} after: "${forged}") { nodes { id } } }`)).toEqual(['BAD_USER_INPUT']);
  });

  test('with values of its columns is one, and a real one goes on', async () => {
    expect(await codes(`{ teams(after: "${cursor('ID+', ID)}") { nodes { id } } }`)).toEqual(['OK']);
    const infinity = cursor('PLANNED_START+ID+', 'infinity', ID);
    expect(
      await codes('query($c: String) { releases(orderBy: [{ field: PLANNED_START }], after: $c) { nodes { id } } }', {
        c: infinity,
      }),
    ).toEqual(['OK']);
  });
});

test.each([
  '0000-01-01T00:00:00Z',
  '0001-01-01T00:00:00+14:00',
  '9999-12-31T23:59:59-14:00',
  '9001-01-01T00:00:00Z',
  '0999-12-31T23:59:59Z',
  '2026-06-30T23:59:60Z',
  '2026-02-30T00:00:00Z',
])('the instant %s is refused', async (at) => {
  const query = 'query($f: ReleaseFilter) { releases(filter: $f) { totalCount } }';
  expect(await codes(query, { f: { plannedStart: { lt: at } } })).toEqual(['BAD_USER_INPUT']);
});

const REGISTER =
  'mutation($a: JSONObject) { configurationItemRegister(input: { name: "values", ciClass: SERVER, attributes: $a }) ' +
  '{ configurationItem { attributes } userErrors { code } } }';
const deep = (depth: number) => `${'{"a":'.repeat(depth - 1)}{}${'}'.repeat(depth - 1)}`;

describe('a JSON value', () => {
  test.each<[string, string]>([
    ['20,000 levels', deep(20_000)],
    ['33 levels', deep(33)],
    ['a number that is rounded', '{"a":9007199254740993}'],
    ['a number that becomes infinite', '{"a":[1e400]}'],
    ['a number that becomes zero', '{"a":1e-400}'],
    ['a number of too many digits', '{"a":0.1234567890123456789}'],
    ['U+0000 in a name', '{"a\\u0000":1}'],
  ])('with %s is refused', async (_, attributes) => {
    expect(await codes(REGISTER, `{"a":${attributes}}`)).toEqual(['BAD_USER_INPUT']);
  });

  test.each(['9007199254740993', '1e400'])('with %s as a literal is refused', async (number) => {
    expect(await codes(REGISTER.replace('$a })', `{ a: ${number} } })`).replace('($a: JSONObject)', ''))).toEqual([
      'BAD_USER_INPUT',
    ]);
  });

  test('within the bounds is kept as it is', async () => {
    const attributes = { n: [0.1, 1e21, -5, 9007199254740991, 1e-7], s: '9007199254740993', d: JSON.parse(deep(30)) };
    for (const client of clients) {
      const { configurationItemRegister: made } = await client.ok(REGISTER, { a: attributes });
      expect(made.configurationItem.attributes).toEqual(attributes);
    }
  });
});

const WINDOW = (rrule: string) => ({
  name: 'values',
  kind: 'CHANGE_WINDOW',
  startsAt: '2099-11-22T20:00:00Z',
  endsAt: '2099-11-22T22:00:00Z',
  rrule,
});

test.each([
  'FREQ=WEEKLY;BYMONTH=2;BYMONTHDAY=30;COUNT=9999',
  'FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30',
  'FREQ=MONTHLY;BYDAY=5MO;BYSETPOS=-99',
])('the rule %s, which never matches, is refused', async (rrule) => {
  const [client] = clients as [TestClient];
  expect(await client.code('scheduleWindowCreate', WINDOW(rrule), 'scheduleWindow')).toBe('BAD_USER_INPUT');
});

test('a rule with a count that ends after the last year is a window without an end', async () => {
  const [client] = clients as [TestClient];
  const window = await client.run(
    'scheduleWindowCreate',
    WINDOW('FREQ=YEARLY;INTERVAL=999;COUNT=9999'),
    'scheduleWindow',
  );
  expect(window.id).toMatch(/^win_/);
  await client.run('scheduleWindowDeactivate', { id: window.id }, 'scheduleWindow');
});

test.each<[string, string, object?]>([
  ['a literal', 'subscription { eventStream @skip(if: true) { endCursor } }'],
  ['a variable', 'subscription($b: Boolean!) { eventStream @include(if: $b) { endCursor } }', { b: false }],
  [
    'a fragment',
    'subscription($b: Boolean!) { ...F } fragment F on Subscription { eventStream @skip(if: $b) { endCursor } }',
    { b: true },
  ],
  ['null for a default', 'subscription($n: Int = 5) { eventStream(batchSize: $n) { endCursor } }', { n: null }],
])('a subscription that %s leaves nothing of ends alone, and not its socket', async (_, query, variables = {}) => {
  const [app, client] = [apps[0] as TestApp, clients[0] as TestClient];
  const socket = await new RawSocket(app.url).init(client.token);
  await socket.send({
    id: 'other',
    type: 'subscribe',
    payload: { query: 'subscription { eventStream { endCursor } }' },
  });
  await socket.until((all) => all.some(({ id, type }) => id === 'other' && type === 'next'));
  await socket.send({ id: 'it', type: 'subscribe', payload: { query, variables } });
  const [answer] = await socket.ended('it');
  expect(answer?.payload[0].extensions.code).toMatch(/^(GRAPHQL_VALIDATION_FAILED|BAD_USER_INPUT)$/);
  await socket.send({ type: 'ping' });
  await socket.until((all) => all.some(({ type }) => type === 'pong'));
  await socket.close();
  const { errors } = await client.send(query, variables as Record<string, unknown>);
  expect(errors?.map(({ extensions }) => extensions.code)).not.toContain('INTERNAL_SERVER_ERROR');
});

test.each<[string, string, object]>([
  [
    'a page size',
    'query($n: Int = 5) { scheduleSlots(durationMinutes: $n, first: 1) { nodes { startsAt } } }',
    { n: null },
  ],
  ['a condition', 'query($b: Boolean = true) { teams @include(if: $b) { totalCount } }', { b: null }],
  ['an input', 'mutation($i: TeamCreateInput = { name: "x" }) { teamCreate(input: $i) { replayed } }', { i: null }],
])('null in place of a default is refused for %s', async (_, query, variables) => {
  expect((await codes(query, variables as Record<string, unknown>)).at(0)).toMatch(
    /^(BAD_USER_INPUT|GRAPHQL_VALIDATION_FAILED)$/,
  );
});

describe('a JWT', () => {
  const answer = async (claims: object) => {
    const jwt = await issuer.mint(new Date(), { claims: claims as never });
    const response = await fetch(`${apps[0]?.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${jwt}` },
      body: JSON.stringify({ query: '{ viewer { roles } }' }),
    });
    const { errors } = (await response.json()) as { errors?: { extensions: { code: string } }[] };
    return [response.status, errors?.[0]?.extensions.code];
  };

  test('with an address that is taken is refused, and is no fault of the server', async () => {
    const [client] = clients as [TestClient];
    await client.run('personCreate', { name: 'Taken', email: 'taken@example.test' }, 'person');
    expect(await answer({ sub: 'taker', email: 'taken@example.test' })).toEqual([403, 'FORBIDDEN']);
  });

  test('with claims that cannot be stored is refused, or goes without them', async () => {
    expect(await answer({ sub: 'a\u0000b' })).toEqual([401, 'UNAUTHENTICATED']);
    expect(await answer({ sub: 's'.repeat(256) })).toEqual([401, 'UNAUTHENTICATED']);
    expect(await answer({ sub: 'odd', name: 'N\u0000', email: 'x\u0000@example.test' })).toEqual([200, undefined]);
  });
});
