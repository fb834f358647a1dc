import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import type { AdapterModule } from 'interlock/adapter';
import { conformanceCases, type ConformanceFixtures } from 'interlock/adapter/conformance';

const entry = new URL('../dist/index.js', import.meta.url).href;
const { default: adapter } = (await import(entry)) as { default: AdapterModule };
const text = readFileSync(new URL('../fixtures.json', import.meta.url), 'utf8');
const fixtures = JSON.parse(text) as ConformanceFixtures;

describe('the contract', async () => {
  for (const { name, run } of await conformanceCases(adapter, fixtures, { env: process.env, entry })) test(name, run);
});
