import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { AdapterModule } from '../adapters/adapter.js';
import { checkAdapter } from '../adapters/conformance.js';
import { entryFile, loadModule, moduleProblems } from '../adapters/module-loader.js';
import { childEnvironment, loadConfig } from '../config.js';
import { loadTools } from '../server/tools/tools-file.js';
import { BUILT_IN } from '../built-in-adapters.js';
import { printJson, table } from './output.js';

/** Options of `interlock adapter conformance`. */
export interface ConformanceOptions {
  readonly fixtures: string;
  /** Only cases with this text in their name. */
  readonly only?: string;
  /** The N-th of M parts of the cases, as `N/M`. */
  readonly shard?: string;
}

/** An adapter with the address of the module that other processes load it from. */
interface Loaded {
  readonly module: AdapterModule;
  readonly entry: string;
}

/** A package, a path or `.`, relative to the working directory. */
const referenceTo = (name: string) => ({
  module: name === '.' || name === '..' ? `${name}/` : name,
  configFile: join(process.cwd(), 'tools.json'),
});

/**
 * A built-in adapter by its id, or a module relative to the working directory.
 * @throws Error that lists all its problems
 */
async function load(name: string): Promise<Loaded> {
  const builtIn = BUILT_IN[name];
  const value = builtIn ?? (await loadModule(referenceTo(name)));
  const problems = moduleProblems(value);
  if (problems.length > 0) throw new Error(`${name} is not an adapter:\n${problems.map((p) => `  - ${p}`).join('\n')}`);
  const entry =
    builtIn === undefined
      ? pathToFileURL(await entryFile(referenceTo(name)))
      : new URL(`../../plugins/${name}/${name}.adapter.js`, import.meta.url);
  return { module: value as AdapterModule, entry: entry.href };
}

/** Prints the built-in adapters and the tool instances of the tools file. */
export function adapterList({ json }: { readonly json?: boolean } = {}): void {
  const adapters = Object.values(BUILT_IN).map(({ id, version, title }) => ({ id, version, title }));
  const instances = loadTools(loadConfig()).tools.map((tool) => ({ id: tool.instance, module: String(tool.module) }));
  if (json) return printJson({ adapters, instances });
  process.stdout.write(
    table([
      ...adapters.map(({ id, version, title }) => ['adapter', id, version, title]),
      ...instances.map(({ id, module }) => ['instance', id, '', module]),
    ]),
  );
}

/** Checks that a module is a well-formed adapter. @throws Error that lists all its problems */
export async function adapterCheck(name: string): Promise<void> {
  const { id, version, title } = (await load(name)).module;
  console.log(`${id} ${version}: ${title}. The module is well-formed; test it with \`interlock adapter conformance\`.`);
}

/** Which cases the options ask for. @throws Error when `shard` is no part of anything */
function selectionOf({ only = '', shard = '1/1' }: ConformanceOptions): (name: string, index: number) => boolean {
  const [, part = 0, parts = 0] = (/^([1-9]\d{0,3})\/([1-9]\d{0,3})$/.exec(shard) ?? []).map(Number);
  if (part < 1 || part > parts) throw new Error('--shard takes a part of the cases, for example 1/2.');
  return (test, index) => test.includes(only) && index % parts === part - 1;
}

/** Runs the conformance tests against an adapter. @throws Error when it does not conform to the contract */
export async function adapterConformance(name: string, options: ConformanceOptions): Promise<void> {
  const { fixtures } = options;
  const select = selectionOf(options);
  const { module, entry } = await load(name);
  const report = await checkAdapter(module, JSON.parse(readFileSync(fixtures, 'utf8')), {
    env: childEnvironment(),
    entry,
    select,
    each: ({ name: test, passed, problem, milliseconds }) =>
      console.log(
        `${passed ? 'ok    ' : 'FAILED'}  ${test} (${milliseconds} ms)`,
        problem === undefined ? '' : `\n        ${problem}`,
      ),
  });
  const failed = report.results.filter((result) => !result.passed).length;
  if (report.results.length === 0) throw new Error('No case was selected.');
  for (const { name: test, needs } of report.notChecked) console.log(`--      ${test}: not checked; needs ${needs}`);
  console.log(
    `${report.results.length - failed} passed, ${failed} failed, ${report.notChecked.length} not checked because the ` +
      'fixtures do not say how',
  );
  if (failed > 0) throw new Error(`${module.id} does not conform to the contract.`);
}
