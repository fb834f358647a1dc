import { getMetadataStorage } from 'type-graphql';
import { BLOCKER_CODE_DESCRIPTIONS, BLOCKER_CODES } from '../../src/domain/blocker.js';
import { REQUEST_ERROR_CODES, REQUEST_ERRORS } from '../../src/domain/errors.js';
import { ROLE_DESCRIPTIONS, ROLES } from '../../src/domain/roles.js';
import { SIGNED_IN } from '../../src/resolvers/authorise.js';
import { resolvers } from '../../src/resolvers/resolvers.js';

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

/** The parts of the documentation that the code decides, by their names. */
export const GENERATED: Readonly<Record<string, () => string>> = {
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
  operations,
};

const PART = /(<!-- generated: ([\w-]+) -->\n)[\s\S]*?(<!-- end -->)/g;

/** A document with its generated parts as they have to be. @throws Error for a part that nobody generates */
export function withGeneratedParts(document: string): string {
  return document.replace(PART, (_all, start: string, name: string, end: string) => {
    const generate = GENERATED[name];
    if (!generate) throw new Error(`Nobody generates "${name}"`);
    return `${start}\n${generate()}\n\n${end}`;
  });
}
