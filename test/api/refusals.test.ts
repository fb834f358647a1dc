import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { startTestApp, type TestApp } from '../support/app.js';
import { castOf, type Cast } from '../support/cast.js';
import { expectRefused, payloadField, refusalCodes, rejectionCode, writingNothing } from '../support/refusals.js';

let app: TestApp;
let keeper: Cast['configurationManager'];
let id: string;

beforeAll(async () => {
  app = await startTestApp();
  keeper = (await castOf(app, 'configurationManager')).configurationManager;
  ({ id } = await keeper.run('configurationItemRegister', { name: 'web', ciClass: 'SERVER' }, 'configurationItem'));
  await keeper.run('configurationItemAuthorise', { id }, 'configurationItem');
});
afterAll(async () => await app.end());

describe('the checks of refusals', () => {
  test('find the field of the payload in the schema', () => {
    const mutations = ['releaseAccept', 'taskRemove', 'releaseSaveAsTemplate', 'accessTokenCreate'];
    expect(mutations.map(payloadField)).toEqual(['release', 'release', 'releaseTemplate', 'accessToken']);
    expect(() => payloadField('releaseExplode')).toThrow('no mutation');
    expect(() => payloadField('configurationItemsImport')).toThrow('0 fields');
  });

  test('give what a refusal says, and the code of an error', async () => {
    expect(await expectRefused(keeper, 'configurationItemAuthorise', { id })).toMatchObject([
      { code: 'ILLEGAL_TRANSITION', message: expect.any(String) },
    ]);
    expect(await refusalCodes(keeper, 'configurationItemAuthorise', { id })).toEqual(['ILLEGAL_TRANSITION']);
    expect(await rejectionCode(keeper, 'configurationItemRegister', { name: ' ', ciClass: 'SERVER' })).toBe(
      'BAD_USER_INPUT',
    );
  });

  test('fail when the mutation was accepted', async () => {
    const input = { name: 'db', ciClass: 'SERVER' };
    await expect(expectRefused(keeper, 'configurationItemRegister', input)).rejects.toThrow('toEqual');
    await expect(rejectionCode(keeper, 'configurationItemRegister', input)).rejects.toThrow('without an error');
    await expect(rejectionCode(keeper, 'configurationItemAuthorise', { id })).rejects.toThrow('without an error');
  });

  test.each([
    ['a row more', `insert into team (id, name, created_at, updated_at) values (gen_random_uuid(), 'x', now(), now())`],
    ['another value', `update configuration_item set description = 'x'`],
    ['a row written as it was', `update configuration_item set description = description`],
    [
      'a row in the place of another',
      `with gone as (delete from team returning created_at)
       insert into team (id, name, created_at, updated_at) select gen_random_uuid(), 'y', created_at, now() from gone`,
    ],
    ['a token revoked', 'update access_token set revoked_at = now()'],
  ])('see %s', async (_, statement) => {
    await expect(writingNothing(app, async () => await app.readDatabase.pool.query(statement))).rejects.toThrow(
      'toEqual',
    );
  });
});
