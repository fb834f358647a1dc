import { readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { schema } from '../src/app.js';
import { GENERATED, withGeneratedParts } from './support/generated-docs.js';

// `UPDATE_DOCS=1 npm test -- test/docs.test.ts` writes the generated parts anew.
const DOCUMENTS = ['docs/api-errors.md', 'docs/access.md'];

describe('the documentation', () => {
  test.each(DOCUMENTS)('%s says what the code does', (file) => {
    schema(); // collects what the resolvers declare
    const text = readFileSync(file, 'utf8');
    const expected = withGeneratedParts(text);
    if (process.env['UPDATE_DOCS']) writeFileSync(file, expected);
    else expect(text).toBe(expected);
  });

  test('holds every generated part', () => {
    const all = DOCUMENTS.map((file) => readFileSync(file, 'utf8')).join('\n');
    for (const name of Object.keys(GENERATED)) expect(all).toContain(`<!-- generated: ${name} -->`);
  });

  test('is seen to be stale', () => {
    const stale = '<!-- generated: roles -->\n| role |\n<!-- end -->';
    expect(withGeneratedParts(stale)).not.toBe(stale);
    expect(withGeneratedParts(stale)).toContain('`ADMINISTRATOR`');
    expect(() => withGeneratedParts('<!-- generated: nothing -->\n<!-- end -->')).toThrow('nothing');
  });
});
