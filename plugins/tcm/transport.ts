/** Reads what the product says of a run: the queues of its gateways, its own list, and the log of its package. */
import { isAdapterError } from '../../src/adapters/adapter.js';
import type { Evidence } from './judgement.js';
import type { Order } from './order-book.js';
import type { Command, Profile, Progress } from './profile-format.js';
import type { Readings } from './readings.js';
import type { Runner } from './runner.js';
import { argvOf, spelledPackage, type Values } from './templates.js';
import { listOf, queueOf, resultsOf, type TransportLine } from './tivoli-output.js';

type Gateways = Extract<Progress, { from: 'gateways' }>;

/**
 * How long one look walks gateways, in milliseconds. The next look goes on with those that were read longest ago, so
 * that a walk that takes minutes still gets round.
 */
const WALK_MS = 20_000;
/** How many gateways are read at a time. */
const WALKERS = 4;
/** Marks the reading of a gateway that did not answer. What follows is what it said. */
const SILENT = '\u0000silent\n';

function names(text: string): string[] {
  return [...new Set(text.split(/\r?\n/u).map((line) => line.trim()))].filter((line) => line !== '');
}

/** Reads for all runs of one instance. */
export class Transport {
  constructor(
    private readonly profile: Profile,
    private readonly runner: Runner,
    private readonly readings: Readings,
  ) {}

  /** Everything that the product says of a run now, or said a moment ago to another one that asked. */
  async evidence(order: Order, runId: string, signal: AbortSignal): Promise<Evidence> {
    const { progress, results, timeZone } = this.profile;
    const { name, version } = order.package;
    const values: Values = { runId, label: order.label };
    const read =
      progress.from === 'gateways'
        ? await this.walk(progress, runId, signal)
        : {
            lines: listOf(await this.read(progress.list, values, signal), progress.line, timeZone),
            silent: new Map<string, string>(),
            whole: true,
          };
    const transport = new Map<string, TransportLine[]>();
    for (const line of read.lines) transport.set(line.endpoint, [...(transport.get(line.endpoint) ?? []), line]);
    if (results.from === 'progress') return { transport, silent: read.silent, whole: read.whole };
    const of = { package: spelledPackage(order.package), packageName: name, packageVersion: version };
    const text = await this.read(results.read, { ...values, ...of }, signal);
    return {
      transport,
      results: resultsOf(text, results.line, timeZone),
      silent: read.silent,
      whole: read.whole,
    };
  }

  private async read(command: Command, values: Values, signal: AbortSignal): Promise<string> {
    const argv = argvOf(command, values);
    return await this.readings.get(
      JSON.stringify(argv),
      async (stop) => await this.runner.output(command, argv, stop),
      signal,
    );
  }

  private async walk(
    progress: Gateways,
    runId: string,
    signal: AbortSignal,
  ): Promise<{ lines: TransportLine[]; silent: Map<string, string>; whole: boolean }> {
    const gateways = names(await this.read(progress.gateways, {}, signal));
    const ages = await Promise.all(
      gateways.map(async (gateway) => [gateway, await this.readings.readAt(this.subject(progress, gateway))] as const),
    );
    const next = ages.toSorted(([, a], [, b]) => a - b).map(([gateway]) => gateway);
    const enough = performance.now() + WALK_MS;
    const texts: (readonly [gateway: string, text: string | undefined])[] = [];
    const walker = async (): Promise<void> => {
      for (let gateway = next.shift(); gateway !== undefined; gateway = next.shift())
        texts.push([gateway, await this.queue(progress, gateway, enough, signal)]);
    };
    await Promise.all(Array.from({ length: WALKERS }, walker));
    const lines = texts.flatMap(([, text]) =>
      text === undefined || text.startsWith(SILENT) ? [] : (queueOf(text, progress.runId).get(runId) ?? []),
    );
    const silent = new Map<string, string>();
    for (const [gateway, text] of texts) {
      if (text === undefined || !text.startsWith(SILENT) || progress.silentGateway === undefined) continue;
      const endpoints = names(await this.read(progress.silentGateway.endpoints, { gateway }, signal));
      for (const endpoint of endpoints) silent.set(endpoint, text.slice(SILENT.length));
    }
    return { lines, silent, whole: texts.every(([, text]) => text !== undefined) };
  }

  private subject(progress: Gateways, gateway: string): string {
    return JSON.stringify(argvOf(progress.queue, { gateway }));
  }

  /** The queue of a gateway; an older one when the walk has taken long enough; undefined when there is none yet. */
  private async queue(
    progress: Gateways,
    gateway: string,
    enough: number,
    signal: AbortSignal,
  ): Promise<string | undefined> {
    const subject = this.subject(progress, gateway);
    if (performance.now() >= enough) return await this.readings.latest(subject);
    const read = async (stop: AbortSignal): Promise<string> => {
      try {
        return await this.runner.output(progress.queue, argvOf(progress.queue, { gateway }), stop);
      } catch (error) {
        const silence = progress.silentGateway?.pattern;
        if (!isAdapterError(error) || silence === undefined) throw error;
        const [said] = new RegExp(silence, 'u').exec(error.message) ?? [];
        if (said === undefined) throw error;
        return `${SILENT}${said}`;
      }
    };
    return await this.readings.get(subject, read, signal);
  }
}
