import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { INSTANCE_NAME_PATTERN, type AdapterInstanceSpec } from '../../adapters/registry.js';
import { compileSchema } from '../../adapters/schema-compiler.js';
import { ConfigError, type Config } from '../../config.js';

/** How a tool reads media: as files on this machine, or over HTTP from this server. */
export type MediaAccess = 'file' | 'http';

/** A deployment tool as the tools file defines it. */
export interface ToolSpec extends AdapterInstanceSpec {
  /** Default `file`. */
  readonly media?: MediaAccess;
}

/** The deployment tools that this server may use. */
export interface ToolsFile {
  /**
   * Their file. Paths of modules are relative to its folder. It does not exist when the tools are the built-in ones.
   */
  readonly path: string;
  readonly tools: readonly ToolSpec[];
}

const problemsOf = compileSchema(
  {
    type: 'object',
    additionalProperties: false,
    required: ['tools'],
    properties: {
      $schema: { type: 'string' },
      tools: {
        type: 'array',
        maxItems: 100,
        items: {
          type: 'object',
          additionalProperties: false,
          required: ['name', 'adapter'],
          properties: {
            name: { type: 'string', pattern: INSTANCE_NAME_PATTERN.source },
            adapter: { type: 'string', minLength: 1 },
            config: { type: 'object' },
            integrity: { type: 'string', pattern: '^sha512-' },
            media: { enum: ['file', 'http'] },
          },
        },
      },
    },
  },
  'The file',
);

interface Written {
  readonly tools: readonly {
    readonly name: string;
    readonly adapter: string;
    readonly config?: unknown;
    readonly integrity?: string;
    readonly media?: MediaAccess;
  }[];
}

function parse(path: string): ToolsFile {
  const fail = (...problems: string[]): never => {
    throw new ConfigError(problems.map((problem) => `INTERLOCK_TOOLS=${path}: ${problem}`));
  };
  let written: unknown;
  try {
    written = JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    return fail(error instanceof SyntaxError ? `it is not JSON (${error.message})` : (error as Error).message);
  }
  const problems = problemsOf(written);
  if (problems.length > 0) return fail(...problems);
  const { tools } = written as Written;
  const twice = tools.map(({ name }) => name).filter((name, index, names) => names.indexOf(name) !== index);
  if (twice.length > 0) return fail(...new Set(twice.map((name) => `the name "${name}" is used twice`)));
  return {
    path: resolve(path),
    tools: tools.map(({ name, adapter, config, integrity, media }) => ({
      instance: name,
      module: adapter,
      ...(config !== undefined && { config }),
      ...(integrity !== undefined && { integrity }),
      ...(media !== undefined && { media }),
    })),
  };
}

// The package root, found upwards: this file runs from src/ (tests) and from dist/src/ (the server).
function packageRoot(): string {
  let dir = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(dir, 'package.json'))) dir = dirname(dir);
  return dir;
}

/** Tools of a fresh installation: a simulator, manual work by people, and an installer into folders. */
function toolsForDevelopment(config: Config): ToolsFile {
  const targets = join(config.dataDir, 'targets');
  mkdirSync(targets, { recursive: true });
  const install = join(packageRoot(), 'examples', 'exec-directory', 'install.mjs');
  return {
    path: join(config.dataDir, 'tools.json'),
    tools: [
      { instance: 'simulator', module: 'simulator' },
      { instance: 'manual', module: 'manual' },
      {
        instance: 'directory',
        module: 'exec',
        config: { command: [process.execPath, install], env: { INSTALL_ROOT: targets } },
      },
    ],
  };
}

/**
 * Reads the deployment tools that the operator allows. Without a file there are some to try Interlock with; in
 * production there are none.
 * @throws ConfigError that lists everything that is wrong with the file. It does not check whether a tool can be
 *   connected.
 */
export function loadTools(config: Config): ToolsFile {
  if (config.toolsFile !== undefined) return parse(config.toolsFile);
  if (config.nodeEnv === 'production') return { path: join(config.dataDir, 'tools.json'), tools: [] };
  return toolsForDevelopment(config);
}
