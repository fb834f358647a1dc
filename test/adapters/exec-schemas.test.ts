import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { requestOf } from './support/harness.js';
import { EXEC_SCHEMA_FILES } from './support/exec-schemas.js';

const fileOf = (name: string): unknown =>
  JSON.parse(readFileSync(new URL(`../../plugins/exec/schema/${name}`, import.meta.url), 'utf8'));

function checker(name: string): (value: unknown) => boolean {
  const ajv = new Ajv2020({ strict: false });
  (addFormats as unknown as (target: Ajv2020) => void)(ajv);
  return ajv.compile(fileOf(name) as object);
}

test.each(Object.keys(EXEC_SCHEMA_FILES))(
  '%s is what the contract says; write it again with support/exec-schemas.ts --write',
  (name) => {
    expect(fileOf(name)).toEqual(JSON.parse(JSON.stringify(EXEC_SCHEMA_FILES[name])));
  },
);

test('the schema of calls accepts what is sent and nothing else', () => {
  const fits = checker('call.schema.json');
  const call = { protocol: 1, method: 'submit', instance: 'i', workDir: '/w', params: { request: requestOf() } };
  expect(fits(call)).toBe(true);
  expect(fits({ ...call, method: 'find', params: { key: 'k' } })).toBe(true);
  expect(fits({ ...call, method: 'find' })).toBe(false);
  expect(fits({ ...call, method: 'explode' })).toBe(false);
  expect(fits({ ...call, params: { request: { ...requestOf(), targets: [] } } })).toBe(false);
});

test('the schema of replies accepts a result or an error, not both', () => {
  const fits = checker('reply.schema.json');
  expect([{ result: null }, { error: { code: 'NOT_FOUND', message: '' } }].map(fits)).toEqual([true, true]);
  const wrong = [
    {},
    { result: 1, error: { code: 'NOT_FOUND', message: '' } },
    { error: { code: 'SAD', message: '' } },
    { error: 'no' },
  ];
  expect(wrong.map(fits)).toEqual([false, false, false, false]);
});
