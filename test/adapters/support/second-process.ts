/** Starts {@link file://./adapter-process.ts} and reads what it says. */
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { DistributionRequest } from '../../../src/adapters/adapter.js';

/** What the other process said and how it ended. */
export interface SecondProcess {
  readonly answers: unknown[];
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stderr: string;
}

/** Submit a request from another process, `calls` times at once. `module` is relative to the repository. */
export async function submitElsewhere(options: {
  module: string;
  workDir: string;
  config: unknown;
  request: DistributionRequest;
  calls?: number;
  env?: Record<string, string>;
}): Promise<SecondProcess> {
  const here = (name: string): string => fileURLToPath(new URL(name, import.meta.url));
  const words = [
    '--import',
    here('./typescript.mjs'),
    here('./adapter-process.ts'),
    here(`../../../${options.module}`),
    options.workDir,
    JSON.stringify(options.config),
    JSON.stringify(options.request),
    String(options.calls ?? 1),
  ];
  const child = spawn(process.execPath, words, {
    env: { ...process.env, ...options.env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (exitCode, signal) =>
      resolve({ answers: stdout === '' ? [] : (JSON.parse(stdout) as unknown[]), exitCode, signal, stderr }),
    );
  });
}
