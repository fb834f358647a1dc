import { randomBytes } from 'node:crypto';
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { giveToServer } from './postgres-programs.js';

/** The role that owns the cluster: a superuser, as the first role of a cluster has to be. It serves no request. */
export const OWNER_ROLE = 'interlock';

/** The role that the server uses. It owns the database, and may do nothing outside it. */
export const SERVER_ROLE = 'interlock_server';

/** The database of the server. */
export const DATABASE = 'interlock';

/** The passwords of both roles. */
export interface Passwords {
  readonly password: string;
  /** Missing in a cluster of an earlier version, whose server was the owner itself. */
  readonly serverPassword?: string;
}

/** The file in the cluster's folder that holds the passwords; it lives as long as the cluster. */
export const PASSWORD_FILE = 'interlock.json';

/** A new password, which needs no quoting. */
export const newPassword = (): string => randomBytes(18).toString('base64url');

/** @throws Error when the folder has no passwords, so that it is no cluster of Interlock */
export const readPasswords = (dir: string): Passwords =>
  JSON.parse(readFileSync(join(dir, PASSWORD_FILE), 'utf8')) as Passwords;

/** Stores the passwords at once or not at all. Only the user that PostgreSQL runs as can read the file. */
export function writePasswords(dir: string, passwords: Passwords): void {
  const file = join(dir, PASSWORD_FILE);
  const draft = `${file}.${process.pid}.new`;
  writeFileSync(draft, JSON.stringify(passwords), { mode: 0o600 });
  giveToServer(draft);
  renameSync(draft, file);
}

/** The address of a database of the embedded server. */
export const addressOf = (role: string, password: string, port: number, database: string): string =>
  `postgresql://${role}:${password}@127.0.0.1:${port}/${database}`;

/** Runs a task with a connection of its own. */
export async function withClient<T>(url: string, task: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => {}); // the statement that runs reports it
  await client.connect();
  try {
    return await task(client);
  } finally {
    await client.end();
  }
}

/** Any number, the same for all processes of a cluster: they prepare the roles one after the other. */
const LOCK = 7_301_942_005;

// Everything that the owner of the cluster has in the database, but for what belongs to PostgreSQL or an extension. An
// earlier version created it so. Sequences of a column follow their table.
const HAND_OVER = `do $$ declare command text; begin
  for command in
    with place as (select oid, nspname from pg_namespace
        where nspname !~ '^pg_' and nspname <> 'information_schema'),
      part as (select classid, objid from pg_depend where deptype = 'e'),
      mine as (select oid from pg_roles where rolname = '${OWNER_ROLE}')
    select format('alter schema %I owner to ${SERVER_ROLE}', n.nspname) from pg_namespace n
      where n.oid in (select oid from place) and n.nspowner in (select oid from mine)
    union all
    select format('alter %s %s owner to ${SERVER_ROLE}', case c.relkind when 'v' then 'view'
        when 'm' then 'materialized view' when 'S' then 'sequence' when 'c' then 'type' else 'table' end,
        c.oid::regclass)
      from pg_class c
      where c.relkind in ('r', 'p', 'v', 'm', 'S', 'c') and c.relnamespace in (select oid from place)
        and c.relowner in (select oid from mine)
        and ('pg_class'::regclass, c.oid) not in (select classid, objid from part)
        and not exists (select 1 from pg_depend d where c.relkind = 'S' and d.classid = 'pg_class'::regclass
          and d.objid = c.oid and d.deptype in ('a', 'i') and d.refobjsubid > 0)
    union all
    select format('alter routine %s owner to ${SERVER_ROLE}', f.oid::regprocedure) from pg_proc f
      where f.pronamespace in (select oid from place) and f.proowner in (select oid from mine)
        and ('pg_proc'::regclass, f.oid) not in (select classid, objid from part)
    union all
    select format('alter type %s owner to ${SERVER_ROLE}', t.oid::regtype) from pg_type t
      where t.typtype in ('e', 'd', 'r') and t.typnamespace in (select oid from place)
        and t.typowner in (select oid from mine)
        and ('pg_type'::regclass, t.oid) not in (select classid, objid from part)
    union all
    select format('alter collation %s owner to ${SERVER_ROLE}', l.oid::regcollation) from pg_collation l
      where l.collnamespace in (select oid from place) and l.collowner in (select oid from mine)
  loop execute command; end loop;
end $$`;

/**
 * Gives the server a role without any right outside its database, and that database. A cluster of an earlier
 * version, where the server was a superuser, is converted. Any number of processes may call it at once.
 * @param dir folder of the cluster.
 * @returns the password of the server's role
 */
export async function prepareServerRole(dir: string, port: number): Promise<string> {
  const { password } = readPasswords(dir);
  return await withClient(addressOf(OWNER_ROLE, password, port, 'postgres'), async (owner) => {
    await owner.query(`select pg_advisory_lock(${LOCK})`);
    // Read again: another process may just have written it.
    const serverPassword = readPasswords(dir).serverPassword ?? newPassword();
    const { rowCount } = await owner.query('select 1 from pg_roles where rolname = $1', [SERVER_ROLE]);
    if (rowCount === 0) await owner.query(`create role ${SERVER_ROLE}`);
    await owner.query(
      `alter role ${SERVER_ROLE} login nosuperuser nocreatedb nocreaterole noreplication nobypassrls
        password '${serverPassword}'`,
    );
    writePasswords(dir, { password, serverPassword });
    const found = await owner.query(`select 1 from pg_database where datname = '${DATABASE}'`);
    if (found.rowCount === 0) await owner.query(`create database ${DATABASE} owner ${SERVER_ROLE}`);
    else await owner.query(`alter database ${DATABASE} owner to ${SERVER_ROLE}`);
    // Nobody but their owner has to enter the databases that every cluster has.
    await owner.query(`revoke connect, temporary on database postgres, template1 from public`);
    await withClient(addressOf(OWNER_ROLE, password, port, DATABASE), async (client) => await client.query(HAND_OVER));
    return serverPassword;
  });
}
