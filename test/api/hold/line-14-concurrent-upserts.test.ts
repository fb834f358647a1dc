import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { readModels } from '../../../src/reads/models.js';
import { startTestApp, type TestApp } from '../../support/app.js';
import { castOf, type Cast } from '../../support/cast.js';
import { MUTATIONS, signatureOf, subjectOf } from '../../support/random-input.js';

const ROUNDS = 5;

let one: TestApp;
let two: TestApp;
let casts: readonly [Cast, Cast];
let repositoryId: string;

beforeAll(async () => {
  one = await startTestApp();
  two = await startTestApp({ beside: one });
  casts = [await castOf(one), await castOf(two)];
  repositoryId = (await casts[0].librarian.run('dmlRepositoryCreate', { name: 'Upserts' }, 'dmlRepository')).id;
}, 30_000);
afterAll(async () => {
  await two.end();
  await one.end();
});

/** Who sends each upsert, and what it needs besides the reference. */
const UPSERTS: Readonly<Record<string, (key: string) => readonly [keyof Cast, Record<string, unknown>]>> = {
  changeUpsert: (key) => ['requester', { title: key }],
  configurationItemUpsert: (key) => ['configurationManager', { name: key, ciClass: 'SERVER' }],
  dmlItemUpsert: (key) => ['librarian', { name: key, repositoryId }],
  personUpsert: (key) => ['administrator', { name: key, email: `${key}@test.test` }],
  releaseUpsert: (key) => ['manager', { name: key, ownerId: casts[0].owner.personId }],
  teamUpsert: (key) => ['administrator', { name: key }],
};

const rowsOf = async (table: string, key: string) => await one.count(`${table} where external_key = '${key}'`);

describe('upserts of one reference at the same time, through two processes', () => {
  test('are tried for every kind of object', () =>
    expect(MUTATIONS.filter((name) => name.endsWith('Upsert'))).toEqual(Object.keys(UPSERTS).sort()));

  test.each(Object.keys(UPSERTS))('%s makes one object and refuses nobody', async (mutation) => {
    const { field } = signatureOf(mutation);
    for (let round = 0; round < ROUNDS; round++) {
      const key = `${mutation}-${round}`;
      const [who, input] = (UPSERTS[mutation] as (typeof UPSERTS)[string])(key);
      const made = await Promise.all(
        Array.from({ length: 8 }, async (_, n) =>
          (casts[n % 2] as Cast)[who].run(mutation, { ...input, externalRef: { source: 'test', key } }, field),
        ),
      );
      expect(new Set(made.map(({ id }) => id)).size).toBe(1);
      expect(await rowsOf(readModels[subjectOf(mutation) as 'Release']?.table as string, key)).toBe(1);
    }
  });

  test('beside an import of the same item', async () => {
    const row = (key: string) => ({ name: key, ciClass: 'SERVER', externalRef: { source: 'test', key } });
    for (let round = 0; round < ROUNDS; round++) {
      const key = `import-${round}`;
      const imported = casts[0].configurationManager.ok(
        `mutation($input: ConfigurationItemsImportInput!) {
          configurationItemsImport(input: $input) { results { status } } }`,
        { input: { rows: [row(`${key}-a`), row(key), row(`${key}-b`)], errorPolicy: 'REJECT_EVERYTHING' } },
      );
      const upserted = [0, 1, 2].map(async (n) =>
        (casts[n % 2] as Cast).configurationManager.run('configurationItemUpsert', row(key), 'configurationItem'),
      );
      const { configurationItemsImport } = await imported;
      await Promise.all(upserted);
      expect(configurationItemsImport.results.map(({ status }: { status: string }) => status)).not.toContain('FAILED');
      expect(await rowsOf('configuration_item', key)).toBe(1);
    }
  });

  test('a new object with a reference that is taken is still refused', async () => {
    const { configurationManager } = casts[0];
    const input = { name: 'taken', ciClass: 'SERVER', externalRef: { source: 'test', key: 'taken' } };
    await configurationManager.run('configurationItemRegister', input, 'configurationItem');
    expect(await configurationManager.code('configurationItemRegister', input, 'configurationItem')).toBe(
      'ALREADY_EXISTS',
    );
  });
});
