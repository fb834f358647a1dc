import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { addToLog, MAX_LOG_LENGTH, MAX_LOG_PART } from '../../../src/domain/distribution/run-log.js';

const read = (text: string, eof = false) => ({ text, cursor: 'c', eof });

describe('what was read of a log', () => {
  test('is divided into parts that fit an event, and loses nothing', () => {
    const text = fc.string({ unit: 'binary', maxLength: 5 }).map((unit) => (unit || 'x').repeat(20_000));
    fc.assert(
      fc.property(text, fc.boolean(), (given, eof) => {
        const { parts, length, complete, truncated } = addToLog(0, read(given, eof), false);
        expect(parts.join('')).toBe(given);
        expect(parts.every((part) => part.length > 0 && part.length <= MAX_LOG_PART)).toBe(true);
        // No part ends or begins in the middle of a character that has two halves.
        expect(parts.slice(0, -1).some((part) => /[\ud800-\udbff]$/.test(part))).toBe(/[\ud800-\udbff]{2}/.test(given));
        expect([length, complete, truncated]).toEqual([given.length, eof, false]);
      }),
      { numRuns: 50 },
    );
  });

  test('is cut off at the maximum, and says so', () => {
    const full = addToLog(MAX_LOG_LENGTH - 3, read('abcdef'), false);
    expect(full).toEqual({ parts: ['abc'], length: MAX_LOG_LENGTH, complete: true, truncated: true });
    // The end that fits exactly is complete.
    expect(addToLog(MAX_LOG_LENGTH - 3, read('abc', true), false)).toMatchObject({ complete: true, truncated: false });
    expect(addToLog(MAX_LOG_LENGTH - 3, read('abc'), false)).toMatchObject({ complete: true, truncated: true });
    expect(addToLog(MAX_LOG_LENGTH - 3, read('ab😀'), false)).toMatchObject({ parts: ['ab'], truncated: true });
  });

  test('ends with the run where the tool never says that it ends', () => {
    expect(addToLog(5, read(''), false)).toEqual({ parts: [], length: 5, complete: false, truncated: false });
    expect(addToLog(5, read(''), true)).toMatchObject({ complete: true });
    expect(addToLog(5, read('late'), true)).toMatchObject({ parts: ['late'], complete: false });
  });
});
