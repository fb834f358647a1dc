// The explorer page in a real browser: sign in, query, subscribe, see events arrive, also across a restart of the
// server; and all of
// it without a request to anybody else.
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { chromium } from 'playwright-core';
import { startInterlock } from './support/server.mjs';

const CHROMIUM = process.env.CHROMIUM ?? '/usr/bin/chromium';
const skip = existsSync(CHROMIUM) ? false : `no Chromium at ${CHROMIUM} (apt-get install chromium, or set CHROMIUM)`;
const QUIET = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

let interlock;
let browser;
let page;
const foreign = [];
const complaints = [];

before(async () => {
  if (skip) return;
  interlock = await startInterlock();
  browser = await chromium.launch({ executablePath: CHROMIUM, args: QUIET });
  page = await browser.newPage({ viewport: { width: 1280, height: 860 } });
  const { host } = new URL(interlock.url);
  const note = (address) => {
    const url = new URL(address);
    if (['http:', 'https:', 'ws:', 'wss:'].includes(url.protocol) && url.host !== host) foreign.push(address);
  };
  page.on('request', (request) => note(request.url()));
  page.on('websocket', (socket) => note(socket.url()));
  page.on('pageerror', (error) => complaints.push(`page error: ${error.message}`));
  page.on('console', (message) => {
    if (message.type() === 'error' && !/WebSocket|401|ERR_CONNECTION/.test(message.text()))
      complaints.push(message.text().slice(0, 300));
  });
});

after(async () => {
  await browser?.close();
  await interlock?.end();
});

const register = (name) =>
  interlock.query(
    'mutation($input: ConfigurationItemRegisterInput!) { configurationItemRegister(input: $input) { ' +
      'configurationItem { id } userErrors { message } } }',
    {
      input: { name, ciClass: 'SERVER' },
    },
  );

/** Runs one of the operations in the editor by the menu of the run button. */
async function runOperation(name) {
  await page.locator('.graphiql-execute-button').click();
  await page.getByRole('menuitem', { name }).click();
}

const events = () => page.getByTestId('events').locator('li').allInnerTexts();

async function eventually(what, condition) {
  const end = Date.now() + 20_000;
  for (;;) {
    const value = await condition();
    if (value) return value;
    if (Date.now() > end)
      throw new Error(`Waited in vain for ${what}. The page shows:\n${await page.locator('body').innerText()}`);
    await page.waitForTimeout(50);
  }
}

test('explorer: sign in, query, subscription, events, restart, all offline', { skip }, async () => {
  await page.goto(`${interlock.url}/graphql`);
  await page.getByLabel('Access token').fill('ilk_not_a_token');
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('alert').waitFor();
  assert.equal(await page.locator('.graphiql-container').count(), 0, 'a bad token shows no editor');

  await page.getByLabel('Access token').fill(interlock.token);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.locator('.graphiql-execute-button').waitFor();

  // The schema was loaded with the token: the documentation shows it.
  await page.getByRole('button', { name: /Documentation Explorer/i }).click();
  await eventually('the schema in the documentation', async () =>
    /query:\s*Query/.test(await page.locator('.graphiql-doc-explorer').innerText()),
  );
  await page.getByRole('button', { name: /Documentation Explorer/i }).click();

  await runOperation('LatestEvents');
  await eventually('the answer of the query', async () =>
    /"nodes"/.test((await page.locator('.result-window').innerText()).replaceAll('\u00a0', ' ')),
  );

  await runOperation('WhatHappens');
  await eventually(
    'the subscription to be connected',
    async () => (await page.getByTestId('status').innerText()) === 'connected',
  );
  await eventually('the first message', async () =>
    /"caughtUp"/.test((await page.locator('.result-window').innerText()).replaceAll('\u00a0', ' ')),
  );
  await register('explorer-one');
  await eventually('the event', async () => (await events()).some((line) => line.includes('explorer-one')));
  if (process.env.EXPLORER_SCREENSHOT) await page.screenshot({ path: process.env.EXPLORER_SCREENSHOT });

  // The server goes and comes back; what happened meanwhile arrives too, once.
  await interlock.restart();
  await register('explorer-two');
  await eventually('the event after the restart', async () =>
    (await events()).some((line) => line.includes('explorer-two')),
  );
  await register('explorer-three');
  await eventually('the next event', async () => (await events()).some((line) => line.includes('explorer-three')));
  const seen = (await events()).map((line) => /explorer-\w+/.exec(line)?.[0]).filter(Boolean);
  assert.deepEqual(seen, ['explorer-three', 'explorer-two', 'explorer-one'], 'each event once, newest first');

  const kept = await page.evaluate(() => JSON.stringify({ ...localStorage }) + document.cookie);
  assert.ok(!kept.includes(interlock.token), 'the token is kept in sessionStorage only');
  assert.ok((await page.evaluate(() => JSON.stringify({ ...sessionStorage }))).includes(interlock.token));
  await page.reload();
  await page.locator('.graphiql-execute-button').waitFor();
  await page.getByRole('button', { name: 'Sign out' }).click();
  await page.getByLabel('Access token').waitFor();
  assert.equal(await page.evaluate(() => sessionStorage.length), 0, 'signing out forgets the token');

  assert.deepEqual(foreign, [], 'no request to any other host');
  assert.deepEqual(complaints, [], 'nothing that the page or its policy complains about');
});

test('explorer: its policy forbids talking to others', { skip }, async () => {
  // The negative control of "no request to any other host": the page itself is not able to make one.
  const refused = await page.evaluate(async () => {
    const violation = new Promise((done) =>
      document.addEventListener('securitypolicyviolation', (e) => done(e.effectiveDirective), { once: true }),
    );
    await fetch('http://127.0.0.1:9/elsewhere').catch(() => {});
    return await violation;
  });
  assert.equal(refused, 'connect-src');
});
