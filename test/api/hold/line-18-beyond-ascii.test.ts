import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { ROLES } from '../../../src/domain/roles.js';
import { startTestApp, type TestApp } from '../../support/app.js';
import { TestClient } from '../../support/client.js';

let apps: readonly TestApp[];
let clients: readonly TestClient[];

/** As people sort them. */
const NAMES = ['äpfel', 'Apfelbaum', 'Éclair', 'eclair 2', 'ÖL', 'Ölfeld', 'Zebra', 'ζήτα', 'ЯБЛОКО'];

beforeAll(async () => {
  const compiled = await startTestApp({ env: { INTERLOCK_EXECUTOR: 'compiled' } });
  const interpreted = await startTestApp({ beside: compiled, env: { INTERLOCK_EXECUTOR: 'graphql-js' } });
  apps = [compiled, interpreted];
  const client = await compiled.as('everything', ...ROLES);
  clients = [client, new TestClient(interpreted.url, client.token, client.personId)];
  for (const name of NAMES.toReversed())
    await client.run('configurationItemRegister', { name, ciClass: 'SERVER' }, 'configurationItem');
});
afterAll(async () => {
  for (const app of [...apps].reverse()) await app.end();
});

const LIST =
  'query($f: ConfigurationItemFilter, $o: [ConfigurationItemOrder!], $n: Int, $a: String, $l: Int, $b: String) { ' +
  'configurationItems(filter: $f, orderBy: $o, first: $n, after: $a, last: $l, before: $b) ' +
  '{ nodes { name } pageInfo { endCursor startCursor hasNextPage hasPreviousPage } } }';

async function list(variables: object): Promise<{ names: string[]; pageInfo: any }> {
  const answers = [];
  for (const client of [...clients, ...clients]) {
    const { configurationItems: found } = await client.ok(LIST, { ...variables });
    answers.push({ names: found.nodes.map(({ name }: { name: string }) => name), pageInfo: found.pageInfo });
  }
  for (const answer of answers) expect(answer).toEqual(answers[0]);
  return answers[0] as { names: string[]; pageInfo: any };
}

const filtered = async (operator: string, text: string) => (await list({ f: { name: { [operator]: text } } })).names;

describe('a filter ignores the case of every letter', () => {
  test.each<[string, string, string[]]>([
    ['contains', 'öl', ['ÖL', 'Ölfeld']],
    ['contains', 'ÖL', ['ÖL', 'Ölfeld']],
    ['contains', 'ÄP', ['äpfel']],
    ['contains', 'блок', ['ЯБЛОКО']],
    ['startsWith', 'éCL', ['Éclair']],
    ['startsWith', 'Ζήτ', ['ζήτα']],
    ['contains', 'o\u0308l', ['ÖL', 'Ölfeld']],
    ['contains', 'apf', ['Apfelbaum']],
    ['contains', '%', []],
  ])('%s %s', async (operator, text, names) => {
    expect((await filtered(operator, text)).toSorted()).toEqual(names.toSorted());
  });
});

describe('a list sorts names as people do', () => {
  const NAME = [{ field: 'NAME' }];

  test('in one page, forwards and backwards', async () => {
    expect((await list({ o: NAME, n: 50 })).names).toEqual(NAMES);
    expect((await list({ o: [{ field: 'NAME', direction: 'DESC' }], n: 50 })).names).toEqual(NAMES.toReversed());
  });

  test.each([1, 2, 4])('in pages of %i, nothing twice and nothing left out', async (size) => {
    const seen: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await list({ o: NAME, n: size, ...(cursor !== undefined && { a: cursor }) });
      seen.push(...page.names);
      cursor = page.pageInfo.hasNextPage ? page.pageInfo.endCursor : undefined;
    } while (cursor !== undefined);
    expect(seen).toEqual(NAMES);
    const last = await list({ o: NAME, l: size });
    expect(last.names).toEqual(NAMES.slice(-size));
    const before = await list({ o: NAME, l: size, b: last.pageInfo.startCursor });
    expect(before.names).toEqual(NAMES.slice(-2 * size, -size));
  });

  test('together with another term', async () => {
    const both = [{ field: 'NAME', direction: 'DESC' }, { field: 'UPDATED_AT' }];
    const first = await list({ o: both, n: 3 });
    const rest = await list({ o: both, n: 50, a: first.pageInfo.endCursor });
    expect([...first.names, ...rest.names]).toEqual(NAMES.toReversed());
  });

  test('by an index', async () => {
    const { rows } = await (apps[0] as TestApp).readDatabase.pool.query(`
      explain select t.id from configuration_item t
      where ((t.name collate "und-x-icu"), t.id) > ('x'::text, '01920000-0000-7000-8000-000000000000'::uuid)
      order by (t.name collate "und-x-icu"), t.id limit 10`);
    expect(rows.map((row) => row['QUERY PLAN']).join('\n')).not.toContain('Sort');
  });
});
