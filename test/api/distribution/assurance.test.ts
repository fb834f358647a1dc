import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { startTestApp, type TestApp } from '../../support/app.js';
import { TestClock } from '../../support/clock.js';
import { refusalCodes } from '../../support/refusals.js';
import { Rollouts, ROLLOUT_TOOLS } from '../../support/rollouts.js';
import { storyOf, type ReadyRelease, type Story } from '../../support/story.js';

const clock = new TestClock();
let app: TestApp;
let world: Story;

beforeAll(async () => {
  const env = { INTERLOCK_VERIFIED_FROM: 'HIGH', INTERLOCK_VERIFIED_CLASSES: 'NETWORK_DEVICE' };
  app = await startTestApp({ clock: clock.now, adapters: ROLLOUT_TOOLS, env });
  world = await storyOf(app, clock);
});
afterAll(async () => await app.end());

/** A release with a target that nothing critical depends on, one that is HIGH, and one of a class that is covered. */
async function given(): Promise<ReadyRelease> {
  return await world.ready([], {
    cis: {
      wiki: await world.ci('wiki', { criticality: 'LOW' }),
      shop: await world.ci('shop', { criticality: 'HIGH' }),
      switch: await world.ci('switch', { criticality: 'LOW', ciClass: 'NETWORK_DEVICE' }),
    },
  });
}

const SELECTION = 'id state reasonCode verificationRequired';
const targets = async (id: string) => {
  const { nodes } = (await world.read(id, `targets { nodes { ci { name } ${SELECTION} } }`)).targets;
  return Object.fromEntries(nodes.map(({ ci, ...rest }: any) => [ci.name, rest])) as Record<string, any>;
};
const installed = async (ci: string) =>
  (
    await world.read(ci, 'installations { nodes { assurance validTo distribution { id } } }')
  ).installations.nodes.filter(({ validTo }: any) => validTo === null);

describe('a site that wants successes verified', () => {
  test('says so', async () => {
    expect(await world.operator.ok('{ assurancePolicy { fromCriticality ciClasses } }')).toEqual({
      assurancePolicy: { fromCriticality: 'HIGH', ciClasses: ['NETWORK_DEVICE'] },
    });
  });

  test('takes the word of a tool that reads the digest back', async () => {
    const release = await given();
    const id = await world.started(release);
    await world.passUntil(id, 'SUCCEEDED', 60);
    expect(await installed(release.cis['shop']!)).toMatchObject([{ assurance: 'VERIFIED' }]);
    expect((await targets(id))['shop']).toMatchObject({ state: 'SUCCEEDED', verificationRequired: true });
  });

  test('holds back the success of another tool until a check or a person confirms it', async () => {
    const release = await given();
    const id = await world.started(release, {}, 'unread');
    await world.passUntil(id, 'PARTIALLY_SUCCEEDED', 60);
    const held = { state: 'UNKNOWN', reasonCode: 'ASSURANCE_REQUIRED', verificationRequired: true };
    const first = await targets(id);
    expect(first).toMatchObject({
      wiki: { state: 'SUCCEEDED', reasonCode: null, verificationRequired: false },
      shop: held,
      switch: held,
    });
    // The record is not moved, and the release is honest about it.
    expect(await installed(release.cis['wiki']!)).toMatchObject([{ assurance: 'REPORTED' }]);
    expect(await installed(release.cis['shop']!)).toEqual([]);
    expect(await world.read(id, 'release { state }')).toEqual({ release: { state: 'PARTIALLY_DEPLOYED' } });

    // A word of a person is not enough, either; evidence is.
    const report = { id: first['switch'].id, state: 'SUCCEEDED' };
    expect(await refusalCodes(world.operator, 'targetExecutionReport', report)).toEqual(['EVIDENCE_MISSING']);
    expect(
      await refusalCodes(world.operator, 'targetExecutionReport', { ...report, id: first['wiki'].id, evidence: 'x' }),
    ).toEqual(['ADAPTER_UNSUPPORTED']);
    await world.operator.run('targetExecutionReport', { ...report, evidence: 'Photograph 12' }, 'targetExecution');
    expect(await installed(release.cis['switch']!)).toMatchObject([{ assurance: 'REPORTED', distribution: { id } }]);
    expect(await world.state(id)).toBe('PARTIALLY_SUCCEEDED');

    // A check that reads nothing back confirms nothing; one that does completes the delivery.
    const check = async (tool: string, end: string) => {
      const verify = await world.started(
        release,
        { operation: 'VERIFY', targetIds: [release.cis['shop']], parameters: world.simulate() },
        tool,
      );
      await world.passUntil(verify, end, 60);
    };
    await check('unread', 'FAILED');
    expect(await world.state(release.id)).toBe('PARTIALLY_DEPLOYED');
    expect((await targets(id))['shop']).toMatchObject(held);
    await check('simulator', 'SUCCEEDED');
    expect((await targets(id))['shop']).toMatchObject({ state: 'SUCCEEDED', reasonCode: null });
    expect(await installed(release.cis['shop']!)).toMatchObject([{ assurance: 'VERIFIED', distribution: { id } }]);
    expect(await world.read(id, 'state release { state }')).toEqual({
      state: 'SUCCEEDED',
      release: { state: 'DEPLOYED' },
    });
  });

  test('takes back what it held back', async () => {
    const release = await given();
    const id = await world.started(release, {}, 'unread');
    await world.passUntil(id, 'PARTIALLY_SUCCEEDED', 60);
    await world.step('releaseStartBackOut', release.id, { reason: 'Broken.' });
    await world.act('StartBackOut', id);
    await world.passUntil(id, 'BACKED_OUT', 60);
    expect(Object.values(await targets(id)).map(({ state }) => state)).toEqual(Array(3).fill('BACKED_OUT'));
    expect(await world.step('releaseCompleteBackOut', release.id)).toBe('BACKED_OUT');
  });

  test('is asked by waves as well: a person confirms a target of an earlier one', async () => {
    const release = await given();
    const rollouts = new Rollouts(world);
    const id = await rollouts.start(release, { by: 'COUNT', sizes: [2, 1], maxFailures: 2 }, {}, { tool: 'unread' });
    await world.passUntil(id, 'PARTIALLY_SUCCEEDED', 120);
    for (const { id: target, state } of Object.values(await targets(id)))
      if (state === 'UNKNOWN')
        await world.operator.run(
          'targetExecutionReport',
          { id: target, state: 'SUCCEEDED', evidence: 'Ticket 7' },
          'targetExecution',
        );
    expect(Object.values(await targets(id)).map(({ state }) => state)).toEqual(Array(3).fill('SUCCEEDED'));
    expect(await world.state(release.id)).toBe('DEPLOYED');
  });
});
