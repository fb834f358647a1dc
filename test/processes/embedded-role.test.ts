import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import pg from 'pg';
import { interlock, serve, stopServers } from '../support/command.js';

// The server was a superuser of its embedded PostgreSQL, so that one hole in its SQL was a shell on the machine, and
// PostgreSQL had the whole environment of the server, with its secrets.

let folder: string;
let env: Record<string, string>;

beforeEach(() => {
  folder = mkdtempSync(join(process.env['INTERLOCK_TEST_FOLDER'] as string, 'role-'));
  chmodSync(folder, 0o755);
  env = { NODE_ENV: 'production', INTERLOCK_DATA_DIR: join(folder, 'data'), DATABASE_URL: '' };
});
afterEach(async () => {
  await stopServers();
  rmSync(folder, { recursive: true, force: true });
});

const cluster = (file: string) => join(folder, 'data', 'postgres', file);
const passwords = () => JSON.parse(readFileSync(cluster('interlock.json'), 'utf8'));
const lockFile = () => readFileSync(cluster('postmaster.pid'), 'utf8').split('\n');
const url = (role: string, password: string, database = 'interlock') =>
  `postgresql://${role}:${password}@127.0.0.1:${lockFile()[3]}/${database}`;
const asServer = () => url('interlock_server', passwords().serverPassword);
const asOwner = () => url('interlock', passwords().password);

async function query(connectionString: string, ...statements: string[]): Promise<any[]> {
  const client = new pg.Client({ connectionString });
  await client.connect();
  try {
    let rows: any[] = [];
    for (const statement of statements) ({ rows } = await client.query(statement));
    return rows;
  } finally {
    await client.end();
  }
}

const code = async (connectionString: string, statement: string) =>
  await query(connectionString, statement).then(
    () => 'done',
    (error: { code: string }) => error.code,
  );

/** Objects in the database that are not the server's own, but for those of extensions. */
const OF_EXTENSIONS = (catalogue: string, object: string) => `exists (
  select from pg_depend d where d.classid = '${catalogue}'::regclass and d.objid = ${object}.oid and d.deptype = 'e')`;
const FOREIGN = `
  select c.relname as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where n.nspname !~ '^(pg_|information_schema)' and c.relowner <> 'interlock_server'::regrole
      and not ${OF_EXTENSIONS('pg_class', 'c')}
  union all select p.proname from pg_proc p join pg_namespace n on n.oid = p.pronamespace
    where n.nspname !~ '^(pg_|information_schema)' and p.proowner <> 'interlock_server'::regrole
      and not ${OF_EXTENSIONS('pg_proc', 'p')}
  union all select t.typname from pg_type t join pg_namespace n on n.oid = t.typnamespace
    where n.nspname !~ '^(pg_|information_schema)' and t.typowner <> 'interlock_server'::regrole
      and not ${OF_EXTENSIONS('pg_type', 't')}`;

async function expectNoPower(): Promise<void> {
  const [role] = await query(
    asServer(),
    `select rolname, rolsuper, rolcreatedb, rolcreaterole, rolreplication, rolbypassrls
       from pg_roles where rolname = current_user`,
  );
  expect(role).toEqual({
    rolname: 'interlock_server',
    rolsuper: false,
    rolcreatedb: false,
    rolcreaterole: false,
    rolreplication: false,
    rolbypassrls: false,
  });
  for (const statement of [
    `copy (select 1) to program 'true'`,
    `copy (select 1) to '/tmp/interlock-role-test'`,
    `select pg_read_file('/etc/hostname')`,
    `select rolpassword from pg_authid`,
    'create role mallory superuser',
    'create database mallory',
    'alter role interlock_server superuser',
    'set role interlock',
    `alter system set log_statement = 'all'`,
    'create extension file_fdw',
  ])
    expect([statement, await code(asServer(), statement)]).toEqual([statement, '42501']);
  const elsewhere = url('interlock_server', passwords().serverPassword, 'postgres');
  expect(await code(elsewhere, 'select 1')).toBe('42501');
  expect(await query(asServer(), FOREIGN)).toEqual([]);
}

test('the server uses a role that may do nothing outside its database', async () => {
  const server = await serve({ env });
  const sessions = await query(
    asOwner(),
    `select distinct usename from pg_stat_activity where datname = 'interlock' and pid <> pg_backend_pid()`,
  );
  expect(sessions).toEqual([{ usename: 'interlock_server' }]);
  await expectNoPower();
  expect((await server.stop()).code).toBe(0);
}, 60_000);

test('PostgreSQL has none of the secrets of the server in its environment', async () => {
  const secrets = {
    INTERLOCK_SECRET_TOOL: 'hush-1',
    AWS_SECRET_ACCESS_KEY: 'hush-2',
    OIDC_ISSUER: '',
    PGPASSWORD: 'x',
  };
  const server = await serve({ env: { ...env, ...secrets } });
  const environ = readFileSync(`/proc/${lockFile()[0]}/environ`, 'latin1').split('\0');
  const passedOn = ['PATH', 'LD_LIBRARY_PATH', 'TZ', 'TMPDIR', 'LC_ALL'];
  const ofPostgres = ['PWD', 'OLDPWD', 'SHLVL', '_', 'PGDATA', 'PGSYSCONFDIR', 'PGLOCALEDIR', 'PG_GRANDPARENT_PID'];
  const names = environ.map((entry) => entry.split('=')[0] as string).filter((name) => name !== '');
  expect(names.filter((name) => ![...passedOn, ...ofPostgres].includes(name))).toEqual([]);
  expect(environ.join()).not.toContain('hush');
  await server.stop();
}, 60_000);

test('a cluster of an earlier version, whose server was its owner, is converted at the next start', async () => {
  const args = ['token', 'create', '--role', 'ADMINISTRATOR', '--email', 'ada@example.test'];
  const { stdout } = await interlock(args, { env });
  const token = stdout.trim();
  // Back to what that version left: one role, which is the owner of all. PostgreSQL runs on while we are connected.
  const before = await serve({ env });
  const connection = asOwner();
  const { password } = passwords();
  const holder = new pg.Client({ connectionString: connection });
  await holder.connect();
  await before.stop();
  await query(
    connection,
    'reassign owned by interlock_server to interlock',
    'grant connect on database postgres to public',
    `create view odd as select 1 as one`,
    `create type odd_enum as enum ('a')`,
    `create function odd_function() returns int language sql as 'select 1'`,
    'create schema odd_schema create sequence odd_sequence',
  );
  await query(connection, 'alter database interlock owner to interlock', 'drop role interlock_server');
  await holder.end();
  writeFileSync(cluster('interlock.json'), JSON.stringify({ password }));

  const [one, two] = await Promise.all([serve({ env }), serve({ env })]); // at the same moment, as after a restart
  await expectNoPower();
  for (const server of [one, two]) {
    const response = await fetch(`${server.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
      body: JSON.stringify({
        query: 'mutation { teamCreate(input: { name: "T", idempotencyKey: "t" }) { team { name } } }',
      }),
    });
    expect(await response.json()).toMatchObject({ data: { teamCreate: { team: { name: 'T' } } } });
  }
  expect((await interlock(['migration', 'check'], { env })).code).toBe(0);
}, 120_000);
