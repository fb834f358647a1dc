/** Starts {@link file://./host.ts} and reads what it says. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface, type Interface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { HostNews, HostTask } from './host.js';

/** How other processes load the adapter. */
export interface Entry {
  /** The address (`file:`) of the module whose default export is the adapter. */
  readonly url: string;
  /** Options of Node, for example a loader for TypeScript. */
  readonly nodeOptions: readonly string[];
}

/** Heap of the process, in MiB: a server has more, and many runs to share it. */
const HEAP_MIB = 96;

/** A process that holds an adapter. */
export class HostProcess {
  private said = '';
  private readonly child: ChildProcess;
  private readonly lines: Interface;
  private readonly news: HostNews[] = [];
  private readonly ended: Promise<number | null>;

  constructor({ nodeOptions }: Entry, task: HostTask, env: Readonly<Record<string, string | undefined>>) {
    const program = fileURLToPath(new URL('./host.js', import.meta.url));
    const child = spawn(process.execPath, [`--max-old-space-size=${HEAP_MIB}`, ...nodeOptions, program], {
      env,
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    this.child = child;
    child.stdin.on('error', () => undefined);
    child.stdin.end(JSON.stringify({ ...task, env }));
    child.stderr.on('data', (chunk: Buffer) => (this.said = `${this.said}${chunk.toString()}`.slice(-2_000)));
    this.lines = createInterface({ input: child.stdout });
    this.lines.on('line', (line) => this.news.push(JSON.parse(line) as HostNews));
    this.ended = new Promise((resolve, reject) => {
      child.once('error', reject);
      child.once('close', resolve);
    });
    this.ended.catch(() => undefined);
  }

  /** Waits for a line. Rejects with what the process said when it ends without it. */
  async until<A extends HostNews['at']>(at: A): Promise<Extract<HostNews, { readonly at: A }>> {
    for (;;) {
      const found = this.news.find((one): one is Extract<HostNews, { readonly at: A }> => one.at === at);
      if (found !== undefined) return found;
      const next = new AbortController();
      const line = once(this.lines, 'line', { signal: next.signal }).then(() => true as const);
      line.catch(() => undefined);
      const still = await Promise.race([line, this.ended.then(() => false as const)]);
      next.abort();
      if (!still && !this.news.some((one) => one.at === at))
        throw new Error(`The process that held the adapter ended with ${this.child.exitCode}: ${this.said}`);
    }
  }

  /** kill -9, and waits until it has gone. */
  async kill(): Promise<void> {
    this.child.kill('SIGKILL');
    await this.ended;
  }
}
