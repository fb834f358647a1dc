/**
 * The simulators as the fixtures of the plugins need them: they take any credentials, and the names of some targets say
 * how these end.
 */
import { createHash } from 'node:crypto';
import { AwxSimulator } from './awx/awx-simulator.js';
import { GithubSimulator } from './github/github-simulator.js';
import { HawkbitSimulator } from './hawkbit/hawkbit-simulator.js';
import { JenkinsSimulator } from './jenkins/jenkins-simulator.js';
import { KubernetesSimulator } from './kubernetes/kubernetes-simulator.js';
import { RundeckSimulator } from './rundeck/rundeck-simulator.js';

/** A simulator that somebody can start and stop. */
export interface KitSimulator {
  readonly url: string;
  start(): Promise<unknown>;
  stop(): Promise<void>;
}

const QUICK = { queueMs: 20, runMs: 150 };

function jenkins(): JenkinsSimulator {
  const tool = new JenkinsSimulator();
  tool.book.pace = QUICK;
  tool.book.outcome = ({ parameters }) => (parameters['RELEASE_TARGET'] === 'broken' ? 'failed' : 'succeeded');
  return tool;
}

function github(): GithubSimulator {
  const tool = new GithubSimulator();
  tool.book.pace = QUICK;
  tool.targetOutcome = (target) => (target === 'broken' ? 'failed' : undefined);
  return tool;
}

function kubernetes(): KubernetesSimulator {
  const tool = new KubernetesSimulator();
  tool.book.pace = QUICK;
  return tool;
}

function rundeck(): RundeckSimulator {
  const tool = new RundeckSimulator();
  tool.book.pace = QUICK;
  tool.nodeOutcome = (node) => (node === 'db-01' ? 'failed' : undefined);
  return tool;
}

/** Each of them by its name. */
export const FOR_KIT = {
  awx: () => new AwxSimulator(),
  hawkbit: () => new HawkbitSimulator(createHash('sha256').update('the bytes').digest('hex')),
  jenkins,
  'github-actions': github,
  'kubernetes-job': kubernetes,
  rundeck,
} as const satisfies Readonly<Record<string, () => KitSimulator>>;

/** The name of a simulator. */
export type KitName = keyof typeof FOR_KIT;
