import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { startTestApp, type TestApp } from '../support/app.js';
import { post, refusedOverWebSocket } from '../support/doors.js';
import { writingNothing } from '../support/refusals.js';

const MOST = 6;
let app: TestApp;

beforeAll(async () => {
  app = await startTestApp({ env: { INTERLOCK_RATE_LIMIT: String(MOST), INTERLOCK_STRANGER_LIMIT: String(MOST) } });
});
afterAll(async () => await app.end());

const QUERY = { query: '{ configurationItems { nodes { name } } }' };
const REGISTER = {
  query:
    'mutation { configurationItemRegister(input: { name: "once too often", ciClass: SERVER }) { userErrors { ' +
    'message } } }',
};
const codes = ({ errors }: { readonly errors?: readonly { readonly extensions: any }[] }) =>
  errors?.map(({ extensions }) => extensions.code);

test(
  'who sends too many operations is stopped at both doors, told when to come back, and changes nothing; ' +
    'nobody else notices',
  async () => {
    const hasty = await app.as('hasty', 'CONFIGURATION_MANAGER');
    const calm = await app.as('calm', 'CONFIGURATION_MANAGER');
    // The same query again and again: what the server knows is counted like what it sees for the first time, and once
    // each.
    for (let i = 0; i < MOST; i++) expect(codes(await post(app, QUERY, hasty.token))).toBeUndefined();
    for (const question of [QUERY, REGISTER, { query: '{ __typename }' }]) {
      const answer = await writingNothing(app, async () => await post(app, question, hasty.token));
      expect(answer.status).toBe(429);
      expect(answer.data).toBeUndefined();
      expect(codes(answer)).toEqual(['RATE_LIMITED']);
      const { retryAfterSeconds } = answer.errors?.[0]?.extensions as unknown as { retryAfterSeconds: number };
      expect(retryAfterSeconds).toBeGreaterThanOrEqual(1);
      expect(retryAfterSeconds).toBeLessThanOrEqual(10);
      expect(answer.headers.get('retry-after')).toBe(String(retryAfterSeconds));
    }
    const errors = await refusedOverWebSocket(app, { query: 'subscription { eventStream { caughtUp } }' }, hasty.token);
    expect(errors.map(({ extensions }) => extensions.code)).toEqual(['RATE_LIMITED']);
    expect(codes(await post(app, REGISTER, calm.token))).toBeUndefined();
  },
);

test('subscriptions count too', async () => {
  const keen = await app.as('keen', 'AUDITOR');
  for (let i = 0; i < MOST; i++) {
    const stream = keen.subscribe('subscription { eventStream { caughtUp } }');
    expect((await stream.next()).value?.errors).toBeUndefined();
    await stream.return?.();
  }
  expect((await post(app, QUERY, keen.token)).status).toBe(429);
});

test('who is not signed in is told apart by address', async () => {
  for (let i = 0; i < MOST; i++) expect((await post(app, { query: '{ __typename }' }, undefined)).status).toBe(200);
  expect((await post(app, { query: '{ __typename }' }, undefined)).status).toBe(429);
});
