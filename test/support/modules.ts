import { globSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { parseSync } from '@swc/core';

/** One import of a module: of another file of ours (`src/domain/errors.ts`) or of a package (`fastify`, `node:fs`). */
export interface Import {
  readonly to: string;
  readonly ours: boolean;
  /** True when only types are taken, so that nothing is left of it at run time. */
  readonly typeOnly: boolean;
}

type Node = { readonly type: string } & Record<string, unknown>;

/** What the architecture rules look at in one source file. */
export interface Module {
  readonly path: string;
  readonly imports: readonly Import[];
  /** Names that are exported as `default`, 0 or 1 of them. */
  readonly hasDefaultExport: boolean;
  /** True when the file only passes on what others export. */
  readonly isBarrel: boolean;
  /** The statements, as a tree. */
  readonly body: readonly Node[];
  /** Every syntax node, for rules that look at code. */
  readonly nodes: readonly Node[];
  /** Lines, without the imports. */
  readonly lines: number;
}

function collect(value: unknown, into: Node[]): Node[] {
  if (Array.isArray(value)) for (const item of value) collect(item, into);
  else if (typeof value === 'object' && value !== null) {
    if (typeof (value as Node).type === 'string') into.push(value as Node);
    for (const [key, child] of Object.entries(value)) if (key !== 'span') collect(child, into);
  }
  return into;
}

const isTypeOnly = (node: Node): boolean => {
  const specifiers = (node['specifiers'] as { isTypeOnly?: boolean }[] | undefined) ?? [];
  return node['typeOnly'] === true || (specifiers.length > 0 && specifiers.every((s) => s.isTypeOnly === true));
};

/** Reads a module from its text; `path` is from the root of the repository and decides what relative imports mean. */
export function readModule(path: string, code: string): Module {
  const body = parseSync(code, { syntax: 'typescript', tsx: path.endsWith('.tsx'), decorators: true, target: 'es2023' })
    .body as unknown as Node[];
  const nodes = collect(body, []);
  const named = (specifier: string, typeOnly: boolean): Import => {
    const ours = specifier.startsWith('.');
    return { to: ours ? normalize(join(dirname(path), specifier)).replace(/\.js$/, '.ts') : specifier, ours, typeOnly };
  };
  const imports: Import[] = [];
  for (const node of nodes) {
    const source = (node['source'] as { value?: string } | undefined)?.value;
    if (['ImportDeclaration', 'ExportNamedDeclaration', 'ExportAllDeclaration'].includes(node.type) && source)
      imports.push(named(source, isTypeOnly(node)));
    if (node.type === 'CallExpression' && (node['callee'] as Node).type === 'Import') {
      const argument = (node['arguments'] as { expression: Node }[])[0]?.expression;
      if (argument?.type === 'StringLiteral') imports.push(named(argument['value'] as string, false));
    }
  }
  const withoutImports = code.replaceAll(/^import\s[^;]*?from\s+'[^']+';\n/gm, '');
  return {
    path,
    imports,
    hasDefaultExport: body.some((node) => node.type.startsWith('ExportDefault')),
    isBarrel: body.length > 0 && body.every((node) => node['source'] != null && node.type.startsWith('Export')),
    body,
    nodes,
    lines: withoutImports.split('\n').length - 1,
  };
}

/** All source modules of the server and its plugins. */
export function sourceModules(): Module[] {
  return [...globSync('src/**/*.ts'), ...globSync('plugins/**/*.ts')]
    .toSorted()
    .map((path) => readModule(path, readFileSync(path, 'utf8')));
}
