/** Do secrets stay secret? */
import assert from 'node:assert/strict';
import { isAdapterError, type Adapter } from '../adapter.js';
import type { CaseList } from './case-list.js';
import { allFiles, shownByProcesses } from './processes.js';
import { secretForms } from './secret-forms.js';
import type { World } from './world.js';

/** What a run showed, by the place where it showed it. */
interface Shown {
  readonly answers: unknown[];
  readonly arguments: unknown[];
  readonly environments: unknown[];
}

async function lookAtProcesses(world: World, shown: Shown): Promise<void> {
  const seen = await shownByProcesses(world.toolPid);
  shown.arguments.push(seen.arguments);
  shown.environments.push(seen.environments);
}

/** Calls every method and collects everything that can be seen of it. */
async function everythingShown(world: World, adapter: Adapter): Promise<Shown> {
  const shown: Shown = { answers: [], arguments: [], environments: [] };
  const keep = async (call: Promise<unknown>): Promise<void> => {
    const answer = await call.catch((error: unknown) => [
      String(error),
      isAdapterError(error) ? error.native : '',
      (error as Error).stack,
    ]);
    shown.answers.push(answer);
  };
  const request = world.request();
  await keep(adapter.probe(world.patience()));
  await keep(adapter.preflight(request, world.patience()));
  const handle = await adapter.submit(request, world.patience());
  shown.answers.push(handle);
  await lookAtProcesses(world, shown);
  const polled = world.module.capabilities(world.fixtures.config).observe.includes('poll');
  let looks = 0;
  await world.follow(adapter, handle, (seen) => {
    shown.answers.push(seen);
    looks += 1;
    return seen.complete || (!polled && looks > 1);
  });
  await lookAtProcesses(world, shown);
  await keep(adapter.find(request.key, world.patience()));
  await keep(adapter.cancel(handle, { mode: 'abort' }, world.patience()));
  await keep(adapter.observe({ ...handle, key: 'nobody-ever-used-this-key' }, null, world.patience()));
  await keep(adapter.submit({ ...request, fingerprint: '0'.repeat(64) }, world.patience()));
  if (adapter.logs !== undefined) await keep(adapter.logs(handle, { maxBytes: 1_000_000 }, world.patience()));
  if (adapter.receive !== undefined)
    await keep(adapter.receive({ headers: {}, rawBody: new Uint8Array(), query: {} }, world.patience()));
  if (world.http !== undefined) {
    world.http.fault = { kind: 'answer', status: 401, body: '{"message":"Bad credentials"}' };
    await keep(adapter.probe(world.patience()));
    await keep(adapter.observe(handle, null, world.patience()));
  }
  shown.arguments.push(world.started.map(({ command }) => command));
  return shown;
}

/** Cases about secrets. */
export function secretCases({ add, fixtures, lacks }: CaseList): void {
  if ((fixtures.secretEnv?.length ?? 0) === 0)
    return lacks('secrets: never show', 'secretEnv (if the settings have secrets)');
  add('secrets: never show in answers, errors, logs, files, arguments or environments', undefined, async (world) => {
    const shown = await everythingShown(world, await world.raw());
    const onPurpose = world.fixtures.secretsInChildEnv ?? [];
    const inEnvironments = JSON.stringify([shown.environments, world.started.map(({ env }) => env)]);
    const places: Readonly<Record<string, string>> = {
      'an answer or an error': JSON.stringify(shown.answers),
      'the log': JSON.stringify(world.log),
      'the arguments of a process': JSON.stringify(shown.arguments),
      'a file': await allFiles(world.directory),
    };
    for (const [name, canary] of Object.entries(world.secrets)) {
      const forms = secretForms(canary);
      for (const [place, text] of Object.entries(places))
        assert.ok(!forms.some((form) => text.includes(form)), `The secret ${name} shows in ${place}`);
      assert.ok(
        onPurpose.includes(name) || !forms.some((form) => inEnvironments.includes(form)),
        `The secret ${name} shows in the environment of a process; if the program needs it there, name it in the ` +
          'fixtures under secretsInChildEnv',
      );
    }
  });
}
