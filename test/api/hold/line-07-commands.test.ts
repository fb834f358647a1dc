import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { startTestApp, type TestApp } from '../../support/app.js';
import type { TestClient } from '../../support/client.js';
import { writeStatements } from '../../support/write-statements.js';

let app: TestApp;
let client: TestClient;

beforeAll(async () => {
  app = await startTestApp();
  client = await app.as('maria', 'CONFIGURATION_MANAGER', 'REQUESTER');
});
afterAll(async () => await app.end());

/** The statements of a command: the first words and the table of those that write, and how many those are that read. */
async function statementsOf(mutation: string, payload: string, input: Record<string, unknown>) {
  const before = app.readDatabase.statements;
  const written = await writeStatements(app, async () => await client.run(mutation, input, payload, 'number version'));
  const reads = app.readDatabase.statements - before;
  const short = (text: string): string | undefined => {
    const [, carried, rest] = /^with carried as \(\s*insert into (\w+) .*\) (insert into .*)$/s.exec(text) ?? [];
    if (rest !== undefined) return `${short(rest)} with ${carried}`;
    return /^\s*(?:insert into|update|select|begin|commit)(?: "?(?!t\.)\w+"?)?/i.exec(text)?.[0].trim();
  };
  return { written: written.map((text) => short(text)?.replaceAll('"', '')), reads };
}

const ci = (more: object) => ({ name: 'host', ciClass: 'SERVER', ...more });
const externalRef = { source: 'cmdb', key: '1' };

// What is committed is read in the round trip of the commit, so the read side has nothing to do.
describe('a command makes few round trips', () => {
  test('to create an object: the row, and its event with the commit and the answer', async () => {
    await client.run('configurationItemRegister', ci({}), 'configurationItem', 'number version');
    expect(await statementsOf('configurationItemRegister', 'configurationItem', ci({}))).toEqual({
      written: ['begin', 'insert into configuration_item', 'insert into domain_event with ci_provenance', 'commit'],
      reads: 0,
    });
  });

  test('to edit one: it is found and locked at once', async () => {
    await client.run('configurationItemUpsert', ci({ externalRef }), 'configurationItem', 'number version');
    const edit = ci({ externalRef, description: 'Another.' });
    const { written, reads } = await statementsOf('configurationItemUpsert', 'configurationItem', edit);
    expect(written).toEqual([
      'begin',
      'select id',
      'select',
      'update configuration_item',
      'insert into domain_event with ci_provenance',
      'commit',
    ]);
    expect(reads).toBe(0);
  });

  test('an edit that changes nothing has no event, so its answer is read by itself', async () => {
    const same = ci({ externalRef, description: 'Another.' });
    const { written, reads } = await statementsOf('configurationItemUpsert', 'configurationItem', same);
    expect(written).toEqual(['begin', 'select id', 'select', 'commit']);
    expect(reads).toBe(1);
  });
});
