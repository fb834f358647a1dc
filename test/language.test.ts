import { describe, expect, test } from '@jest/globals';
import { globSync, readFileSync } from 'node:fs';
import { BANNED_PHRASES, bannedPhrasesIn } from './support/banned-phrases.js';
import { proseOfMarkdown, proseOfSchema, proseOfSource, type Prose } from './support/prose.js';

const WIDTH = 120;

const found = (patterns: readonly string[]) =>
  globSync(patterns, { exclude: (path) => String(path).includes('node_modules') }).toSorted();

const CODE = ['src', 'plugins', 'bench', 'examples', 'explorer', 'bin'].map((room) => `${room}/**/*.{ts,tsx,mjs}`);
const documents = found(['*.md', 'docs/**/*.md', 'examples/**/*.md', 'plugins/**/*.md', 'bench/**/*.md']);
const sources = found(CODE);
const lines = found([...CODE, 'test/**/*.{ts,mjs}', 'examples/**/*.sh', '*.mjs']);

const problemsOf = (prose: readonly Prose[]) =>
  prose.flatMap(({ at, text }) => bannedPhrasesIn(text).map((problem) => `${at}: ${problem}`));

/** Lines that are too long to review side by side, as `line: length`. */
function longLines(text: string): string[] {
  return text.split('\n').flatMap((line, i) => ([...line].length > WIDTH ? [`${i + 1}: ${[...line].length}`] : []));
}

describe('the language', () => {
  test.each(documents)('%s uses plain English', (file) => {
    expect(problemsOf(proseOfMarkdown(file, readFileSync(file, 'utf8')))).toEqual([]);
  });

  test('the schema describes itself in plain English', () => {
    expect(problemsOf(proseOfSchema(readFileSync('schema.graphql', 'utf8')))).toEqual([]);
  });

  test('messages and comments of the source use plain English', () => {
    expect(sources.flatMap((path) => problemsOf(proseOfSource(path, readFileSync(path, 'utf8'))))).toEqual([]);
  });

  test.each(BANNED_PHRASES)('refuses $bad', ({ phrase, instead, bad, good }) => {
    expect(bad).toMatch(phrase);
    expect(bannedPhrasesIn(bad)).toContainEqual(expect.stringContaining(instead));
    if (good !== undefined) expect(bannedPhrasesIn(good)).toEqual([]);
  });

  test('finds its texts', () => {
    expect(documents).toEqual(expect.arrayContaining(['README.md', 'docs/adr/README.md', 'plugins/exec/README.md']));
    expect(problemsOf(proseOfMarkdown('a.md', 'Every caller is\ntold `x`.\n\n```\nis told\n```\n'))).toHaveLength(1);
    expect(problemsOf(proseOfMarkdown('a.md', '| a | It lasts for ever |\n- `mend`\n'))).toHaveLength(1);
    expect(problemsOf(proseOfMarkdown('CHANGELOG.md', '## Unreleased\n\n- Fine.\n\n## 1.0\n\n- Mended.'))).toEqual([]);
    expect(problemsOf(proseOfMarkdown('CHANGELOG.md', '## Unreleased\n\n- Mended.\n\n## 1.0\n'))).toHaveLength(1);
    expect(
      problemsOf(proseOfSchema('"Fine." type A { "Which ones." a("By what." b: Int): Int } enum E { "Its size." C }')),
    ).toEqual([
      expect.stringMatching(/^A\.a: "Which ones\."/),
      expect.stringMatching(/^A\.a\.b: "By what\."/),
      expect.stringMatching(/^E\.C: "Its size\."/),
    ]);
  });

  test.each([
    `throw new Error('Say --role.');`,
    'throw new Error(`${name} was carried ` +\n  `out.`);',
    `const a = 'It waits for ' + 'ever.';`,
    `/**\n * Roles of people who\n * may read it.\n */\nconst a = 1;`,
    `const a = 1; // it lasts for\n// ever`,
    `  // The subscriber is\n  // told.\n  const a = 1;`,
  ])('refuses the source %j', (code) => {
    expect(problemsOf(proseOfSource('src/example.ts', code))).toHaveLength(1);
  });

  test.each([`import { a } from './whom.js';`, `const whom = 1; // a name`, `const url = 'https://example.org/anew';`])(
    'accepts the source %j',
    (code) => {
      expect(problemsOf(proseOfSource('src/example.ts', code))).toEqual([]);
    },
  );
});

describe('the width', () => {
  test(`no line is longer than ${WIDTH} columns`, () => {
    expect(lines).toEqual(expect.arrayContaining(['bin/interlock.mjs', 'explorer/main.tsx']));
    expect(lines.flatMap((path) => longLines(readFileSync(path, 'utf8')).map((line) => `${path}:${line}`))).toEqual([]);
  });

  test('refuses a line of 121 columns, and counts characters', () => {
    expect(longLines(`${'x'.repeat(120)}\n${'x'.repeat(121)}\n`)).toEqual(['2: 121']);
    expect(longLines('─'.repeat(120))).toEqual([]);
  });
});
