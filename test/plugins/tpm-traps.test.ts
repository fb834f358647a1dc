import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { TpmProfile } from '../../plugins/tpm/profile-format.js';
import type { AdapterError } from '../../src/adapters/adapter.js';
import { connect, endOf, patience, requestFor, type Instance } from './support/tpm-instance.js';
import { commandProfile, PASSWORD, soapProfile, startTpm, type TpmSimulator } from './support/tpm-simulator.js';

const devices = {
  odd: { end: 'PARTIALLY_DONE_7' },
  fails: { end: 'failed', message: 'The installer ended with 12.' },
  long: { createdMs: 0, runMs: 60_000 },
  waiting: { createdMs: 60_000 },
};

let tool: TpmSimulator;
beforeAll(async () => {
  tool = await startTpm({ devices });
});
afterAll(async () => await tool.stop());

/** The deployment requests that the tool has for a run. */
const createdFor = (key: string, at = tool) =>
  at.created().filter(({ requestParameters }) => requestParameters.includes(`ReleaseKey=${key}.`));

const refusalOf = async (call: Promise<unknown>): Promise<AdapterError> =>
  await call.then(
    () => {
      throw new Error('The call was not refused.');
    },
    (error: AdapterError) => error,
  );

describe('an order that does not go through', () => {
  test.each<[string, Record<string, unknown>, string, number]>([
    // What comes before the tool takes the order: nothing has happened, and the same order can be sent again.
    ['http-401', {}, 'UNAUTHENTICATED', 0],
    ['http-403', {}, 'PERMISSION_DENIED', 0],
    ['http-404', {}, 'FAILED_PRECONDITION', 0],
    ['http-429', { retryAfter: '7' }, 'RESOURCE_EXHAUSTED', 0],
    ['http-503', { retryAfter: '7' }, 'UNAVAILABLE', 0],
    // What leaves the outcome open: the tool has the order in half of the cases, and is never sent it again.
    ['http-502', {}, 'OUTCOME_UNKNOWN', 0],
    ['http-503', {}, 'OUTCOME_UNKNOWN', 0],
    ['html-500', {}, 'OUTCOME_UNKNOWN', 0],
    ['drop', {}, 'OUTCOME_UNKNOWN', 0],
    ['hang', {}, 'OUTCOME_UNKNOWN', 0],
    ['lost-answer', {}, 'OUTCOME_UNKNOWN', 1],
    ['late-answer', {}, 'OUTCOME_UNKNOWN', 1],
    ['html-200', {}, 'OUTCOME_UNKNOWN', 1],
    ['truncated', {}, 'OUTCOME_UNKNOWN', 1],
    ['doctype', {}, 'OUTCOME_UNKNOWN', 1],
    ['huge', {}, 'OUTCOME_UNKNOWN', 1],
  ])('%s %j is %s, and %i deployment request exists', async (kind, more, code, created) => {
    const { adapter } = await connect(tool, soapProfile(), { timeoutMs: 300 });
    const request = requestFor(['9401']);
    await tool.arm('submit', kind, more);
    const error = await refusalOf(adapter.submit(request, patience()));
    expect([error.code, error.retryAfterMs]).toEqual([code, more['retryAfter'] === undefined ? undefined : 7_000]);
    expect(createdFor(request.key)).toHaveLength(created);
    if (code !== 'OUTCOME_UNKNOWN') {
      expect(await adapter.submit(request, patience())).toEqual(await adapter.find(request.key, patience()));
      expect(createdFor(request.key)).toHaveLength(1);
      return;
    }
    expect(await adapter.find(request.key, patience())).toBeNull();
    expect((await refusalOf(adapter.submit(request, patience()))).code).toBe('OUTCOME_UNKNOWN');
    expect(createdFor(request.key)).toHaveLength(created);
  });

  test('while the tool is away is UNAVAILABLE, and is sent once the tool is there', async () => {
    const own = await startTpm();
    const { adapter } = await connect(own, soapProfile());
    await own.stop();
    const request = requestFor(['9401', '9402']);
    expect((await refusalOf(adapter.submit(request, patience()))).code).toBe('UNAVAILABLE');
    expect((await adapter.probe(patience())).status).toBe('broken');
    await own.start();
    const handle = await adapter.submit(request, patience());
    expect(createdFor(request.key, own)).toHaveLength(2);
    expect(await endOf(adapter, handle)).toEqual({
      'ci-0': 'succeeded: erfolgreich',
      'ci-1': 'succeeded: erfolgreich',
    });
    await own.stop();
  });

  test('with a wrong password is UNAUTHENTICATED, and nothing of it shows', async () => {
    const { adapter, shown } = await connect(tool, soapProfile(), { password: { $secret: 'env:WRONG' } });
    const error = await refusalOf(adapter.submit(requestFor(['9401']), patience()));
    expect(error.code).toBe('UNAUTHENTICATED');
    expect(JSON.stringify([error.message, error.native, shown])).not.toContain('another-password');
  });

  test('and is quoted by the tool shows no secret', async () => {
    for (const auth of ['basic', 'wsse-text', 'wsse-digest'] as const) {
      const own = await startTpm({ auth: { kind: auth } });
      const { adapter, shown } = await connect(own, soapProfile({ auth: { kind: auth } }));
      await own.arm('submit', 'echo');
      const error = await refusalOf(adapter.submit(requestFor(['9401']), patience()));
      const all = JSON.stringify([error.message, error.native, error.stack, shown]);
      expect(all).toContain('with the fault Server');
      expect(all).not.toContain(PASSWORD);
      expect(all).not.toContain(Buffer.from(`maxadmin:${PASSWORD}`).toString('base64'));
      expect((await adapter.submit(requestFor(['9401']), patience())).key).toMatch(/^run-/);
      await own.stop();
    }
  });
});

describe('the deployment requests of one run', () => {
  test('go their own ways: some are sent, one is refused, one is unknown', async () => {
    const { adapter } = await connect(tool, soapProfile(), { concurrency: 1 });
    const request = requestFor(['9401', '9402', 'fails', '9404']);
    await tool.arm('submit', 'slow', { ms: 1 });
    await tool.arm('submit', 'lost-answer');
    const handle = await adapter.submit(request, patience());
    expect(createdFor(request.key)).toHaveLength(4);
    expect(await endOf(adapter, handle)).toEqual({
      'ci-0': 'succeeded: erfolgreich',
      'ci-1': 'unknown: no answer',
      'ci-2': 'failed: fehlgeschlagen',
      'ci-3': 'succeeded: erfolgreich',
    });
    expect(await adapter.find(request.key, patience())).toEqual(handle);
    expect(createdFor(request.key)).toHaveLength(4);
  });

  test('stop when the tool goes away in the middle: what was not sent is skipped', async () => {
    const { adapter } = await connect(tool, soapProfile(), { concurrency: 1 });
    const request = requestFor(['9401', '9402', '9403']);
    await tool.arm('submit', 'slow', { ms: 1 });
    await tool.arm('submit', 'http-503', { retryAfter: '7' });
    const handle = await adapter.submit(request, patience());
    expect(await endOf(adapter, handle)).toEqual({
      'ci-0': 'succeeded: erfolgreich',
      'ci-1': 'skipped: not sent',
      'ci-2': 'skipped: not sent',
    });
    expect(createdFor(request.key)).toHaveLength(1);
  });

  test('are not sent on and on to a tool that never answers', async () => {
    const { adapter } = await connect(tool, soapProfile(), { concurrency: 1, timeoutMs: 100 });
    const request = requestFor(['9401', '9402', '9403', '9404', '9405', '9406']);
    await tool.arm('submit', 'slow', { ms: 1 });
    await tool.arm('submit', 'lost-answer', { times: 5 });
    const handle = await adapter.submit(request, patience());
    await tool.arm('submit', 'slow', { ms: 1, times: 0 });
    const states = Object.values(await endOf(adapter, handle));
    expect(states.filter((state) => state === 'unknown: no answer')).toHaveLength(3);
    expect(states.filter((state) => state === 'skipped: not sent')).toHaveLength(2);
    expect(createdFor(request.key)).toHaveLength(4);
  });
});

describe('a profile with a search', () => {
  const searching = (more: Partial<TpmProfile> = {}) => ({ ...soapProfile({}, { search: true }), ...more });

  beforeAll(async () => {
    await tool.stop();
    await tool.start(); // without the faults of the tests before
  });

  test('finds the request whose answer was lost, and sends no second one', async () => {
    const { adapter, workDir } = await connect(tool, searching());
    const request = requestFor(['9401', '9402']);
    await tool.arm('submit', 'lost-answer');
    expect((await refusalOf(adapter.submit(request, patience()))).code).toBe('OUTCOME_UNKNOWN');
    const other = await connect(tool, searching(), { workDir });
    const handle = await other.adapter.find(request.key, patience());
    expect(handle).not.toBeNull();
    expect(await endOf(other.adapter, handle as never)).toMatchObject({ 'ci-0': 'succeeded: erfolgreich' });
    expect(createdFor(request.key)).toHaveLength(2);
  });

  test('sends again what never arrived, under the same key', async () => {
    const { adapter } = await connect(tool, searching());
    const request = requestFor(['9401']);
    await tool.arm('submit', 'drop');
    expect((await refusalOf(adapter.submit(request, patience()))).code).toBe('OUTCOME_UNKNOWN');
    expect(await adapter.find(request.key, patience())).toBeNull();
    await adapter.submit(request, patience());
    expect(createdFor(request.key)).toHaveLength(1);
  });

  test('adopts what another server has sent, whose work directory is lost', async () => {
    const request = requestFor(['9401', '9402']);
    await (await connect(tool, searching())).adapter.submit(request, patience());
    const { adapter } = await connect(tool, searching());
    expect(await adapter.find(request.key, patience())).toBeNull();
    const handle = await adapter.submit(request, patience());
    expect(await endOf(adapter, handle)).toMatchObject({ 'ci-1': 'succeeded: erfolgreich' });
    expect(createdFor(request.key)).toHaveLength(2);
  });

  test('waits until a request that was sent surely shows', async () => {
    const { adapter } = await connect(tool, searching({ searchSettlesMs: 60_000 }));
    const request = requestFor(['9401']);
    await tool.arm('submit', 'drop');
    expect((await refusalOf(adapter.submit(request, patience()))).code).toBe('OUTCOME_UNKNOWN');
    const error = await refusalOf(adapter.find(request.key, patience()));
    expect(error.code).toBe('UNAVAILABLE');
    expect(error.retryAfterMs).toBeGreaterThan(1_000);
    expect((await refusalOf(adapter.submit(request, patience()))).code).toBe('OUTCOME_UNKNOWN');
    expect(createdFor(request.key)).toHaveLength(0);
  });
});

describe('the status', () => {
  let instance: Instance;
  const started = async (...names: string[]) => {
    const request = requestFor(names);
    return { request, handle: await instance.adapter.submit(request, patience()) };
  };
  beforeAll(async () => {
    instance = await connect(tool, soapProfile({}, { cancel: true }));
  });

  test('with a word that the profile does not list is unknown, verbatim, and looked at again', async () => {
    const { handle } = await started('odd', '9401');
    const { adapter } = instance;
    for (const look of [1, 2, 3]) {
      let seen = await adapter.observe(handle, null, patience());
      while (seen.targets[0]?.state !== 'unknown') seen = await adapter.observe(handle, null, patience());
      expect([look, seen.targets[0], seen.complete]).toMatchObject([look, { nativeStatus: 'PARTIALLY_DONE_7' }, false]);
    }
  });

  test("comes with the tool's own message", async () => {
    const { handle } = await started('fails');
    await endOf(instance.adapter, handle);
    const { targets, run } = await instance.adapter.observe(handle, null, patience());
    expect(targets[0]?.reason?.message).toMatch(/^Deployment request 1\d+: The installer ended with 12\.$/);
    expect(run).toMatchObject({ phase: 'finished', outcome: 'failure', nativeStatus: 'fehlgeschlagen' });
  });

  test.each([
    ['http-401', 'UNAUTHENTICATED'],
    ['http-404', 'FAILED_PRECONDITION'],
    ['http-500', 'UNAVAILABLE'],
    ['http-502', 'UNAVAILABLE'],
    ['html-200', 'INTERNAL'],
    ['truncated', 'INTERNAL'],
    ['drop', 'UNAVAILABLE'],
    ['hang', 'DEADLINE_EXCEEDED'],
  ])('that cannot be read (%s) is %s, and the next look goes on', async (kind, code) => {
    const { handle } = await started('9401');
    await tool.arm('status', kind);
    expect((await refusalOf(instance.adapter.observe(handle, null, patience()))).code).toBe(code);
    expect(await endOf(instance.adapter, handle)).toEqual({ 'ci-0': 'succeeded: erfolgreich' });
  });

  test('of a request that the tool has forgotten is unknown, and counts as lost after three looks', async () => {
    const { handle, request } = await started('long');
    for (const { id } of createdFor(request.key)) rmSync(join(tool.requests, `${id}.request.json`));
    const looks = [];
    for (let look = 0; look < 3; look++) looks.push(await instance.adapter.observe(handle, null, patience()));
    expect(looks.map(({ complete }) => complete)).toEqual([false, false, true]);
    expect(looks.at(-1)?.targets).toMatchObject([{ state: 'unknown', nativeStatus: 'not found' }]);
  });

  test('of a run that nobody here has sent is NOT_FOUND', async () => {
    const { handle } = await started('9401');
    const other = await connect(tool, soapProfile());
    expect((await refusalOf(other.adapter.observe(handle, null, patience()))).code).toBe('NOT_FOUND');
  });

  test('a cancel stops what is under way, and a stop only what has not begun', async () => {
    const { adapter } = instance;
    const { handle, request } = await started('long', 'waiting', '9401');
    const running = async () =>
      (await adapter.observe(handle, null, patience())).targets.map(({ state }) => state).join();
    while (!(await running()).startsWith('running,pending')) continue;
    expect(await adapter.cancel(handle, { mode: 'stop' }, patience())).toEqual({ accepted: true });
    expect(await running()).toMatch(/^running,cancelled/);
    expect(await adapter.cancel(handle, { mode: 'abort', targets: ['ci-0'] }, patience())).toEqual({ accepted: true });
    expect(await endOf(adapter, handle)).toMatchObject({ 'ci-0': 'cancelled: abgebrochen' });
    expect(createdFor(request.key)).toHaveLength(3);
  });
});

describe('a group', () => {
  const grouped = (holdsForAll: ('succeeded' | 'failed')[]): TpmProfile => ({
    ...soapProfile(),
    requests: { per: 'group', separator: ';', size: 100, holdsForAll },
    workflows: {
      install: { workflow: 'Software.Many', parameters: [{ name: 'DeviceIDs', value: '{targets.deviceId}' }] },
    },
  });

  test.each([
    [['9401', '9402'], ['succeeded'], 'succeeded: erfolgreich'],
    [['9401', 'fails'], ['succeeded'], 'unknown: fehlgeschlagen'],
    [['9401', 'fails'], ['succeeded', 'failed'], 'failed: fehlgeschlagen'],
    [['9401', '9402'], [], 'unknown: erfolgreich'],
  ] as const)('of %j, of which %j holds for all, ends as %s', async (names, holds, end) => {
    const { adapter } = await connect(tool, grouped([...holds]));
    const before = tool.created().length;
    const binding = {};
    const handle = await adapter.submit(requestFor(names, { package: { binding, artifacts: [] } }), patience());
    expect(tool.created().slice(before)).toMatchObject([{ requestParameters: `DeviceIDs=${names.join(';')}` }]);
    expect(await endOf(adapter, handle)).toEqual({ 'ci-0': end, 'ci-1': end });
  });
});

describe('the command line client', () => {
  const passwordFile = () => {
    const path = join(tool.directory, 'password');
    writeFileSync(path, PASSWORD, { mode: 0o600 });
    return path;
  };

  test.each(['stdin', 'environment', 'file'] as const)(
    'gets the password by %s and never as an argument',
    async (by) => {
      const file = passwordFile();
      const way = by === 'environment' ? { by, variable: 'SOAPCLI_PASSWORD' } : { by };
      const environment: Record<string, string> = by === 'file' ? { SOAPCLI_PASSWORD_FILE: file } : {};
      const profile = commandProfile(way, tool.configFile, environment);
      const password = { $secret: `file:${file}` as `file:/${string}` };
      const { adapter, shown } = await connect(tool, profile, { password, timeoutMs: 10_000 });
      const request = requestFor(['9401']);
      const handle = await adapter.submit(request, patience());
      expect(await endOf(adapter, handle)).toEqual({ 'ci-0': 'succeeded: erfolgreich' });
      expect(createdFor(request.key)).toHaveLength(1);
      expect(JSON.stringify(shown)).toContain('executeDeploymentRequest');
      expect(JSON.stringify(shown)).not.toContain(PASSWORD);
    },
  );

  test('is refused a password file that there is not', async () => {
    const profile = commandProfile({ by: 'file' }, tool.configFile);
    expect((await refusalOf(connect(tool, profile))).code).toBe('FAILED_PRECONDITION');
  });

  test.each([
    ['a workflow that does not exist', {}, 'Software.Nothing', 'rejected: refused'],
    ['an answer that ends early', { kind: 'truncated' }, 'Software.Install', 'OUTCOME_UNKNOWN'],
    ['an answer that is lost', { kind: 'lost-answer' }, 'Software.Install', 'OUTCOME_UNKNOWN'],
    ['no answer', { kind: 'hang' }, 'Software.Install', 'OUTCOME_UNKNOWN'],
    ['a wrong password', { kind: 'http-401' }, 'Software.Install', 'UNAUTHENTICATED'],
  ])('with %s', async (_what, { kind }: { kind?: string }, workflow, end) => {
    const { adapter } = await connect(tool, commandProfile({ by: 'stdin' }, tool.configFile));
    if (kind !== undefined) await tool.arm('submit', kind);
    const binding = { softwareId: '1', workflow };
    const call = adapter.submit(requestFor(['9401'], { package: { binding, artifacts: [] } }), patience());
    if (end.includes(':')) expect(await endOf(adapter, await call)).toEqual({ 'ci-0': end });
    else expect((await refusalOf(call)).code).toBe(end);
  });
});

describe('the messages', () => {
  test.each([
    { style: 'rpc-literal' },
    { style: 'document-literal', qualified: false },
    { style: 'rpc-encoded', multiRef: true },
    { style: 'rpc-encoded', auth: { kind: 'wsse-digest' } },
  ] as const)('are understood in the way %j, and in no other', async (setup) => {
    const own = await startTpm(setup);
    const { adapter } = await connect(own, soapProfile(setup));
    expect(await adapter.probe(patience())).toEqual({ status: 'ready' });
    const handle = await adapter.submit(requestFor(['9401']), patience());
    expect(await endOf(adapter, handle)).toEqual({ 'ci-0': 'succeeded: erfolgreich' });
    const other = await connect(own, soapProfile({ style: 'document-literal', qualified: true }));
    const request = requestFor(['9401']);
    const ended = await other.adapter.submit(request, patience()).then(
      async (refused) => Object.values(await endOf(other.adapter, refused))[0],
      (error: AdapterError) => error.code,
    );
    expect(['rejected: refused', 'UNAUTHENTICATED']).toContain(ended);
    expect(createdFor(request.key, own)).toEqual([]);
    await own.stop();
  });

  test('a probe says what is wrong with the WSDL', async () => {
    const profile = soapProfile();
    const at = async (transport: object) =>
      await (
        await connect(tool, { ...profile, transport: { ...profile.transport, ...transport } as never })
      ).adapter.probe(patience());
    expect(await at({ wsdl: '/some/where/else?wsdl' })).toMatchObject({ status: 'broken' });
    expect(await at({ wsdl: undefined })).toEqual({ status: 'ready' });
    expect(await at({ wsdl: undefined, path: '/nowhere' })).toMatchObject({ status: 'broken' });
  });
});
