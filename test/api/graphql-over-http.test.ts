import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { auditServer } from 'graphql-http';
import { startTestApp, type TestApp } from '../support/app.js';
import { castOf } from '../support/cast.js';

let app: TestApp;
beforeAll(async () => {
  app = await startTestApp();
});
afterAll(async () => await app.end());

// Who sends the header that needs a preflight is no forged form; without it Apollo's guard against CSRF answers GET
// with 400, which three of the audits ("MAY accept GET") remark upon.
test('all 61 audits of GraphQL over HTTP pass, for who is signed in and sends the preflight header', async () => {
  const { headers } = (await castOf(app, 'auditor')).auditor;
  const results = await auditServer({
    url: `${app.url}/graphql`,
    fetchFn: async (url: string, init: RequestInit = {}) =>
      await fetch(url, {
        ...init,
        headers: { ...(init.headers as Record<string, string>), ...headers, 'apollo-require-preflight': 'true' },
      }),
  });
  expect(
    results.filter(({ status }) => status !== 'ok').map(({ id, name, status }) => `${status} ${id} ${name}`),
  ).toEqual([]);
  expect(results).toHaveLength(61);
});

test('without the preflight header the audits find nothing but the remark that GET needs it', async () => {
  const { headers } = (await castOf(app, 'auditor')).auditor;
  const results = await auditServer({
    url: `${app.url}/graphql`,
    fetchFn: async (url: string, init: RequestInit = {}) =>
      await fetch(url, { ...init, headers: { ...(init.headers as Record<string, string>), ...headers } }),
  });
  const rest = results.filter(({ status }) => status !== 'ok');
  expect(rest.map(({ status }) => status).filter((status) => status !== 'notice')).toEqual([]);
  expect(rest.map(({ id }) => id).sort()).toEqual(['5A70', '6A70', 'D6D5']);
});
