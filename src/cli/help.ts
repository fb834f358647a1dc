/** What `interlock help` and `--help` print. */
import { VERSION } from '../config.js';

/** One command. */
interface Command {
  /** Its words, e.g. `token create`. */
  readonly words: string;
  /** What follows them on the first line. */
  readonly takes?: string;
  /** The rest of its options, on a second line. */
  readonly more?: string;
  readonly about: readonly string[];
}

const COMMANDS: readonly Command[] = [
  { words: 'serve', about: ['run the server (npm start does it)'] },
  {
    words: 'demo',
    takes: '[--picture FILE]',
    more: '[--tool ssh|ansible]',
    about: [
      'play the story of a release that distributes this package in waves, and draw',
      'its rollout as SVG; with --tool, the servers are real hosts on loopback',
    ],
  },
  { words: 'migrate', about: ['update the database schema to this version'] },
  {
    words: 'token create',
    takes: '--role ROLE',
    more: '[--role ROLE …] [--name NAME] [--email ADDRESS] [--days N] [--service]',
    about: ['create a token and print it once'],
  },
  { words: 'token list', takes: '[--all]', about: ['list the valid tokens, or all of them'] },
  { words: 'token revoke', takes: 'ID', about: ['revoke a token; servers refuse it within a second'] },
  { words: 'adapter list', about: ['list the built-in adapters and the configured tools'] },
  {
    words: 'adapter new',
    takes: 'NAME',
    more: '[--into DIRECTORY] [--title TITLE]',
    about: ['create the package of an adapter, in ./interlock-adapter-NAME'],
  },
  { words: 'adapter check', takes: 'MODULE', about: ['check that a module is a well-formed adapter'] },
  {
    words: 'adapter conformance',
    takes: 'MODULE --fixtures FILE [--only TEXT] [--shard N/M]',
    about: [
      'run the conformance tests against an adapter: all of them, those with a text in their',
      'name, or the N-th of M parts',
    ],
  },
  {
    words: 'adapter profile check',
    takes: 'FILE --adapter MODULE',
    about: ['check a profile, and print what would be sent for a sample order'],
  },
  {
    words: 'schedule check',
    about: ['compare the kept conflicts of the schedule with those that the rules find'],
  },
  {
    words: 'schema',
    takes: '[--write|--check]',
    about: ['print the GraphQL schema, write it, or compare it with schema.graphql'],
  },
  {
    words: 'explain',
    takes: '[FILE]',
    more: '[--variables JSON] [--operation NAME] [--role ROLE …] [--analyze]',
    about: ['print the SQL statement of a GraphQL query, read from FILE or standard input'],
  },
  { words: 'migration create|check', about: ['for developers'] },
  { words: 'config', about: ['list the settings (environment variables)'] },
];

const COLUMN = 40;

function linesOf({ words, takes, more, about }: Command): string[] {
  const left = `  interlock ${words}${takes === undefined ? '' : ` ${takes}`}`;
  const indented = about.map((line) => `${' '.repeat(COLUMN)}${line}`);
  const [first = '', ...rest] = indented;
  const fits = left.length < COLUMN;
  return [
    ...(fits ? [`${left.padEnd(COLUMN)}${about[0] ?? ''}`, ...rest] : [left, first, ...rest]),
    ...(more === undefined ? [] : [`        ${more}`]),
  ];
}

/** The help for all commands. */
export const helpForAll = (): string =>
  `interlock ${VERSION}: release management as a typed, live GraphQL API\n\n${COMMANDS.flatMap(linesOf).join('\n')}\n`;

/**
 * The help for the commands that begin with these words, e.g. for `adapter` and for `adapter check x`. All of it when
 * there is no such command.
 */
export function helpFor(words: readonly string[]): string {
  for (let count = words.length; count > 0; count -= 1) {
    const wanted = words.slice(0, count).join(' ');
    const found = COMMANDS.filter((command) => `${command.words} `.replace('|', ' ').startsWith(`${wanted} `));
    if (found.length > 0) return `${found.flatMap(linesOf).join('\n')}\n`;
  }
  return helpForAll();
}
