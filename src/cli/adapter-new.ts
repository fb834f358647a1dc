/** `interlock adapter new`: the package of an adapter that passes the conformance kit at once. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, realpathSync, symlinkSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ADAPTER_ID_PATTERN } from '../adapters/adapter.js';
import { BUILT_IN } from '../built-in-adapters.js';
import { VERSION } from '../config.js';

const require = createRequire(import.meta.url);

/** The folder of this package: this file runs from src/ and from dist/src/. */
function ownRoot(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, 'package.json'))) folder = dirname(folder);
  return realpathSync(folder);
}

const folderOf = (name: string): string => dirname(require.resolve(`${name}/package.json`));
const versionOf = (name: string): string =>
  (JSON.parse(readFileSync(join(folderOf(name), 'package.json'), 'utf8')) as { version: string }).version;

/** The path in the new package: `package.template.json` becomes `package.json`. */
const placeOf = (path: string): string => path.replace('.template', '');

function copyTemplate(template: string, into: string, values: Readonly<Record<string, string>>): string[] {
  const files = readdirSync(template, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return files.map((entry) => {
    const from = join(entry.parentPath, entry.name);
    const place = placeOf(relative(template, from));
    const text = readFileSync(from, 'utf8').replace(/__([A-Z_]+)__/g, (whole, name: string) => values[name] ?? whole);
    mkdirSync(dirname(join(into, place)), { recursive: true });
    writeFileSync(join(into, place), text);
    return place;
  });
}

/** Links what the package needs from this installation, so that nothing has to be downloaded. */
function linkPackages(into: string): void {
  const modules = join(into, 'node_modules');
  const links = {
    interlock: ownRoot(),
    typescript: folderOf('typescript'),
    '@types/node': folderOf('@types/node'),
    '.bin/interlock': join(ownRoot(), 'bin', 'interlock.mjs'),
    '.bin/tsc': join(folderOf('typescript'), 'bin', 'tsc'),
  };
  for (const [name, target] of Object.entries(links)) {
    mkdirSync(dirname(join(modules, name)), { recursive: true });
    symlinkSync(target, join(modules, name));
  }
}

/**
 * Creates and builds a package in a folder that is empty or not there yet.
 * @throws Error when the name is no id of an adapter, or the folder holds something
 */
export async function adapterNew(
  name: string,
  { into: wanted, title: given }: { readonly into?: string; readonly title?: string },
): Promise<void> {
  if (!ADAPTER_ID_PATTERN.test(name))
    throw new Error('A name has lower case letters, digits and hyphens, for example `interlock adapter new depot`.');
  if (BUILT_IN[name] !== undefined) throw new Error(`${name} is the name of a built-in adapter.`);
  const title = given ?? name;
  if (!/^[\p{L}\p{N}][\p{L}\p{N} .,()+-]{0,79}$/u.test(title))
    throw new Error('--title takes a short text of letters, digits and spaces.');
  const into = resolve(wanted ?? `interlock-adapter-${name}`);
  if (existsSync(into) && readdirSync(into).length > 0) throw new Error(`The folder ${into} is not empty.`);
  const values = {
    NAME: name,
    TITLE: title,
    VERSION,
    TYPESCRIPT: versionOf('typescript'),
    TYPES_NODE: versionOf('@types/node'),
  };
  const files = copyTemplate(join(ownRoot(), 'examples', 'adapter-template'), into, values);
  writeFileSync(join(into, '.gitignore'), 'node_modules/\ndist/\n');
  linkPackages(into);
  execFileSync(process.execPath, [join(folderOf('typescript'), 'bin', 'tsc')], { cwd: into, stdio: 'inherit' });
  const folder = relative(process.cwd(), into) || '.';
  console.log(`Created ${folder}: ${files.toSorted().join(', ')}.\n`);
  console.log(`  cd ${folder}\n  npm test\n  npm run conformance`);
}
