/**
 * A second process that holds an adapter, as a second server would: `adapter-process.ts <module file> <work directory>
 * <config> <request> <calls>` submits the request so many times at once and prints the handles, or the code of the
 * refusal.
 */
import { pathToFileURL } from 'node:url';
import type { AdapterModule, DistributionRequest } from '../../../src/adapters/adapter.js';
import { connected, patience } from './harness.js';

const [file = '', workDir = '', config = '', request = '', calls = '1'] = process.argv.slice(2);
const { default: module } = (await import(pathToFileURL(file).href)) as { default: AdapterModule };
const { adapter } = await connected(module, workDir, { config: JSON.parse(config) as unknown });
const wanted = JSON.parse(request) as DistributionRequest;
const answers = await Promise.allSettled(
  Array.from({ length: Number(calls) }, () => adapter.submit(wanted, patience())),
);
const seen = answers.map((answer) =>
  answer.status === 'fulfilled' ? answer.value : { refused: (answer.reason as { code: string }).code },
);
process.stdout.write(`${JSON.stringify(seen)}\n`);
