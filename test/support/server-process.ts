import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { createServer } from 'node:net';
import { until } from './until.js';

/** A server process that can be killed and started again on its port. */
export class ServerProcess {
  #child: ChildProcess | undefined;

  /** @param log a file for everything that it prints; absent: only what it prints as an error is shown */
  constructor(
    readonly port: number,
    readonly env: Record<string, string>,
    private readonly log?: string,
  ) {}

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  get pid(): number | undefined {
    return this.#child?.pid;
  }

  /** Starts it and waits until it is ready. */
  async start(): Promise<void> {
    const out = this.log === undefined ? undefined : openSync(this.log, 'a');
    this.#child = spawn(process.execPath, ['bin/interlock.mjs', 'serve'], {
      env: { ...process.env, ...this.env, PORT: String(this.port) },
      stdio: ['ignore', out ?? 'ignore', out ?? 'inherit'],
    });
    if (out !== undefined) closeSync(out);
    await until(
      async () =>
        await fetch(`${this.url}/readyz`).then(
          (r) => r.ok,
          () => false,
        ),
      'the server to be ready',
      30_000,
    );
  }

  /** Ends it, and waits until it has gone. */
  async kill(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    const child = this.#child;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const gone = new Promise((resolve) => child.once('exit', resolve));
    child.kill(signal);
    await gone;
  }
}

/** A TCP port that is free now. */
export async function freePort(): Promise<number> {
  return await new Promise((resolve) => {
    const probe = createServer().listen(0, '127.0.0.1', () => {
      const { port } = probe.address() as { port: number };
      probe.close(() => resolve(port));
    });
  });
}
