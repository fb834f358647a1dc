// Runs a test file in the realm of the worker and loads its modules with Node. Jest would make a realm and a loader for
// each file; here the server is loaded once per worker. Everything else is Jest. See docs/adr/0034.
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { addressOf } from './modules.mjs';
import 'reflect-metadata';

const require = createRequire(import.meta.url);
const circus = dirname(require.resolve('jest-circus/package.json'));
const jestCircus = require(join(circus, 'build', 'runner.js'));

/** The list of handlers in which jest-circus keeps those of a file, on the global object. */
const HANDLERS = Symbol.for('EVENT_HANDLERS');

/** Loads a module of jest-circus anew, so that nothing of the file before is left. */
function requireAnew(path) {
  for (const loaded of Object.keys(require.cache))
    if (loaded.startsWith(join(circus, 'build'))) delete require.cache[loaded];
  delete globalThis[HANDLERS];
  return require(path);
}

/** Jest's runtime, but for how modules are loaded. */
const withOwnModules = (runtime) => {
  const own = {
    requireInternalModule: requireAnew,
    setGlobalsForRuntime: (globals) => void (globalThis[Symbol.for('interlock.test.globals')] = globals),
    unstable_shouldLoadAsEsm: () => true,
    unstable_importModule: async (path) => await import(addressOf(path)),
  };
  return new Proxy(runtime, {
    get: (target, name) => {
      if (Object.hasOwn(own, name)) return own[name];
      const value = Reflect.get(target, name);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
};

// Node opens these when something is first written. That must not count as left open by the file that writes.
void [process.stdout, process.stderr];

/** How many resources of each kind keep the process alive, such as sockets, timers and files that are being read. */
function openResources() {
  const counts = new Map();
  for (const kind of process.getActiveResourcesInfo()) counts.set(kind, (counts.get(kind) ?? 0) + 1);
  return counts;
}

/** What a file may take to close what it opened, in milliseconds. */
const CLOSING_MS = 3_000;

/**
 * Waits until a file has closed everything that it opened. Otherwise the worker cannot end, and Jest has to kill it.
 * @throws Error with the kinds and numbers of what is still open
 */
async function requireClosed(before) {
  const end = Date.now() + CLOSING_MS;
  for (;;) {
    const left = [];
    for (const [kind, count] of openResources()) {
      const more = count - (before.get(kind) ?? 0);
      if (more > 0) left.push(`${more} ${kind}`);
    }
    if (left.length === 0) return;
    if (Date.now() > end) throw new Error(`The test file leaves open: ${left.join(', ')}`);
    // This timer keeps nothing alive, so it does not count itself; the worker's channel to Jest does.
    await new Promise((done) => setTimeout(done, 20).unref());
  }
}

export default async function run(globalConfig, config, environment, runtime, path, send) {
  // Node translates the stacks of its own modules; Jest knows only those that it loaded.
  Error.prepareStackTrace = undefined;
  process.setSourceMapsEnabled(true);
  const before = openResources();
  const result = await jestCircus.default(globalConfig, config, environment, withOwnModules(runtime), path, send);
  await requireClosed(before);
  return result;
}
