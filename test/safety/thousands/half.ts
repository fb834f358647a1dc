import { expectNoViolation } from '../sequences.js';

/** Sequences in all, over both halves. */
const SEQUENCES = Number(process.env['INTERLOCK_TEST_SAFETY_SEQUENCES'] ?? 400);

/** Most time for a half, in milliseconds. */
const TIMEOUT_MS = 1_800_000;

/**
 * One half of the sequences: two files, so that two workers share them. They are new every time, unless
 * INTERLOCK_TEST_SAFETY_BASE names the first.
 */
export function half(which: 0 | 1): void {
  const base = Number(process.env['INTERLOCK_TEST_SAFETY_BASE'] ?? Math.floor(Date.now() / 1_000));
  process.stdout.write(`INTERLOCK_TEST_SAFETY_BASE=${base}\n`);
  const seeds = Array.from({ length: Math.ceil(SEQUENCES / 2) }, (_, index) => base + which * 1_000_000 + index);
  expectNoViolation(seeds, TIMEOUT_MS);
}
