/** What adapters share that run programs. Published as `interlock/adapter/programs`. */
import type { AdapterContext, SecretRef } from './adapter.js';

/** Lets a number of calls run at a time; the others wait in line. */
export class Gate {
  private inside = 0;
  private readonly line: (() => void)[] = [];

  constructor(private readonly places: number) {}

  /** Does the work when there is a place. Rejects when the signal aborts before. */
  async pass<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    while (this.inside >= this.places) await this.turn(signal);
    this.inside += 1;
    try {
      signal.throwIfAborted();
      return await work();
    } finally {
      this.inside -= 1;
      this.line.shift()?.();
    }
  }

  private async turn(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    await new Promise<void>((resolve, reject) => {
      const giveUp = (): void => {
        this.line.splice(this.line.indexOf(go), 1);
        reject(signal.reason as Error);
      };
      const go = (): void => {
        signal.removeEventListener('abort', giveUp);
        resolve();
      };
      this.line.push(go);
      signal.addEventListener('abort', giveUp, { once: true });
    });
  }
}

/** Environment variables as settings name them, with the present values of the secrets. */
export async function environmentOf(
  variables: Readonly<Record<string, string | SecretRef>> | undefined,
  secrets: AdapterContext['secrets'],
): Promise<Record<string, string>> {
  const entries = Object.entries(variables ?? {}).map(
    async ([name, value]) => [name, typeof value === 'string' ? value : await secrets.get(value)] as const,
  );
  return Object.fromEntries(await Promise.all(entries));
}
