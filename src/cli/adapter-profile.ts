/** `interlock adapter profile check`: what a profile of an adapter would send. Nothing is sent. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { entryFile } from '../adapters/module-loader.js';
import { BUILT_IN } from '../built-in-adapters.js';

/** What one call would send. */
interface Sample {
  readonly title: string;
  /** The program and its arguments, as the program gets them. */
  readonly argv?: readonly string[];
  /** A message, or what goes to the standard input of the program. */
  readonly text?: string;
}

/** Checks a profile, which may be any JSON. Exported under this name by adapters that have profiles. */
type CheckProfile = (profile: unknown) => { readonly problems: readonly string[]; readonly samples: readonly Sample[] };

/** The module that exports `checkProfile`: for a built-in adapter `profile.js` beside it, else the adapter itself. */
async function checkerOf(adapter: string): Promise<CheckProfile> {
  const builtIn = new URL(`../../plugins/${adapter}/profile.js`, import.meta.url);
  const known = BUILT_IN[adapter] !== undefined;
  if (known && !existsSync(fileURLToPath(builtIn))) throw new Error(`The adapter ${adapter} has no profiles.`);
  const reference = { module: adapter, configFile: join(process.cwd(), 'tools.json') };
  const url = known ? builtIn : pathToFileURL(await entryFile(reference));
  const { checkProfile } = (await import(url.href)) as { checkProfile?: CheckProfile };
  if (typeof checkProfile !== 'function') throw new Error(`The adapter ${adapter} has no profiles.`);
  return checkProfile;
}

function jsonIn(file: string): unknown {
  const text = readFileSync(file, 'utf8');
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new Error(`${file} is not JSON: ${(error as Error).message}`, { cause: error });
  }
}

const indented = (text: string): string => text.replace(/^(?=.)/gm, '    ');

/** How a sample is printed: the arguments one by one, because the spaces in them matter. */
function printed({ title, argv, text }: Sample): string {
  const words = (argv ?? []).map((word) => JSON.stringify(word)).join(' ');
  return [`${title}:`, ...(words === '' ? [] : [indented(words)]), ...(text ? [indented(text)] : []), ''].join('\n');
}

/**
 * Prints the problems of a profile, or what it would send for a sample order.
 * @throws Error when there are problems
 */
export async function profileCheck(file: string, adapter: string): Promise<void> {
  const checkProfile = await checkerOf(adapter);
  const { problems, samples } = checkProfile(jsonIn(file));
  if (problems.length > 0)
    throw new Error(`${file} has problems:\n${problems.map((problem) => `  - ${problem}`).join('\n')}`);
  for (const sample of samples) console.log(printed(sample));
  console.log(`${file} has no problems. Compare each message with what your installation expects; nothing was sent.`);
}
