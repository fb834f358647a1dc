import { createApp, type App } from '../app.js';
import { loadConfig } from '../config.js';
import { seedDevelopment } from './seed.js';

/** Starts the server and keeps it running until SIGINT or SIGTERM, which may come at any time, also while it starts. */
export async function serve(): Promise<void> {
  const config = loadConfig();
  // First of all: what is imported during a start takes away hooks that it finds added meanwhile.
  const isStopping = stopOnSignals(async () => await starting);
  const starting = createApp(config);
  const app = await starting;
  if (config.nodeEnv === 'production') return;
  try {
    await welcome(app);
  } catch (error) {
    if (!isStopping()) throw error; // else it was the database that had gone
  }
}

async function welcome(app: App): Promise<void> {
  const token = await seedDevelopment(app);
  const lines = [
    `Interlock is listening at ${app.url}`,
    `  explorer   ${app.url}/graphql   (open it in a browser)`,
    `  health     ${app.url}/readyz`,
  ];
  if (token !== undefined) {
    lines.push(
      '',
      'The database was empty: sample data has been loaded, and this development token made. It is shown only now.',
      `  ${token}`,
      'Paste it into the token box of the explorer, or send it as "Authorization: Bearer <token>".',
    );
  }
  process.stderr.write(`${lines.join('\n')}\n`);
}

/**
 * How long after the first one another signal means "at once", in milliseconds. A key in a terminal reaches npm, the
 * starter of the right
 * Node and this process alike, and each of them hands it on.
 */
const IMPATIENCE_MS = 1_000;

/** @returns whether somebody has asked for the end */
function stopOnSignals(started: () => Promise<App>): () => boolean {
  let askedAt: number | undefined;
  const stop = async (signal: string): Promise<void> => {
    const app = await started(); // a start is not left half done; a failed one ends the process by itself
    app.log.info({ signal }, 'stopping');
    // Whatever hangs must not keep the process: the drain time plus what closing sockets and jobs may take.
    setTimeout(() => process.exit(1), 2 * app.config.drainTimeoutMs + 3_000).unref();
    await app.stop();
    process.exit(0);
  };
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      if (askedAt !== undefined) {
        if (performance.now() - askedAt > IMPATIENCE_MS) process.exit(1); // asked again: at once
        return;
      }
      askedAt = performance.now();
      void stop(signal).catch(() => process.exit(1));
    });
  }
  return () => askedAt !== undefined;
}
