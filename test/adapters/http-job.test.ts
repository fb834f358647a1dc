import { createHash, createHmac } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { isAdapterError, type JsonValue } from '../../src/adapters/adapter.js';
import { capabilitiesOf } from '../../plugins/http-job/capabilities.js';
import { profileProblems } from '../../plugins/http-job/check-profile.js';
import { CONFIG_SCHEMA } from '../../plugins/http-job/config.schema.js';
import { requestsOf, type HttpJobConfig, type Profile } from '../../plugins/http-job/profile.js';
import { PROFILES } from '../../plugins/http-job/profiles.js';
import { all, at, read, type Reader } from '../../plugins/http-job/reader.js';
import { isAuthentic, type CallbackSettings } from '../../plugins/http-job/signature.js';
import { foremost, stateOf } from '../../plugins/http-job/states.js';
import { fillIn, Template, type Pattern } from '../../plugins/http-job/template.js';
import { compileSchema } from '../../src/adapters/schema-compiler.js';

const scopeOf = (values: Record<string, JsonValue>) => (name: string) => values[name];
const refused = (work: () => unknown): string => {
  try {
    return `not refused: ${JSON.stringify(work())}`;
  } catch (error) {
    return isAdapterError(error) ? error.code : (error as Error).message;
  }
};

describe('templates', () => {
  const scope = scopeOf({
    key: 'k/1 ä',
    count: 3,
    on: true,
    list: ['a', 'b'],
    none: [],
    gaps: ['a', ''],
    odd: ['a,b'],
    map: { x: 1 },
    job: 'team/job/a b',
    up: 'a/../b',
    evil: '${key}',
  });

  test('put each value into its place', () => {
    expect([
      new Template('x ${key}-${count} ${on}').text(scope),
      new Template('/j/${key}').text(scope, 'path'),
      new Template('/j/${job|segments}/x').text(scope, 'path'),
      new Template('n: ${list|join(,)}').text(scope),
      new Template('${list|json}').text(scope),
      new Template('a${missing?}b').text(scope),
      new Template('${evil}').text(scope),
      new Template('$ { } $key').text(scope),
    ]).toEqual([
      'x k/1 ä-3 true',
      '/j/k%2F1%20%C3%A4',
      '/j/team/job/a%20b/x',
      'n: a,b',
      '["a","b"]',
      'ab',
      '${key}',
      '$ { } $key',
    ]);
  });

  test('keep the type of a value that stands alone, leave out what is missing, and add objects', () => {
    const pattern: Pattern = {
      a: '${count}',
      b: '${list}',
      c: ['${on}', '${missing?}'],
      d: '${missing?}',
      e: null,
      '*': '${map}',
    };
    expect(fillIn(pattern, scope)).toEqual({ x: 1, a: 3, b: ['a', 'b'], c: [true], e: null });
  });

  test.each([
    ['a missing value', () => new Template('${missing}').text(scope)],
    ['an empty list', () => fillIn({ ids: '${none}' }, scope)],
    ['an empty list as text', () => new Template('${none|join(,)}').text(scope)],
    ['an empty member', () => fillIn(['${gaps}'], scope)],
    ['the separator in a member', () => new Template('${odd|join(,)}').text(scope)],
    ['a list in a text', () => new Template('x${list}').text(scope)],
    ['an object in a text', () => new Template('x${map}').text(scope)],
    ['a way out of the path', () => new Template('/${up}').text(scope, 'path')],
    ['a name that the profile sets', () => fillIn({ x: 'mine', '*': '${map}' }, scope)],
  ])('refuse %s', (_what, work) => expect(refused(work)).toBe('INVALID_ARGUMENT'));

  test('that cannot be read are refused when the profile is', () => {
    for (const text of [
      '${',
      '${}',
      '${a b}',
      '${key|upper}',
      '${key|join()}',
      '${KEY}',
      '${a.b.c}',
      '${1+1}',
      '${key',
    ])
      expect(refused(() => new Template(text))).toBe(`"${text}" has a value that cannot be read.`);
  });

  test('evaluate nothing: whatever a value is, it comes out as it went in', () => {
    fc.assert(
      fc.property(fc.string(), (value) => {
        const one = scopeOf({ v: value });
        expect(fillIn({ a: ['${v}'] }, one)).toEqual({ a: [value] });
        expect(new Template('<${v}>').text(one)).toBe(`<${value}>`);
      }),
    );
  });
});

describe('readers', () => {
  const body: JsonValue = {
    '': 0,
    a: {
      'b/c': 1,
      'd~e': 'two',
      list: [
        { n: 'x', v: 1, on: true },
        { n: 'y', v: 2, on: false },
      ],
    },
    nested: [{}, { p: [{ name: 'KEY', value: 'k' }] }],
    nothing: null,
    text: 'see /queue/item/12/ now',
  };
  const document = { body, headers: new Headers({ location: 'http://j/queue/item/34/' }) };
  const reading = (reader: Reader) => read(reader, document, scopeOf({ key: 'k', wanted: 'y' }));

  test('follow JSON Pointers to the letter (RFC 6901)', () => {
    expect([at(body, ''), at(body, '/'), at(body, '/a/b~1c'), at(body, '/a/d~0e'), at(body, '/a/list/1/n')]).toEqual([
      body,
      0,
      1,
      'two',
      'y',
    ]);
    for (const pointer of [
      '/a/list/01',
      '/a/list/-',
      '/a/list/2',
      '/a/list/length',
      '/toString',
      '/a/x/y',
      '/__proto__',
    ])
      expect([pointer, at(body, pointer)]).toEqual([pointer, undefined]);
    expect(all(body, '/nested/*/p/*/value')).toEqual(['k']);
  });

  test('take the first rule that finds a text', () => {
    expect([
      reading('/a/b~1c'),
      reading('/nothing'),
      reading('/a'),
      reading(['/nothing', '/a/d~0e']),
      reading({ header: 'Location', match: 'item/(\\d+)' }),
      reading({ pointer: '/text', match: 'item/(\\d+)' }),
      reading({ list: '/a/list/*', where: { '/n': '${wanted}' }, value: '/v' }),
      reading({ list: '/a/list/*', where: { '/on': 'true' }, text: 'on' }),
      reading({ list: '/a/list/*', where: { '/n': 'z' }, value: '/v' }),
      reading({ join: ['/a/b~1c', '/a/d~0e'] }),
      reading({ join: ['/a/b~1c', '/nothing'] }),
      reading({ text: 'always', if: { list: '', where: { '/nothing': 'x' } } }),
      reading([{ text: 'always', if: { list: '/a' } }]),
    ]).toEqual([
      '1',
      undefined,
      undefined,
      'two',
      '34',
      '12',
      '2',
      'on',
      undefined,
      '1/two',
      undefined,
      undefined,
      'always',
    ]);
  });
});

test('states are those of the map, by name or beginning, and everything else is unknown', () => {
  const states = { 'Failed/*': 'failed', 'Failed/Soft': 'running', ok: 'succeeded' } as const;
  expect(['ok', 'Failed/x', 'Failed/Soft', 'OK', 'toString', ''].map((native) => stateOf(native, states))).toEqual([
    { state: 'succeeded', known: true },
    { state: 'failed', known: true },
    { state: 'running', known: true },
    ...[1, 2, 3].map(() => ({ state: 'unknown', known: false })),
  ]);
  expect([foremost(['ok', 'Failed/Soft'], states), foremost(['ok', 'new'], states), foremost([], states)]).toEqual([
    'Failed/Soft',
    'new',
    undefined,
  ]);
});

describe('the ready profiles', () => {
  const values = { get: (name: string) => name };
  const configOf = (profile: Profile): HttpJobConfig => ({
    profile,
    baseUrl: 'https://tool.example',
    site: Object.fromEntries(Object.keys(profile.site ?? {}).map((name) => [name, values.get(name)])),
    secrets: Object.fromEntries((profile.secrets ?? []).map((name) => [name, { $secret: 'env:X' as const }])),
  });
  const settings = compileSchema(CONFIG_SCHEMA, 'The settings');

  test.each(Object.entries(PROFILES))('%s can be used, names its sources, and is a whole profile', (name, profile) => {
    expect([profileProblems(profile, configOf(profile)), settings(configOf(profile))]).toEqual([[], []]);
    expect(settings({ ...configOf(profile), profile: name })).toEqual([]);
    for (const source of profile.sources) expect(source).toMatch(/^https:\/\//);
    for (const { path } of requestsOf(profile)) expect(path).toMatch(/^\//);
  });

  test('promise what they have', () => {
    const promises = Object.entries(PROFILES).map(([name, profile]) => {
      const { submit, cancel, cancelTargets, targetStatus, logs } = capabilitiesOf(configOf(profile));
      return [name, submit, cancel, cancelTargets, targetStatus, logs];
    });
    expect(promises).toEqual([
      ['argo-cd', 'findable', 'best-effort', true, 'live', 'none'],
      ['github-actions', 'findable', 'best-effort', false, 'live', 'none'],
      ['gitlab', 'findable', 'best-effort', true, 'live', 'none'],
      ['jenkins', 'findable', 'best-effort', true, 'live', 'cursor'],
      ['kubernetes-job', 'idempotent', 'best-effort', true, 'live', 'none'],
      ['octopus', 'at-most-once', 'best-effort', true, 'live', 'cursor'],
      ['rundeck', 'findable', 'best-effort', false, 'live', 'cursor'],
    ]);
    const { cancel: _cancel, search: _search, ...bare } = PROFILES['gitlab'] as Profile;
    expect(capabilitiesOf(configOf(bare))).toMatchObject({
      submit: 'at-most-once',
      cancel: 'none',
      cancelTargets: false,
      observe: ['poll'],
    });
    const called = { ...configOf(bare), callback: { scheme: 'gitlab', secret: { $secret: 'env:X' } } } as const;
    expect(capabilitiesOf(called).observe).toEqual(['poll', 'callback']);
  });

  const jenkins = PROFILES['jenkins'] as Profile;
  const withRequest = (request: object): Profile => ({
    ...jenkins,
    submit: { ...jenkins.submit, request: request as never },
  });
  test.each<[string, Profile]>([
    ['${colour} is not known', withRequest({ path: '/${colour}' })],
    ['${target.colour} is not known', withRequest({ path: '/x', json: { a: ['${target.colour}'] } })],
    ['${site.colour} is not known', withRequest({ path: '/x', headers: { a: '${site.colour}' } })],
    ['must begin with "/"', withRequest({ path: 'x' })],
    ['has a value that cannot be read', withRequest({ path: '/${key|upper}' })],
    ['must not have values', withRequest({ path: '/x', json: { '${key}': 1 } })],
    ['must not stand in an address', { ...withRequest({ path: '/x', query: { t: '${secret.t}' } }), secrets: ['t'] }],
    [
      '${parameters} is not known',
      { ...jenkins, observe: { ...jenkins.observe, request: { path: '/${parameters}' } } },
    ],
    ['names one target', { ...withRequest({ path: '/${target.host}' }), jobs: 'per-run', speaksForTargets: true }],
    ['"speaksForTargets"', { ...jenkins, jobs: 'per-run' }],
    ['exactly one group', { ...jenkins, submit: { ...jenkins.submit, id: { header: 'x', match: '\\d+' } } }],
    ['Nothing says which job', { ...jenkins, search: undefined, submit: { request: jenkins.submit.request } }],
  ])('a profile is refused when it is connected: %s', (problem, profile) => {
    expect(profileProblems(profile, configOf(profile)).join(' ')).toContain(problem);
  });

  test('settings that a profile lacks or does not know are refused', () => {
    const problems = (more: Partial<HttpJobConfig>) => profileProblems(jenkins, { ...configOf(jenkins), ...more });
    expect([
      problems({ site: {} }),
      problems({ site: { job: 'x', colour: 'x' } }),
      problems({ secrets: { t: { $secret: 'env:X' } } }),
    ]).toEqual([
      ['"site" needs "job".'],
      ['"site" has "colour", which this profile does not know.'],
      ['"secrets" has "t", which this profile does not know.'],
    ]);
  });
});

describe('callbacks', () => {
  const key = 's3cr3t-of-the-hook';
  const secret = { $secret: 'env:HOOK' } as const;
  const body = Buffer.from('{"a":1}');
  const now = new Date('2026-11-28T12:00:00Z');
  const seconds = now.getTime() / 1000;
  const mac = (text: string | Buffer, by = key) => createHmac('sha256', by).update(text).digest('hex');
  const url = 'https://interlock.example/integrations/deck/callback';
  const digest = (trigger: string, id: string) =>
    createHash('sha256').update(`${url}${trigger}${id}${key}`).digest('hex');
  const rundeck = (trigger: string, id: string, sum = digest(trigger, id)) => ({
    'x-rundeck-notification-trigger': trigger,
    'x-rundeck-notification-execution-id': id,
    'x-rundeck-notification-sha256-digest': sum,
  });
  const timed = (time: number, text: string | Buffer = `${time}.${body.toString()}`) => ({
    'x-interlock-time': String(time),
    'x-interlock-signature': mac(text),
  });

  test.each<[string, CallbackSettings, Record<string, string>, Record<string, string>[]]>([
    [
      'github',
      { scheme: 'github', secret },
      { 'x-hub-signature-256': `sha256=${mac(body)}` },
      [
        {},
        { 'x-hub-signature-256': mac(body) },
        { 'x-hub-signature-256': `sha256=${mac(body, 'other')}` },
        { 'x-hub-signature': mac(body) },
      ],
    ],
    [
      'gitlab',
      { scheme: 'gitlab', secret },
      { 'x-gitlab-token': key },
      [{}, { 'x-gitlab-token': '' }, { 'x-gitlab-token': `${key}x` }],
    ],
    [
      'rundeck',
      { scheme: 'rundeck', secret, url },
      rundeck('success', '7'),
      [{}, rundeck('success', '8', digest('success', '7')), rundeck('failure', '7', digest('success', '7'))],
    ],
    [
      'hmac',
      { scheme: 'hmac', secret },
      timed(seconds),
      [
        {},
        timed(seconds - 301),
        timed(seconds + 301),
        timed(seconds, body),
        { ...timed(seconds), 'x-interlock-time': String(seconds - 1) },
      ],
    ],
  ])('by %s are believed only with the secret', (_name, settings, good, bad) => {
    const authentic = (headers: Record<string, string>, rawBody: Uint8Array = body) =>
      isAuthentic({ headers, rawBody, query: {} }, settings, key, now);
    expect([authentic(good), ...bad.map((headers) => authentic(headers))]).toEqual([true, ...bad.map(() => false)]);
    // A changed body, where the scheme covers it.
    expect(authentic(good, Buffer.from('{"a":2}'))).toBe(['gitlab', 'rundeck'].includes(settings.scheme));
  });
});
