import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { startTestApp, type TestApp } from '../../support/app.js';
import { castOf } from '../../support/cast.js';
import type { TestClient } from '../../support/client.js';
import { post, refusedOverWebSocket } from '../../support/doors.js';

let app: TestApp;
let auditor: TestClient;
beforeAll(async () => {
  app = await startTestApp();
  ({ auditor } = await castOf(app, 'auditor'));
});
afterAll(async () => await app.end());

const many = (n: number, make: (i: number) => string) => Array.from({ length: n }, (_, i) => make(i)).join(' ');

/** About 15 kB each. The validator of graphql-js takes half a second for such a document. */
const DOCUMENTS = {
  'a field with fields, again and again': [
    `{ ${'viewer { roles } '.repeat(900)} }`,
    'caughtUp events { id } '.repeat(600),
  ],
  'a deep field, again and again': [
    `{ ${'viewer { person { name teams(first: 1) { nodes { name } } } } '.repeat(240)} }`,
    'events { subject { id } } '.repeat(500),
  ],
  'a plain field, again and again': [`{ viewer { ${'roles '.repeat(2_500)} } }`, 'caughtUp '.repeat(1_600)],
  'many fragments with the same fields': [
    `{ ${many(180, (i) => `...f${i}`)} } ` +
      many(180, (i) => `fragment f${i} on Query { viewer { roles person { id name } } }`),
    `${many(250, () => `... on EventBatch { events { id type } }`)}`,
  ],
} as const;

test.each(Object.entries(DOCUMENTS))(
  'both doors refuse %s before the validator compares it',
  async (_, [query, fields]) => {
    const http = await post(app, { query }, auditor.token);
    const socket = await refusedOverWebSocket(
      app,
      { query: `subscription { eventStream { ${fields} } }` },
      auditor.token,
    );
    for (const errors of [http.errors, socket])
      expect(errors).toEqual([
        {
          message: expect.stringContaining('the same fields too often'),
          extensions: { code: 'LIMIT_EXCEEDED', max: 20_000 },
        },
      ]);
  },
);

test('what clients repeat is answered: a union with a fragment per type, and fragments of components', async () => {
  const types = ['Release', 'Change', 'Task', 'Distribution', 'Person', 'Team', 'ConfigurationItem', 'DmlItem'];
  const query = `{ node(id: "${auditor.personId}") {
    ${types.map((type) => `... on ${type} { id __typename } ...${type}Row`).join(' ')} } }
    ${types.map((type) => `fragment ${type}Row on ${type} { id __typename }`).join(' ')}`;
  expect((await auditor.ok(query)).node).toEqual({ id: auditor.personId, __typename: 'Person' });
});
