import { CommanderError } from 'commander';
import { endWithReader } from './cli/output.js';
import { printCompletions, program } from './cli/program.js';
import { ConfigError, showsStacks } from './config.js';

/** Runs a command line. Without a command, the server. */
async function run(args: readonly string[]): Promise<void> {
  if (args[0] === 'completion' && args[1] === '--words') return printCompletions(args.slice(3));
  await program().parseAsync(args.length === 0 ? ['serve'] : [...args], { from: 'user' });
}

endWithReader();
try {
  await run(process.argv.slice(2));
} catch (error) {
  // Help and mistakes have been printed already.
  if (error instanceof CommanderError) process.exitCode = error.exitCode;
  else {
    console.error(error instanceof ConfigError || !showsStacks() ? (error as Error).message : error);
    process.exitCode = 1;
    // The server may have been half started; no part of it may keep the process alive.
    if (process.argv.length <= 3) setTimeout(() => process.exit(1), 5_000).unref();
  }
}
