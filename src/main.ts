import { parseArgs } from 'node:util';
import type { TokenOptions } from './cli/token.command.js';
import { ConfigError, SETTINGS, showsStacks, VERSION } from './config.js';

const HELP = `interlock ${VERSION}: release management as a typed, live GraphQL API

  interlock serve                       run the server (npm start does it)
  interlock demo [--picture FILE]       play the story of a release that distributes this package in waves, and draw
                                        its rollout as SVG
  interlock migrate                     update the database schema to this version
  interlock token create --role ROLE    create a token and print it once
        [--role ROLE …] [--name NAME] [--email ADDRESS] [--days N] [--service]
  interlock token list [--all]          list the valid tokens, or all of them
  interlock token revoke ID             revoke a token; servers refuse it within a second
  interlock adapter list                list the built-in adapters and the configured tools
  interlock adapter check MODULE        check that a module is a well-formed adapter
  interlock adapter conformance MODULE --fixtures FILE
                                        run the conformance tests against an adapter
  interlock schema [--write|--check]    print the GraphQL schema, write it, or compare it with schema.graphql
  interlock explain [FILE]              print the SQL statement of a GraphQL query, read from FILE or standard input
        [--variables JSON] [--operation NAME] [--role ROLE …] [--analyze]
  interlock migration create|check      for developers
  interlock config                      list the settings (environment variables)
`;

function printSettings(): void {
  for (const { env, fallback, meaning } of Object.values(SETTINGS)) {
    const value = Array.isArray(fallback) ? fallback.join(',') : fallback;
    console.log(`${env}${value === undefined || value === '' ? '' : ` (default ${String(value)})`}\n    ${meaning}`);
  }
}

async function token(action: string | undefined, id: string | undefined, options: TokenOptions): Promise<void> {
  const { tokenCreate, tokenList, tokenRevoke } = await import('./cli/token.command.js');
  if (action === 'create') await tokenCreate(options);
  else if (action === 'list') await tokenList(options);
  else if (action === 'revoke') await tokenRevoke(id);
  else
    throw new Error(
      'Usage: interlock token create --role ROLE | interlock token list [--all] | interlock token revoke ID',
    );
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
      all: { type: 'boolean' },
      fixtures: { type: 'string' },
      variables: { type: 'string' },
      operation: { type: 'string' },
      analyze: { type: 'boolean' },
      picture: { type: 'string' },
    },
  });
  const [command = values.help ? 'help' : 'serve', action, object] = positionals;
  if (values.version) return console.log(VERSION);
  // Each command loads only what it needs, so that `--version` and mistakes are answered immediately.
  switch (command) {
    case 'serve':
      return await (await import('./cli/serve.command.js')).serve();
    case 'migrate':
      return await (await import('./cli/database.command.js')).migrateCommand();
    case 'migration':
      return await (await import('./cli/database.command.js')).migrationCommand(action);
    case 'schema':
      return (await import('./cli/schema.command.js')).schemaCommand(values);
    case 'explain':
      return await (await import('./cli/explain.command.js')).explainCommand(action, values);
    case 'token':
      return await token(action, object, values);
    case 'adapter':
      return await (await import('./cli/adapter.command.js')).adapterCommand(action, object, values.fixtures);
    case 'demo':
      return await (await import('./cli/demo/demo.command.js')).demo(values);
    case 'config':
      return printSettings();
    case 'help':
      return console.log(HELP);
    default:
      throw new Error(`Unknown command "${command}".\n\n${HELP}`);
  }
}

try {
  await run(process.argv.slice(2));
} catch (error) {
  console.error(error instanceof ConfigError || !showsStacks() ? (error as Error).message : error);
  process.exitCode = 1;
  // The server may have been half started; no part of it may keep the process alive.
  if (process.argv.length <= 3) setTimeout(() => process.exit(1), 5_000).unref();
}
