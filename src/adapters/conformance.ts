/**
 * The conformance kit: what every adapter must do, as cases for any test runner. Published as
 * `interlock/adapter/conformance`. The capabilities of the adapter and the fixtures determine which cases apply.
 */
import type { AdapterModule, Capabilities } from './adapter.js';
import { cancelCases } from './conformance/cancel.cases.js';
import type { CaseList } from './conformance/case-list.js';
import type { ConformanceFixtures } from './conformance/fixtures.js';
import { identityCases } from './conformance/identity.cases.js';
import { observeCases } from './conformance/observe.cases.js';
import { safetyCases } from './conformance/safety.cases.js';
import { submitCases } from './conformance/submit.cases.js';
import { inWorld, type Environment, type Subject } from './conformance/world.js';

/** One requirement. `run` rejects with the reason when it is not met. */
export interface ConformanceCase {
  /** Unique; starts with the method or subject. */
  readonly name: string;
  /** The promise that makes the case apply; absent when it applies to every adapter. */
  readonly capability?: string;
  run(): Promise<void>;
}

/** How one case ended. */
export interface ConformanceResult {
  readonly name: string;
  readonly passed: boolean;
  readonly milliseconds: number;
  /** Why it failed. */
  readonly problem?: string;
}

/** The result of all cases. */
export interface ConformanceReport {
  readonly adapter: { readonly id: string; readonly version: string; readonly title: string };
  readonly capabilities: Capabilities;
  readonly results: readonly ConformanceResult[];
  /** True when every case passed. */
  readonly passed: boolean;
}

/** Options of a run of the kit. */
export interface ConformanceOptions {
  /** The environment in which the adapter finds its programs; they see the usual part of it. Absent: empty. */
  readonly env?: Environment;
  /** Called with every result. */
  readonly each?: (result: ConformanceResult) => void;
}

async function capabilitiesOf(subject: Subject): Promise<Capabilities> {
  let capabilities: Capabilities | undefined;
  await inWorld(subject, async (world) => {
    capabilities = (await world.hosted()).capabilities;
  });
  return capabilities as Capabilities;
}

function casesOf(subject: Subject, capabilities: Capabilities): ConformanceCase[] {
  const cases: ConformanceCase[] = [];
  const list: CaseList = {
    module: subject.module,
    fixtures: subject.fixtures,
    capabilities,
    add: (name, capability, run) =>
      void cases.push({ name, ...(capability === undefined ? {} : { capability }), run: () => inWorld(subject, run) }),
  };
  for (const part of [identityCases, submitCases, observeCases, cancelCases, safetyCases]) part(list);
  return cases;
}

/**
 * The cases for an adapter. Connects it once to read its capabilities; rejects when that is impossible. Each case
 * creates and removes its own directory and instances, so cases may run in any order and in parallel.
 */
export async function conformanceCases(
  module: AdapterModule,
  fixtures: ConformanceFixtures,
  { env = {} }: ConformanceOptions = {},
): Promise<ConformanceCase[]> {
  const subject = { module, fixtures, env };
  return casesOf(subject, await capabilitiesOf(subject));
}

/** Run all cases, one after the other, and report. Rejects only when the adapter cannot be connected at all. */
export async function checkAdapter(
  module: AdapterModule,
  fixtures: ConformanceFixtures,
  { env = {}, each = () => undefined }: ConformanceOptions = {},
): Promise<ConformanceReport> {
  const subject = { module, fixtures, env };
  const capabilities = await capabilitiesOf(subject);
  const results: ConformanceResult[] = [];
  for (const { name, run } of casesOf(subject, capabilities)) {
    const started = performance.now();
    const problem = await run().then(
      () => undefined,
      (error: unknown) => (error instanceof Error ? error.message : String(error)),
    );
    const milliseconds = Math.round(performance.now() - started);
    const result = { name, passed: problem === undefined, milliseconds, ...(problem === undefined ? {} : { problem }) };
    results.push(result);
    each(result);
  }
  const { id, version, title } = module;
  return { adapter: { id, version, title }, capabilities, results, passed: results.every((result) => result.passed) };
}
