import { describe, expect, test } from '@jest/globals';
import { globSync, readFileSync } from 'node:fs';
import { BANNED_PHRASES, bannedPhrasesIn } from './support/banned-phrases.js';
import { proseOfMarkdown, proseOfSchema, proseOfSource, type Prose } from './support/prose.js';

/** Files and folders that do not follow these rules yet. Both lists should become empty. */
const NOT_YET: { readonly words: readonly string[]; readonly width: readonly string[] } = {
  words: [
    'schema.graphql',
    'src/adapters/adapter.ts',
    'src/adapters/fingerprint.ts',
    'src/adapters/process-identity.ts',
    'src/adapters/safe-spawn.ts',
    'src/adapters/secrets.ts',
    'src/cli/adapter.command.ts',
    'src/cli/demo/demo.command.ts',
    'src/cli/demo/story.ts',
    'src/cli/token.command.ts',
    'src/config.ts',
    'src/database/read-database.ts',
    'src/domain/release/release.guards.ts',
    'src/domain/release/release.state.ts',
    'src/facts/schedule/schedule-slot.facts.ts',
    'src/facts/schedule/schedule-window.facts.ts',
    'src/jobs/distribution/dispatch.job.ts',
    'src/jobs/distribution/due.job.ts',
    'src/reads/model.ts',
    'src/reads/page.ts',
    'src/reads/people/access-token.reads.ts',
    'src/server/http/operational.routes.ts',
    'src/services/release/release-command.service.ts',
    'src/services/release/release-scope-direct.service.ts',
    'src/services/release/release-scope.service.ts',
    'src/services/release/task.service.ts',
    'src/services/release/waiver.service.ts',
  ],
  width: [
    'src/cli/adapter.command.ts',
    'src/cli/demo/story.ts',
    'src/cli/demo/trace.ts',
    'src/cli/token.command.ts',
    'src/domain/release/release-candidate.ts',
    'src/entities/database.ts',
    'src/facts/release/release.facts.ts',
    'src/reads/cmdb/installation.reads.ts',
    'src/reads/distribution/deployment-tool.reads.ts',
    'src/reads/external-ref.ts',
    'src/reads/page.ts',
    'src/reads/release/release.reads.ts',
    'src/services/command.ts',
    'src/services/release/release.service.ts',
    'test/adapters/port.test.ts',
    'test/adapters/registry.test.ts',
    'test/adapters/safe-spawn.test.ts',
    'test/adapters/simulator-trouble.test.ts',
    'test/adapters/simulator.test.ts',
    'test/api/change/change-release-request.test.ts',
    'test/api/change/change.test.ts',
    'test/api/cmdb/configuration-item-import.test.ts',
    'test/api/cmdb/configuration-item.test.ts',
    'test/api/distribution/distribution.test.ts',
    'test/api/doors.test.ts',
    'test/api/event-stream.test.ts',
    'test/api/executor.test.ts',
    'test/api/explain.test.ts',
    'test/api/graphql-over-http.test.ts',
    'test/api/http-door.test.ts',
    'test/api/library/dml.test.ts',
    'test/api/people/access-tokens.test.ts',
    'test/api/rate-limit.test.ts',
    'test/api/release/release-lifecycle.test.ts',
    'test/api/release/release-scope.test.ts',
    'test/api/release/release.test.ts',
    'test/api/schedule/schedule-conflict.test.ts',
    'test/api/schedule/schedule-entry.test.ts',
    'test/api/schema-rules.test.ts',
    'test/api/slow-subscriber.test.ts',
    'test/api/statement-counts.test.ts',
    'test/domain/change/change.machine.test.ts',
    'test/domain/distribution/distribution.machine.test.ts',
    'test/domain/distribution/observation.test.ts',
    'test/domain/release/release.machine.test.ts',
    'test/processes/cli.test.ts',
    'test/processes/database-frozen.test.ts',
    'test/processes/exec-directory.test.ts',
    'test/processes/exec.test.ts',
    'test/processes/graceful-stop.test.ts',
    'test/processes/kill.test.ts',
    'test/server/log.test.ts',
    'test/server/text-frame.test.ts',
    'test/services/distribution/distribution-live.test.ts',
    'test/services/distribution/distribution-tools.test.ts',
    'test/support/banned-phrases.ts',
    'test/tools/explorer.test.mjs',
    'test/tools/places.test.mjs',
  ],
};

const WIDTH = 120;

const exempt = (path: string, folders: readonly string[]) =>
  folders.some((folder) => path === folder || path.startsWith(`${folder}/`));
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
    const checked = ['schema.graphql'].filter((path) => !exempt(path, NOT_YET.words));
    expect(checked.flatMap((path) => problemsOf(proseOfSchema(readFileSync(path, 'utf8'))))).toEqual([]);
  });

  test('messages and comments of the source use plain English', () => {
    const checked = sources.filter((path) => !exempt(path, NOT_YET.words));
    expect(checked.flatMap((path) => problemsOf(proseOfSource(path, readFileSync(path, 'utf8'))))).toEqual([]);
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
    const checked = lines.filter((path) => !exempt(path, NOT_YET.width));
    expect(checked).toEqual(expect.arrayContaining(['bin/interlock.mjs', 'explorer/main.tsx']));
    expect(checked.flatMap((path) => longLines(readFileSync(path, 'utf8')).map((line) => `${path}:${line}`))).toEqual(
      [],
    );
  });

  test('refuses a line of 121 columns, and counts characters', () => {
    expect(longLines(`${'x'.repeat(120)}\n${'x'.repeat(121)}\n`)).toEqual(['2: 121']);
    expect(longLines('─'.repeat(120))).toEqual([]);
  });
});
