// The `ansible` plugin in the conformance kit, with real Ansible over real sshd. The cases are independent, so two of
// them run at a time, each with hosts of its own.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { startEstate, whyNoAnsible } from './support/ansible-estate.mjs';
import { root } from './support/server.mjs';

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
  const load = (path) => import(pathToFileURL(join(root, 'dist', path)).href);
  const { conformanceCases } = await load('src/adapters/conformance.js');
  const { ansible } = await load('plugins/ansible/ansible.adapter.js');
  const estate = await startEstate({ count: 2 * LANES });
  t.after(async () => await estate.end());
  const env = { PATH: process.env.PATH, HOME: process.env.HOME, LANG: process.env.LANG };
  const lanes = await Promise.all(
    Array.from({ length: LANES }, (_, lane) => conformanceCases(ansible, fixturesOf(estate, lane), { env })),
  );
  // The longest first, so that the lanes end together.
  const names = lanes[0].map(({ name }) => name).sort((a, b) => b.includes('hostile') - a.includes('hostile'));
  const total = names.length;
  assert.ok(total > 35, `only ${total} cases apply`);
  const problems = [];
  const work = async (cases) => {
    for (let name = names.shift(); name !== undefined; name = names.shift()) {
      const { run } = cases.find((one) => one.name === name);
      await run().catch((error) => problems.push(`${name}: ${error.message}`));
    }
  };
  // These look at all child processes of the one that they run in, so nothing else may run beside them.
  const alone = names.filter((name) => name.startsWith('abort:'));
  names.splice(0, total, ...names.filter((name) => !alone.includes(name)));
  await Promise.all(lanes.map(work));
  names.push(...alone);
  await work(lanes[0]);
  assert.deepEqual(problems, []);
});
