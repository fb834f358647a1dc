import type { ConformanceFixtures } from '../../src/adapters/conformance/fixtures.js';
import { describeCommand } from './support/conformance-command.js';
import { simulatedProfile, TcmProduct } from './support/tcm-product.js';

const target = (endpoint: string) => ({ ciId: `ci-${endpoint}`, name: endpoint, binding: { endpoint } });

/** Every case has a state of its own; the programs are the same. */
function fixturesOf(name: 'distribution' | 'plan'): ConformanceFixtures {
  const { environmentScript } = new TcmProduct(name);
  const config = {
    environmentScript,
    profile: simulatedProfile(name),
    env: { TCM_SIM_STATE: '${dir}/tcm', TCM_PASSWORD: { $secret: 'env:TCM_PASSWORD' } },
    planDirectory: '${dir}/plans',
    cacheMs: 50,
  };
  return {
    config,
    badConfigs: [
      {},
      { ...config, environmentScript: 'setup_env.sh' },
      { ...config, profile: 'relative.json' },
      { ...config, runner: { type: 'ssh', host: '-oProxyCommand=x', knownHostsFile: '/k' } },
      { ...config, runner: { type: 'ssh', host: 'tmr' } },
      { ...config, profile: { ...config.profile, states: { WAITING: 'done' } } },
      { ...config, profile: { ...config.profile, probe: { argv: [], source: 'x' } } },
    ],
    directories: ['tcm', 'plans'],
    targets: [target('web-1'), target('web-2')],
    badTargets: [
      {},
      { endpoint: '' },
      { endpoint: '-rf' },
      { endpoint: 'a b' },
      { endpoint: '@Endpoint:a' },
      { endpoint: 'a;touch pwned' },
      { endpoint: 'a', more: 1 },
    ],
    badPackages: [{}, { name: 'payroll' }, { name: 'pay^roll', version: '1' }, { name: '$(x)', version: '1' }, []],
    packageBinding: { name: 'payroll', version: '4.0' },
    slow: { targets: ['web-3', 'slow-1', 'slow-2'].map(target) },
    manyTargets: { endpoint: 'many-${n}' },
    secretEnv: ['TCM_PASSWORD'],
    secretsInChildEnv: ['TCM_PASSWORD'],
    runs: '${dir}/tcm/ids',
    effects: '${dir}/tcm/endpoints',
    settleMs: 30_000,
    // A product whose database is gone: every command fails.
    down: { config: { ...config, env: { TCM_SIM_STATE: '${dir}/nothing' } } },
    errors: [
      {
        name: 'an endpoint that the product does not know',
        targets: [target('absent-1')],
        code: name === 'plan' ? 'FAILED_PRECONDITION' : 'INVALID_ARGUMENT',
      },
      {
        name: 'an environment script that is not there',
        config: { ...config, environmentScript: '/nowhere/setup_env.sh' },
        code: 'FAILED_PRECONDITION',
      },
    ],
    scenarios: [
      {
        name: 'one endpoint fails, one is refused',
        outcome: 'one fails',
        targets: ['web-1', 'fail-1', 'reject-1'].map(target),
        expect: { 'ci-web-1': 'succeeded', 'ci-fail-1': 'failed', 'ci-reject-1': 'rejected' },
      },
      {
        name: 'every endpoint fails',
        outcome: 'all fail',
        targets: ['fail-1', 'fail-2'].map(target),
        expect: { 'ci-fail-1': 'failed', 'ci-fail-2': 'failed' },
      },
      {
        name: 'INTERRUPTED and UNAVAILABLE are not ends, until the cut-off',
        outcome: 'one unreachable',
        targets: ['retry-1', 'cutoff-1'].map(target),
        expect: { 'ci-retry-1': 'succeeded', 'ci-cutoff-1': 'expired' },
      },
      {
        name: 'the product gives an endpoint up',
        outcome: 'deadline',
        targets: [target('cutoff-1')],
        expect: { 'ci-cutoff-1': 'expired' },
      },
      {
        name: 'a state word that nobody knows',
        outcome: 'unknown status',
        targets: [target('odd-1')],
        expect: { 'ci-odd-1': 'unknown' },
        nativeStatus: { 'ci-odd-1': 'WIBBLE' },
      },
      {
        name: 'an endpoint that the product never lists',
        outcome: 'one missing',
        targets: [target('web-1'), target('lost-1')],
        expect: { 'ci-web-1': 'succeeded', 'ci-lost-1': 'unknown' },
      },
    ],
  };
}

const distribution = fixturesOf('distribution');

await describeCommand('tcm', [
  {
    name: 'with distributions',
    fixtures: {
      ...distribution,
      scenarios: [
        ...(distribution.scenarios ?? []),
        {
          name: 'the log decides where the transport succeeded',
          outcome: 'nothing done',
          targets: ['broken-1', 'silent-1', 'strange-1'].map(target),
          expect: { 'ci-broken-1': 'failed', 'ci-silent-1': 'unknown', 'ci-strange-1': 'unknown' },
        },
        {
          name: 'stale and duplicate lines of a gateway that an endpoint has left',
          targets: [target('moved-1'), target('moved-2')],
          expect: { 'ci-moved-1': 'succeeded', 'ci-moved-2': 'succeeded' },
        },
      ],
    },
    atLeast: 55,
  },
  { name: 'with plans', fixtures: fixturesOf('plan'), atLeast: 50 },
]);
