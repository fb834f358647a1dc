import { createApp, type App } from '../app.js';
import { loadConfig } from '../config.js';
import { seedDevelopment } from './seed.js';

/** Starts the server and keeps it running until SIGINT or SIGTERM. */
export async function serve(): Promise<void> {
  const config = loadConfig();
  const app = await createApp(config);
  if (config.nodeEnv !== 'production') await welcome(app);
  stopOnSignals(app);
}

async function welcome(app: App): Promise<void> {
  const token = await seedDevelopment(app);
  const lines = [`Interlock is listening at ${app.url}`, `  explorer   ${app.url}/graphql   (open it in a browser)`, `  health     ${app.url}/readyz`];
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

function stopOnSignals(app: App): void {
  let asked = false;
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      if (asked) process.exit(1); // asked twice: at once
      asked = true;
      app.log.info({ signal }, 'stopping');
      // Whatever hangs must not keep the process: the drain time plus what closing sockets and jobs may take.
      setTimeout(() => process.exit(1), 2 * app.config.drainTimeoutMs + 3_000).unref();
      void app.stop().then(() => process.exit(0));
    });
  }
}
