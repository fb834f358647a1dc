/**
 * A process that holds an adapter as a server does, so that the conformance kit can kill it or measure it. It reads one
 * {@link HostTask} as JSON from standard input, does it, and prints what happens as lines of JSON.
 */
import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as pause } from 'node:timers/promises';
import type { Adapter, AdapterModule, DistributionRequest, Observation, RunHandle } from '../adapter.js';
import { createAdapterContext } from '../context.js';
import { hostAdapter } from '../hosted-adapter.js';
import { createSafeSpawn } from '../safe-spawn.js';
import { Redactor, SecretResolver } from '../secrets.js';

/** What the process shall do. */
export interface HostTask {
  /** The address of the module whose default export is the adapter. */
  readonly entry: string;
  readonly config: unknown;
  readonly secrets: Readonly<Record<string, string>>;
  readonly directory: string;
  readonly workDir: string;
  readonly request: DistributionRequest;
  /** `submit`: and then wait to be killed. `follow`: to the end. `log`: to the end, and then read the whole log. */
  readonly task: 'submit' | 'follow' | 'log';
  readonly settleMs: number;
}

/** A line that the process prints. `calling`: the order is about to be sent. */
export type HostNews =
  | { readonly at: 'calling' }
  | { readonly at: 'submitted'; readonly handle: RunHandle }
  | { readonly at: 'done'; readonly reports: number; readonly bytes: number; readonly grownBytes: number };

const CHUNK_BYTES = 65_536;
const KIB = 1024;

function tell(news: HostNews): void {
  process.stdout.write(`${JSON.stringify(news)}\n`);
}

async function connect(task: HostTask, env: NodeJS.ProcessEnv): Promise<Adapter> {
  const { default: module } = (await import(task.entry)) as { default: AdapterModule };
  const redactor = new Redactor();
  const quiet = (): void => undefined;
  const context = createAdapterContext({
    instanceId: 'conformance',
    log: { debug: quiet, info: quiet, warn: quiet, error: quiet },
    redactor,
    secrets: new SecretResolver({ ...env, ...task.secrets }, redactor),
    artifacts: async (sha256) => createReadStream(join(task.directory, 'media', sha256)),
    workDir: task.workDir,
    now: () => new Date(),
    fetch: globalThis.fetch,
    spawn: createSafeSpawn({ ...env, ...task.secrets }),
  });
  return await hostAdapter({ module, config: task.config, context, redactor });
}

async function follow(adapter: Adapter, handle: RunHandle, signal: AbortSignal): Promise<number> {
  let reports = 0;
  for (let cursor: string | null = null; ;) {
    const seen: Observation = await adapter.observe(handle, cursor, signal);
    cursor = seen.cursor;
    reports += seen.targets.length;
    if (seen.complete) return reports;
    await pause(Math.min(seen.nextPollMs ?? 100, 100), undefined, { signal });
  }
}

async function readLog(adapter: Adapter, handle: RunHandle, signal: AbortSignal): Promise<number> {
  let bytes = 0;
  for (let cursor: string | undefined; ;) {
    const part = await adapter.logs?.(handle, { cursor, maxBytes: CHUNK_BYTES }, signal);
    const size = Buffer.byteLength(part?.chunk ?? '');
    if (size > CHUNK_BYTES) throw new Error(`A chunk of the log has ${size} bytes instead of at most ${CHUNK_BYTES}.`);
    bytes += size;
    if (part === undefined || part.eof) return bytes;
    cursor = part.cursor;
  }
}

const peakBytes = (): number => process.resourceUsage().maxRSS * KIB;

/** Does the task, and then ends or waits to be killed. */
async function host(task: HostTask, env: NodeJS.ProcessEnv): Promise<void> {
  const signal = AbortSignal.timeout(task.settleMs);
  const adapter = await connect(task, env);
  tell({ at: 'calling' });
  const handle = await adapter.submit(task.request, signal);
  tell({ at: 'submitted', handle });
  if (task.task === 'submit') return void setInterval(() => undefined, 60_000);
  const before = peakBytes();
  const reports = await follow(adapter, handle, signal);
  const bytes = task.task === 'log' ? await readLog(adapter, handle, signal) : 0;
  tell({ at: 'done', reports, bytes, grownBytes: peakBytes() - before });
  await adapter.close();
}

// The environment comes with the task: secrets and programs are the kit's choice, not those of this process.
const { env, ...task } = JSON.parse(await text(process.stdin)) as HostTask & { readonly env: NodeJS.ProcessEnv };
await host(task, env);
