import type { AdapterEntry } from './adapter-entry.js';
/** The deployment tools that this server is allowed to drive, each connected or with the reason why not. */
import { mkdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { AdapterError, isAdapterError, type AdapterModule, type Logger } from './adapter.js';
import { createAdapterContext, type ArtifactSource } from './context.js';
import { hostAdapter, messageOf, type HostedAdapter } from './hosted-adapter.js';
import { loadModule, moduleProblems } from './module-loader.js';
import { createSafeSpawn } from './safe-spawn.js';
import { compileSchema } from './schema-compiler.js';
import { words } from './outside.js';
import { Redactor, SecretResolver } from './secrets.js';

/** The form of an instance name: lower case, at most 63 characters; it is part of addresses and directory names. */
export const INSTANCE_NAME_PATTERN = /^[a-z][a-z0-9-]{0,62}$/;

/** One entry of the allow-list. */
export interface AdapterInstanceSpec {
  /** Unique name of the instance, see {@link INSTANCE_NAME_PATTERN}. */
  readonly instance: string;
  /**
   * A built-in adapter's id, an installed package's name, a path relative to the configuration file, or the module
   * itself.
   */
  readonly module: string | AdapterModule;
  /** Settings; checked against the module's `configSchema`. Absent: `{}`. */
  readonly config?: unknown;
  /** Pins the entry file of a module given by name or path: `sha512-` and Base64. */
  readonly integrity?: string;
}

/** Dependencies of the registry. */
export interface AdapterRegistryOptions {
  /** Adapters that ship with the server, by id. */
  readonly builtIns?: Readonly<Record<string, AdapterModule>>;
  /** The file that lists the adapters; relative modules are resolved from its directory. It need not exist. */
  readonly configFile: string;
  /** Each instance gets a private directory below this one. */
  readonly workRoot: string;
  /** The environment, for secrets and, a small part of it, for child processes. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly log: Logger;
  readonly artifacts: ArtifactSource;
  /** The clock. Absent: the system clock. */
  readonly now?: () => Date;
  /** Absent: the platform's `fetch`. */
  readonly fetch?: typeof fetch;
}

/** An instance that has not connected within this time is broken: a server must start whatever its tools do. */
const CONNECT_MS = 30_000;

interface Slot {
  readonly spec: AdapterInstanceSpec;
  entry: AdapterEntry;
  adapter?: HostedAdapter;
  /** The attempt to connect that is under way. */
  connecting?: Promise<void>;
}

/** The adapter, or an error after {@link CONNECT_MS}; an adapter that comes too late is closed again. */
async function inTime(connecting: Promise<HostedAdapter>): Promise<HostedAdapter> {
  let timer: NodeJS.Timeout | undefined;
  let late = false;
  const timeout = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      late = true;
      reject(new AdapterError('DEADLINE_EXCEEDED', `The adapter did not connect within ${CONNECT_MS / 1000} s.`));
    }, CONNECT_MS);
  });
  connecting.then(
    (adapter) => (late ? adapter.close() : undefined),
    () => undefined,
  );
  try {
    return await Promise.race([connecting, timeout]);
  } finally {
    clearTimeout(timer);
  }
}

function sourceOf(spec: AdapterInstanceSpec): string {
  return typeof spec.module === 'string' ? spec.module : String(spec.module.id);
}

function assertNames(specs: readonly AdapterInstanceSpec[]): void {
  const seen = new Set<string>();
  for (const { instance } of specs) {
    if (typeof instance !== 'string' || !INSTANCE_NAME_PATTERN.test(instance)) {
      throw new AdapterError(
        'INVALID_ARGUMENT',
        `The adapter instance name ${JSON.stringify(instance)} must match ${INSTANCE_NAME_PATTERN.source}.`,
      );
    }
    if (seen.has(instance))
      throw new AdapterError('INVALID_ARGUMENT', `The adapter instance name "${instance}" is used twice.`);
    seen.add(instance);
  }
}

/** All configured instances. Open it once per process; close it at the end. */
export class AdapterRegistry {
  private readonly slots = new Map<string, Slot>();
  private readonly moduleOfId = new Map<string, AdapterModule>();
  private readonly redactor = new Redactor();

  private constructor(private readonly options: AdapterRegistryOptions) {}

  /**
   * Connect every instance. One that fails becomes `broken` and the others go on. Throws INVALID_ARGUMENT only when a
   * name in the list is malformed or used twice.
   */
  static async open(specs: readonly AdapterInstanceSpec[], options: AdapterRegistryOptions): Promise<AdapterRegistry> {
    assertNames(specs);
    const registry = new AdapterRegistry(options);
    for (const spec of specs) {
      const entry: AdapterEntry = { instance: spec.instance, status: 'broken', source: sourceOf(spec) };
      registry.slots.set(spec.instance, { spec, entry });
    }
    // Modules load in order, so that of two modules with one id the first always wins; instances connect in parallel.
    const connecting: Promise<void>[] = [];
    for (const slot of registry.slots.values()) {
      const module = await registry.load(slot);
      if (module !== undefined) connecting.push(registry.instantiate(slot, module));
    }
    await Promise.all(connecting);
    return registry;
  }

  /** Every instance in the order of the configuration. */
  list(): readonly AdapterEntry[] {
    return [...this.slots.values()].map((slot) => slot.entry);
  }

  /** The status of one instance; undefined when the name is unknown. */
  entry(instance: string): AdapterEntry | undefined {
    return this.slots.get(instance)?.entry;
  }

  /**
   * A connected instance. Throws NOT_FOUND for a name that is not configured and FAILED_PRECONDITION for a broken
   * instance.
   */
  get(instance: string): HostedAdapter {
    const slot = this.slots.get(instance);
    if (slot === undefined) throw new AdapterError('NOT_FOUND', `Unknown adapter instance "${instance}".`);
    if (slot.adapter === undefined) {
      throw new AdapterError(
        'FAILED_PRECONDITION',
        `The adapter instance "${instance}" is broken: ${slot.entry.reason ?? 'unknown reason'}`,
      );
    }
    return slot.adapter;
  }

  /** Connect a broken instance again, for example after a person has fixed the cause. Returns its new status. */
  async reconnect(instance: string): Promise<AdapterEntry> {
    const slot = this.slots.get(instance);
    if (slot === undefined) throw new AdapterError('NOT_FOUND', `Unknown adapter instance "${instance}".`);
    if (slot.adapter === undefined) {
      slot.connecting ??= this.connect(slot).finally(() => delete slot.connecting);
      await slot.connecting;
    }
    return slot.entry;
  }

  /** A copy of the value without any secret that an adapter has resolved; for logs and output outside adapters. */
  redact<T>(value: T): T {
    return this.redactor.value(value) as T;
  }

  /** Close every instance, even if others fail to close. May be called twice. Runs go on in their tools. */
  async close(): Promise<void> {
    const connected = [...this.slots.values()].flatMap((slot) => (slot.adapter === undefined ? [] : [slot]));
    const results = await Promise.allSettled(connected.map(async (slot) => slot.adapter?.close()));
    results.forEach((result, index) => {
      if (result.status === 'fulfilled') return;
      this.options.log.warn('An adapter instance did not close cleanly.', {
        instance: connected[index]?.spec.instance,
        error: this.redactor.value(result.reason),
      });
    });
  }

  private async connect(slot: Slot): Promise<void> {
    const module = await this.load(slot);
    if (module !== undefined) await this.instantiate(slot, module);
  }

  /** The slot's module, or undefined and a broken slot. */
  private async load(slot: Slot): Promise<AdapterModule | undefined> {
    try {
      return await this.moduleOf(slot.spec);
    } catch (error) {
      this.markBroken(slot, error);
      return undefined;
    }
  }

  private async instantiate(slot: Slot, loaded: AdapterModule): Promise<void> {
    const { id, version, title, configSchema } = loaded;
    const module = { id, version, title, configSchema };
    slot.entry = { ...slot.entry, module };
    try {
      const adapter = await inTime(this.create(loaded, slot.spec));
      slot.adapter = adapter;
      const { instance, source } = slot.entry;
      slot.entry = {
        instance,
        source,
        module,
        status: 'connected',
        capabilities: adapter.capabilities,
        ...adapter.schemas,
      };
    } catch (error) {
      this.markBroken(slot, error);
    }
  }

  private markBroken(slot: Slot, error: unknown): void {
    const reason = words(this.redactor.text(messageOf(error)));
    slot.entry = { ...slot.entry, status: 'broken', reason };
    const code = isAdapterError(error) ? error.code : 'INTERNAL';
    const { instance } = slot.spec;
    this.options.log.error('An adapter instance is broken; the server runs without it.', { instance, code, reason });
  }

  private async moduleOf(spec: AdapterInstanceSpec): Promise<AdapterModule> {
    const value = typeof spec.module === 'string' ? await this.namedModule(spec.module, spec.integrity) : spec.module;
    const problems = moduleProblems(value);
    if (problems.length > 0)
      throw new AdapterError('FAILED_PRECONDITION', `Not an adapter module: ${problems.join(' ')}`);
    const module = value as AdapterModule;
    const holder = this.moduleOfId.get(module.id);
    if (holder !== undefined && holder !== module) {
      throw new AdapterError('FAILED_PRECONDITION', `Another module already uses the adapter id "${module.id}".`);
    }
    this.moduleOfId.set(module.id, module);
    return module;
  }

  private async namedModule(name: string, integrity: string | undefined): Promise<unknown> {
    const { builtIns = {}, configFile } = this.options;
    if (Object.hasOwn(builtIns, name)) return builtIns[name];
    return loadModule({ module: name, configFile, ...(integrity === undefined ? {} : { integrity }) });
  }

  private async create(module: AdapterModule, spec: AdapterInstanceSpec): Promise<HostedAdapter> {
    const config = spec.config ?? {};
    const problems = compileSchema(module.configSchema, 'The configuration')(config);
    if (problems.length > 0) throw new AdapterError('INVALID_ARGUMENT', problems.join('; '));
    const { options, redactor } = this;
    const workDir = resolve(join(options.workRoot, spec.instance));
    await mkdir(workDir, { recursive: true, mode: 0o700 });
    const context = createAdapterContext({
      instanceId: spec.instance,
      log: options.log,
      redactor,
      secrets: new SecretResolver(options.env, redactor),
      artifacts: options.artifacts,
      workDir,
      now: options.now ?? (() => new Date()),
      fetch: options.fetch ?? globalThis.fetch,
      spawn: createSafeSpawn(options.env),
    });
    return hostAdapter({ module, config, context, redactor });
  }
}
