import { expect } from '@jest/globals';
import { getNamedType, isObjectType } from 'graphql';
import type pg from 'pg';
import { schema } from '../../src/app.js';
import type { TestApp } from './app.js';
import type { TestClient, TestUserError } from './client.js';

/**
 * Tables that change by themselves, and the part of them that does not: the relay numbers events and notes their times,
 * tokens are used.
 */
const MOVING = {
  migration: null,
  domain_event: '(select id from domain_event)',
  event_zone: null,
  // A job finds conflicts again after what changed before.
  schedule_stale: null,
  drift_stale: null,
  duplicate_stale: null,
  suspected_duplicate: "(select id from suspected_duplicate where state = 'DISMISSED')",
  baseline_due: null,
  configuration_audit_item: null,
  schedule_work: null,
  schedule_reach: null,
  schedule_conflict: null,
  access_token: '(select id, roles, expires_at, revoked_at from access_token)',
};

/** A digest of all rows. */
const CONTENT = `md5(string_agg(t::text, ',' order by t::text))`;
/**
 * What a committed write always changes, far cheaper than a digest: the sum of the transactions that wrote the rows.
 * A new version of a row has the number of a later transaction than any before it. So the sum has grown where there are
 * as many rows as before. It even shows an update that changes no value.
 */
const VERSIONS = 'sum(t.xmin::text::bigint)::text';

/** The statement that takes the fingerprint of every table; made once per database. */
const statements = new WeakMap<pg.Pool, string>();

async function statementFor(pool: pg.Pool): Promise<string> {
  const known = statements.get(pool);
  if (known !== undefined) return known;
  const { rows } = await pool.query<{ name: string }>(
    `select tablename as name from pg_tables where schemaname = 'public' and tablename <> all($1) order by 1`,
    [Object.keys(MOVING)],
  );
  const sources = [
    ...rows.map(({ name }) => [name, `"${name}"`]),
    ...Object.entries(MOVING).filter(([, source]) => source !== null),
  ];
  const text = sources
    .map(
      ([name, source]) =>
        `select '${name}' as name, count(*)::int as rows, ${source?.startsWith('(') ? CONTENT : VERSIONS} as content
           from ${source} t`,
    )
    .join('\nunion all\n')
    .concat('\norder by name');
  statements.set(pool, text);
  return text;
}

/**
 * A fingerprint of every table of the application: its number of rows, and what changes with each of them. It can be
 * compared within one database only.
 */
export async function databaseContent(pool: pg.Pool): Promise<unknown[]> {
  return (await pool.query({ name: 'database-content', text: await statementFor(pool) })).rows;
}

/** Does something and fails when it wrote anything at all to the database. @returns what it gave */
export async function writingNothing<T>(app: Pick<TestApp, 'readDatabase'>, act: () => Promise<T>): Promise<T> {
  const { pool } = app.readDatabase;
  const before = await databaseContent(pool);
  const result = await act();
  expect(await databaseContent(pool)).toEqual(before);
  return result;
}

/**
 * The field of a mutation's payload that holds the changed object.
 * @throws Error when the schema has no such mutation
 */
export function payloadField(mutation: string): string {
  const payload = getNamedType(schema().getMutationType()?.getFields()[mutation]?.type);
  if (!isObjectType(payload)) throw new Error(`The schema has no mutation ${mutation}.`);
  // `query` and the lists are never null; the changed object is null when the mutation was refused.
  const objects = Object.values(payload.getFields()).filter(({ type }) => isObjectType(type));
  if (objects.length !== 1) throw new Error(`${payload.name} has ${objects.length} fields with an object, not one.`);
  return (objects[0] as (typeof objects)[number]).name;
}

/**
 * Runs a mutation that rules must refuse: it answers null with user errors, and writes nothing at all.
 * @returns the user errors
 */
export async function expectRefused(
  client: TestClient,
  mutation: string,
  input: Record<string, unknown>,
): Promise<TestUserError[]> {
  const field = payloadField(mutation);
  const payload = await writingNothing(behind(client), async () => await client.attempt(mutation, input, field));
  expect(payload[field]).toBeNull();
  expect(payload.userErrors).not.toEqual([]);
  // Each says who can resolve it. What a state does not offer, nobody can.
  const resolvable = payload.userErrors.filter(({ code }: TestUserError) => code !== 'ILLEGAL_TRANSITION');
  expect(resolvable.filter(({ resolvableBy }: TestUserError) => (resolvableBy ?? []).length === 0)).toEqual([]);
  return payload.userErrors;
}

/** Like {@link expectRefused}, but gives only the codes, sorted. */
export async function refusalCodes(
  client: TestClient,
  mutation: string,
  input: Record<string, unknown>,
): Promise<string[]> {
  return (await expectRefused(client, mutation, input)).map(({ code }) => code).sort();
}

/**
 * Runs a mutation that must end with an error of the request, such as FORBIDDEN or CONFLICT, and write nothing at all.
 * @returns the code of the error
 */
export async function rejectionCode(
  client: TestClient,
  mutation: string,
  input: Record<string, unknown>,
): Promise<string> {
  const field = payloadField(mutation);
  return await writingNothing(behind(client), async () => await client.code(mutation, input, field));
}

function behind({ app }: TestClient): Pick<TestApp, 'readDatabase'> {
  if (!app) throw new Error('The client was not made by a TestApp, so nobody knows the database behind it.');
  return app;
}
