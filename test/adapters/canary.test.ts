import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import pg from 'pg';
import { temporaryDirectory } from './support/harness.js';
import { Canary } from '../support/canary.js';
import { createEmptyDatabase } from '../support/database.js';

test('a canary is found in every form, whatever stands around it', async () => {
  const canary = new Canary('pa$$ word/żółw 7');
  const { value } = canary;
  const texts = {
    plain: `the password is ${value}.`,
    address: `https://user:${encodeURIComponent(value)}@tool/`,
    json: JSON.stringify({ password: value }),
    bytes: `\\x00${Buffer.from(value).toString('hex')}00`,
    ...Object.fromEntries(
      ['', 'u', 'us', 'use:', 'admin:'].map((user) => [
        `basic ${user}`,
        Buffer.from(`${user}${value}!`).toString('base64'),
      ]),
    ),
  };
  expect(await canary.shownIn({ texts })).toEqual(Object.keys(texts));
  expect(await canary.shownIn({ texts: { other: 'the password is a secret', part: value.slice(1) } })).toEqual([]);
  expect(new Canary().value).not.toBe(new Canary().value);
});

test('a canary is found in files and their names, and not in those that may hold it', async () => {
  const { path, remove } = await temporaryDirectory();
  const canary = new Canary();
  mkdirSync(join(path, '.hidden/deep'), { recursive: true });
  writeFileSync(join(path, 'password'), canary.value);
  writeFileSync(join(path, 'clean'), 'nothing');
  expect(await canary.shownIn({ folders: [path], except: [join(path, 'password')] })).toEqual([]);
  writeFileSync(join(path, '.hidden/deep/settings'), Buffer.concat([Buffer.from([0, 255]), Buffer.from(canary.value)]));
  writeFileSync(join(path, canary.value), '');
  expect((await canary.shownIn({ folders: [path] })).toSorted()).toEqual(
    [join(path, '.hidden/deep/settings'), join(path, 'password'), `the name ${join(path, canary.value)}`].toSorted(),
  );
  await remove();
});

test('a canary is found in any column of any table', async () => {
  const database = await createEmptyDatabase();
  const canary = new Canary();
  const client = new pg.Client({ connectionString: database.url });
  await client.connect();
  await client.query('create schema other; create table other."A b" (id int, j jsonb); create table c (bytes bytea)');
  await client.query(`insert into other."A b" values (1, '{}')`);
  expect(await canary.shownIn({ database: database.url })).toEqual([]);
  await client.query(`insert into other."A b" values (2, $1)`, [{ nested: { token: canary.value } }]);
  await client.query('insert into c values ($1)', [Buffer.from(`a${canary.value}`)]);
  expect(await canary.shownIn({ database: database.url })).toEqual([
    'the table other."A b" (rows: 1)',
    'the table public.c (rows: 1)',
  ]);
  await client.end();
  await database.drop();
});

test('a canary is found in what processes show of themselves', async () => {
  const canary = new Canary();
  const sleeper = async (args: readonly string[], env: Record<string, string>) => {
    const child = spawn(
      process.execPath,
      ['-e', 'process.stdout.write("up"); setInterval(() => {}, 1000)', '--', ...args],
      {
        env,
        stdio: ['ignore', 'pipe', 'ignore'],
      },
    );
    await once(child.stdout, 'data');
    return child;
  };
  const telling = await sleeper([`--password=${canary.value}`], {});
  const given = await sleeper([], { PASSWORD: canary.value });
  expect((await canary.shownIn({ processes: true })).toSorted()).toEqual(
    [`the arguments of process ${telling.pid}`, `the environment of process ${given.pid}`].toSorted(),
  );
  telling.kill('SIGKILL');
  await once(telling, 'exit');
  expect(await canary.shownIn({ processes: { mayHaveItInEnvironment: [given.pid as number] } })).toEqual([]);
  given.kill('SIGKILL');
  await once(given, 'exit');
});
