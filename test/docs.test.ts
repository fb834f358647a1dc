import { describe, expect, test } from '@jest/globals';
import { existsSync, globSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parse, validate } from 'graphql';
import { schema } from '../src/app.js';
import { SETTINGS } from '../src/config.js';
import { ROLES } from '../src/domain/roles.js';
import { GENERATED, withGeneratedParts } from './support/generated-docs.js';

const files = globSync(['*.md', 'docs/**/*.md', 'examples/**/*.md', 'plugins/**/*.md']).toSorted();

/** Operations in a document that the schema would refuse. */
function problemsOfOperations(text: string): string[] {
  return [...text.matchAll(/^```graphql\n([^]*?)^```/gm)]
    .map(([, source = '']) => source)
    .filter((source) => /^\s*(query|mutation|subscription|\{)/.test(source))
    .flatMap((source) => validate(schema(), parse(source)).map((error) => error.message));
}

/** Links to files that are not there. */
function brokenLinks(file: string, text: string): string[] {
  const prose = text.replaceAll(/^```[^]*?^```/gm, '').replaceAll(/`[^`]*`/g, '');
  return [...prose.matchAll(/\]\(([^)#\s]+)(?:#[^)]*)?\)/g)]
    .map(([, target = '']) => target)
    .filter((target) => !/^[a-z]+:/.test(target) && !existsSync(join(dirname(file), target)));
}

/** Settings and roles that are named and do not exist. */
function unknownNames(text: string): string[] {
  const settings = new Set<string>(Object.values(SETTINGS).map(({ env }) => env));
  const named = [...text.matchAll(/\b(?:INTERLOCK|OIDC)_[A-Z_]+\b/g)]
    .map(([name]) => name)
    .filter(
      (name) => !/^INTERLOCK_(?:(?:TEST|SECRET|DEMO|SAFETY|FUZZ)_|URL$|TOKEN$)/.test(name) && !settings.has(name),
    );
  const roles = [...text.matchAll(/--role ([A-Z_]+)/g)]
    .map(([, role = '']) => role)
    .filter((role) => role !== 'ROLE' && !(ROLES as readonly string[]).includes(role));
  return [...named, ...roles];
}

/** Patterns in the columns "files" (below src) and "where" (from the root) of a glossary that match no file. */
function patternsWithoutFiles(glossary: string): string[] {
  let column = -1;
  let root = '';
  return glossary.split('\n').flatMap((line) => {
    const cells = line.startsWith('|') ? line.split('|').map((cell) => cell.trim()) : [];
    if (cells.length === 0) column = -1;
    for (const [name, below] of [
      ['files', 'src/**/'],
      ['where', ''],
    ] as const) {
      if (cells.includes(name)) [column, root] = [cells.indexOf(name), below];
    }
    const paths = [...(cells[column] ?? '').matchAll(/`([^`]*[./][^`]*|plugins)`/g)].map(([, path = '']) => path);
    return paths.filter((path) => globSync(root + path).length === 0);
  });
}

describe('the documentation', () => {
  test('is found', () => {
    expect(files).toEqual(
      expect.arrayContaining([
        'README.md',
        'CONTRIBUTING.md',
        'CHANGELOG.md',
        'docs/glossary.md',
        'docs/architecture.md',
        'examples/README.md',
      ]),
    );
  });

  test.each(files)('%s: operations fit the schema, links lead somewhere, settings and roles exist', (file) => {
    const text = readFileSync(file, 'utf8');
    expect(problemsOfOperations(text)).toEqual([]);
    expect(brokenLinks(file, text)).toEqual([]);
    expect(unknownNames(text)).toEqual([]);
  });

  // `UPDATE_DOCS=1 npm test -- test/docs.test.ts` writes them.
  test.each(['docs/api-errors.md', 'docs/access.md', 'docs/adr/0011-a-query-is-one-statement.md'])(
    '%s: what the code decides is as the code has it',
    async (file) => {
      const text = readFileSync(file, 'utf8');
      const generated = await withGeneratedParts(text);
      if (process.env['UPDATE_DOCS'] === '1') writeFileSync(file, generated);
      else expect(text).toBe(generated);
      expect(text).toContain('<!-- generated: ');
    },
  );

  test('every part that the code decides is somewhere', () => {
    const all = files.map((file) => readFileSync(file, 'utf8')).join('\n');
    expect(Object.keys(GENERATED).filter((name) => !all.includes(`<!-- generated: ${name} -->`))).toEqual([]);
  });

  test('the glossary leads to files that exist', () => {
    const glossary = readFileSync('docs/glossary.md', 'utf8');
    expect(patternsWithoutFiles(glossary)).toEqual([]);
    expect(glossary).toContain('`cmdb/configuration-item*.*`');
  });

  test('and every check refuses what is wrong', async () => {
    expect(
      patternsWithoutFiles(
        [
          '| term | files |\n| --- | --- |\n| a | `cmdb/impact.*`, `cmdb/impactt.*` |\n| b | `people/impact.*` |\n',
          '| word | meaning | where |\n| --- | --- | --- |\n| c | `x.y` | `src/domain/*.machine.ts`, `src/reads` |',
        ].join('\n'),
      ),
    ).toEqual(['cmdb/impactt.*', 'people/impact.*', 'src/domain/*.machine.ts']);
    expect(problemsOfOperations('```graphql\n{ relaeses { nodes { id } } }\n```\n')).toEqual([
      expect.stringContaining('relaeses'),
    ]);
    expect(brokenLinks('README.md', 'see [this](docs/nowhere.md) and [that](LICENSE)')).toEqual(['docs/nowhere.md']);
    expect(await withGeneratedParts('<!-- generated: roles -->\n\n| role |\n\n<!-- end -->')).toContain(
      'RELEASE_OWNER',
    );
    await expect(withGeneratedParts('<!-- generated: nonsense -->\n<!-- end -->')).rejects.toThrow('nonsense');
    expect(unknownNames('INTERLOCK_NONSENSE, `token create --role KING`')).toEqual(['INTERLOCK_NONSENSE', 'KING']);
  });
});
