import { type Adapter, AdapterError } from '../../src/adapters/adapter.js';
import type { TestClient } from './client.js';
import { refusalCodes } from './refusals.js';
import type { ReadyRelease, Script, Story } from './story.js';
import { reworked } from './tools.js';

type More = Record<string, unknown>;

const pausing = { pause: async () => {}, resume: async () => {} };
const blind = {
  submit: async () => {
    throw new AdapterError('OUTCOME_UNKNOWN', 'The connection broke.');
  },
  find: async () => null,
};
const readsNothingBack = (inner: Adapter): Partial<Adapter> => ({
  observe: async (handle, cursor, signal) => {
    const seen = await inner.observe(handle, cursor, signal);
    return { ...seen, targets: seen.targets.map(({ verifiedSha256: _, ...report }) => report) };
  },
});

/** Says that it stops, and goes on. */
const polite = { cancel: async () => ({ accepted: true }) };

/** The simulator, and as tools that read no digest back, lose every order, can pause, or never stop. */
export const ROLLOUT_TOOLS = [
  { instance: 'simulator', module: 'simulator' },
  { instance: 'unread', module: reworked('unread', readsNothingBack) },
  { instance: 'blind', module: reworked('blind', () => blind, { submit: 'at-most-once' }) },
  { instance: 'polite', module: reworked('polite', () => polite) },
  { instance: 'pausable', module: reworked('pausable', () => pausing, { pause: true }) },
];

/** Names of targets: s01, s02 and so on. */
export const names = (count: number): string[] =>
  Array.from({ length: count }, (_, n) => `s${String(n + 1).padStart(2, '0')}`);

/** What the tests of rollouts do again and again. */
export class Rollouts {
  constructor(readonly world: Story) {}

  async planWaves(id: string, input: More, client: TestClient = this.world.operator): Promise<void> {
    const { version } = await this.world.read(id, 'version');
    await client.run('distributionPlanWaves', { id, expectedVersion: version, ...input }, 'distribution');
  }

  /** Codes with which another plan of the waves is refused. */
  async planRefusal(id: string, input: More, client: TestClient = this.world.operator): Promise<string[]> {
    const { version } = await this.world.read(id, 'version');
    return await refusalCodes(client, 'distributionPlanWaves', { id, expectedVersion: version, ...input });
  }

  /**
   * A started rollout of a release.
   * @param scripts of targets that do not just succeed, by name. @param more of the distribution, and its tool.
   * @returns its id
   */
  async start(
    release: ReadyRelease,
    waves: More,
    scripts: Readonly<Record<string, Script>> = {},
    { tool = 'simulator', ...more }: More & { tool?: string } = {},
  ): Promise<string> {
    const parameters = this.world.simulate(
      'succeed',
      Object.fromEntries(Object.entries(scripts).map(([name, script]) => [release.cis[name] as string, script])),
    );
    const id = await this.world.plan(release, { parameters, ...more }, tool);
    await this.planWaves(id, waves);
    await this.world.act('Schedule', id);
    await this.world.begin(id);
    return id;
  }

  async waves(id: string, selection = 'name state progress { total counts { state count } }'): Promise<any[]> {
    return (await this.world.read(id, `waves { nodes { ${selection} } }`)).waves.nodes;
  }

  async states(id: string): Promise<string[]> {
    return (await this.waves(id, 'state')).map(({ state }) => state);
  }

  /** The open decision of a rollout. */
  async decision(id: string): Promise<any> {
    const { decisionPoints } = await this.world.read(
      id,
      'decisionPoints(filter: { state: { eq: OPEN } }) { nodes { id version trip message dueAt wave { name } } }',
    );
    return decisionPoints.nodes[0];
  }

  async decide(
    decision: { readonly id: string },
    choice: string,
    more: More = {},
    client: TestClient = this.world.operator,
  ): Promise<any> {
    const input = { id: decision.id, choice, reason: 'Checked on the machines.', ...more };
    return await client.run('decisionPointDecide', input, 'decisionPoint', 'state choice decidedBy { name }');
  }

  /** Codes with which a decision is refused. */
  async refusal(
    decision: { readonly id: string },
    choice: string,
    more: More = {},
    client: TestClient = this.world.operator,
  ): Promise<string[]> {
    return await refusalCodes(client, 'decisionPointDecide', { id: decision.id, choice, reason: 'Because.', ...more });
  }
}
