/**
 * What the adapter tests share: temporary directories that are removed again, a log to look into, and well-formed
 * requests.
 */
import { createHash } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type {
  Adapter,
  AdapterErrorCode,
  AdapterModule,
  Artifact,
  Capabilities,
  DistributionRequest,
  Logger,
  Observation,
  RequestTarget,
  RunHandle,
  TargetReport,
} from '../../../src/adapters/adapter.js';
import { isAdapterError } from '../../../src/adapters/adapter.js';
import { createAdapterContext, type ArtifactSource } from '../../../src/adapters/context.js';
import { fingerprintOf } from '../../../src/adapters/fingerprint.js';
import { hostAdapter, type HostedAdapter } from '../../../src/adapters/hosted-adapter.js';
import { createSafeSpawn } from '../../../src/adapters/safe-spawn.js';
import { Redactor, SecretResolver } from '../../../src/adapters/secrets.js';

/** A new directory and the way to remove it. */
export async function temporaryDirectory(): Promise<{ path: string; remove: () => Promise<void> }> {
  const path = await mkdtemp(join(tmpdir(), 'interlock-test-'));
  return { path, remove: () => rm(path, { recursive: true, force: true }) };
}

/** A logger that keeps what it is told. */
export function keepingLogger(): Logger & { readonly entries: { level: string; message: string; fields: unknown }[] } {
  const entries: { level: string; message: string; fields: unknown }[] = [];
  const keep = (level: string) => (message: string, fields?: unknown) => void entries.push({ level, message, fields });
  return { entries, debug: keep('debug'), info: keep('info'), warn: keep('warn'), error: keep('error') };
}

export const noArtifacts: ArtifactSource = async () => null;

/** SHA-256 in lower-case hexadecimal. */
export function sha256(content: string | Uint8Array): string {
  return createHash('sha256').update(content).digest('hex');
}

/** An artifact with this content, reachable at this address. */
export function artifactOf(content: string | Uint8Array, uri: string, name = 'app.bin'): Artifact {
  return {
    name,
    version: '1.0.0',
    sha256: sha256(content),
    size: Buffer.byteLength(content),
    uri,
    mediaType: 'application/octet-stream',
  };
}

/** Targets ci-1, ci-2, … with the binding given for each. */
export function targetsOf(count: number, binding: (index: number) => unknown = () => ({})): RequestTarget[] {
  return Array.from({ length: count }, (_unused, index) => ({
    ciId: `ci-${index + 1}`,
    name: `web-${index + 1}`,
    binding: binding(index),
  }));
}

let serial = 0;

/** A complete request; the fingerprint is computed last, over everything else. */
export function requestOf(changes: Partial<DistributionRequest> = {}): DistributionRequest {
  serial += 1;
  const request = {
    key: `dist-${process.pid}-${serial}.1`,
    operation: 'install' as const,
    release: { id: 'rel-1', name: 'Web shop', version: '4.2.0', changeIds: ['chg-1'] },
    package: { binding: {}, artifacts: [] },
    targets: targetsOf(2),
    parameters: {},
    deadline: '2026-11-23T00:00:00Z',
    dryRun: false,
    actor: 'dana',
    ...changes,
  };
  return { ...request, fingerprint: changes.fingerprint ?? fingerprintOf(request) };
}

/** An instance of a module, hosted as the server would, over a directory of its own. */
export async function connected(
  module: AdapterModule,
  workDir: string,
  options: { config?: unknown; env?: Record<string, string>; artifacts?: ArtifactSource; now?: () => Date } = {},
): Promise<{ adapter: HostedAdapter; log: ReturnType<typeof keepingLogger> }> {
  const env = { ...process.env, ...options.env };
  const redactor = new Redactor();
  const log = keepingLogger();
  const context = createAdapterContext({
    instanceId: 'test',
    log,
    redactor,
    secrets: new SecretResolver(env, redactor),
    artifacts: options.artifacts ?? noArtifacts,
    workDir,
    now: options.now ?? (() => new Date()),
    fetch: globalThis.fetch,
    spawn: createSafeSpawn(env),
  });
  return { adapter: await hostAdapter({ module, config: options.config ?? {}, context, redactor }), log };
}

/** A signal that aborts only when a test has gone badly wrong. */
export function patience(ms = 20_000): AbortSignal {
  return AbortSignal.timeout(ms);
}

/** Follow a run to its end. Keeps every report in the order seen, and the last state of each target. */
export async function follow(
  adapter: Adapter,
  handle: RunHandle,
  until: (seen: Observation, states: Record<string, string>) => boolean = (seen) => seen.complete,
): Promise<{ reports: TargetReport[]; states: Record<string, string>; last: Observation }> {
  const signal = patience();
  const reports: TargetReport[] = [];
  const states: Record<string, string> = {};
  let cursor: string | null = null;
  for (;;) {
    const seen: Observation = await adapter.observe(handle, cursor, signal);
    cursor = seen.cursor;
    for (const report of seen.targets) {
      reports.push(report);
      states[report.ciId] = report.state;
    }
    if (until(seen, states)) return { reports, states, last: seen };
    await new Promise((resolve) => setTimeout(resolve, Math.min(seen.nextPollMs ?? 20, 20)));
  }
}

/** The code with which a call is refused; fails when it is not refused by an AdapterError. */
export async function codeOf(call: Promise<unknown>): Promise<AdapterErrorCode> {
  try {
    await call;
  } catch (error) {
    if (isAdapterError(error)) return error.code;
    throw error;
  }
  throw new Error('The call was expected to be refused.');
}

/** The least an adapter can do, for tests of what surrounds adapters. */
export const PLAIN_CAPABILITIES: Capabilities = {
  submit: 'idempotent',
  observe: ['poll'],
  targetStatus: 'live',
  cancel: 'best-effort',
  cancelTargets: false,
  pause: false,
  retryTargets: true,
  preflight: 'static',
  operations: ['install'],
  artifacts: ['prestaged'],
  verifiesDigest: false,
  logs: 'none',
  toolSchedules: false,
  limits: { minPollMs: 10, typicalLatencyMs: 10 },
};

/** A module around whatever part of an adapter a test is about. */
export function moduleOf(adapter: Partial<Adapter>, changes: Partial<AdapterModule> = {}): AdapterModule {
  const unasked = async (): Promise<never> => {
    throw new Error('This test does not expect that call.');
  };
  const whole: Adapter = {
    probe: async () => ({ status: 'ready' }),
    preflight: unasked,
    submit: unasked,
    find: async () => null,
    observe: unasked,
    cancel: unasked,
    close: async () => undefined,
    ...adapter,
  };
  return {
    $$type: 'release-adapter',
    apiVersion: 1,
    id: 'plain',
    version: '1.0.0',
    title: 'Plain',
    configSchema: { type: 'object' },
    targetSchema: { type: 'object' },
    packageSchema: { type: 'object' },
    capabilities: () => PLAIN_CAPABILITIES,
    create: async () => whole,
    ...changes,
  };
}
