import { getMetadataStorage } from 'type-graphql';
import { schema } from '../../src/app.js';
import { explanationText } from '../../src/cli/explain.command.js';
import { BLOCKER_CODE_DESCRIPTIONS, BLOCKER_CODES } from '../../src/domain/blocker.js';
import { REQUEST_ERROR_CODES, REQUEST_ERRORS } from '../../src/domain/errors.js';
import { ROLE_DESCRIPTIONS, ROLES } from '../../src/domain/roles.js';
import { WINDOW_PROBLEMS } from '../../src/domain/schedule/recurrence-problem.js';
import { SIGNED_IN } from '../../src/resolvers/authorise.js';
import { resolvers } from '../../src/resolvers/resolvers.js';
import { explain } from '../../src/server/graphql/explain.js';

/** A Markdown table with padded columns, as Prettier writes it. */
function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const cell = (text: string) => text.replaceAll('|', '\\|');
  const all = [head, ...rows].map((row) => row.map(cell));
  const widths = head.map((_, i) => Math.max(3, ...all.map((row) => row[i]?.length ?? 0)));
  const line = (row: readonly string[]) => `| ${row.map((text, i) => text.padEnd(widths[i] ?? 0)).join(' | ')} |`;
  return [
    line(all[0] as string[]),
    `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |`,
    ...all.slice(1).map(line),
  ].join('\n');
}

const code = (text: string) => `\`${text}\``;

function operations(): string {
  const storage = getMetadataStorage();
  const whom = (roles: readonly string[]) =>
    roles.length === 0
      ? 'any reader'
      : roles.includes(SIGNED_IN)
        ? 'everybody who is signed in'
        : roles.map(code).join(', ');
  const kinds = { Queries: storage.queries, Mutations: storage.mutations, Subscriptions: storage.subscriptions };
  return Object.entries(kinds)
    .map(([kind, declared]) => {
      const rows = declared
        .filter(({ target }) => resolvers.includes(target))
        .map(({ schemaName, roles }) => [code(schemaName), whom((roles as string[] | undefined) ?? [])])
        .sort(([a = ''], [b = '']) => (a < b ? -1 : 1));
      return `### ${kind}\n\n${table([kind.toLowerCase(), 'who'], rows)}`;
    })
    .join('\n\n');
}

const EXAMPLE = `query {
  releases(first: 2) {
    nodes {
      name
      owner {
        name
      }
      tasks(first: 3) {
        nodes {
          name
        }
      }
    }
  }
}
`;

async function workedExample(): Promise<string> {
  const statement = explanationText(await explain({ schema: schema(), source: EXAMPLE, roles: ['AUDITOR'] }));
  const block = (language: string, text: string) => `\`\`\`${language}\n${text}\`\`\``;
  return `${block('graphql', EXAMPLE)}\n\n${block('sql', statement)}`;
}

/** The parts of the documentation that the code decides, by their names. */
export const GENERATED: Readonly<Record<string, () => string | Promise<string>>> = {
  'request-errors': () =>
    table(
      ['code', 'status', 'meaning'],
      REQUEST_ERROR_CODES.map((name) => [
        code(name),
        String(REQUEST_ERRORS[name].httpStatus),
        REQUEST_ERRORS[name].description,
      ]),
    ),
  blockers: () =>
    table(
      ['code', 'meaning'],
      BLOCKER_CODES.map((name) => [code(name), BLOCKER_CODE_DESCRIPTIONS[name]]),
    ),
  roles: () =>
    table(
      ['role', 'what it is for'],
      ROLES.map((role) => [code(role), ROLE_DESCRIPTIONS[role]]),
    ),
  'window-problems': () =>
    table(
      ['problem', 'meaning'],
      Object.entries(WINDOW_PROBLEMS).map(([name, meaning]) => [code(name), meaning]),
    ),
  operations,
  'worked-example': workedExample,
};

const PART = /(<!-- generated: ([\w-]+) -->\n)[\s\S]*?(<!-- end -->)/g;

/** A document with its generated parts as they have to be. @throws Error for a part that nothing generates */
export async function withGeneratedParts(document: string): Promise<string> {
  const parts = [...document.matchAll(PART)].map(async ([, start = '', name = '', end = '']) => {
    const generate = GENERATED[name];
    if (!generate) throw new Error(`Nothing generates "${name}"`);
    return `${start}\n${await generate()}\n\n${end}`;
  });
  const generated = await Promise.all(parts);
  return document.replace(PART, () => generated.shift() as string);
}
