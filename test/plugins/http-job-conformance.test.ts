import { afterAll } from '@jest/globals';
import { httpJob } from '../../plugins/http-job/http-job.adapter.js';
import type { ConformanceFixtures } from '../../src/adapters/conformance/fixtures.js';
import { describeConformance } from '../adapters/support/conformance-subject.js';
import type { HttpSimulator } from '../simulators/http/http-simulator.js';
import { github, jenkins, kubernetes, rundeck, TOOL_ENV, type HttpTool } from './support/http-tools.js';

// Three shapes: jobs per target with a queue, a run with its targets inside, and a name made of the key.
Object.assign(process.env, TOOL_ENV);

const simulators: HttpSimulator[] = [];
afterAll(async () => {
  for (const simulator of simulators) await simulator.stop();
  for (const name of Object.keys(TOOL_ENV)) delete process.env[name];
});

const fixturesOf = (tool: HttpTool<HttpSimulator>, more: Partial<ConformanceFixtures>): ConformanceFixtures => ({
  config: tool.config(),
  badConfigs: [
    {},
    { profile: 'no-such-tool', baseUrl: 'https://a' },
    { profile: 'jenkins', baseUrl: 'https://user:word@a' },
    { profile: 'jenkins', baseUrl: 'https://a', auth: { type: 'bearer', token: 'in the clear' } },
    { profile: 'jenkins', baseUrl: 'https://a', unknown: 1 },
    { profile: { title: 'half of one' }, baseUrl: 'https://a' },
  ],
  targets: tool.targets,
  badTargets: [{}, 7, 'text', { surplus: true }],
  badPackages: [{}, 'text', []],
  packageBinding: tool.packageBinding,
  settleMs: 10_000,
  slow: {},
  ...more,
});

const QUICK = { queueMs: 20, runMs: 150 };

const jenkinsTool = jenkins();
simulators.push(await jenkinsTool.simulator.start());
jenkinsTool.simulator.book.pace = QUICK;
jenkinsTool.simulator.book.outcome = ({ parameters }) =>
  parameters['RELEASE_TARGET'] === 'broken' ? 'failed' : 'succeeded';
await describeConformance(
  'http-job with the profile jenkins',
  httpJob,
  fixturesOf(jenkinsTool, {
    manyTargets: { host: 'many-${n}' },
    badParameters: [{ 'not a name': 'x' }, { LIST: ['x'] }],
    // The kit stands between adapter and tool, plays every fault of HTTP, and forges the messages of the tool.
    config: {
      ...jenkinsTool.config(),
      baseUrl: '${tool}',
      callback: { scheme: 'hmac', secret: { $secret: 'env:HOOK' } },
    },
    tool: { http: jenkinsTool.simulator.url },
    secretEnv: ['HOOK'],
    callback: {
      values: {
        time: { now: 'seconds' },
        signature: { hmac: 'sha256', key: '${secret.HOOK}', text: '${time}.${body}' },
      },
      headers: { 'X-Interlock-Time': '${time}', 'X-Interlock-Signature': '${signature}' },
      body: { key: '${key}.t1' },
      proof: ['X-Interlock-Signature', 'X-Interlock-Time'],
      maxAgeSeconds: 300,
    },
    scenarios: [
      {
        name: 'one build fails',
        targets: [...jenkinsTool.targets, { ciId: 'ci-3', name: 'web-03', binding: { host: 'broken' } }],
        expect: { 'ci-1': 'succeeded', 'ci-2': 'succeeded', 'ci-3': 'failed' },
      },
    ],
  }),
  35,
);

const githubTool = github();
simulators.push(await githubTool.simulator.start());
githubTool.simulator.book.pace = QUICK;
githubTool.simulator.targetOutcome = (target) => (target === 'broken' ? 'failed' : undefined);
await describeConformance(
  'http-job with the profile github-actions',
  httpJob,
  fixturesOf(githubTool, {
    manyTargets: { label: 'many-${n}' },
    scenarios: [
      {
        name: 'one matrix job fails',
        targets: [...githubTool.targets, { ciId: 'ci-3', name: 'web-03', binding: { label: 'broken' } }],
        expect: { 'ci-1': 'succeeded', 'ci-2': 'succeeded', 'ci-3': 'failed' },
      },
    ],
  }),
  30,
);

const kubernetesTool = kubernetes();
simulators.push(await kubernetesTool.simulator.start());
kubernetesTool.simulator.book.pace = QUICK;
await describeConformance(
  'http-job with the profile kubernetes-job',
  httpJob,
  fixturesOf(kubernetesTool, {
    config: { ...kubernetesTool.config(), baseUrl: '${tool}' },
    tool: { http: kubernetesTool.simulator.url },
    badPackages: [{}, { image: '' }],
    badParameters: [{ more: 1 }],
  }),
  35,
);

const rundeckTool = rundeck();
simulators.push(await rundeckTool.simulator.start());
rundeckTool.simulator.book.pace = QUICK;
rundeckTool.simulator.nodeOutcome = (node) => (node === 'db-01' ? 'failed' : undefined);
await describeConformance(
  'http-job with the profile rundeck',
  httpJob,
  fixturesOf(rundeckTool, {
    badTargets: [{}, { node: '.*' }, { node: 'a,b' }, { node: '' }],
    scenarios: [
      {
        name: 'one node fails, and one does not exist',
        targets: [
          ...rundeckTool.targets,
          { ciId: 'ci-3', name: 'db-01', binding: { node: 'db-01' } },
          { ciId: 'ci-4', name: 'gone', binding: { node: 'gone-01' } },
        ],
        expect: { 'ci-1': 'succeeded', 'ci-2': 'succeeded', 'ci-3': 'failed', 'ci-4': 'unknown' },
      },
    ],
  }),
  30,
);
