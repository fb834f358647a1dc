// The course of a release through a real server, for the tests of tools: people, media, a release that is ready, its
// distribution. Everything goes through the API, as its users would do it.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gatherCast } from '../../../dist/src/cli/demo/cast.js';
import { ApiClient } from '../../../dist/src/cli/demo/client.js';
import { until } from './hosted-adapter.mjs';

const HOUR = 3_600_000;

/** Begins a story at a server of `startInterlock`. @param tool the name of the deployment tool */
export async function tell(interlock, tool) {
  const administrator = async (name) => {
    const args = ['--role', 'ADMINISTRATOR', '--name', name, '--email', `${name}@story.example`];
    const token = /\bilk_\S+/.exec(await interlock.command('token', 'create', ...args))?.[0];
    return new ApiClient(interlock.url, name, token);
  };
  const cast = await gatherCast({ first: await administrator('ada'), second: await administrator('bob') });
  const { cem, conny, lin, lars, max, olga, dora } = cast;
  const library = await lin.api.run('dmlRepositoryCreate', { name: 'Masters' }, 'dmlRepository');
  const item = await lin.api.run('dmlItemCreate', { repositoryId: library.id, name: 'shop' }, 'dmlItem');
  const read = async (id, type, selection, api = dora.api) =>
    (await api.query(`query($id: ID!) { node(id: $id) { ... on ${type} { ${selection} } } }`, { id })).node;
  const distribution = async (id, selection) => await read(id, 'Distribution', selection);
  const state = async (id) => (await distribution(id, 'state')).state;
  let serial = 0;

  const story = {
    cast,
    read,
    state,
    /** The tool itself, as the API shows it. */
    toolId: await until('the tool to be ready', async () => {
      const { deploymentTools } = await dora.api.query(
        'query($name: String!) { deploymentTools(filter: { name: { eq: $name } }) { nodes { id state } } }',
        { name: tool },
      );
      const [found] = deploymentTools.nodes;
      return found?.state === 'READY' && found.id;
    }),
    /** A server that the tool can reach. @returns its id */
    ci: async (name, binding) => {
      const input = { name, ciClass: 'SERVER', bindings: { [tool]: binding } };
      const { id } = await conny.api.run('configurationItemRegister', input, 'configurationItem');
      await conny.api.run('configurationItemAuthorise', { id }, 'configurationItem');
      // A change window that is always open, so that tests work at any hour.
      const day = new Date().toISOString().slice(0, 10);
      const times = { startsAt: `${day}T00:00:00Z`, endsAt: new Date(Date.parse(day) + 24 * HOUR).toISOString() };
      const window = { name: `Any time (${name})`, kind: 'CHANGE_WINDOW', rrule: 'FREQ=DAILY', timeZone: 'UTC' };
      await cem.api.run('scheduleWindowCreate', { ...window, ...times, ciIds: [id] }, 'scheduleWindow');
      return id;
    },
    /** A release with one medium, ready to be distributed. @returns its id, and the digest of the medium */
    release: async (ciIds, content, binding) => {
      serial += 1;
      const input = { itemId: item.id, label: `${serial}.0`, ...(binding && { bindings: { [tool]: binding } }) };
      const version = await lin.api.run('dmlItemVersionRegister', input, 'dmlItemVersion');
      const file = join(interlock.folder, `shop-${serial}.tgz`);
      writeFileSync(file, content);
      const { digest } = await lin.api.upload(version.id, file);
      await until('the media to be verified', async () => {
        return (await read(version.id, 'DmlItemVersion', 'verifiedAt', lin.api)).verifiedAt;
      });
      await lars.api.run('dmlItemVersionAuthorise', { id: version.id }, 'dmlItemVersion');
      const made = { name: `Shop ${serial}`, ownerId: olga.id, backOutPlan: 'Switch back.' };
      const { id } = await max.api.run('releaseCreate', made, 'release');
      const step = async (mutation, more = {}, { api } = max) =>
        await api.run(mutation, { id, ...more }, 'release', 'state');
      await step('releaseAddCi', { role: 'TARGET', ciIds });
      await step('releaseAddContent', { dmlItemVersionIds: [version.id] });
      for (const command of ['StartPlanning', 'StartBuilding', 'StartTesting']) await step(`release${command}`);
      await step('releaseAccept', {}, olga);
      const now = Date.now();
      const slot = { startsAt: new Date(now).toISOString(), endsAt: new Date(now + HOUR).toISOString() };
      await step('releaseSchedule', slot);
      await step('releaseCommunicate', { audience: 'Everybody', message: 'The shop is about to change.' });
      return { id, digest, step, endsAt: slot.endsAt };
    },
    /** Plans a distribution to all targets of a release for now. It starts by itself. @returns its id */
    distribute: async (release, more = {}) => {
      const input = {
        releaseId: release.id,
        deploymentToolId: story.toolId,
        allTargets: true,
        scheduledStart: new Date().toISOString(),
        scheduledEnd: release.endsAt,
        ...more,
      };
      const { id } = await dora.api.run('distributionPlan', input, 'distribution');
      await story.act('Schedule', id);
      return id;
    },
    /** Runs a command of a distribution, as in `act('RetryFailed', id)`. */
    act: async (command, id, more = {}) =>
      (await dora.api.run(`distribution${command}`, { id, ...more }, 'distribution', 'state')).state,
    /** Waits until a distribution is in a state. */
    reaches: async (id, wanted) => {
      let last = '';
      try {
        await until(`the distribution to be ${wanted}`, async () => (last = await state(id)) === wanted);
      } catch (error) {
        throw new Error(`${error.message} It is ${last}: ${JSON.stringify(await story.targets(id))}`, { cause: error });
      }
    },
    /** The targets of a distribution by their names. */
    targets: async (id, selection = 'state attempt reasonCode reasonMessage') => {
      const { targets } = await distribution(id, `targets(first: 100) { nodes { ci { name } ${selection} } }`);
      return Object.fromEntries(targets.nodes.map(({ ci, ...rest }) => [ci.name, rest]));
    },
    /** The states of the targets by their names. */
    states: async (id) =>
      Object.fromEntries(Object.entries(await story.targets(id, 'state')).map(([name, found]) => [name, found.state])),
    /** What the CMDB says the distribution has installed on each target: digest, and how that is known. */
    installations: async (id) => {
      const selection = 'installations(first: 1) { nodes { digest assurance } }';
      return Object.fromEntries(
        Object.entries(await story.targets(id, selection)).map(([name, found]) => [name, found.installations.nodes[0]]),
      );
    },
    /** Everything that the API shows of a distribution, as text. */
    everything: async (id) => {
      const events = 'events(first: 200) { nodes { type reason } }';
      const shown = [
        await distribution(id, `stateReason parameters runs { nodes { message } } ${events}`),
        await story.targets(id, 'nativeStatus reasonMessage'),
      ];
      return JSON.stringify(shown);
    },
    close: async () => {
      for (const { api } of Object.values(cast)) await api.close();
    },
  };
  assert.ok(story.toolId);
  return story;
}
