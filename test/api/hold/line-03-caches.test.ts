import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { parse } from 'graphql';
import { DOCUMENT_BOUNDS, documentBytes, DocumentStore } from '../../../src/server/graphql/document-store.js';
import { startTestApp, type TestApp } from '../../support/app.js';
import { castOf } from '../../support/cast.js';
import type { TestClient } from '../../support/client.js';
import { metricsOf } from '../../support/metrics.js';
import { RawSocket } from '../../support/raw-socket.js';

const MiB = 1_048_576;
let app: TestApp;
let auditor: TestClient;
beforeAll(async () => {
  // The other executor has no caches of its own.
  app = await startTestApp({ env: { INTERLOCK_EXECUTOR: 'compiled' } });
  ({ auditor } = await castOf(app, 'auditor'));
});
afterAll(async () => await app.end());

/** The size of each cache, in bytes. */
async function caches(): Promise<Record<string, number>> {
  const found = [...(await metricsOf(app))].flatMap(([name, value]) => {
    const [, cache] = /^interlock_cache_bytes\{cache="(\w+)"\}$/.exec(name) ?? [];
    return cache === undefined ? [] : [[cache, value] as const];
  });
  return Object.fromEntries(found);
}

const BOUNDS: Readonly<Record<string, number>> = {
  documents: 32 * MiB,
  queries: 32 * MiB,
  operations: 32 * MiB,
  statements: 40 * MiB,
  subscriptions: 8 * MiB,
  tokens: 8 * MiB,
};

describe('somebody who is signed in', () => {
  test('cannot make the server remember more than its bounds by large documents', async () => {
    const blanks = ' '.repeat(240_000);
    for (let i = 0; i < 80; i++) await auditor.ok(`{ viewer { roles } } #${i}${blanks}`);
    const found = await caches();
    // Eighty of them have 38 MB.
    expect(found['documents']).toBeGreaterThan(24 * MiB);
    for (const [cache, bytes] of Object.entries(found))
      expect([cache, bytes <= (BOUNDS[cache] ?? 0)]).toEqual([cache, true]);
  });

  test('nor by short names, whose tokens take more than their text', async () => {
    const names = 'roles '.repeat(150);
    for (let i = 0; i < 40; i++) await auditor.ok(`query Q${i} { viewer { ${names} } }`);
    for (const [cache, bytes] of Object.entries(await caches()))
      expect([cache, bytes <= (BOUNDS[cache] ?? 0)]).toEqual([cache, true]);
  });

  test('nor by variables, of which the shapes of requests are made', async () => {
    const query = 'query ($filter: ConfigurationItemFilter) { configurationItems(filter: $filter) { totalCount } }';
    for (let i = 0; i < 20; i++)
      await auditor.ok(query, {
        filter: { name: { in: Array.from({ length: 60 }, (_, k) => `${i}-${k}`.repeat(200)) } },
      });
    expect((await caches())['statements']).toBeLessThanOrEqual(BOUNDS['statements'] ?? 0);
  });

  test('nor over the WebSocket', async () => {
    const socket = await new RawSocket(app.url).init(auditor.token);
    for (let i = 0; i < 60; i++) {
      const query = `subscription { eventStream { caughtUp } } #${i}${' '.repeat(60_000)}`;
      await socket.send({ id: `${i}`, type: 'subscribe', payload: { query } }, { id: `${i}`, type: 'complete' });
    }
    await socket.send({ type: 'ping' });
    await socket.until((all) => all.some(({ type }) => type === 'pong'));
    await socket.close();
    const bytes = (await caches())['subscriptions'];
    expect(bytes).toBeGreaterThan(6 * MiB);
    expect(bytes).toBeLessThanOrEqual(BOUNDS['subscriptions'] ?? 0);
  });

  test('fills every cache that there is, so that the bounds above are those of all', async () => {
    expect(Object.keys(await caches()).sort()).toEqual(Object.keys(BOUNDS).sort());
  });
});

test('tokens that are none are not remembered', async () => {
  await auditor.ok('{ viewer { roles } }');
  const before = (await caches())['tokens'];
  expect(before).toBeGreaterThan(0);
  for (let i = 0; i < 50; i++) {
    const { status } = await auditor.send('{ viewer { roles } }', {}, { authorization: `Bearer nonsense${i}` });
    expect(status).toBe(401);
  }
  expect((await caches())['tokens']).toBe(before);
});

describe('a document', () => {
  test('is measured with its text, and with its tokens also in comments', () => {
    const size = (text: string) => documentBytes(parse(text));
    expect(size(`{ a } #${' '.repeat(1_000_000)}`)).toBeGreaterThan(2_000_000);
    expect(size(`{ ${'a '.repeat(1_000)} }`)).toBeGreaterThan(500_000);
    expect(size(`{ a ${'\n#'.repeat(1_000)}\n}`)).toBeGreaterThan(100_000);
  });

  test('of which nobody knows the size is not kept', async () => {
    const store = new DocumentStore();
    await store.set('unknown', parse('{ a }', { noLocation: true }));
    expect(await store.get('unknown')).toBeUndefined();
    await store.set('known', parse('{ a }'));
    expect(await store.get('known')).toBeDefined();
    for (let i = 0; i < 2 * DOCUMENT_BOUNDS.entries; i++) await store.set(`${i}`, parse('{ a }'));
    expect(await store.get('known')).toBeUndefined();
    expect(store.bytes).toBeLessThanOrEqual(DOCUMENT_BOUNDS.bytes);
  });
});
