import { afterAll } from '@jest/globals';
import { awx } from '../../plugins/awx/awx.adapter.js';
import type { ConformanceFixtures } from '../../src/adapters/conformance/fixtures.js';
import { describeConformance } from '../adapters/support/conformance-subject.js';
import { AwxSimulator } from '../simulators/awx/awx-simulator.js';

const awxTool = await new AwxSimulator().start();
afterAll(async () => await awxTool.stop());

const target = (host: string) => ({ ciId: `ci-${host}`, name: host, binding: { host } });
const config = {
  // A controller of its own for each case: its objects are below the directory of the case.
  baseUrl: '${tool}${dir}',
  allowHttp: true,
  auth: { type: 'bearer', token: { $secret: 'env:AWX_TOKEN' } },
  pollMs: 20,
  settleMs: 0,
};

/** The default body of a webhook notification; the id of a job is a number. */
const notification = (status: string): string =>
  `{"id":\${native.job},"status":"${status}","extra_vars":{"interlock":` +
  `{"key":"\${key}","name":"\${key}","fingerprint":"f","targets":{}}}}`;

const fixtures: ConformanceFixtures = {
  config,
  tool: { http: awxTool.http.url, starts: ['POST *launch/'] },
  badConfigs: [
    {},
    { ...config, auth: { type: 'bearer', token: 'plain text' } },
    { ...config, find: 'luck' },
    { ...config, callback: { header: 'x-token', token: 'plain text' } },
  ],
  secretEnv: ['AWX_TOKEN', 'AWX_CALLBACK'],
  targets: [target('web-1'), target('web-2')],
  badTargets: [
    {},
    ...['', 'web-*', 'web:db', '!web', '~web.*', 'web[1:3]', '@hosts', 'a,b', 'all', '-web'].map((host) => ({ host })),
  ],
  badPackages: [
    {},
    { jobTemplate: 0 },
    { jobTemplate: '7' },
    { jobTemplate: 7, extraVars: { interlock: {} } },
    { jobTemplate: 7, extraVars: { 'a-b': 1 } },
  ],
  packageBinding: { jobTemplate: 7, operations: { verify: 7 }, endMarker: 'The release is installed' },
  artifacts: [{ name: 'app.tgz', content: 'the bytes' }],
  parameters: { extraVars: { motd: 'hello' } },
  directories: ['tool/runs', 'tool/effects'],
  runs: '${dir}/tool/runs',
  effects: '${dir}/tool/effects',
  slow: { packageBinding: { jobTemplate: 8, endMarker: 'Task 39' } },
  scenarios: [
    {
      name: 'one fails, one is not reached, one ignores an error',
      targets: ['web-1', 'bad-1', 'dark-1', 'ignore-1'].map(target),
      expect: { 'ci-web-1': 'succeeded', 'ci-bad-1': 'failed', 'ci-dark-1': 'failed', 'ci-ignore-1': 'succeeded' },
    },
    { name: 'all fail', targets: [target('bad-1')], expect: { 'ci-bad-1': 'failed' } },
    {
      name: 'a host is missing from the summaries',
      targets: ['web-1', 'absent-1'].map(target),
      expect: { 'ci-web-1': 'succeeded', 'ci-absent-1': 'skipped' },
    },
    {
      name: 'a job that succeeds and did nothing',
      targets: [target('idle-1')],
      expect: { 'ci-idle-1': 'skipped' },
    },
    {
      name: 'any_errors_fatal: no failure is no success',
      targets: ['web-1', 'bad-1'].map(target),
      packageBinding: { jobTemplate: 9, endMarker: 'The release is installed' },
      expect: { 'ci-web-1': 'unknown', 'ci-bad-1': 'failed' },
    },
    {
      name: 'no end marker and a job that failed',
      targets: ['web-1', 'bad-1'].map(target),
      packageBinding: { jobTemplate: 7 },
      expect: { 'ci-web-1': 'unknown', 'ci-bad-1': 'failed' },
    },
    {
      name: 'a playbook that cannot be parsed',
      packageBinding: { jobTemplate: 10 },
      expect: { 'ci-web-1': 'skipped', 'ci-web-2': 'skipped' },
    },
    {
      name: 'a project that cannot be fetched',
      packageBinding: { jobTemplate: 11 },
      expect: { 'ci-web-1': 'skipped', 'ci-web-2': 'skipped' },
    },
    {
      name: 'a controller that loses its job',
      packageBinding: { jobTemplate: 12 },
      expect: { 'ci-web-1': 'unknown', 'ci-web-2': 'unknown' },
    },
  ],
  manyTargets: { host: 'many-${n}' },
};

await describeConformance('awx against its simulator', awx, fixtures, 66);
await describeConformance(
  'awx without labels, with callbacks',
  awx,
  {
    ...fixtures,
    scenarios: [],
    manyTargets: undefined,
    callback: {
      headers: { 'x-interlock-token': '${secret.AWX_CALLBACK}' },
      body: notification('successful'),
      earlierBody: notification('running'),
      proof: ['x-interlock-token'],
      unsignedBody: true,
    },
    config: {
      ...config,
      find: 'recent',
      callback: { header: 'x-interlock-token', token: { $secret: 'env:AWX_CALLBACK' } },
    },
  },
  60,
);
