/**
 * The small world in which one case of the conformance kit runs: a directory, media, secrets, a log, and instances of
 * the adapter.
 */
import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { mkdir, mkdtemp, readdir, rm, unlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import type {
  Adapter,
  AdapterContext,
  AdapterModule,
  Artifact,
  DistributionRequest,
  Logger,
  Observation,
  RunHandle,
  SafeSpawn,
  TargetReport,
  TargetState,
} from '../adapter.js';
import { createAdapterContext } from '../context.js';
import { fingerprintOf } from '../fingerprint.js';
import { hostAdapter, type HostedAdapter } from '../hosted-adapter.js';
import { createSafeSpawn } from '../safe-spawn.js';
import { Redactor, SecretResolver } from '../secrets.js';
import { treeOf } from './assertions.js';
import type { ArtifactFixture, ConformanceFixtures, RunVariation } from './fixtures.js';
import { HostProcess, type Entry } from './host-process.js';
import type { HostTask } from './host.js';
import { HttpGate } from './http-gate.js';
import { filledIn, type Placeholders } from './placeholders.js';
import { ToolProgram } from './tool-program.js';

const SETTLE_MS = 20_000;
const HOUR_MS = 3_600_000;

/** The environment in which adapters under test find their programs. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** What is under test. */
export interface Subject {
  readonly module: AdapterModule;
  readonly fixtures: ConformanceFixtures;
  readonly env: Environment;
  /** Absent: no other process can load the adapter. */
  readonly entry?: Entry;
}

/** What following a run to its end has shown. */
export interface Followed {
  readonly reports: readonly TargetReport[];
  readonly states: Readonly<Record<string, TargetState>>;
  readonly last: Observation;
}

function contentOf(fixture: ArtifactFixture): Buffer {
  return typeof fixture.content === 'string'
    ? Buffer.from(fixture.content, 'utf8')
    : Buffer.from(fixture.content.base64, 'base64');
}

/** A program that was started through the context: what other processes can see of it. */
export interface Started {
  readonly command: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

/** See the file's head. Made by {@link inWorld}. */
export class World {
  readonly log: { level: string; message: string; fields: unknown }[] = [];
  /** Where an answer of a hosted instance had to be changed before the core could use it. */
  readonly changed: string[] = [];
  /** Every program that was started through the context. */
  readonly started: Started[] = [];
  /** The processes that were started to outlive their call. */
  readonly detached: number[] = [];
  readonly workDir: string;
  readonly module: AdapterModule;
  /** The fixtures with their placeholders filled in. Those of a later moment stay: `manyTargets` and `callback`. */
  fixtures: ConformanceFixtures;
  /** The invented value of each secret. */
  readonly secrets: Readonly<Record<string, string>>;
  /** Stands between adapter and tool, where the tool speaks HTTP. */
  http: HttpGate | undefined;
  private readonly env: Environment;
  private tool: ToolProgram | undefined;
  private placeholders: Placeholders;
  private readonly media = new Map<string, Buffer>();
  private readonly artifacts: Artifact[] = [];
  private readonly opened: Adapter[] = [];
  private readonly hosts: HostProcess[] = [];
  private serial = 0;

  constructor(
    private readonly subject: Subject,
    readonly directory: string,
  ) {
    const { module, fixtures, env } = subject;
    this.module = module;
    this.workDir = join(directory, 'work');
    const media = pathToFileURL(join(directory, 'media')).href;
    this.placeholders = { dir: directory, media, node: process.execPath, cwd: process.cwd() };
    this.fixtures = this.filled();
    this.secrets = Object.fromEntries(
      (fixtures.secretEnv ?? []).map((name) => [name, `canary-${randomBytes(12).toString('hex')}`]),
    );
    // What programs leave in their temporary directory belongs to the case, too.
    this.env = { ...env, TMPDIR: join(directory, 'tmp'), ...this.secrets };
    for (const fixture of this.fixtures.artifacts ?? []) {
      const content = contentOf(fixture);
      const sha256 = createHash('sha256').update(content).digest('hex');
      this.media.set(sha256, content);
      this.artifacts.push({
        name: fixture.name,
        version: fixture.version ?? '1.0.0',
        sha256,
        size: content.length,
        uri: `${media}/${sha256}`,
        mediaType: fixture.mediaType ?? 'application/octet-stream',
      });
    }
  }

  async prepare(): Promise<void> {
    const directories = ['work', 'media', 'tmp', ...(this.fixtures.directories ?? [])];
    for (const name of directories) await mkdir(join(this.directory, name), { recursive: true });
    for (const [sha256, content] of this.media) await writeFile(join(this.directory, 'media', sha256), content);
    const { tool } = this.fixtures;
    if (tool?.command !== undefined) {
      this.tool = await ToolProgram.start(tool.command, { ...this.env, ...tool.env }, process.cwd());
      this.know(this.tool.texts);
    }
    const { http } = this.fixtures.tool ?? {};
    if (http === undefined) return;
    this.http = await HttpGate.open(http, tool?.starts);
    this.know({ tool: this.http.address() });
  }

  async end(): Promise<void> {
    await Promise.allSettled(this.opened.map((adapter) => adapter.close()));
    await Promise.allSettled(this.hosts.map((host) => host.kill()));
    await this.http?.close();
    await this.tool?.end();
    await rm(this.directory, { recursive: true, force: true, maxRetries: 5 });
  }

  /** The process that plays the tool, if there is one. */
  get toolPid(): number | undefined {
    return this.tool?.pid;
  }

  /** The value with the placeholders of this world filled in. */
  fill<T>(value: T, more: Placeholders = {}): T {
    return filledIn(value, { ...this.placeholders, ...more });
  }

  private know(texts: Placeholders): void {
    this.placeholders = { ...this.placeholders, ...texts };
    this.fixtures = this.filled();
  }

  private filled(): ConformanceFixtures {
    const { manyTargets, callback, ...rest } = this.subject.fixtures;
    return { ...filledIn(rest, this.placeholders), manyTargets, callback };
  }

  /** Settings in which the tool is found elsewhere. @param address replaces `${tool}` */
  configWithTool(address: string): unknown {
    return this.fill(this.subject.fixtures.config, { tool: address });
  }

  /** Tells the program of the tool how to behave, where the variation says something about it. */
  async tell({ tell }: RunVariation): Promise<void> {
    if (tell !== undefined) await this.tool?.tell(tell);
  }

  /** Replace the content of every artifact, so that every digest is wrong. */
  async spoilMedia(): Promise<void> {
    for (const [sha256, content] of this.media) {
      const spoilt = Buffer.from(content.map((byte) => byte ^ 0xff));
      this.media.set(sha256, spoilt);
      await writeFile(join(this.directory, 'media', sha256), spoilt);
    }
  }

  /** Remove the content of every artifact. */
  async removeMedia(): Promise<void> {
    for (const sha256 of this.media.keys()) await unlink(join(this.directory, 'media', sha256));
    this.media.clear();
  }

  /** An instance without the protection of the core. Its log is kept unredacted. */
  async raw(config: unknown = this.fixtures.config): Promise<Adapter> {
    const adapter = await this.module.create(config, this.context(new Redactor()));
    this.opened.push(adapter);
    return adapter;
  }

  /** An instance as the core uses it. */
  async hosted(config: unknown = this.fixtures.config): Promise<HostedAdapter> {
    const redactor = new Redactor();
    const context = this.context(redactor);
    const notice = (place: string, change: string): void => void this.changed.push(`${place}: ${change}`);
    const adapter = await hostAdapter({ module: this.module, config, context, redactor, notice });
    this.opened.push(adapter);
    return adapter;
  }

  /** An instance in a process of its own. */
  elsewhere(task: HostTask['task'], request: DistributionRequest, config: unknown): HostProcess {
    const { entry } = this.subject;
    if (entry === undefined) throw new Error('No other process can load the adapter: its entry is not known.');
    const { directory, workDir, secrets, fixtures } = this;
    const settleMs = fixtures.settleMs ?? SETTLE_MS;
    const order = { entry: entry.url, config: config ?? fixtures.config, secrets, directory, workDir, settleMs };
    const host = new HostProcess(entry, { ...order, request, task }, this.env);
    this.hosts.push(host);
    return host;
  }

  /** A new request. */
  request(
    variation: RunVariation & { readonly key?: string; readonly change?: Partial<DistributionRequest> } = {},
  ): DistributionRequest {
    this.serial += 1;
    const { fixtures } = this;
    const request = {
      key: variation.key ?? `conformance-${randomUUID()}.${this.serial}`,
      operation: 'install' as const,
      release: { id: `rel-${this.serial}`, name: 'Conformance', version: '1.0.0', changeIds: ['chg-1'] },
      package: { binding: variation.packageBinding ?? fixtures.packageBinding ?? {}, artifacts: this.artifacts },
      targets: variation.targets ?? fixtures.targets,
      parameters: variation.parameters ?? fixtures.parameters ?? {},
      deadline: new Date(Date.now() + (variation.deadlineMs ?? HOUR_MS)).toISOString(),
      dryRun: false,
      actor: 'conformance',
      ...(variation.maxParallel === undefined ? {} : { maxParallel: variation.maxParallel }),
      ...(variation.stopAfterFailures === undefined ? {} : { stopAfterFailures: variation.stopAfterFailures }),
      ...variation.change,
    };
    return { ...request, fingerprint: fingerprintOf(request) };
  }

  /** A signal that aborts when a run takes longer than the fixtures allow. */
  patience(): AbortSignal {
    return AbortSignal.timeout(this.fixtures.settleMs ?? SETTLE_MS);
  }

  /** Observe until `until` holds, by default until the run is complete. @param from the cursor to begin with */
  async follow(
    adapter: Adapter,
    handle: RunHandle,
    until: (seen: Observation, states: Record<string, TargetState>) => boolean = (seen) => seen.complete,
    from: string | null = null,
  ): Promise<Followed> {
    const signal = this.patience();
    const reports: TargetReport[] = [];
    const states: Record<string, TargetState> = {};
    for (let cursor = from; ;) {
      const seen: Observation = await adapter.observe(handle, cursor, signal);
      cursor = seen.cursor;
      for (const report of seen.targets) {
        reports.push(report);
        states[report.ciId] = report.state;
      }
      if (until(seen, states)) return { reports, states, last: seen };
      await pause(Math.min(seen.nextPollMs ?? 100, 100), undefined, { signal });
    }
  }

  /** How many runs there are; undefined when the fixtures do not show it. */
  async runCount(): Promise<number | undefined> {
    const { runs } = this.fixtures;
    return runs === undefined ? undefined : (await readdir(runs).catch(() => [])).length;
  }

  /** What the effects directory holds; the same empty text throughout when the fixtures name none. */
  async effects(): Promise<string> {
    return this.fixtures.effects === undefined ? '' : treeOf(this.fixtures.effects);
  }

  /** Starts programs in the same way and records each one: other processes can see arguments and environments. */
  private watched(spawn: SafeSpawn): SafeSpawn {
    const note = <C extends readonly string[]>(command: C, env: Started['env'] = {}): C => {
      this.started.push({ command, env });
      return command;
    };
    const run = (...[command, options]: Parameters<SafeSpawn>): ReturnType<SafeSpawn> =>
      spawn(note(command, options.env), options);
    const startDetached: SafeSpawn['startDetached'] = async (command, options) => {
      const identity = await spawn.startDetached(note(command, options.env), options);
      this.detached.push(identity.pid);
      return identity;
    };
    return Object.assign(run, { startDetached, isAlive: spawn.isAlive, endGroup: spawn.endGroup });
  }

  private context(redactor: Redactor): AdapterContext {
    const keep =
      (level: string) =>
      (message: string, fields?: unknown): void =>
        void this.log.push({ level, message, fields });
    const log: Logger = { debug: keep('debug'), info: keep('info'), warn: keep('warn'), error: keep('error') };
    const context = createAdapterContext({
      instanceId: 'conformance',
      log,
      redactor,
      secrets: new SecretResolver(this.env, redactor),
      artifacts: async (sha256) => {
        const content = this.media.get(sha256);
        return content === undefined ? null : new Blob([new Uint8Array(content)]).stream();
      },
      workDir: this.workDir,
      now: () => new Date(),
      fetch: globalThis.fetch,
      spawn: this.watched(createSafeSpawn(this.env)),
    });
    // The adapter's own logging is under test too, so it must not pass the redactor, which would hide its faults.
    return { ...context, log };
  }
}

/** Runs something in a world of its own and removes the world afterwards. */
export async function inWorld(subject: Subject, run: (world: World) => Promise<void>): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), 'interlock-conformance-'));
  const world = new World(subject, directory);
  try {
    await world.prepare();
    await run(world);
  } finally {
    await world.end();
  }
}
