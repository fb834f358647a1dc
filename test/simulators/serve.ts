/**
 * Plays a tool for the conformance kit: `node --import ./test/adapters/support/typescript.mjs serve.ts NAME` prints its
 * port as a line of JSON, and ends when its standard input ends.
 */
import { FOR_KIT, type KitName } from './for-kit.js';

const name = process.argv[2] ?? '';
if (!Object.hasOwn(FOR_KIT, name)) throw new Error(`There is no simulator ${name}: ${Object.keys(FOR_KIT).join(', ')}`);
const tool = FOR_KIT[name as KitName]();
await tool.start();
process.stdout.write(`${JSON.stringify({ port: new URL(tool.url).port })}\n`);
// What somebody tells it on its standard input needs no answer but an end.
process.stdin.on('data', () => process.stdout.write('{}\n')).on('end', () => process.exit());
