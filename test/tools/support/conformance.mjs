// The conformance kit as the author of an adapter runs it: by the command line.
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { root } from './server.mjs';

/**
 * Runs `interlock adapter conformance`.
 * @param fixtures a file, relative to the repository, or the fixtures themselves.
 * @param more words of the command.
 * @returns how many cases passed, and what the command says about those that failed.
 */
export async function conformance(adapter, fixtures, more = []) {
  const folder = mkdtempSync(join(tmpdir(), 'interlock-fixtures-'));
  const file = typeof fixtures === 'string' ? fixtures : join(folder, 'fixtures.json');
  if (typeof fixtures !== 'string') writeFileSync(file, JSON.stringify(fixtures));
  try {
    const command = [join(root, 'bin/interlock.mjs'), 'adapter', 'conformance', adapter, '--fixtures', file, ...more];
    const options = { cwd: root, maxBuffer: 16 * 1024 * 1024 };
    const { stdout, stderr, code } = await promisify(execFile)(process.execPath, command, options).catch(
      (error) => error,
    );
    const said = /^(\d+) passed, (\d+) failed/m.exec(stdout);
    if (said === null) throw new Error(`The command ended with ${code}:\n${stdout}${stderr}`);
    return { passed: Number(said[1]), failed: stdout.match(/^FAILED.*(\n {8}.*)?/gm) ?? [] };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/**
 * The same, by one process for each of some fixtures. Each has a part of the cases.
 * @returns what they say together.
 */
export async function conformanceInParts(adapter, fixtures) {
  const reports = await Promise.all(
    fixtures.map((part, index) => conformance(adapter, part, ['--shard', `${index + 1}/${fixtures.length}`])),
  );
  return {
    passed: reports.reduce((sum, { passed }) => sum + passed, 0),
    failed: reports.flatMap(({ failed }) => failed),
  };
}
