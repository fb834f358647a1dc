import { describe, expect, test } from '@jest/globals';
import { spawn } from 'node:child_process';
import { resolve } from 'node:path';

/** The fields that held the event loop longest before their work was done in turns. */
const FIELDS = ['ConfigurationItem.impactedCis', 'Release.conflicts', 'Query.scheduleConflicts', 'Release.plan'];

/** Runs the bench, which `npm run test:processes` compiles first. */
async function benchLoop(args: readonly string[]): Promise<{ code: number | null; out: string; err: string }> {
  const { PATH, HOME, TMPDIR, INTERLOCK_TEST_SERVER: DATABASE_URL } = process.env;
  const child = spawn(process.execPath, [resolve('dist/bench/loop.js'), ...args], {
    env: { PATH, HOME, TMPDIR, DATABASE_URL },
  });
  const told = { out: '', err: '' };
  child.stdout.on('data', (chunk: Buffer) => (told.out += chunk));
  child.stderr.on('data', (chunk: Buffer) => (told.err += chunk));
  const code = await new Promise<number | null>((done) => child.on('close', done));
  return { code, ...told };
}

describe('with 10,000 configuration items', () => {
  test('the heaviest fields hold the event loop for at most 50 ms, and memory grows by at most 300 MiB', async () => {
    const { code, out, err } = await benchLoop(FIELDS.flatMap((field) => ['--only', field]));
    // It fails, with the fields that are over, when there is one.
    expect({ code, err }).toEqual({ code: 0, err: expect.stringContaining('0 of ') });
    const rows = out.split('\n').filter((line) => line.startsWith('| `'));
    for (const field of FIELDS)
      expect(rows).toContainEqual(expect.stringMatching(`^\\| .${field}. \\| \\d+ \\| ok \\|`));
    for (const row of rows) expect(row).toContain('| ok |');
  }, 300_000);
});
