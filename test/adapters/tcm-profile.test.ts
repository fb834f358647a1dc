import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from '@jest/globals';
import { checkProfile } from '../../plugins/tcm/profile.js';
import type { Profile } from '../../plugins/tcm/profile-format.js';
import { PROFILE_SCHEMA } from '../../plugins/tcm/profile-schema.js';
import { compileSchema } from '../../src/adapters/schema-compiler.js';

const file = (path: string) => fileURLToPath(new URL(`../../${path}`, import.meta.url));
// The profiles of the simulator leave the directory of its log to each test.
const json = <T>(path: string): T => JSON.parse(readFileSync(file(path), 'utf8').replaceAll('${dir}', '/sim')) as T;
const distribution = json<Profile>('test/simulators/tcm/distribution.profile.json');
const plan = json<Profile>('test/simulators/tcm/plan.profile.json');
const problemsOf = (profile: unknown): string => checkProfile(profile).problems.join('\n');

test('the schema as a file is the schema in the code (UPDATE_DOCS=1 writes it)', () => {
  const path = file('plugins/tcm/profile.schema.json');
  const schema = { $schema: 'https://json-schema.org/draft/2020-12/schema', ...PROFILE_SCHEMA };
  if (process.env['UPDATE_DOCS']) writeFileSync(path, `${JSON.stringify(schema, null, 2)}\n`);
  expect(json('plugins/tcm/profile.schema.json')).toEqual(schema);
});

test('both schemas accept the profiles of the simulator, and they show the exact commands of an order', () => {
  for (const profile of [distribution, plan]) expect(compileSchema(PROFILE_SCHEMA, 'The profile')(profile)).toEqual([]);
  const { problems, samples } = checkProfile(distribution);
  expect(problems).toEqual([]);
  const argv = Object.fromEntries(samples.map((sample) => [sample.title, sample.argv]));
  expect(argv['operations/install']).toEqual([
    'sim-package',
    'install',
    '-D',
    'label=sample-key',
    '@Package:payroll^4.0',
    '@Endpoint:web-01',
    '@Endpoint:web-02',
  ]);
  expect(argv['cancelTargets']).toEqual(['sim-control', 'cancel', '1000000001.1', 'web-01', 'web-02']);
  const document = checkProfile(plan).samples.find(({ title }) => title === 'plan/documents/install');
  expect(document?.text).toContain('<title>Payroll &lt;4.0&gt; &amp; &quot;more&quot;</title>');
  expect(document?.text).toContain('    <endpoint>web-01</endpoint>\n    <endpoint>web-02</endpoint>\n');
});

test.each(['distribution', 'plan'])(
  'the example %s says that it is not verified, and what a site must fill in',
  (name) => {
    const example = json<Profile>(`plugins/tcm/profiles/${name}.example.json`);
    expect(example.verified).toBe(false);
    expect(compileSchema(PROFILE_SCHEMA, 'The profile')(example)).toEqual([]);
    const { problems, samples } = checkProfile(example);
    expect(problems.length).toBeGreaterThan(2);
    expect(problems.every((problem) => /CHANGE_ME|needs the group/u.test(problem))).toBe(true);
    expect(samples).toEqual([]);
  },
);

test.each<[string, (profile: Profile) => unknown, Profile, RegExp]>([
  ['no object', () => 7, distribution, /must be object/],
  ['an unknown member', (p) => ({ ...p, shell: 'sh -c' }), distribution, /must not have the property "shell"/],
  ['a missing member', ({ runId: _runId, ...p }) => p, distribution, /runId/],
  ['a pattern that is none', (p) => ({ ...p, runId: '(?<id>' }), distribution, /regex/],
  ['a pattern without its group', (p) => ({ ...p, runId: '\\d+' }), distribution, /runId needs the group/],
  [
    'an unknown placeholder',
    (p) => ({ ...p, probe: { argv: ['x', '{password}'], source: 'x' } }),
    distribution,
    /probe uses \{password\}/,
  ],
  [
    'a list inside of an argument',
    (p) => ({ ...p, operations: { install: { argv: ['x', '{label}', 'to={targets}'], source: 'x' } } }),
    distribution,
    /list inside the argument/,
  ],
  [
    'a program that is a placeholder',
    (p) => ({ ...p, operations: { install: { argv: ['{label}'], source: 'x' } } }),
    distribution,
    /in place of the program/,
  ],
  [
    'an order without the label that find looks for',
    (p) => ({ ...p, operations: { install: { argv: ['x', '{targets}'], source: 'x' } } }),
    distribution,
    /must use \{label\}/,
  ],
  [
    'an end that is none',
    (p) => ({ ...p, states: { ...p.states, INTERRUPTED: 'failed' } }),
    distribution,
    /INTERRUPTED must not be an end/,
  ],
  [
    'results that belong to no run',
    (p) => ({ ...p, results: { ...p.results, line: '(?<target>\\S+) (?<result>\\S+)' } }),
    distribution,
    /must belong to its run/,
  ],
  ['a place that is no zone', (p) => ({ ...p, timeZone: 'Rome' }), distribution, /time zone/],
  ['a plan in the wrong mode', (p) => ({ ...p, mode: 'distribution' }), plan, /has no plan/],
  ['a plan without a document', ({ plan: _plan, ...p }) => p, plan, /plan\/documents\/install is missing/],
  [
    'a document without targets',
    (p) => ({ ...p, plan: { documents: { install: { document: ['<a/>'], target: ['{endpoint}'] } } } }),
    plan,
    /must use \{targets\}/,
  ],
])('refuses %s', (_name, rework, profile, problem) => {
  expect(problemsOf(rework(profile))).toMatch(problem);
});
