import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { createSafeSpawn } from '../../src/adapters/safe-spawn.js';
import { codeOf, patience, temporaryDirectory } from './support/harness.js';

const spawn = createSafeSpawn({ PATH: process.env['PATH'], HOME: '/home/nobody', SECRET_OF_OURS: 'x' });
const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);
const node = (code: string): [string, ...string[]] => [process.execPath, '-e', code];

let directory: Awaited<ReturnType<typeof temporaryDirectory>>;

beforeEach(async () => {
  directory = await temporaryDirectory();
});

afterEach(() => directory.remove());

async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  const signal = patience(5_000);
  while (!(await condition())) {
    signal.throwIfAborted();
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** A process that ignores TERM, with a child that does so too; both pids are in the file `pids`. */
const STUBBORN = `
  process.on('SIGTERM', () => {});
  const { spawn } = require('node:child_process');
  const child = spawn('sh', ['-c', 'trap "" TERM; while true; do sleep 1; done'], { stdio: 'ignore' });
  require('node:fs').writeFileSync('pids', process.pid + ' ' + child.pid);
  setInterval(() => {}, 1000);`;

const gone = (pid: number): boolean => {
  try {
    return /^\d+ \(.*\) Z/.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return true;
  }
};

async function pids(): Promise<number[]> {
  const file = join(directory.path, 'pids');
  let content = '';
  await until(async () => /^\d+ \d+$/.test((content = await readFile(file, 'utf8').catch(() => ''))));
  return content.split(' ').map(Number);
}

describe('running a program to its end', () => {
  test('passes arguments verbatim, input and the minimal environment, and returns how it ended', async () => {
    const hostile = ['$(touch pwned)', '; touch pwned', '*', "'", '"', '', 'ä\n'];
    const code =
      'let i="";process.stdin.on("data",d=>i+=d).on("end",()=>{' +
      'console.log(JSON.stringify([process.argv.slice(1),i,process.env]));console.error("e");process.exit(7)})';
    const ended = await spawn([...node(code), ...hostile], {
      cwd: directory.path,
      env: { EXTRA: '1' },
      stdin: 'in',
      signal: patience(),
    });
    const [args, input, env] = JSON.parse(text(ended.stdout)) as [string[], string, Record<string, string>];
    expect([args, input, env]).toEqual([
      hostile,
      'in',
      { PATH: process.env['PATH'], HOME: '/home/nobody', EXTRA: '1' },
    ]);
    expect(ended).toMatchObject({ exitCode: 7, signal: null, timedOut: false, overflowed: false });
    expect(text(ended.stderr)).toBe('e\n');
  });

  test('a program that cannot be started is FAILED_PRECONDITION', async () => {
    expect(await codeOf(spawn(['/nonexistent'], { signal: patience() }))).toBe('FAILED_PRECONDITION');
    expect(await codeOf(spawn(['sh'], { cwd: '/nonexistent', signal: patience() }))).toBe('FAILED_PRECONDITION');
    expect(await codeOf(spawn(['sh', 'nul\0byte'], { signal: patience() }))).toBe('FAILED_PRECONDITION');
  });

  test('a program that does not read its input is no trouble', async () => {
    const ended = await spawn(node('process.exit(0)'), { stdin: 'x'.repeat(5_000_000), signal: patience() });
    expect(ended.exitCode).toBe(0);
  });

  test('too much output ends it, too much error output is cut', async () => {
    const flood = await spawn(node('for(;;)process.stdout.write("x".repeat(65536))'), {
      maxStdoutBytes: 1000,
      signal: patience(),
    });
    expect([flood.overflowed, flood.stdout.length]).toEqual([true, 1000]);
    const chatter = await spawn(node('process.stderr.write("x".repeat(300000))'), {
      maxStderrBytes: 1000,
      signal: patience(),
    });
    expect([chatter.exitCode, chatter.overflowed, chatter.stderr.length]).toEqual([0, false, 1000]);
  });

  test('an abort ends the whole group, whoever holds on', async () => {
    const stop = new AbortController();
    const call = spawn(node(STUBBORN), { cwd: directory.path, signal: stop.signal });
    const both = await pids();
    stop.abort(new Error('given up'));
    await expect(call).rejects.toThrow('given up');
    await until(() => both.every(gone));
  });

  test('a timeout ends it likewise and says so', async () => {
    const ended = await spawn(node(STUBBORN), { cwd: directory.path, timeoutMs: 600, signal: patience() });
    expect(ended).toMatchObject({ timedOut: true, signal: 'SIGKILL' });
    const both = await pids();
    await until(() => both.every(gone));
  });

  test('a signal that has already aborted starts nothing', async () => {
    await expect(
      spawn(['touch', 'pwned'], { cwd: directory.path, signal: AbortSignal.abort(new Error('no')) }),
    ).rejects.toThrow('no');
    await expect(readFile(join(directory.path, 'pwned'))).rejects.toMatchObject({ code: 'ENOENT' });
  });

  test('a process that has left the group with the pipe in its hand does not hold up the result', async () => {
    const code =
      'const c=require("node:child_process").spawn("sleep",["30"],{detached:true,stdio:"inherit"});' +
      'c.unref();console.log(c.pid);process.exit(0)';
    const ended = await spawn(node(code), { signal: patience() });
    // The one that left is still there: nobody waited for its end.
    expect(process.kill(Number(text(ended.stdout)), 'SIGKILL')).toBe(true);
  });
});

describe('a detached process', () => {
  const files = (): { cwd: string; stdoutFile: string; stderrFile: string } => ({
    cwd: directory.path,
    stdoutFile: join(directory.path, 'out'),
    stderrFile: join(directory.path, 'err'),
  });

  test('is known by more than its pid, and writes to its files', async () => {
    const identity = await spawn.startDetached(['sh', '-c', 'echo hello; exec sleep 600'], files());
    expect(await spawn.isAlive(identity)).toBe(true);
    expect(await spawn.isAlive({ ...identity, startTicks: '1' })).toBe(false);
    expect(await spawn.isAlive({ ...identity, bootId: 'another-boot' })).toBe(false);
    await until(async () => (await readFile(files().stdoutFile, 'utf8')) === 'hello\n');
    expect(await spawn.endGroup(identity, 1_000, patience())).toBe(true);
    expect(await spawn.isAlive(identity)).toBe(false);
  });

  test('is ended with its whole group, by force if need be, even when its leader has gone first', async () => {
    const identity = await spawn.startDetached(node(STUBBORN), files());
    const both = await pids();
    process.kill(identity.pid, 'SIGKILL');
    await until(async () => !(await spawn.isAlive(identity)));
    expect(both.filter(gone)).toHaveLength(1);
    expect(await spawn.endGroup(identity, 100, patience())).toBe(true);
    expect(both.every(gone)).toBe(true);
  });

  test('of another identity is left alone', async () => {
    const identity = await spawn.startDetached(['sleep', '600'], files());
    expect(await spawn.endGroup({ ...identity, startTicks: '1' }, 100, patience())).toBe(true);
    expect(await spawn.isAlive(identity)).toBe(true);
    await spawn.endGroup(identity, 100, patience());
  });

  test('that cannot be started is FAILED_PRECONDITION', async () => {
    expect(await codeOf(spawn.startDetached(['/nonexistent'], files()))).toBe('FAILED_PRECONDITION');
  });
});
