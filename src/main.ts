import { parseArgs } from 'node:util';
import { ConfigError, SETTINGS, VERSION } from './config.js';

const HELP = `interlock ${VERSION}: release management as a typed, live GraphQL API

  interlock serve                       run the server (npm start does it)
  interlock migrate                     bring the database to this version
  interlock token create --role ROLE    make a token and print it once
        [--role ROLE …] [--name NAME] [--email ADDRESS] [--days N] [--service]
  interlock schema [--write|--check]    print the GraphQL schema, write it, or compare it with schema.graphql
  interlock migration create|check      for developers
  interlock config                      list the settings (environment variables)
`;

function printSettings(): void {
  for (const { env, fallback, meaning } of Object.values(SETTINGS)) {
    const value = Array.isArray(fallback) ? fallback.join(',') : fallback;
    console.log(`${env}${value === undefined || value === '' ? '' : ` (default ${String(value)})`}\n    ${meaning}`);
  }
}

async function run(args: string[]): Promise<void> {
  const { positionals, values } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      help: { type: 'boolean', short: 'h' },
      version: { type: 'boolean' },
      write: { type: 'boolean' },
      check: { type: 'boolean' },
      role: { type: 'string', multiple: true },
      name: { type: 'string' },
      email: { type: 'string' },
      days: { type: 'string' },
      service: { type: 'boolean' },
    },
  });
  const [command = values.help ? 'help' : 'serve', action] = positionals;
  if (values.version) return console.log(VERSION);
  // Each command loads only what it needs, so that `--version` and mistakes answer at once.
  switch (command) {
    case 'serve':
      return await (await import('./cli/serve.command.js')).serve();
    case 'migrate':
      return await (await import('./cli/database.command.js')).migrateCommand();
    case 'migration':
      return await (await import('./cli/database.command.js')).migrationCommand(action);
    case 'schema':
      return (await import('./cli/schema.command.js')).schemaCommand(values);
    case 'token':
      if (action !== 'create') throw new Error('Say `interlock token create --role ROLE`.');
      return await (await import('./cli/token.command.js')).tokenCreate(values);
    case 'config':
      return printSettings();
    case 'help':
      return console.log(HELP);
    default:
      throw new Error(`There is no command "${command}".\n\n${HELP}`);
  }
}

try {
  await run(process.argv.slice(2));
} catch (error) {
  console.error(error instanceof ConfigError || process.env['LOG_LEVEL'] !== 'debug' ? (error as Error).message : error);
  process.exitCode = 1;
  // The server may have been half started; nothing of it may keep the process alive.
  if (process.argv.length <= 3) setTimeout(() => process.exit(1), 5_000).unref();
}
