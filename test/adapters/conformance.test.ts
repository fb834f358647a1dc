import { manual } from '../../plugins/manual/manual.adapter.js';
import { simulator } from '../../plugins/simulator/simulator.adapter.js';
import { describeConformance, fixturesIn } from './support/conformance-subject.js';

// The exec adapter starts a process for every call; its conformance is in test/processes.
await describeConformance('simulator', simulator, fixturesIn('plugins/simulator/fixtures.json'), 45);
await describeConformance('manual', manual, fixturesIn('plugins/manual/fixtures.json'), 20);
