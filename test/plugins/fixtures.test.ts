import { globSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { filledIn } from '../../src/adapters/conformance/placeholders.js';
import { ToolProgram } from '../../src/adapters/conformance/tool-program.js';
import { fixturesIn } from '../adapters/support/conformance-subject.js';

// The tests of conformance start one simulator for all cases; by hand, the command line starts one for each.
const files = globSync('plugins/{awx,hawkbit,http-job}/**/fixtures{,/*}.json').toSorted();

test.each(files)('%s names a program that plays the tool', async (file) => {
  const { command = [''], http = '' } = fixturesIn(file).tool ?? {};
  const [program, ...args] = filledIn(command, { node: process.execPath, cwd: process.cwd() });
  const tool = await ToolProgram.start([program as string, ...args], process.env, process.cwd());
  const answer = await fetch(filledIn(http, tool.texts));
  expect(answer.status).toBeLessThan(500);
  await tool.end();
  await expect(fetch(filledIn(http, tool.texts))).rejects.toThrow('fetch failed');
});
