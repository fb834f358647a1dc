// The example scripts that need a program from outside npm.
import assert from 'node:assert/strict';
import { execFile, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { root, startInterlock } from './support/server.mjs';

const hasCurl = spawnSync('curl', ['--version']).status === 0;

test(
  'examples: first steps and a look into the past with curl',
  { skip: hasCurl ? false : 'no curl in the path (apt-get install curl)' },
  async (t) => {
    const interlock = await startInterlock();
    t.after(async () => await interlock.end());
    const { stdout } = await promisify(execFile)('bash', [join(root, 'examples/curl/first-steps.sh')], {
      env: { PATH: process.env.PATH, URL: interlock.url, TOKEN: interlock.token },
    });
    const answers = stdout
      .split('\n')
      .filter((line) => line.startsWith('{'))
      .map((line) => JSON.parse(line));
    const [viewer, registered, replayed, upserted, page, authorised, refused, wrong] = answers;
    assert.equal(answers.length, 8);
    assert.ok(viewer.data.viewer.roles.includes('CONFIGURATION_MANAGER'));
    assert.equal(registered.data.configurationItemRegister.replayed, false);
    assert.equal(replayed.data.configurationItemRegister.replayed, true);
    assert.deepEqual(
      replayed.data.configurationItemRegister.configurationItem,
      registered.data.configurationItemRegister.configurationItem,
    );
    assert.deepEqual(upserted.data.configurationItemUpsert.configurationItem.externalRef, {
      source: 'inventory',
      key: '4711',
    });
    assert.ok(page.data.configurationItems.nodes.some((node) => node.name === 'web-01'));
    assert.deepEqual(authorised.data.configurationItemAuthorise, {
      configurationItem: { state: 'AUTHORISED' },
      userErrors: [],
    });
    assert.deepEqual(
      refused.data.configurationItemAuthorise.userErrors.map((e) => e.code),
      ['ILLEGAL_TRANSITION'],
    );
    assert.equal(wrong.errors[0].extensions.code, 'BAD_USER_INPUT');

    const script = join(root, 'examples/curl/what-ran-then.sh');
    const moments = [new Date().toISOString(), '2020-01-01T00:00:00Z'];
    const then = await promisify(execFile)('bash', [script, 'web-01', ...moments], {
      env: { PATH: process.env.PATH, URL: interlock.url, TOKEN: interlock.token },
    });
    const { data: known, errors } = JSON.parse(then.stdout);
    assert.equal(errors, undefined);
    const { asWeKnowNow, asWeKnewThen } = known;
    assert.deepEqual(
      [asWeKnowNow, asWeKnewThen].map(({ configurationItems }) => configurationItems.nodes.map(({ state }) => state)),
      [['AUTHORISED'], []],
    );
  },
);
