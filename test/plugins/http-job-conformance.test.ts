import { fixturesIn } from '../adapters/support/conformance-subject.js';
import { describeCommand, withRunning } from './support/conformance-command.js';

// Builds per target with a queue, a run with its targets inside, a name made of the key, and nodes of one execution.
const PROFILES = { jenkins: 50, 'github-actions': 50, 'kubernetes-job': 50, rundeck: 50 } as const;

const runs = Object.entries(PROFILES).map(async ([name, atLeast]) => ({
  name: `with the profile ${name}`,
  fixtures: await withRunning(name as keyof typeof PROFILES, fixturesIn(`plugins/http-job/fixtures/${name}.json`)),
  atLeast,
}));

await describeCommand('http-job', await Promise.all(runs));
