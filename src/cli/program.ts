/** The commands of `interlock`. What each does is loaded when it is called, so that help is there at once. */
import { Argument, Command, Option } from 'commander';
import { VERSION } from '../config.js';
import { EXPORT_KINDS } from '../domain/file-export.js';
import type { ConformanceOptions } from './adapter.command.js';
import type { ExportOptions } from './files/export.command.js';
import type { ImportOptions } from './files/import.command.js';
import type { TokenOptions } from './token.command.js';
import { completionScript, completionsFor, SHELLS } from './completion.js';

const json = () => new Option('--json', 'print JSON, for scripts');
const several = (value: string, before: readonly string[] = []) => [...before, value];

const serverOptions = (command: Command): Command =>
  command
    .option('--url <address>', 'the server (default: INTERLOCK_URL, or http://127.0.0.1 and PORT)')
    .option('--token-file <file>', 'file with the token (default: the token in INTERLOCK_TOKEN)');

function server(program: Command): void {
  program
    .command('serve')
    .description('run the server (npm start does it)')
    .action(async () => await (await import('./serve.command.js')).serve());
  program
    .command('demo')
    .description('play the story of a release that distributes this package in waves')
    .option('--picture <file>', 'draw its rollout into a file, as SVG')
    .addOption(
      new Option('--tool <tool>', 'what the servers are: directories, or real hosts on loopback').choices([
        'directory',
        'ssh',
        'ansible',
      ]),
    )
    .action(async (options: object) => await (await import('./demo/demo.command.js')).demo(options));
  program
    .command('migrate')
    .description('update the database schema to this version')
    .action(async () => await (await import('./database.command.js')).migrateCommand());
  program
    .command('doctor')
    .description('check the settings, the database, the disk, the tools, the clock and the versions')
    .addOption(json())
    .action(async (options: object) => await (await import('./doctor.command.js')).doctor(options));
  program
    .command('config')
    .description('list the settings (environment variables)')
    .addOption(json())
    .action(async (options: object) => (await import('./config.command.js')).configCommand(options));
}

function files(program: Command): void {
  serverOptions(program.command('import'))
    .description('import a file of rows; it goes on where it was interrupted')
    .argument('<file>', 'a CSV or NDJSON file')
    .addOption(
      new Option('--kind <kind>', 'what the rows are')
        .choices(['configuration-items', 'relations', 'people', 'observations'])
        .default('configuration-items'),
    )
    .addOption(
      new Option('--format <format>', 'format of the file (default: by the end of its name)').choices([
        'csv',
        'ndjson',
      ]),
    )
    .addOption(
      new Option('--error-policy <policy>', 'what to do when a row fails')
        .choices(['STOP_AT_FAILED', 'IGNORE_FAILED', 'REJECT_EVERYTHING'])
        .default('STOP_AT_FAILED'),
    )
    .option('--dry-run', 'find the result of each row and write nothing')
    .option('--valid-from <instant>', 'since when what the rows say has been so')
    .option('--source <name>', 'who observed it, for observations')
    .option('--observed-at <instant>', 'when the source looked, for observations')
    .option('--again', 'import a file again that was imported last')
    .addOption(json())
    .action(
      async (file: string, options: ImportOptions) =>
        await (await import('./files/import.command.js')).importFile(file, options),
    );
  serverOptions(program.command('export'))
    .description('export all rows of a kind')
    .addArgument(new Argument('<kind>', 'what to export').choices(EXPORT_KINDS))
    .option('-o, --output <file>', 'file to write (default: standard output)')
    .addOption(new Option('--format <format>', 'format of the file').choices(['ndjson', 'csv']).default('ndjson'))
    .option('--as-of <instant>', 'when it was so (default: now)')
    .option('--known-at <instant>', 'when it was believed to be so (default: now)')
    .action(
      async (kind: string, options: ExportOptions) =>
        await (await import('./files/export.command.js')).exportFile(kind, options),
    );
}

function tokens(program: Command): void {
  const group = program.command('token').description('create, list and revoke access tokens');
  group
    .command('create')
    .description('create a token and print it once')
    .requiredOption('--role <role>', 'role of the token; may be repeated', several)
    .option('--name <name>', 'name of the token, and of its person if the person is new')
    .option('--email <address>', 'address of the person')
    .option('--days <number>', 'how long it is valid', '30')
    .option('--service', 'the person is a service account')
    .addOption(json())
    .action(async (options: TokenOptions) => await (await import('./token.command.js')).tokenCreate(options));
  group
    .command('list')
    .description('list the valid tokens')
    .option('--all', 'also those that are revoked or have expired')
    .addOption(json())
    .action(async (options: TokenOptions) => await (await import('./token.command.js')).tokenList(options));
  group
    .command('revoke')
    .description('revoke a token; servers refuse it within a second')
    .argument('<id>', 'its id; `interlock token list` prints it')
    .action(async (id: string) => await (await import('./token.command.js')).tokenRevoke(id));
}

const adapters = async () => await import('./adapter.command.js');

function adapter(program: Command): void {
  const group = program.command('adapter').description('list, make and test adapters for deployment tools');
  group
    .command('list')
    .description('list the built-in adapters and the configured tools')
    .addOption(json())
    .action(async (options: object) => (await adapters()).adapterList(options));
  group
    .command('new')
    .description('create the package of an adapter')
    .argument('<name>', 'lower case letters, digits and hyphens')
    .option('--into <directory>', 'folder of the package (default: ./interlock-adapter-NAME)')
    .option('--title <title>', 'how people read its name')
    .action(
      async (name: string, options: object) => await (await import('./adapter-new.js')).adapterNew(name, options),
    );
  group
    .command('check')
    .description('check that a module is a well-formed adapter')
    .argument('<module>', 'a built-in adapter, a package, or a path that starts with "./"')
    .action(async (module: string) => await (await adapters()).adapterCheck(module));
  group
    .command('conformance')
    .description('run the conformance tests against an adapter')
    .argument('<module>', 'a built-in adapter, a package, or a path that starts with "./"')
    .requiredOption(
      '--fixtures <file>',
      'JSON file that describes how to reach the tool, such as examples/exec-directory/fixtures.json',
    )
    .option('--only <text>', 'only cases with this text in their name')
    .option('--shard <part>', 'only the N-th of M parts of the cases, as N/M')
    .action(
      async (module: string, options: ConformanceOptions) =>
        await (await adapters()).adapterConformance(module, options),
    );
  group
    .command('profile')
    .description('work with profiles of adapters')
    .command('check')
    .description('check a profile, and print what would be sent for a sample order')
    .argument('<file>', 'the profile')
    .requiredOption('--adapter <module>', 'the adapter that it is for')
    .action(
      async (file: string, options: { adapter: string }) =>
        await (await import('./adapter-profile.js')).profileCheck(file, options.adapter),
    );
}

function developers(program: Command): void {
  program
    .command('schema')
    .description('print the GraphQL schema')
    .addOption(new Option('--write', 'write it to schema.graphql'))
    .addOption(new Option('--check', 'compare it with schema.graphql').conflicts('write'))
    .action(async (options: object) => (await import('./schema.command.js')).schemaCommand(options));
  program
    .command('explain')
    .description('print the SQL statement of a GraphQL query')
    .argument('[file]', 'the query (default: standard input)')
    .option('--variables <json>', 'its variables')
    .option('--operation <name>', 'one operation of several')
    .option('--role <role>', 'role that asks; may be repeated (default: AUDITOR)', several)
    .option('--analyze', 'run it, and print how PostgreSQL executed it')
    .action(
      async (file: string | undefined, options: object) =>
        await (await import('./explain.command.js')).explainCommand(file, options),
    );
  program
    .command('schedule')
    .description('examine the schedule')
    .command('check')
    .description('compare the kept conflicts of the schedule with those that the rules find')
    .addOption(json())
    .action(async (options: object) => await (await import('./schedule.command.js')).scheduleCheck(options));
  const migration = program.command('migration').description('for developers');
  migration
    .command('create')
    .description('write a migration with what the entities have and the migrations lack')
    .action(async () => await (await import('./database.command.js')).migrationCreate());
  migration
    .command('check')
    .description('fail if a migration is missing')
    .action(async () => await (await import('./database.command.js')).migrationCheck());
}

/** The command `interlock` with all that it knows. */
export function program(): Command {
  const root = new Command('interlock')
    .description('release management as a typed, live GraphQL API')
    .version(VERSION, '--version', 'print the version')
    .showHelpAfterError('Add --help for what there is.')
    .exitOverride();
  server(root);
  files(root);
  tokens(root);
  adapter(root);
  developers(root);
  root
    .command('completion')
    .description('print the script that completes commands in a shell')
    .addArgument(new Argument('[shell]', 'source <(interlock completion bash)').choices(SHELLS).default('bash'))
    .addOption(new Option('--words').hideHelp())
    .allowExcessArguments()
    .action((shell: (typeof SHELLS)[number]) => void process.stdout.write(completionScript(shell)));
  return root;
}

/** Answers `completion --words -- …`, the question of the scripts. Its words are no command line. */
export function printCompletions(words: readonly string[]): void {
  for (const word of completionsFor(program(), words)) process.stdout.write(`${word}\n`);
}
