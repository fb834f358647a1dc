import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { AdapterModule } from '../adapters/adapter.js';
import { checkAdapter } from '../adapters/conformance.js';
import { loadModule, moduleProblems } from '../adapters/module-loader.js';
import { childEnvironment, loadConfig } from '../config.js';
import { loadTools } from '../server/tools/tools-file.js';
import { BUILT_IN } from '../built-in-adapters.js';

/**
 * A built-in adapter by its id, or a module found from the working directory.
 * @throws Error naming all that is wrong with it
 */
async function load(name: string | undefined): Promise<AdapterModule> {
  if (name === undefined)
    throw new Error(
      `Say which adapter: ${Object.keys(BUILT_IN).join(', ')}, a package, or a path beginning with "./".`,
    );
  const value = BUILT_IN[name] ?? (await loadModule({ module: name, configFile: join(process.cwd(), 'tools.json') }));
  const problems = moduleProblems(value);
  if (problems.length > 0) throw new Error(`${name} is not an adapter:\n${problems.map((p) => `  - ${p}`).join('\n')}`);
  return value as AdapterModule;
}

/** The adapters that ship with the server and the tool instances that the operator's file configures. */
function list(): void {
  for (const module of Object.values(BUILT_IN))
    console.log(`adapter   ${module.id.padEnd(16)} ${module.version.padEnd(8)} ${module.title}`);
  for (const tool of loadTools(loadConfig()).tools)
    console.log(`instance  ${tool.instance.padEnd(16)} ${String(tool.module)}`);
}

async function conformance(name: string | undefined, fixtures: string | undefined): Promise<void> {
  if (fixtures === undefined)
    throw new Error(
      'Say --fixtures FILE: a JSON file that says how to reach the tool; see examples/exec-directory/fixtures.json.',
    );
  const module = await load(name);
  const report = await checkAdapter(module, JSON.parse(readFileSync(fixtures, 'utf8')), {
    env: childEnvironment(),
    each: ({ name: test, passed, problem, milliseconds }) =>
      console.log(
        `${passed ? 'ok    ' : 'FAILED'}  ${test} (${milliseconds} ms)${problem === undefined ? '' : `\n        ${problem}`}`,
      ),
  });
  const failed = report.results.filter((result) => !result.passed).length;
  console.log(`${report.results.length - failed} passed, ${failed} failed`);
  if (failed > 0) throw new Error(`${module.id} does not keep the contract.`);
}

/** `list`, `check MODULE` and `conformance MODULE --fixtures FILE`, for operators and for authors of adapters. */
export async function adapterCommand(
  action: string | undefined,
  name: string | undefined,
  fixtures: string | undefined,
): Promise<void> {
  if (action === 'list') list();
  else if (action === 'check') {
    const { id, version, title } = await load(name);
    console.log(
      `${id} ${version}: ${title}. The module is sound; \`interlock adapter conformance\` tests what it does.`,
    );
  } else if (action === 'conformance') await conformance(name, fixtures);
  else
    throw new Error(
      'Say `interlock adapter list`, `interlock adapter check MODULE` or `interlock adapter conformance MODULE --fixtures FILE`.',
    );
}
