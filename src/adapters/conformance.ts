/**
 * The conformance kit: what every adapter must do, as cases for any test runner. Published as
 * `interlock/adapter/conformance`. The capabilities of the adapter and the fixtures determine which cases apply.
 */
import type { AdapterModule, Capabilities } from './adapter.js';
import { callbackCases } from './conformance/callback.cases.js';
import { cancelCases } from './conformance/cancel.cases.js';
import type { CaseList } from './conformance/case-list.js';
import { errorCases } from './conformance/error.cases.js';
import type { ConformanceFixtures } from './conformance/fixtures.js';
import { httpErrorCases } from './conformance/http-error.cases.js';
import { identityCases } from './conformance/identity.cases.js';
import { limitCases } from './conformance/limit.cases.js';
import { observeCases } from './conformance/observe.cases.js';
import { outcomeCases } from './conformance/outcome.cases.js';
import { pauseCases } from './conformance/pause.cases.js';
import { reattachCases } from './conformance/reattach.cases.js';
import { safetyCases } from './conformance/safety.cases.js';
import { secretCases } from './conformance/secret.cases.js';
import { submitCases } from './conformance/submit.cases.js';
import { inWorld, type Environment, type Subject } from './conformance/world.js';

export type { ConformanceFixtures } from './conformance/fixtures.js';

const PARTS: readonly ((list: CaseList) => void)[] = [
  identityCases,
  submitCases,
  reattachCases,
  observeCases,
  outcomeCases,
  cancelCases,
  pauseCases,
  callbackCases,
  errorCases,
  httpErrorCases,
  secretCases,
  safetyCases,
  limitCases,
];

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

/** What the kit did not check, because the fixtures do not tell how. */
export interface NotChecked {
  readonly name: string;
  /** What is missing, e.g. a member of the fixtures. */
  readonly needs: string;
}

/** The result of all cases. */
export interface ConformanceReport {
  readonly adapter: { readonly id: string; readonly version: string; readonly title: string };
  readonly capabilities: Capabilities;
  readonly results: readonly ConformanceResult[];
  readonly notChecked: readonly NotChecked[];
  /** True when every case passed. */
  readonly passed: boolean;
}

/** Options of a run of the kit. */
export interface ConformanceOptions {
  /** The environment in which the adapter finds its programs; they see the usual part of it. Absent: empty. */
  readonly env?: Environment;
  /**
   * The address (`file:`) of the module whose default export is the adapter. With it the kit can also start the adapter
   * in other processes: to kill them, and to measure their memory.
   */
  readonly entry?: string;
  /** Options of Node for these processes, for example a loader for TypeScript. */
  readonly nodeOptions?: readonly string[];
  /** Which cases run, by name and place in the list. Absent: all. */
  readonly select?: (name: string, index: number) => boolean;
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

/** The cases, and what cannot be checked. */
interface Cases {
  readonly cases: readonly ConformanceCase[];
  readonly notChecked: readonly NotChecked[];
}

function casesOf(subject: Subject, capabilities: Capabilities): Cases {
  const cases: ConformanceCase[] = [];
  const notChecked: NotChecked[] = [];
  const list: CaseList = {
    module: subject.module,
    fixtures: subject.fixtures,
    capabilities,
    hosts: subject.entry !== undefined,
    add: (name, capability, run) =>
      void cases.push({ name, ...(capability === undefined ? {} : { capability }), run: () => inWorld(subject, run) }),
    lacks: (name, needs) => void notChecked.push({ name, needs }),
  };
  for (const part of PARTS) part(list);
  return { cases, notChecked };
}

function subjectOf(module: AdapterModule, fixtures: ConformanceFixtures, options: ConformanceOptions): Subject {
  const { env = {}, entry, nodeOptions = [] } = options;
  return { module, fixtures, env, ...(entry === undefined ? {} : { entry: { url: entry, nodeOptions } }) };
}

/**
 * The cases for an adapter. Connects it once to read its capabilities; rejects when that is impossible. Each case
 * creates and removes its own directory and instances, so cases may run in any order and in parallel.
 */
export async function conformanceCases(
  module: AdapterModule,
  fixtures: ConformanceFixtures,
  options: ConformanceOptions = {},
): Promise<ConformanceCase[]> {
  const subject = subjectOf(module, fixtures, options);
  return [...casesOf(subject, await capabilitiesOf(subject)).cases];
}

/** Run the cases, one after the other, and report. Rejects only when the adapter cannot be connected at all. */
export async function checkAdapter(
  module: AdapterModule,
  fixtures: ConformanceFixtures,
  options: ConformanceOptions = {},
): Promise<ConformanceReport> {
  const subject = subjectOf(module, fixtures, options);
  const capabilities = await capabilitiesOf(subject);
  const { cases, notChecked } = casesOf(subject, capabilities);
  const results: ConformanceResult[] = [];
  for (const { name, run } of cases.filter((one, index) => options.select?.(one.name, index) ?? true)) {
    const started = performance.now();
    const problem = await run().then(
      () => undefined,
      (error: unknown) => (error instanceof Error ? error.message : String(error)),
    );
    const milliseconds = Math.round(performance.now() - started);
    const result = { name, passed: problem === undefined, milliseconds, ...(problem === undefined ? {} : { problem }) };
    results.push(result);
    options.each?.(result);
  }
  const { id, version, title } = module;
  const passed = results.every((result) => result.passed);
  return { adapter: { id, version, title }, capabilities, results, notChecked, passed };
}
