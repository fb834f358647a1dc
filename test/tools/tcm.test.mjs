// The tcm plugin by OpenSSH: the simulated product is on another host, behind a real sshd.
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { copyFileSync, cpSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { startSshHosts, whyNoSshHosts } from './support/ssh-hosts.mjs';

const skip = whyNoSshHosts();
const simulators = fileURLToPath(new URL('../simulators/tcm', import.meta.url));
let hosts;
let tcm;
let support;

before(async () => {
  if (skip) return;
  ({ tcm } = await import('../../dist/plugins/tcm/tcm.adapter.js'));
  support = await import('./support/hosted-adapter.mjs');
  hosts = await startSshHosts({ count: 3 });
});
after(async () => await hosts?.end());

/** A Node that the user of the hosts can run: this one, or a copy. */
function nodeFor(folder) {
  const user = process.getuid?.() === 0 ? ['setpriv', '--reuid', hosts.user, '--clear-groups'] : [];
  const [program, ...argv] = [...user, process.execPath, '-e', '0'];
  if (spawnSync(program, argv).status === 0) return process.execPath;
  copyFileSync(process.execPath, join(folder, 'node'));
  return join(folder, 'node');
}

/** The product on a host, in a folder whose name a shell would stumble over. */
function installOn(host, name) {
  const root = join(host.folder, `the $(nothing) "${name}"; *`);
  const programs = join(root, 'programs');
  mkdirSync(root);
  cpSync(simulators, programs, { recursive: true });
  const state = join(root, 'state');
  const text = readFileSync(join(simulators, `${name}.profile.json`), 'utf8');
  const profile = JSON.parse(text.replaceAll('${dir}/tcm', '/interlock-state'));
  const placed = JSON.parse(JSON.stringify(profile), (_key, value) =>
    typeof value === 'string' ? value.replace('/interlock-state', state) : value,
  );
  writeFileSync(join(root, 'site.json'), JSON.stringify(placed));
  const files = [join(root, 'site.json'), join(programs, 'wording.json'), nodeFor(root)];
  execFileSync(process.execPath, [join(programs, 'install.mjs'), root, ...files]);
  mkdirSync(join(root, 'plans'));
  if (process.getuid?.() === 0) execFileSync('chown', ['-R', hosts.user, root]);
  const folder = join(state, 'distributions');
  return {
    root,
    profile: placed,
    settings: (more = {}, runner = {}) => ({
      environmentScript: join(root, 'setup_env.sh'),
      profile: placed,
      runner: {
        type: 'ssh',
        host: host.address,
        user: hosts.user,
        port: hosts.port,
        identityFile: hosts.keyFile,
        knownHostsFile: hosts.knownHostsFile,
        connectTimeoutSeconds: 2,
        ...runner,
      },
      planDirectory: join(root, 'plans'),
      cacheMs: 50,
      ...more,
    }),
    control: (control) => writeFileSync(join(state, 'control.json'), JSON.stringify(control)),
    isHeld: () => existsSync(join(state, 'held')),
    letGo: () => writeFileSync(join(state, 'go'), ''),
    runs: () =>
      existsSync(folder)
        ? readdirSync(folder)
            .filter((file) => file.endsWith('.json'))
            .map((file) => JSON.parse(readFileSync(join(folder, file), 'utf8')))
        : [],
  };
}

async function connectedTo(t, settings) {
  const tool = support.toolOf(tcm, settings);
  t.after(() => tool.end());
  const request = (...endpoints) =>
    tool.request({
      files: {},
      binding: { name: 'payroll', version: '4.0' },
      targets: endpoints.map((endpoint) => ({ ciId: `ci-${endpoint}`, name: endpoint, binding: { endpoint } })),
    });
  return { tool, request, adapter: await tool.connect() };
}

/** The code with which a call is refused. */
const codeOf = async (call) =>
  await call.then(
    () => 'nothing was refused',
    (error) => error.code ?? String(error),
  );

for (const name of ['distribution', 'plan']) {
  test(`tcm over ssh: a ${name}, its course and its end`, { skip }, async (t) => {
    const product = installOn(hosts.all[0], name);
    const { tool, request, adapter } = await connectedTo(t, product.settings());
    assert.equal((await adapter.probe(tool.signal())).status, 'ready');
    const order = request('web-1', 'retry-1', 'fail-1');
    const handle = await adapter.submit(order, tool.signal());
    assert.deepEqual(await adapter.find(order.key, tool.signal()), handle);
    const { states, all } = await tool.follow(adapter, handle);
    assert.deepEqual(states, { 'ci-web-1': 'succeeded', 'ci-retry-1': 'succeeded', 'ci-fail-1': 'failed' });
    assert.ok(all.every(({ ciId }) => order.targets.some((target) => target.ciId === ciId)));
    assert.deepEqual(
      product.runs().map(({ label, package: of, endpoints }) => [label, of, endpoints]),
      [[order.key, 'payroll^4.0', ['web-1', 'retry-1', 'fail-1']]],
    );
  });
}

test('tcm over ssh: a host that is not proven to be the right one gets no order', { skip }, async (t) => {
  const product = installOn(hosts.all[1], 'distribution');
  const stranger = join(hosts.folder, 'nobody-known');
  writeFileSync(stranger, '');
  const key = join(hosts.folder, 'another-key');
  execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', key]);
  for (const [code, runner] of [
    ['FAILED_PRECONDITION', { knownHostsFile: stranger }],
    ['UNAUTHENTICATED', { identityFile: key }],
    ['UNAVAILABLE', { port: 9 }],
  ]) {
    const { tool, request, adapter } = await connectedTo(t, product.settings({}, runner));
    assert.equal(await codeOf(adapter.submit(request('web-1'), tool.signal())), code);
    assert.equal((await adapter.probe(tool.signal())).status, 'broken');
  }
  const { tool, request, adapter } = await connectedTo(t, product.settings());
  await hosts.all[1].changeKey();
  const order = request('web-1');
  assert.equal(await codeOf(adapter.submit(order, tool.signal())), 'FAILED_PRECONDITION');
  assert.deepEqual(product.runs(), []);
  hosts.learn();
  await adapter.submit(order, tool.signal());
  assert.equal(product.runs().length, 1, 'an order that certainly did not arrive can be given again');
});

test('tcm over ssh: a connection that breaks after the order leads to no second start', { skip }, async (t) => {
  const [, , host] = hosts.all;
  const product = installOn(host, 'distribution');
  const { tool, request, adapter } = await connectedTo(t, product.settings());
  product.control({ hold: 'after' });
  const order = request('web-1');
  const code = codeOf(adapter.submit(order, tool.signal()));
  await support.until('the product to take the order', () => product.isHeld());
  await host.cut();
  assert.equal(await code, 'OUTCOME_UNKNOWN');
  assert.equal(await codeOf(adapter.find(order.key, tool.signal())), 'UNAVAILABLE');
  product.control({});
  product.letGo();
  await host.start();
  const handle = await adapter.find(order.key, tool.signal());
  assert.deepEqual(handle?.native, { runId: product.runs()[0]?.id });
  assert.deepEqual((await tool.follow(adapter, handle)).states, { 'ci-web-1': 'succeeded' });
  assert.equal(product.runs().length, 1);
});

test('tcm over ssh: a host that accepts connections and says nothing does not hang a call', { skip }, async (t) => {
  const [, , host] = hosts.all;
  const product = installOn(host, 'plan');
  const { tool, request, adapter } = await connectedTo(t, product.settings({ timeoutMs: 1_500 }));
  const handle = await adapter.submit(request('web-1'), tool.signal());
  host.hang();
  try {
    const code = await codeOf(adapter.observe(handle, null, tool.signal()));
    assert.ok(['DEADLINE_EXCEEDED', 'UNAVAILABLE'].includes(code), code);
  } finally {
    host.wake();
  }
  const stop = new AbortController();
  const asked = codeOf(adapter.probe(stop.signal));
  stop.abort(new Error('no longer needed'));
  assert.equal(await asked, 'ABORTED');
});
