import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, test } from '@jest/globals';

const LOG = pathToFileURL(join(process.cwd(), 'dist', 'src', 'server', 'log.js')).href;

/**
 * Runs a program that has `log` and `requests`.
 * @returns the lines that it wrote to its standard output, with their arrival in milliseconds
 */
async function logged(program: string): Promise<any[]> {
  const source = `import { createLogs } from ${JSON.stringify(LOG)};\nconst { log, requests } = createLogs({
    logLevel: 'info' });\n${program}`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', source], { stdio: ['ignore', 'pipe', 'ignore'] });
  let text = '';
  child.stdout.on('data', (chunk) => (text += String(chunk)));
  await new Promise((resolve) => child.once('close', resolve));
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line));
}

test('the log cuts out what looks like a credential, however deep in what it was given', async () => {
  const lines = await logged(`log.info({ authorization: 'Bearer canary', params: { token: 'canary', secret: 'canary' },
      req: { headers: { authorization: 'canary' } } }, 'sign-in');
    log.child({ part: 'x' }).warn({ password: 'canary', connectionParams: { a: 'canary' } }, 'again');`);
  expect(lines).toMatchObject([
    {
      level: 'info',
      msg: 'sign-in',
      authorization: '[redacted]',
      params: { token: '[redacted]', secret: '[redacted]' },
    },
    { level: 'warn', msg: 'again', part: 'x', password: '[redacted]' },
  ]);
  expect(JSON.stringify(lines)).not.toContain('canary');
  expect(lines[0].time).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
});

test.each([
  ['ends', ''],
  ['is told to exit', 'process.exit(3);'],
  ['falls over', `throw new Error('x');`],
])('no line is lost when the process %s, and they keep their order', async (_how, end) => {
  const lines = await logged(`for (let i = 0; i < 500; i++) (i % 2 ? log : requests).info({ i }, 'line');\n${end}`);
  expect(lines.map(({ i }) => i)).toEqual(Array.from({ length: 500 }, (_, i) => i));
});

test('an error is written at once, with all lines before it, though the process is killed right then', async () => {
  const lines = await logged(
    `requests.info({ i: 1 }, 'request'); log.error({ err: new Error('disk full') }, 'fault'); ` +
      `process.kill(process.pid, 'SIGKILL');`,
  );
  expect(lines).toMatchObject([{ msg: 'request' }, { level: 'error', msg: 'fault', err: { message: 'disk full' } }]);
});
