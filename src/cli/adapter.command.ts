import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { AdapterModule } from '../adapters/adapter.js';
import { checkAdapter } from '../adapters/conformance.js';
import { loadModule, moduleProblems } from '../adapters/module-loader.js';
import { childEnvironment, loadConfig } from '../config.js';
import { loadTools } from '../server/tools/tools-file.js';
import { BUILT_IN } from '../built-in-adapters.js';

/**
 * A built-in adapter by its id, or a module relative to the working directory.
 * @throws Error that lists all its problems
 */
async function load(name: string | undefined): Promise<AdapterModule> {
  if (name === undefined)
    throw new Error(
      `Missing adapter: ${Object.keys(BUILT_IN).join(', ')}, a package, or a path that starts with "./".`,
    );
  const value = BUILT_IN[name] ?? (await loadModule({ module: name, configFile: join(process.cwd(), 'tools.json') }));
  const problems = moduleProblems(value);
  if (problems.length > 0) throw new Error(`${name} is not an adapter:\n${problems.map((p) => `  - ${p}`).join('\n')}`);
  return value as AdapterModule;
}

/** Prints the built-in adapters and the tool instances of the tools file. */
function list(): void {
  for (const module of Object.values(BUILT_IN))
    console.log(`adapter   ${module.id.padEnd(16)} ${module.version.padEnd(8)} ${module.title}`);
  for (const tool of loadTools(loadConfig()).tools)
    console.log(`instance  ${tool.instance.padEnd(16)} ${String(tool.module)}`);
}

async function conformance(name: string | undefined, fixtures: string | undefined): Promise<void> {
  if (fixtures === undefined)
    throw new Error(
      'Missing --fixtures FILE: a JSON file that describes how to reach the tool. ' +
        'See examples/exec-directory/fixtures.json.',
    );
  const module = await load(name);
  const report = await checkAdapter(module, JSON.parse(readFileSync(fixtures, 'utf8')), {
    env: childEnvironment(),
    each: ({ name: test, passed, problem, milliseconds }) =>
      console.log(
        `${passed ? 'ok    ' : 'FAILED'}  ${test} (${milliseconds} ms)`,
        problem === undefined ? '' : `\n        ${problem}`,
      ),
  });
  const failed = report.results.filter((result) => !result.passed).length;
  console.log(`${report.results.length - failed} passed, ${failed} failed`);
  if (failed > 0) throw new Error(`${module.id} does not conform to the contract.`);
}

/** `list`, `check MODULE` and `conformance MODULE --fixtures FILE`, for operators and authors of adapters. */
export async function adapterCommand(
  action: string | undefined,
  name: string | undefined,
  fixtures: string | undefined,
): Promise<void> {
  if (action === 'list') list();
  else if (action === 'check') {
    const { id, version, title } = await load(name);
    console.log(
      `${id} ${version}: ${title}. The module is well-formed; test it with \`interlock adapter conformance\`.`,
    );
  } else if (action === 'conformance') await conformance(name, fixtures);
  else
    throw new Error(
      'Usage: interlock adapter list | interlock adapter check MODULE | ' +
        'interlock adapter conformance MODULE --fixtures FILE',
    );
}
