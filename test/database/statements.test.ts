import { randomUUID } from 'node:crypto';
import { expect, test } from '@jest/globals';
import { sql } from 'kysely';
import { compile, compileToRun } from '../../src/database/compile.js';
import { newId } from '../../src/database/new-id.js';

test('new ids are UUIDs of version 7 and sort as they were made', () => {
  const ids = Array.from({ length: 5_000 }, newId);
  expect(new Set(ids).size).toBe(ids.length);
  expect(ids.toSorted()).toEqual(ids);
  for (const id of ids) expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
});

test('a list of one id is asked for as that id, other lists stay', () => {
  const fragment = (ids: string[], more: string[], states = ['X']) =>
    sql`select from t
      where id = any(${ids}::uuid[]) and other = any(${more}::uuid[]) and state = any(${states}::text[])`;
  const text = (...lists: [string[], string[]]) => compileToRun(fragment(...lists)).text;
  expect(text(['a'], ['b', 'c'])).toBe(
    'select from t\n      where id = ($1::uuid[])[1] and other = any($2::uuid[]) and state = any($3::text[])',
  );
  expect(text([], ['b'])).toBe(
    'select from t\n      where id = any($1::uuid[]) and other = ($2::uuid[])[1] and state = any($3::text[])',
  );
  expect(compileToRun(fragment(['a'], [])).values).toEqual(compile(fragment(['a'], [])).values);
});

test('a long list of ids is the text that the driver would make of it, and nothing else is', () => {
  const ids = Array.from({ length: 100 }, () => randomUUID());
  const valueOf = (list: readonly unknown[]) => compileToRun(sql`select ${list}::text[]`).values[0];
  expect(valueOf(ids)).toBe(`{${ids.join(',')}}`);
  for (const list of [
    ids.slice(1),
    [...ids, 'null'],
    [...ids, null],
    [...ids, 'a "quoted" one'],
    [...ids, `${ids[0]},`],
  ])
    expect(valueOf(list)).toBe(list);
});
