import { parseArgs } from 'node:util';
import { helpFor, helpForAll } from './cli/help.js';
import type { TokenOptions } from './cli/token.command.js';
import { ConfigError, SETTINGS, showsStacks, VERSION } from './config.js';

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
      only: { type: 'string' },
      shard: { type: 'string' },
      adapter: { type: 'string' },
      into: { type: 'string' },
      title: { type: 'string' },
      variables: { type: 'string' },
      operation: { type: 'string' },
      analyze: { type: 'boolean' },
      picture: { type: 'string' },
      tool: { type: 'string' },
    },
  });
  const [command = 'serve', action, object, ...others] = positionals;
  if (values.version) return console.log(VERSION);
  // Help for a command never runs it.
  if (values.help) return console.log(helpFor(positionals));
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
    case 'schedule':
      return await (await import('./cli/schedule.command.js')).scheduleCommand(action);
    case 'token':
      return await token(action, object, values);
    case 'adapter':
      return await (await import('./cli/adapter.command.js')).adapterCommand(action, [object, ...others], values);
    case 'demo':
      return await (await import('./cli/demo/demo.command.js')).demo(values);
    case 'config':
      return printSettings();
    case 'help':
      return console.log(helpForAll());
    default:
      throw new Error(`Unknown command "${command}".\n\n${helpForAll()}`);
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
