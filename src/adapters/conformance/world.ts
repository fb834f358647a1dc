/**
 * The small world in which one case of the conformance kit runs: a directory, media, secrets, a log, and instances of
 * the adapter.
 */
import assert from 'node:assert/strict';
import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, readlink, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import {
  isAdapterError,
  isFinalTargetState,
  type Adapter,
  type AdapterContext,
  type AdapterErrorCode,
  type AdapterModule,
  type Artifact,
  type DistributionRequest,
  type Logger,
  type Observation,
  type RunHandle,
  type SafeSpawn,
  type TargetReport,
  type TargetState,
} from '../adapter.js';
import { createAdapterContext } from '../context.js';
import { fingerprintOf } from '../fingerprint.js';
import { hostAdapter, type HostedAdapter } from '../hosted-adapter.js';
import { createSafeSpawn } from '../safe-spawn.js';
import { Redactor, SecretResolver } from '../secrets.js';
import type { ArtifactFixture, ConformanceFixtures, RunVariation } from './fixtures.js';

const SETTLE_MS = 20_000;

/** A copy of the value with every placeholder in its texts replaced. */
export function filledIn<T>(value: T, placeholders: Readonly<Record<string, string>>): T {
  const fill = (text: string): string =>
    text.replace(/\$\{(\w+)\}/g, (whole, name: string) => placeholders[name] ?? whole);
  if (typeof value === 'string') return fill(value) as T;
  if (Array.isArray(value)) return value.map((item) => filledIn(item, placeholders)) as T;
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, item]) => [fill(name), filledIn(item, placeholders)]),
  ) as T;
}

/**
 * Everything below a directory in one text: names, kinds, links, digests. Two equal texts mean that nothing changed.
 */
export async function treeOf(directory: string): Promise<string> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true }).catch(() => []);
  const lines = entries.map(async (entry) => {
    const path = join(entry.parentPath, entry.name);
    if (entry.isSymbolicLink()) return `${path} -> ${await readlink(path)}`;
    if (!entry.isFile()) return `${path}/`;
    return `${path} ${createHash('sha256')
      .update(await readFile(path))
      .digest('hex')}`;
  });
  return (await Promise.all(lines)).sort().join('\n');
}

/** The code with which a call is refused; fails when it is not refused, or not by an AdapterError. */
export async function refusal(call: Promise<unknown>, what: string): Promise<AdapterErrorCode> {
  try {
    await call;
  } catch (error) {
    if (isAdapterError(error)) return error.code;
    assert.fail(`${what} was refused with an error that is not an AdapterError: ${String(error)}`);
  }
  return assert.fail(`${what} was not refused`);
}

/** The environment in which adapters under test find their programs. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** What is under test. */
export interface Subject {
  readonly module: AdapterModule;
  readonly fixtures: ConformanceFixtures;
  readonly env: Environment;
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

/** See the file's head. Made by {@link inWorld}. */
export class World {
  readonly log: { level: string; message: string; fields: unknown }[] = [];
  /** Where an answer of a hosted instance had to be changed before the core could use it. */
  readonly changed: string[] = [];
  /** The command of every program that was started through the context. */
  readonly commands: (readonly string[])[] = [];
  readonly workDir: string;
  readonly fixtures: ConformanceFixtures;
  /** The invented value of each secret. */
  readonly secrets: Readonly<Record<string, string>>;
  private readonly media = new Map<string, Buffer>();
  private readonly artifacts: Artifact[] = [];
  private readonly opened: Adapter[] = [];
  private serial = 0;

  constructor(
    readonly module: AdapterModule,
    fixtures: ConformanceFixtures,
    readonly directory: string,
    private readonly env: Environment,
  ) {
    this.workDir = join(directory, 'work');
    const media = pathToFileURL(join(directory, 'media')).href;
    const { manyTargets, ...rest } = fixtures;
    this.fixtures = {
      ...filledIn(rest, { dir: directory, media, node: process.execPath, cwd: process.cwd() }),
      manyTargets,
    };
    this.secrets = Object.fromEntries(
      (fixtures.secretEnv ?? []).map((name) => [name, `canary-${randomBytes(12).toString('hex')}`]),
    );
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
    const directories = ['work', 'media', ...(this.fixtures.directories ?? [])];
    for (const name of directories) await mkdir(join(this.directory, name), { recursive: true });
    for (const [sha256, content] of this.media) await writeFile(join(this.directory, 'media', sha256), content);
  }

  async end(): Promise<void> {
    await Promise.allSettled(this.opened.map((adapter) => adapter.close()));
    await rm(this.directory, { recursive: true, force: true, maxRetries: 5 });
  }

  /** Replace the content of every artifact, so that every digest is wrong. */
  async spoilMedia(): Promise<void> {
    for (const [sha256, content] of this.media) {
      const spoilt = Buffer.from(content.map((byte) => byte ^ 0xff));
      this.media.set(sha256, spoilt);
      await writeFile(join(this.directory, 'media', sha256), spoilt);
    }
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
      deadline: new Date(Date.now() + 3_600_000).toISOString(),
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

  /** Observe until `until` holds, by default until the run is complete. */
  async follow(
    adapter: Adapter,
    handle: RunHandle,
    until: (seen: Observation, states: Record<string, TargetState>) => boolean = (seen) => seen.complete,
  ): Promise<Followed> {
    const signal = this.patience();
    const reports: TargetReport[] = [];
    const states: Record<string, TargetState> = {};
    for (let cursor: string | null = null; ;) {
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

  /** Starts programs in the same way and records each command: other processes can see arguments. */
  private watched(spawn: SafeSpawn): SafeSpawn {
    const note = <C extends readonly string[]>(command: C): C => {
      this.commands.push(command);
      return command;
    };
    const run = (...[command, options]: Parameters<SafeSpawn>): ReturnType<SafeSpawn> => spawn(note(command), options);
    const startDetached: SafeSpawn['startDetached'] = (command, options) => spawn.startDetached(note(command), options);
    return Object.assign(run, { startDetached, isAlive: spawn.isAlive, endGroup: spawn.endGroup });
  }

  private context(redactor: Redactor): AdapterContext {
    const env = { ...this.env, ...this.secrets };
    const keep =
      (level: string) =>
      (message: string, fields?: unknown): void =>
        void this.log.push({ level, message, fields });
    const log: Logger = { debug: keep('debug'), info: keep('info'), warn: keep('warn'), error: keep('error') };
    const context = createAdapterContext({
      instanceId: 'conformance',
      log,
      redactor,
      secrets: new SecretResolver(env, redactor),
      artifacts: async (sha256) => {
        const content = this.media.get(sha256);
        return content === undefined ? null : new Blob([new Uint8Array(content)]).stream();
      },
      workDir: this.workDir,
      now: () => new Date(),
      fetch: globalThis.fetch,
      spawn: this.watched(createSafeSpawn(env)),
    });
    // The adapter's own logging is under test too, so it must not pass the redactor, which would hide its faults.
    return { ...context, log };
  }
}

/** Runs something in a world of its own and removes the world afterwards. */
export async function inWorld(subject: Subject, run: (world: World) => Promise<void>): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), 'interlock-conformance-'));
  const world = new World(subject.module, subject.fixtures, directory, subject.env);
  try {
    await world.prepare();
    await run(world);
  } finally {
    await world.end();
  }
}

/** Fails unless exactly the requested targets have reached a final state. */
export function assertAllEnded(request: DistributionRequest, followed: Followed): void {
  const wanted = request.targets.map((target) => target.ciId).sort();
  assert.deepEqual(
    Object.keys(followed.states).sort(),
    wanted,
    'The reports must contain exactly the requested targets.',
  );
  const open = Object.entries(followed.states).filter(([, state]) => !isFinalTargetState(state));
  assert.deepEqual(open, [], 'In a complete run every target must have a final state.');
}
