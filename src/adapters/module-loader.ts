/** Finds adapters that a site wrote or installed itself. Only modules in the configuration are ever loaded. */
import { createHash } from 'node:crypto';
import { readFile, realpath, stat } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, isAbsolute, join, resolve, sep } from 'node:path';
import { pathToFileURL } from 'node:url';
import {
  ADAPTER_API_VERSION,
  ADAPTER_ID_PATTERN,
  ADAPTER_MODULE_TYPE,
  AdapterError,
  type AdapterModule,
} from './adapter.js';

const PACKAGE_NAME = /^(@[a-z0-9][a-z0-9._-]*\/)?[a-z0-9][a-z0-9._-]*$/;

/** What to load. */
export interface ModuleReference {
  /** A package name, or a path that starts with `./` or `../` to a package directory or an ES module file. */
  readonly module: string;
  /** The configuration file that names it; packages and paths are resolved from there. */
  readonly configFile: string;
  /** `sha512-` and the Base64 SHA-512 of the entry file. If given, any other file is refused before it runs. */
  readonly integrity?: string;
}

function refuse(message: string, cause?: unknown): AdapterError {
  return new AdapterError('FAILED_PRECONDITION', message, { cause });
}

async function isDirectory(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
}

/**
 * The directory of an installed package. Walks the lookup paths itself, because packages may not export their
 * package.json.
 */
async function packageDirectory(name: string, configFile: string): Promise<string> {
  const places = createRequire(pathToFileURL(resolve(configFile))).resolve.paths(name) ?? [];
  for (const place of places) if (await isDirectory(join(place, name))) return join(place, name);
  throw refuse(`The package ${name} is not installed in a node_modules folder above ${configFile}.`);
}

/** The entry file that a package's `interlock.adapter` names, never outside the package. */
async function entryOfPackage(directory: string): Promise<string> {
  let manifest: { interlock?: { adapter?: { apiVersion?: unknown; entry?: unknown } } };
  try {
    manifest = JSON.parse(await readFile(join(directory, 'package.json'), 'utf8')) as typeof manifest;
  } catch (error) {
    throw refuse(`The package.json in ${directory} cannot be read.`, error);
  }
  const field = manifest.interlock?.adapter;
  if (field === undefined)
    throw refuse(`The package in ${directory} is not an adapter: its package.json has no "interlock.adapter".`);
  if (field.apiVersion !== ADAPTER_API_VERSION) {
    throw refuse(
      `The package in ${directory} is for adapter API ${String(field.apiVersion)}; ` +
        `this server supports ${ADAPTER_API_VERSION}.`,
    );
  }
  if (typeof field.entry !== 'string') throw refuse(`"interlock.adapter.entry" in ${directory} does not name a file.`);
  const home = await realpath(directory);
  const entry = await realpath(resolve(home, field.entry)).catch((error: unknown) => {
    throw refuse(`The entry ${String(field.entry)} of the package in ${directory} does not exist.`, error);
  });
  if (!entry.startsWith(home + sep)) throw refuse(`The entry of the package in ${directory} is outside it.`);
  return entry;
}

/**
 * The file that a reference leads to.
 * @throws AdapterError FAILED_PRECONDITION when there is none
 */
export async function entryFile({ module, configFile }: ModuleReference): Promise<string> {
  if (module.startsWith('./') || module.startsWith('../')) {
    const path = resolve(dirname(resolve(configFile)), module);
    return (await isDirectory(path)) ? entryOfPackage(path) : path;
  }
  if (isAbsolute(module) || !PACKAGE_NAME.test(module)) {
    throw refuse(`"${module}" is neither a package name nor a path that starts with ./ or ../`);
  }
  return entryOfPackage(await packageDirectory(module, configFile));
}

async function assertIntegrity(file: string, integrity: string): Promise<void> {
  const bytes = await readFile(file).catch((error: unknown) => {
    throw refuse(`The adapter file ${file} cannot be read.`, error);
  });
  const actual = `sha512-${createHash('sha512').update(bytes).digest('base64')}`;
  if (actual !== integrity)
    throw refuse(`The adapter file ${file} does not match its pinned integrity: it has ${actual}.`);
}

/** Why a value is not an adapter module of this API version; empty for a valid one. */
export function moduleProblems(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return ['The default export is not an object.'];
  const module = value as Partial<Record<keyof AdapterModule, unknown>>;
  const isObject = (part: unknown): boolean => typeof part === 'object' && part !== null && !Array.isArray(part);
  const text = (part: unknown): boolean => typeof part === 'string' && part !== '';
  const rules: ReadonlyArray<readonly [boolean, string]> = [
    [module.$$type === ADAPTER_MODULE_TYPE, `$$type must be "${ADAPTER_MODULE_TYPE}".`],
    [module.apiVersion === ADAPTER_API_VERSION, `apiVersion must be ${ADAPTER_API_VERSION}.`],
    [
      typeof module.id === 'string' && ADAPTER_ID_PATTERN.test(module.id),
      `id must match ${ADAPTER_ID_PATTERN.source}.`,
    ],
    [text(module.version), 'version must be a non-empty string.'],
    [text(module.title), 'title must be a non-empty string.'],
    [isObject(module.configSchema), 'configSchema must be a JSON Schema.'],
    [isObject(module.targetSchema), 'targetSchema must be a JSON Schema.'],
    [isObject(module.packageSchema), 'packageSchema must be a JSON Schema.'],
    [
      module.parametersSchema === undefined || isObject(module.parametersSchema),
      'parametersSchema must be a JSON Schema, or absent.',
    ],
    [typeof module.capabilities === 'function', 'capabilities must be a function.'],
    [typeof module.create === 'function', 'create must be a function.'],
  ];
  return rules.filter(([holds]) => !holds).map(([, problem]) => problem);
}

/**
 * Load a module and return its default export, unchecked. Throws FAILED_PRECONDITION with the reason when that is
 * impossible.
 */
export async function loadModule(reference: ModuleReference): Promise<unknown> {
  const file = await entryFile(reference);
  if (reference.integrity !== undefined) await assertIntegrity(file, reference.integrity);
  try {
    return ((await import(pathToFileURL(file).href)) as { default?: unknown }).default;
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    throw refuse(`The adapter file ${file} cannot be loaded: ${message}`, error);
  }
}
