import { fixturesIn } from '../adapters/support/conformance-subject.js';
import { describeCommand, withRunning } from './support/conformance-command.js';

const fixtures = await withRunning('awx', fixturesIn('plugins/awx/fixtures.json'));

/** The default body of a webhook notification; the id of a job is a number. */
const notification = (status: string): string =>
  `{"id":\${native.job},"status":"${status}","extra_vars":{"interlock":` +
  `{"key":"\${key}","name":"\${key}","fingerprint":"f","targets":{}}}}`;

await describeCommand('awx', [
  { name: 'with its fixtures', fixtures, atLeast: 70 },
  {
    name: 'without labels, with callbacks',
    fixtures: {
      ...fixtures,
      scenarios: [],
      manyTargets: undefined,
      secretEnv: ['AWX_TOKEN', 'AWX_CALLBACK'],
      callback: {
        headers: { 'x-interlock-token': '${secret.AWX_CALLBACK}' },
        body: notification('successful'),
        earlierBody: notification('running'),
        proof: ['x-interlock-token'],
        unsignedBody: true,
      },
      config: {
        ...(fixtures.config as object),
        find: 'recent',
        callback: { header: 'x-interlock-token', token: { $secret: 'env:AWX_CALLBACK' } },
      },
    },
    atLeast: 64,
  },
]);
