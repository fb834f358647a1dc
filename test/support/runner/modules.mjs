// Loads the modules of test files. All files that a worker runs share the modules of the server. Each has its own
// instances of the modules in test/. See docs/adr/0034.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { createRequire, registerHooks } from 'node:module';
import { join, relative, sep } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const cache = join(root, 'node_modules', '.cache', 'interlock-test');
const globals = new URL('globals.mjs', import.meta.url).href;
const { transformSync, version } = createRequire(import.meta.url)('@swc/core');

const SWC = {
  jsc: {
    target: 'es2023',
    parser: { syntax: 'typescript', decorators: true },
    transform: { legacyDecorator: true, decoratorMetadata: true },
    keepClassNames: true,
  },
  module: { type: 'es6' },
  sourceMaps: 'inline',
};

/** Number of the test file that runs; its modules in test/ carry it in their address. */
let file = 0;

/** Begins a new test file: its modules in test/ are evaluated anew. Gives the address to import. */
export function addressOf(path) {
  file++;
  return `${pathToFileURL(path).href}?file=${file}`;
}

const inTest = (path) => relative(root, path).startsWith(`test${sep}`);

/** The built file of a source that ships, or the source itself. */
function builtOf(path) {
  if (!/^(src|plugins|migrations)[\\/]/.test(relative(root, path))) return path;
  const built = join(root, 'dist', relative(root, path)).replace(/\.ts$/, '.js');
  return existsSync(built) ? built : path;
}

function resolve(specifier, context, next) {
  if (specifier === '@jest/globals') return { url: `${globals}?file=${file}`, shortCircuit: true };
  if (!specifier.startsWith('.') || !context.parentURL?.startsWith('file:')) return next(specifier, context);
  const url = new URL(specifier, context.parentURL);
  const path = fileURLToPath(url);
  if (relative(root, path).startsWith('..') || path.includes(`${sep}node_modules${sep}`))
    return next(specifier, context);
  const source = path.replace(/\.js$/, '.ts');
  if (!existsSync(source)) return next(specifier, context);
  if (inTest(source)) return { url: `${pathToFileURL(source).href}?file=${file}`, shortCircuit: true };
  return { url: pathToFileURL(builtOf(source)).href, shortCircuit: true };
}

/** The JavaScript of a TypeScript file, kept on disk under a hash of everything that it depends on. */
function compiled(path) {
  const source = readFileSync(path, 'utf8');
  const options = { ...SWC, filename: path };
  const key = createHash('sha256')
    .update(JSON.stringify([version, options, source]))
    .digest('hex');
  const kept = join(cache, `${key}.js`);
  if (existsSync(kept)) return readFileSync(kept, 'utf8');
  const { code } = transformSync(source, options);
  mkdirSync(cache, { recursive: true });
  // Two workers may compile the same file at the same moment; a rename is whole or not at all.
  const own = `${kept}.${process.pid}`;
  writeFileSync(own, code);
  renameSync(own, kept);
  return code;
}

function load(url, context, next) {
  if (!url.startsWith('file:') || !/\.ts(\?|$)/.test(url)) return next(url, context);
  return { format: 'module', source: compiled(fileURLToPath(url)), shortCircuit: true };
}

registerHooks({ resolve, load });
