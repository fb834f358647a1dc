import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { startTestApp, type TestApp } from '../../support/app.js';

// Everybody who reached the server read its metrics: how much is done, by whom it is used, which errors it gives.

const TOKEN = 'metrics-of-the-test-0123456789';
let open: TestApp;

beforeAll(async () => {
  open = await startTestApp();
});
afterAll(async () => await open.end());

const get = async (url: string, authorization?: string) =>
  await fetch(url, authorization === undefined ? {} : { headers: { authorization } });

describe('/metrics', () => {
  test('with a token is shown to its bearer only', async () => {
    const app = await startTestApp({ beside: open, env: { INTERLOCK_METRICS_TOKEN: TOKEN } });
    const admin = await open.as('ada', 'ADMINISTRATOR');
    const wrong = [undefined, '', 'Bearer', `Bearer ${TOKEN}x`, `Basic ${TOKEN}`, `Bearer ${admin.token}`, TOKEN];
    for (const authorization of wrong) {
      const response = await get(app.metricsUrl, authorization);
      expect([authorization, response.status, response.headers.get('www-authenticate')]).toEqual([
        authorization,
        401,
        'Bearer',
      ]);
      expect(await response.json()).toMatchObject({ errors: [{ extensions: { code: 'UNAUTHENTICATED' } }] });
    }
    const shown = await get(app.metricsUrl, `Bearer ${TOKEN}`);
    expect(shown.status).toBe(200);
    expect(await shown.text()).toContain('interlock_requests_total');
    // It opens nothing else, and the other routes for operators do not ask for it.
    expect((await get(`${app.url}/graphql?query=%7Bviewer%7Bvia%7D%7D`, `Bearer ${TOKEN}`)).status).toBe(401);
    expect((await get(`${app.url}/readyz`)).status).toBe(200);
    await app.end();
  });

  test('with an address of its own is served there and nowhere else, and nothing else is served there', async () => {
    const env = { INTERLOCK_METRICS_ADDRESS: '127.0.0.1:0', INTERLOCK_METRICS_TOKEN: TOKEN };
    const app = await startTestApp({ beside: open, env });
    expect(new URL(app.metricsUrl).port).not.toBe(new URL(app.url).port);
    expect((await get(`${app.url}/metrics`, `Bearer ${TOKEN}`)).status).toBe(404);
    expect((await get(app.metricsUrl)).status).toBe(401);
    expect((await get(app.metricsUrl, `bearer ${TOKEN}`)).status).toBe(200);
    for (const path of ['/graphql', '/healthz', '/media/versions/x'])
      expect((await get(new URL(path, app.metricsUrl).href, `Bearer ${TOKEN}`)).status).toBe(404);
    await app.end();
    await expect(get(app.metricsUrl)).rejects.toThrow();
  });

  test('on an address that is taken stops the start with advice', async () => {
    const env = { INTERLOCK_METRICS_ADDRESS: new URL(open.url).host };
    await expect(startTestApp({ beside: open, env })).rejects.toThrow('Set INTERLOCK_METRICS_ADDRESS.');
  });

  test('is open without these settings', async () => {
    expect(open.metricsUrl).toBe(`${open.url}/metrics`);
    expect((await get(open.metricsUrl)).status).toBe(200);
  });
});
