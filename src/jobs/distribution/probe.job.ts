import { sql } from 'kysely';
import { isAdapterError, type ProbeReport } from '../../adapters/adapter.js';
import { recordProbe } from '../../services/distribution/deployment-tool.service.js';
import { transact } from '../../services/unit-of-work.js';
import type { JobDefinition, SweepDefinition } from '../jobs.js';
import { SYSTEM } from '../../domain/actor.js';
import type { AppServices } from '../../app-services.js';

/** How often a tool is probed, in milliseconds. */
export const PROBE_EVERY_MS = 15_000;
const PROBE_TIMEOUT_MS = 10_000;

/** Probes a tool. One that could not be connected is connected again: the cause may have been fixed. */
async function probe(services: AppServices, name: string, signal: AbortSignal): Promise<ProbeReport> {
  const entry = await services.adapters.reconnect(name);
  if (entry.status === 'broken') return { status: 'broken', detail: entry.reason ?? 'It could not be connected.' };
  try {
    return await services.adapters.get(name).probe(AbortSignal.any([signal, AbortSignal.timeout(PROBE_TIMEOUT_MS)]));
  } catch (error) {
    if (!isAdapterError(error)) throw error;
    return { status: 'broken', detail: `${error.code}: ${error.message}` };
  }
}

async function probeAndRecord(
  services: AppServices,
  tool: { readonly id: string; readonly name: string },
  signal: AbortSignal,
): Promise<void> {
  const report = await probe(services, tool.name, signal);
  if (signal.aborted) return;
  if (report.status === 'ready') services.breakers.succeeded(tool.name);
  const entry = services.adapters.entry(tool.name);
  if (entry !== undefined)
    await transact(
      services,
      { actor: SYSTEM, requestId: `probe:${tool.name}` },
      async (uow) => await recordProbe(uow, tool.id, report, entry),
    );
}

const isDue = (now: Date) => sql`(probed_at is null or probed_at <= ${new Date(now.getTime() - PROBE_EVERY_MS)})`;

/** Claims the tools whose probe is due; each is claimed by one process only. */
async function claim(services: AppServices, only?: string): Promise<{ id: string; name: string }[]> {
  const now = services.clock();
  const which = only === undefined ? isDue(now) : sql`id = ${only}`;
  const names = services.adapters.list().map(({ instance }) => instance);
  return await transact(
    services,
    { actor: SYSTEM, requestId: 'probe' },
    async (uow) =>
      await uow.query<{ id: string; name: string }>(sql`
      update deployment_tool set probed_at = ${now}
      where id in (
        select id from deployment_tool
        where configured and state <> 'DISABLED' and name = any(${names}::text[]) and ${which}
        order by id for update)
      returning id, name`),
  );
}

/** Probes a tool immediately. */
export const probeJob: JobDefinition<AppServices> = {
  name: 'deployment-tool.probe',
  retries: 1,
  run: async (services, data, signal) => {
    for (const tool of await claim(services, String(data['toolId']))) await probeAndRecord(services, tool, signal);
  },
};

const unprobed = (now: Date) => sql`
  select from deployment_tool where configured and state <> 'DISABLED' and ${isDue(now)}`;

/** Probes every tool at an interval. */
export const probeSweep: SweepDefinition<AppServices> = {
  name: 'deployment-tool.probes',
  everyMs: 1_000,
  due: ({ clock }) => unprobed(clock()),
  run: async (services, signal) => {
    if ((await services.readDatabase.query(unprobed(services.clock()))).length === 0) return;
    await Promise.all((await claim(services)).map(async (tool) => await probeAndRecord(services, tool, signal)));
  },
};
