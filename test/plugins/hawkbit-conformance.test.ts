import { fixturesIn } from '../adapters/support/conformance-subject.js';
import { describeCommand, withRunning } from './support/conformance-command.js';

const fixtures = await withRunning('hawkbit', fixturesIn('plugins/hawkbit/fixtures.json'));

await describeCommand('hawkbit', [{ name: 'with its fixtures', fixtures, atLeast: 65 }]);
