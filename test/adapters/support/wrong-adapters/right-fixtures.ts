import type { ConformanceFixtures } from '../../../../src/adapters/conformance/fixtures.js';

const config = {
  effects: '${dir}/effects',
  token: { $secret: 'env:SEEDED_TOKEN' },
  hook: { $secret: 'env:SEEDED_HOOK' },
};
const one = (word: string) => ({ ends: { 'ci-1': word } });
const both = (word: string) => ({ ends: { 'ci-1': word, 'ci-2': word } });

/** Fixtures that leave nothing unchecked, and with which the right adapter passes everything. */
export const RIGHT_FIXTURES: ConformanceFixtures = {
  config,
  badConfigs: [{ ...config, extra: true }],
  targets: [
    { ciId: 'ci-1', name: 'one', binding: {} },
    { ciId: 'ci-2', name: 'two', binding: { port: 22 } },
  ],
  badTargets: [{ port: 'ssh' }, 7],
  badPackages: [{ other: true }],
  badParameters: [{ ms: 'soon' }],
  artifacts: [{ name: 'release.bin', content: 'the release' }],
  slow: { parameters: { ms: 400, worker: true } },
  scenarios: [
    {
      name: 'one target fails',
      outcome: 'one fails',
      parameters: one('failed'),
      expect: { 'ci-1': 'failed', 'ci-2': 'succeeded' },
    },
    { name: 'all targets fail', outcome: 'all fail', parameters: both('failed'), expect: {} },
    { name: 'one cannot be reached', outcome: 'one unreachable', parameters: one('unreachable'), expect: {} },
    { name: 'the tool leaves one out', outcome: 'one missing', parameters: one('skipped'), expect: {} },
    { name: 'the tool fails first', outcome: 'tool error', parameters: both('skipped'), expect: {} },
    { name: 'success without work', outcome: 'nothing done', parameters: both('unknown'), expect: {} },
    {
      name: 'a new word of the tool',
      outcome: 'unknown status',
      parameters: one('IC---'),
      expect: { 'ci-1': 'unknown' },
      nativeStatus: { 'ci-1': 'IC---' },
    },
    { name: 'time is over', outcome: 'deadline', parameters: one('expired'), expect: { 'ci-1': 'expired' } },
  ],
  errors: [
    {
      name: 'a quota that is used up',
      parameters: { quota: true },
      code: 'RESOURCE_EXHAUSTED',
      retryAfterMs: 5_000,
    },
    { name: 'a tool that is down is found out', call: 'find', config: { ...config, down: true }, code: 'UNAVAILABLE' },
  ],
  down: { config: { ...config, down: true } },
  callback: {
    values: {
      sentAt: { now: 'seconds' },
      signature: { hmac: 'sha256', key: '${secret.SEEDED_HOOK}', text: '${sentAt}.${body}' },
    },
    headers: { 'X-Signature': '${signature}', 'X-Sent-At': '${sentAt}' },
    body: { key: '${key}', number: '${native.number}', state: 'succeeded' },
    earlierBody: { key: '${key}', number: '${native.number}', state: 'running' },
    proof: ['X-Signature'],
    maxAgeSeconds: 300,
  },
  manyTargets: { port: 22 },
  longLog: { parameters: { logBytes: 10_000_000 } },
  manyReports: { parameters: { reports: 5_000 } },
  secretEnv: ['SEEDED_TOKEN', 'SEEDED_HOOK'],
  effects: '${dir}/effects',
  runs: '${dir}/work/runs',
  pids: '${dir}/work/runs',
};
