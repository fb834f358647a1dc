import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { pino } from 'pino';
import { createApp, type App, type AppOptions } from '../../src/app.js';
import { loadConfig } from '../../src/config.js';
import type { Role } from '../../src/domain/roles.js';
import { toNodeId } from '../../src/domain/node-id.js';
import { Person } from '../../src/entities/people/person.entity.js';
import { issueAccessToken } from '../../src/services/people/access-token.service.js';
import { TestClient } from './client.js';
import { createTestDatabase, type TestDatabase } from './database.js';
import { until } from './until.js';

/** An app on a database of its own, or a second one on the database of another. */
export interface TestApp extends App {
  readonly testDatabase: TestDatabase;
  /** A client for a person (made on first use of the name) who holds the given roles. */
  as(name: string, ...roles: Role[]): Promise<TestClient>;
  /** A client without a token. */
  anonymous(): TestClient;
  /** How many rows a table has; `select count(*) from <from>`. */
  count(from: string): Promise<number>;
  /**
   * How many SQL statements the read side runs for something. It is run twice and counted the second time: the first
   * may also have to check the token.
   */
  statements(read: () => Promise<unknown>): Promise<number>;
  /** Closes clients, checks that no subscription is left, stops the app, drops the database. */
  end(): Promise<void>;
}

/** Options of {@link startTestApp}. */
export interface TestAppOptions extends AppOptions {
  /** Environment variables on top of the test's own. */
  readonly env?: Record<string, string>;
  /** Another app whose database is shared; the database goes when that one ends. */
  readonly beside?: TestApp;
}

/** Starts an app with jobs driven by hand (`app.jobs.runOnce()`) unless `work: 'start'` is given. */
export async function startTestApp(options: TestAppOptions = {}): Promise<TestApp> {
  const testDatabase = options.beside?.testDatabase ?? (await createTestDatabase());
  const dataDir =
    options.beside?.config.dataDir ?? mkdtempSync(join(process.env['INTERLOCK_TEST_FOLDER'] as string, 'data-'));
  const config = loadConfig({
    NODE_ENV: 'test',
    PORT: '0',
    DATABASE_URL: testDatabase.url,
    INTERLOCK_DATA_DIR: dataDir,
    INTERLOCK_READ_POOL: '4',
    INTERLOCK_WRITE_POOL: '4',
    INTERLOCK_EXECUTOR: process.env['INTERLOCK_TEST_EXECUTOR'] ?? '',
    ...options.env,
  });
  const app = await createApp(config, {
    work: 'manual',
    log: pino({ level: process.env['LOG_LEVEL'] ?? 'silent' }),
    ...options,
  });
  const clients: TestClient[] = [];
  const people = new Map<string, TestClient>();
  return {
    ...app,
    testDatabase,
    as: async (name, ...roles) => {
      const key = `${name}:${roles.join()}`;
      const known = people.get(key);
      if (known) return known;
      // A domain of its own: the sample data has people of the same names.
      const email = `${name}@cast.test`;
      const { text, personId } = await app.transact(async (uow) => {
        const person = (await uow.em.findOne(Person, { email })) ?? uow.em.create(Person, { name, email, roles });
        // A token carries only what its person holds; the same name may come with other roles later.
        person.roles = [...new Set([...person.roles, ...roles])];
        await uow.em.flush();
        return {
          text: issueAccessToken(uow, { name: 'test', personId: person.id, roles, days: 300 }).text,
          personId: person.id,
        };
      });
      const client = new TestClient(app.url, text, toNodeId('Person', personId), app);
      clients.push(client);
      people.set(key, client);
      return client;
    },
    anonymous: () => {
      const client = new TestClient(app.url, undefined, '', app);
      clients.push(client);
      return client;
    },
    count: async (from) => Number((await app.readDatabase.pool.query(`select count(*) as n from ${from}`)).rows[0]?.n),
    statements: async (read) => {
      await read();
      const before = app.readDatabase.statements;
      await read();
      return app.readDatabase.statements - before;
    },
    end: async () => {
      for (const client of clients) await client.close();
      await until(
        () => app.services.hub.followers === 0 && app.sockets() === 0,
        () =>
          'all subscriptions and sockets to be gone ' +
          `(${app.services.hub.followers} followers, ${app.sockets()} sockets)`,
      );
      await app.stop();
      if (!options.beside) await testDatabase.drop();
    },
  };
}
