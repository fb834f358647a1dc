import { createApp, type App } from '../app.js';
import { loadConfig } from '../config.js';
import { seedDevelopment } from './seed.js';

/** Starts the server and runs it until SIGINT or SIGTERM, which may come at any time, even during the start. */
export async function serve(): Promise<void> {
  const config = loadConfig();
  // Before anything else: a module imported during the start removes hooks that are added meanwhile.
  const isStopping = stopOnSignals(async () => await starting);
  const starting = createApp(config);
  const app = await starting;
  if (config.nodeEnv === 'production') return;
  try {
    await welcome(app);
  } catch (error) {
    if (!isStopping()) throw error; // otherwise the database was closed by the stop
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
      'The database was empty. Sample data was loaded and this development token created. It is shown only once:',
      `  ${token}`,
      'Paste it into the token field of the explorer, or send it as "Authorization: Bearer <token>".',
    );
  }
  process.stderr.write(`${lines.join('\n')}\n`);
}

/**
 * How long after the first signal another one forces an immediate end, in milliseconds. Ctrl-C in a terminal reaches
 * npm, the launcher and this process, and each of them passes it on.
 */
const IMPATIENCE_MS = 1_000;

/** @returns a function that tells whether a signal has come */
function stopOnSignals(started: () => Promise<App>): () => boolean {
  let askedAt: number | undefined;
  const stop = async (signal: string): Promise<void> => {
    const app = await started(); // a start is completed first; a failed one ends the process by itself
    app.log.info({ signal }, 'stopping');
    // A part that hangs must not keep the process: allow the drain time plus the time to close sockets and jobs.
    const { stopDelayMs, drainTimeoutMs } = app.config;
    setTimeout(() => process.exit(1), stopDelayMs + 2 * drainTimeoutMs + 3_000).unref();
    await app.stop();
    process.exit(0);
  };
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      if (askedAt !== undefined) {
        if (performance.now() - askedAt > IMPATIENCE_MS) process.exit(1); // second signal: end immediately
        return;
      }
      askedAt = performance.now();
      void stop(signal).catch(() => process.exit(1));
    });
  }
  return () => askedAt !== undefined;
}
