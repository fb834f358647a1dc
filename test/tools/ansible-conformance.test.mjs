// The `ansible` plugin in the conformance kit, with real Ansible over real sshd. Two processes have half of the cases
// each, and hosts of their own.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startEstate, whyNoAnsible } from './support/ansible-estate.mjs';
import { conformanceInParts } from './support/conformance.mjs';

const LANES = 2;

function fixturesOf(estate, lane) {
  const { config } = estate;
  const hosts = estate.all.slice(2 * lane, 2 * lane + 2);
  return {
    config: { ...config, becomePassword: { $secret: 'env:BECOME' }, vaultPassword: { $secret: 'env:VAULT' } },
    badConfigs: [{}, { ...config, knownHostsFile: 'relative' }, { ...config, becomePassword: 'in plain text' }],
    targets: hosts.map((host) => ({ ciId: `ci-${host.name}`, name: host.name, binding: estate.binding(host) })),
    badTargets: [{}, { host: '-oProxyCommand=touch pwned' }, { host: 'x', variables: { ansible_connection: 'local' } }],
    badPackages: [{ playbook: '/etc/x.yml' }, { delivery: 'prestaged' }],
    badParameters: [{ variables: { ring: 1 } }],
    artifacts: [{ name: 'payroll.txt', content: 'payroll 4.0\n' }],
    secretEnv: ['BECOME', 'VAULT'],
    runs: '${dir}/work/runs',
    slow: { packageBinding: { playbook: 'slow.yml' } },
    settleMs: 60_000,
  };
}

test('ansible: conformance', { skip: whyNoAnsible() }, async (t) => {
  const estate = await startEstate({ count: 2 * LANES });
  t.after(async () => await estate.end());
  const lanes = Array.from({ length: LANES }, (_, lane) => fixturesOf(estate, lane));
  const { passed, failed } = await conformanceInParts('ansible', lanes);
  assert.deepEqual(failed, []);
  assert.ok(passed > 40, `only ${passed} cases apply`);
});
