// Runs the tests that need a program from outside npm (a browser, a deployment tool), one file at a time, and says what
// was left out and why. With --strict, or where CI=true, leaving something out is a failure. Further arguments name the
// files to run.
import { readdirSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { run } from 'node:test';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const args = process.argv.slice(2);
const strict = args.includes('--strict') || process.env.CI === 'true';
const wanted = args.filter((arg) => !arg.startsWith('--'));
const files = readdirSync(here)
  .filter((name) => name.endsWith('.test.mjs') && (wanted.length === 0 || wanted.some((part) => name.includes(part))))
  .map((name) => join(here, name));

const counts = { passed: 0, failed: 0, skipped: 0 };
const seconds = (ms) => `${(ms / 1000).toFixed(1)} s`;

/** The error that a test threw, below the wrapping of the runner. */
const causeOf = (error) => (error?.cause instanceof Error || typeof error?.cause === 'string' ? error.cause : error);

const stream = run({ files, concurrency: 1, timeout: 300_000 });
stream.on('test:stderr', ({ message }) => process.stderr.write(message));
stream.on('test:stdout', ({ message }) => process.stderr.write(message));
stream.on('test:pass', ({ name, skip, details, nesting }) => {
  if (nesting > 0 || details.type === 'suite') return;
  if (skip === undefined) {
    counts.passed++;
    console.log(`ok      ${name} (${seconds(details.duration_ms)})`);
  } else {
    counts.skipped++;
    console.log(`${strict ? 'MISSING' : 'skipped'} ${name}: ${skip}`);
  }
});
stream.on('test:fail', ({ name, details, file }) => {
  counts.failed++;
  const cause = causeOf(details.error);
  console.log(`FAILED  ${name} (${relative(process.cwd(), file ?? '')})\n${cause?.stack ?? String(cause)}`);
});
stream.on('end', () => {
  if (strict && counts.skipped > 0) {
    console.log(`Nothing may be left out here (${process.env.CI === 'true' ? 'CI=true' : '--strict'}).`);
    counts.failed += counts.skipped;
    counts.skipped = 0;
  }
  console.log(`${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`);
  process.exitCode = counts.failed > 0 || counts.passed + counts.skipped === 0 ? 1 : 0;
});
stream.resume();
