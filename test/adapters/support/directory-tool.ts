/** The exec-directory program as a tool under test: a root, media, an instance, and a look at what it did. */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, readFile, readlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { Artifact, DistributionRequest, ProcessIdentity } from '../../../src/adapters/adapter.js';
import type { HostedAdapter } from '../../../src/adapters/hosted-adapter.js';
import { isAlive } from '../../../src/adapters/process-identity.js';
import { exec } from '../../../plugins/exec/exec.adapter.js';
import { artifactOf, connected, patience, requestOf, temporaryDirectory } from './harness.js';
import { tgz } from './tar-writer.js';

/** Where the program is. */
export const PROGRAM = fileURLToPath(new URL('../../../examples/exec-directory/install.mjs', import.meta.url));

/** What a target says is installed. */
export interface InstalledRecord {
  readonly name: string;
  readonly version: string;
  readonly sha256: string;
  readonly key: string;
  readonly at: string;
  readonly previous: string | null;
}

/** One root with its media and state; the way to remove it all again. */
export class DirectoryTool {
  private constructor(
    readonly root: string,
    readonly workDir: string,
    private readonly media: string,
    readonly remove: () => Promise<void>,
  ) {}

  static async make(): Promise<DirectoryTool> {
    const { path, remove } = await temporaryDirectory();
    const [root, work, media] = ['root', 'work', 'media'].map((name) => join(path, name)) as [string, string, string];
    for (const directory of [root, work, media]) await mkdir(directory);
    return new DirectoryTool(root, work, media, remove);
  }

  config(env: Record<string, unknown> = {}): { command: string[]; env: Record<string, unknown> } {
    return { command: [process.execPath, PROGRAM], env: { INSTALL_ROOT: this.root, ...env } };
  }

  async connect(env: Record<string, unknown> = {}, secrets: Record<string, string> = {}): Promise<HostedAdapter> {
    return (await connected(exec, this.workDir, { config: this.config(env), env: secrets })).adapter;
  }

  /** An archive with these files, reachable as a file. */
  async archive(files: Record<string, string>, name = 'shop.tgz'): Promise<Artifact> {
    return this.artifact(tgz(Object.entries(files).map(([path, content]) => ({ name: path, content }))), name);
  }

  async artifact(content: Buffer, name: string): Promise<Artifact> {
    const artifact = artifactOf(content, 'file:///', name);
    const place = join(this.media, artifact.sha256);
    await writeFile(place, content);
    return { ...artifact, uri: pathToFileURL(place).href };
  }

  request(
    directories: readonly string[],
    artifacts: readonly Artifact[],
    changes: Partial<DistributionRequest> = {},
  ): DistributionRequest {
    return requestOf({
      targets: directories.map((directory) => ({ ciId: `ci-${directory}`, name: directory, binding: { directory } })),
      package: { binding: {}, artifacts },
      deadline: new Date(Date.now() + 3_600_000).toISOString(),
      ...changes,
    });
  }

  path(...parts: string[]): string {
    return join(this.root, ...parts);
  }

  async installed(directory: string): Promise<InstalledRecord | undefined> {
    if (!existsSync(this.path(directory, 'installed.json'))) return undefined;
    return JSON.parse(await readFile(this.path(directory, 'installed.json'), 'utf8')) as InstalledRecord;
  }

  current(directory: string): Promise<string> {
    return readlink(this.path(directory, 'current'));
  }

  /** What sha256sum says of a file. */
  sha256sum(path: string): string {
    return execFileSync('sha256sum', [path], { encoding: 'utf8' }).slice(0, 64);
  }

  /** The worker of this generation, once it has begun. */
  async worker(key: string, generation = 0): Promise<ProcessIdentity> {
    const file = join(this.workDir, 'runs', key, `worker-${generation}.json`);
    await until(() => existsSync(file));
    return JSON.parse(readFileSync(file, 'utf8')) as ProcessIdentity;
  }

  /** Kill the worker and wait until it is gone. */
  async kill(key: string, generation = 0, signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    const worker = await this.worker(key, generation);
    if (await isAlive(worker)) process.kill(worker.pid, signal);
    await until(async () => !(await isAlive(worker)));
  }
}

/** Wait for a state. */
export async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  const signal = patience(10_000);
  while (!(await condition())) {
    signal.throwIfAborted();
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
