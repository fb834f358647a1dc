import { createHash } from 'node:crypto';
import { afterAll } from '@jest/globals';
import { hawkbit } from '../../plugins/hawkbit/hawkbit.adapter.js';
import type { ConformanceFixtures } from '../../src/adapters/conformance/fixtures.js';
import { describeConformance } from '../adapters/support/conformance-subject.js';
import { HawkbitSimulator } from '../simulators/hawkbit/hawkbit-simulator.js';

const tool = await new HawkbitSimulator(createHash('sha256').update('the bytes').digest('hex')).start();
afterAll(async () => await tool.stop());

const target = (controllerId: string) => ({
  ciId: `ci-${controllerId}`,
  name: controllerId,
  binding: { controllerId },
});
const config = {
  // A server of its own for each case: its objects are below the directory of the case.
  baseUrl: '${tool}${dir}',
  allowHttp: true,
  auth: { type: 'basic', username: 'interlock', password: { $secret: 'env:HAWKBIT_PASSWORD' } },
  pollMs: 20,
  readyMs: 5_000,
};

const fixtures: ConformanceFixtures = {
  config,
  tool: { http: tool.http.url, starts: ['POST *start'] },
  badConfigs: [
    {},
    { ...config, auth: { type: 'basic', username: 'interlock', password: 'plain text' } },
    { ...config, maxTargets: 1_000 },
  ],
  secretEnv: ['HAWKBIT_PASSWORD'],
  targets: [target('dev-1'), target('dev-2')],
  badTargets: [{}, ...['', '*', 'a b', 'a,b', 'a)', '"a"', 'a;b', 'a==b'].map((controllerId) => ({ controllerId }))],
  badPackages: [
    {},
    { distributionSet: 0 },
    { distributionSet: '5' },
    { distributionSet: 5, operations: { verify: 5 } },
  ],
  packageBinding: { distributionSet: 5 },
  artifacts: [{ name: 'app.bin', content: 'the bytes' }],
  parameters: { type: 'soft', weight: 100 },
  badParameters: [{ type: 'maybe' }, { weight: -1 }, { other: 1 }],
  directories: ['tool/runs', 'tool/effects'],
  runs: '${dir}/tool/runs',
  effects: '${dir}/tool/effects',
  slow: { targets: [target('slow-1'), target('slow-2')] },
  scenarios: [
    {
      name: 'one device fails, one has to be confirmed',
      targets: ['dev-1', 'bad-1', 'user-1'].map(target),
      expect: { 'ci-dev-1': 'succeeded', 'ci-bad-1': 'failed', 'ci-user-1': 'succeeded' },
    },
    { name: 'all fail', targets: [target('bad-1')], expect: { 'ci-bad-1': 'failed' } },
  ],
  manyTargets: { controllerId: 'm${n}' },
};

await describeConformance('hawkbit against its simulator', hawkbit, fixtures, 65);
