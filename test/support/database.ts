import { randomUUID } from 'node:crypto';
import pg from 'pg';

/** A database of a test's own, cloned from the template that the migrations built. */
export interface TestDatabase {
  readonly url: string;
  drop(): Promise<void>;
}

async function admin(statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: process.env['INTERLOCK_TEST_SERVER'] });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}

const freshName = () => `t_${randomUUID().replaceAll('-', '')}`;

function testDatabase(name: string): TestDatabase {
  const url = new URL(process.env['INTERLOCK_TEST_SERVER'] as string);
  url.pathname = `/${name}`;
  return { url: url.href, drop: async () => await admin(`drop database if exists ${name} with (force)`) };
}

/** Makes a database without any table, for tests of the migrations themselves. */
export async function createEmptyDatabase(): Promise<TestDatabase> {
  const name = freshName();
  await admin(`create database ${name} template template0`);
  return testDatabase(name);
}

/** Clones the template. */
export async function createTestDatabase(): Promise<TestDatabase> {
  const name = freshName();
  for (let tries = 0; ; tries++) {
    try {
      // Copying files takes half the processor time of writing every page to the log, which is the default.
      await admin(`create database ${name} template ${process.env['INTERLOCK_TEST_TEMPLATE']} strategy file_copy`);
      break;
    } catch (error) {
      // Two workers cloning at the same moment: the template counts as "being accessed" for an instant.
      if ((error as { code?: string }).code !== '55006' || tries > 50) throw error;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
  return testDatabase(name);
}
