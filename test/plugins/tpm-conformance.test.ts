import { mkdtempSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TpmProfile } from '../../plugins/tpm/profile-format.js';
import type { ConformanceFixtures } from '../../src/adapters/conformance/fixtures.js';
import { fixturesIn } from '../adapters/support/conformance-subject.js';
import { describeCommand } from './support/conformance-command.js';
import { commandProfile, simulatorConfig, soapProfile, type SimulatorSetup } from './support/tpm-simulator.js';

const plain = fixturesIn('plugins/tpm/fixtures.json');
const devices = {
  fails: { end: 'failed' },
  lost: { end: 'cancelled' },
  odd: { strange: 'COPYING', runMs: 400 },
  slow: { runMs: 1_500 },
};

/** The file of a simulated server that is set up in another way. */
function configFile(setup: SimulatorSetup): string {
  const file = join(mkdtempSync(join(process.env['INTERLOCK_TEST_FOLDER'] as string, 'tpm-')), 'config.json');
  writeFileSync(file, JSON.stringify(simulatorConfig({ devices, ...setup })));
  return file;
}

/** The fixtures of the plugin for another profile. The kit plays no faults: it takes a search for an order. */
function fixturesFor(profile: TpmProfile, file: string): ConformanceFixtures {
  const { tool, scenarios = [], errors: _errors, ...rest } = plain;
  const command = tool?.command?.map((part) => (part.endsWith('kit.json') ? file : part)) as [string, ...string[]];
  return {
    ...rest,
    targets: plain.targets.slice(0, 2),
    config: { ...(plain.config as object), baseUrl: 'http://127.0.0.1:${port}', profile },
    tool: { command },
    scenarios: scenarios.filter(({ targets }) => !JSON.stringify(targets).includes('refused')),
    slow: { targets: ['9401', 'slow'].map((deviceId) => ({ ciId: deviceId, name: deviceId, binding: { deviceId } })) },
    manyTargets: undefined,
  };
}

const literal = { style: 'document-literal', qualified: true, auth: { kind: 'wsse-digest' } } as const;
const ofCommand = configFile({});

await describeCommand('tpm', [
  { name: 'by SOAP, rpc-encoded, Basic', fixtures: plain, atLeast: 50 },
  {
    name: 'by SOAP, document-literal, WS-Security, with search and cancel',
    fixtures: fixturesFor(soapProfile(literal, { search: true, cancel: true }), configFile(literal)),
    atLeast: 45,
  },
  {
    name: 'by soapcli, with cancel',
    fixtures: fixturesFor(commandProfile({ by: 'stdin' }, ofCommand), ofCommand),
    atLeast: 40,
  },
]);
