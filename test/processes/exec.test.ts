import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { isAdapterError } from '../../src/adapters/adapter.js';
import { exec } from '../../plugins/exec/exec.adapter.js';
import { codeOf, connected, patience, requestOf, temporaryDirectory } from '../adapters/support/harness.js';

const PROGRAM = fileURLToPath(new URL('../adapters/support/odd-program.mjs', import.meta.url));

let directory: Awaited<ReturnType<typeof temporaryDirectory>>;

beforeEach(async () => {
  directory = await temporaryDirectory();
});

afterEach(() => directory.remove());

const connect = (way: string, method: string, config: object = {}, env: Record<string, string> = {}) =>
  connected(exec, directory.path, { config: { command: [process.execPath, PROGRAM, way, method], ...config }, env });

function isRunning(pid: number): boolean {
  try {
    return !/^\d+ \(.*\) Z/.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}

describe('what a program does wrong becomes the right code', () => {
  const cases: [string, string, string][] = [
    ['says an error', 'RESOURCE_EXHAUSTED', 'RESOURCE_EXHAUSTED'],
    ['says an error and ends badly', 'NOT_FOUND', 'NOT_FOUND'],
    ['says a result and ends badly', 'INTERNAL', 'OUTCOME_UNKNOWN'],
    ['says an unknown code', 'INTERNAL', 'OUTCOME_UNKNOWN'],
    ['says nothing', 'INTERNAL', 'OUTCOME_UNKNOWN'],
    ['says half of it', 'INTERNAL', 'OUTCOME_UNKNOWN'],
    ['says something else', 'INTERNAL', 'OUTCOME_UNKNOWN'],
    ['says both', 'INTERNAL', 'OUTCOME_UNKNOWN'],
    ['says too much', 'INTERNAL', 'OUTCOME_UNKNOWN'],
    ['says it in latin1', 'INTERNAL', 'OUTCOME_UNKNOWN'],
    ['names no run', 'INTERNAL', 'OUTCOME_UNKNOWN'],
    ['hangs', 'DEADLINE_EXCEEDED', 'OUTCOME_UNKNOWN'],
    ['hangs and does not let go', 'DEADLINE_EXCEEDED', 'OUTCOME_UNKNOWN'],
    ['is killed', 'INTERNAL', 'OUTCOME_UNKNOWN'],
    ['exits with 1', 'INTERNAL', 'OUTCOME_UNKNOWN'],
    ['exits with 64', 'INVALID_ARGUMENT', 'INVALID_ARGUMENT'],
    ['exits with 69', 'UNAVAILABLE', 'UNAVAILABLE'],
    ['exits with 75', 'ABORTED', 'ABORTED'],
    ['exits with 77', 'PERMISSION_DENIED', 'PERMISSION_DENIED'],
    ['exits with 78', 'FAILED_PRECONDITION', 'FAILED_PRECONDITION'],
  ];

  test.each(cases)('%s: %s when asked to find, %s when told to submit', async (way, onFind, onSubmit) => {
    const config = { timeoutMs: way.startsWith('hangs') ? 400 : 20_000, maxReplyBytes: 1_000_000 };
    const find = await connect(way, 'find', config);
    expect(await codeOf(find.adapter.find('some-key', patience()))).toBe(onFind);
    const submit = await connect(way, 'submit', config);
    expect(await codeOf(submit.adapter.submit(requestOf(), patience()))).toBe(onSubmit);
  });

  test('a probe turns trouble into an answer', async () => {
    for (const way of ['says nothing', 'exits with 69', 'is killed']) {
      const { adapter } = await connect(way, 'probe');
      expect((await adapter.probe(patience())).status).toBe('broken');
    }
  });

  test('an answer outside the contract does not pass', async () => {
    const { adapter } = await connect('answers out of contract', 'probe');
    expect(await codeOf(adapter.probe(patience()))).toBe('INTERNAL');
  });

  test('what the program says beside the code is kept', async () => {
    const { adapter } = await connect('says an error', 'find');
    const error: unknown = await adapter.find('some-key', patience()).catch((caught: unknown) => caught);
    expect(isAdapterError(error) && [error.message, error.retryAfterMs, error.native]).toEqual([
      'slow down',
      1500,
      { quota: 7 },
    ]);
  });
});

describe('a program that cannot be connected', () => {
  const cases: [string, object][] = [
    ['does not exist', { command: ['/nonexistent/program'] }],
    ['has no place to run', { command: [process.execPath, PROGRAM, 'x', 'x'], cwd: '/nonexistent' }],
    [
      'needs a secret that is not there',
      { command: [process.execPath, PROGRAM, 'x', 'x'], env: { A: { $secret: 'env:NO_SUCH_SECRET' } } },
    ],
  ];

  test.each(cases)('because it %s, says so', async (_name, config) => {
    expect(await codeOf(connected(exec, directory.path, { config }))).toBe('FAILED_PRECONDITION');
  });

  test('because it describes itself wrongly, says so', async () => {
    expect(await codeOf(connect('says half of it', 'describe'))).toBe('INTERNAL');
  });

  test('but one that does not describe itself is taken to be able to do little', async () => {
    const { adapter } = await connected(exec, directory.path, {
      config: {
        command: [process.execPath, fileURLToPath(new URL('../adapters/support/modest-program.mjs', import.meta.url))],
      },
    });
    expect(adapter.capabilities).toMatchObject({
      submit: 'at-most-once',
      cancel: 'none',
      logs: 'none',
      operations: ['install'],
    });
  });

  test('and the settings have the last word on what it can do', async () => {
    const { adapter } = await connect('x', 'x', { capabilities: { submit: 'findable', limits: { minPollMs: 77 } } });
    expect(adapter.capabilities).toMatchObject({
      submit: 'findable',
      cancel: 'confirmed',
      limits: { minPollMs: 77, typicalLatencyMs: 2_000 },
    });
  });
});

describe('processes', () => {
  test('a caller that gives up is answered at once, and the program is gone even if it holds on', async () => {
    const { adapter } = await connect('hangs and does not let go', 'find', { timeoutMs: 60_000 });
    const before = new Set(children());
    const stop = new AbortController();
    const call = codeOf(adapter.find('some-key', stop.signal));
    const started = await untilSome(() => children().filter((pid) => !before.has(pid)));
    const at = performance.now();
    stop.abort(new Error('given up'));
    expect(await call).toBe('ABORTED');
    await until(() => !started.some(isRunning));
    expect(performance.now() - at).toBeLessThan(1_000);
  });

  test('what a program leaves in its group is ended with it', async () => {
    const { adapter } = await connect('leaves a child', 'probe');
    const { detail } = await adapter.probe(patience());
    await until(() => !isRunning(Number(detail)));
  });

  test('no more run at a time than the settings allow, and all get their turn', async () => {
    const { adapter } = await connect('x', 'x', { maxProcesses: 2 });
    let most = 0;
    const timer = setInterval(() => (most = Math.max(most, children().length)), 1);
    await Promise.all(Array.from({ length: 8 }, () => adapter.probe(patience())));
    clearInterval(timer);
    expect(most).toBeLessThanOrEqual(2);
  });
});

describe('secrets', () => {
  const config = { env: { TOKEN: { $secret: 'env:EXEC_CANARY' }, PLAIN: 'p' } };
  const env = { EXEC_CANARY: 'canary-29017', UNRELATED: 'not-for-children' };

  test('reach the program through its environment, which holds nothing else of ours', async () => {
    const { adapter } = await connect(
      'shows its environment',
      'probe',
      { ...config, env: { ...config.env, MARK: 'm' } },
      env,
    );
    const { detail } = await adapter.probe(patience());
    const seen = JSON.parse(detail ?? '') as Record<string, string>;
    expect(seen).toMatchObject({ TOKEN: '[redacted]', PLAIN: 'p', MARK: 'm' });
    const allowed = ['TOKEN', 'PLAIN', 'MARK', 'PATH', 'HOME', 'LANG', 'TZ', 'TMPDIR'];
    expect(Object.keys(seen).filter((name) => !allowed.includes(name))).toEqual([]);
  });

  test('that a program prints are redacted in log, answers and errors, and never stored in a handle', async () => {
    const writer = await connect('writes to stderr', 'probe', config, env);
    expect((await writer.adapter.probe(patience())).detail).toBe('token is [redacted]');
    expect(writer.log.entries).toContainEqual(
      expect.objectContaining({ fields: expect.objectContaining({ stderr: 'token is [redacted]' }) }),
    );
    const teller = await connect('shows the secret in an error', 'find', config, env);
    const error: unknown = await teller.adapter.find('some-key', patience()).catch((caught: unknown) => caught);
    expect(isAdapterError(error) && [error.message, error.native]).toEqual(['[redacted]', { t: '[redacted]' }]);
    const keeper = await connect('puts the secret into the handle', 'submit', config, env);
    expect(await codeOf(keeper.adapter.submit(requestOf(), patience()))).toBe('OUTCOME_UNKNOWN');
    expect(JSON.stringify([writer.log.entries, teller.log.entries, keeper.log.entries])).not.toContain('canary-29017');
  });
});

function children(): number[] {
  const text = readFileSync(`/proc/${process.pid}/task/${process.pid}/children`, 'utf8').trim();
  return text === '' ? [] : text.split(' ').map(Number);
}

async function until(condition: () => boolean): Promise<void> {
  const signal = patience(5_000);
  while (!condition()) {
    signal.throwIfAborted();
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

async function untilSome(look: () => number[]): Promise<number[]> {
  await until(() => look().length > 0);
  return look();
}
