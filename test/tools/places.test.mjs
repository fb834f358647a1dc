// Interlock where it will live: run by a user who is not root, and on a PostgreSQL of somebody else, the oldest that it
// supports.
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, chownSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { freePort, root, startInterlock } from './support/server.mjs';

const isRoot = process.getuid?.() === 0;
const POSTGRES = process.env.POSTGRES_BIN ?? '/usr/lib/postgresql/15/bin';

const idOf = (name) => ({
  uid: Number(execFileSync('id', ['-u', name])),
  gid: Number(execFileSync('id', ['-g', name])),
});

/** Things to undo at the end of a test, the last one first (node:test itself goes the other way). */
function undoAtEnd(t) {
  const steps = [];
  t.after(async () => {
    for (const step of steps.toReversed()) await step();
  });
  return (step) => steps.push(step);
}

/** The installed package at a place that a user can read: here, or in a copy made of hard links where they go. */
function readableHome(user, folder) {
  const probe = spawnSync('test', ['-r', join(root, 'bin', 'interlock.mjs')], { ...user });
  if (probe.status === 0) return root;
  const copy = join(folder, 'home');
  if (spawnSync('cp', ['-al', root, copy]).status !== 0) execFileSync('cp', ['-a', root, copy]);
  chmodSync(copy, 0o755);
  return copy;
}

async function assertWorks(interlock) {
  const { configurationItemRegister } = await interlock.query(
    'mutation($input: ConfigurationItemRegisterInput!) { configurationItemRegister(input: $input) { ' +
      'configurationItem { number } userErrors { message } } }',
    { input: { name: 'place', ciClass: 'SERVER' } },
  );
  assert.deepEqual(configurationItemRegister.userErrors, []);
  await interlock.restart();
  const { configurationItems } = await interlock.query(
    '{ configurationItems(filter: { name: { eq: "place" } }) { nodes { number } } }',
  );
  assert.deepEqual(configurationItems.nodes, [configurationItemRegister.configurationItem], 'it finds its data again');
}

test(
  'places: a user who is not root, embedded database',
  { skip: isRoot ? false : 'this is not root: there is no other user to become' },
  async (t) => {
    const undo = undoAtEnd(t);
    const folder = mkdtempSync(join(tmpdir(), 'interlock-home-'));
    undo(() => rmSync(folder, { recursive: true, force: true }));
    chmodSync(folder, 0o755);
    const user = idOf('nobody');
    const interlock = await startInterlock({}, user, readableHome(user, folder));
    undo(async () => await interlock.end());
    await assertWorks(interlock);
  },
);

test(
  'places: PostgreSQL 15 by DATABASE_URL',
  {
    skip: existsSync(join(POSTGRES, 'postgres'))
      ? false
      : `no PostgreSQL at ${POSTGRES} (apt-get install postgresql-15, or set POSTGRES_BIN)`,
  },
  async (t) => {
    const undo = undoAtEnd(t);
    const user = isRoot ? idOf('postgres') : {};
    const folder = mkdtempSync(join(tmpdir(), 'interlock-postgres-'));
    undo(() => rmSync(folder, { recursive: true, force: true }));
    if (isRoot) chownSync(folder, user.uid, user.gid);
    const data = join(folder, 'data');
    const port = await freePort();
    // pg_ctl leaves the server behind with its output: it must not inherit ours, or nobody would ever see its end.
    const pg = (program, ...args) =>
      execFileSync(join(POSTGRES, program), args, { ...user, cwd: folder, stdio: ['ignore', 'ignore', 'pipe'] });
    pg('initdb', '-D', data, '-U', 'interlock', '-A', 'trust', '--encoding=UTF8', '--no-locale');
    execFileSync(
      join(POSTGRES, 'pg_ctl'),
      [
        '-D',
        data,
        '-l',
        join(folder, 'log'),
        '-o',
        `-p ${port} -k ${folder} -c listen_addresses=127.0.0.1 -c fsync=off`,
        '-w',
        'start',
      ],
      { ...user, cwd: folder, stdio: 'ignore' },
    );
    undo(() => pg('pg_ctl', '-D', data, '-m', 'immediate', 'stop'));
    pg('createdb', '-h', '127.0.0.1', '-p', String(port), '-U', 'interlock', 'elsewhere');
    const interlock = await startInterlock({ DATABASE_URL: `postgres://interlock@127.0.0.1:${port}/elsewhere` });
    undo(async () => await interlock.end());
    await assertWorks(interlock);
    const rows = execFileSync(
      join(POSTGRES, 'psql'),
      [
        '-h',
        '127.0.0.1',
        '-p',
        String(port),
        '-U',
        'interlock',
        '-Atc',
        `select name from configuration_item where name = 'place'`,
        'elsewhere',
      ],
      { encoding: 'utf8' },
    );
    assert.equal(rows.trim(), 'place', 'the data is in that server');
  },
);
