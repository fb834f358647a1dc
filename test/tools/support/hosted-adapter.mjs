// A deployment tool as the server connects it, without a server: for tests of what happens between the adapter and its
// hosts. `npm run build` first; it uses the compiled adapter, because workers are programs of their own.
import { createHash, randomUUID } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { createAdapterContext } from '../../../dist/src/adapters/context.js';
import { fingerprintOf } from '../../../dist/src/adapters/fingerprint.js';
import { hostAdapter } from '../../../dist/src/adapters/hosted-adapter.js';
import { createSafeSpawn } from '../../../dist/src/adapters/safe-spawn.js';
import { Redactor, SecretResolver } from '../../../dist/src/adapters/secrets.js';

/** How long a test waits for something before it gives up, in milliseconds. */
const PATIENCE_MS = 60_000;

export const sha256 = (content) => createHash('sha256').update(content).digest('hex');

/** Waits until a condition holds, asking again and again. */
export async function until(what, ask) {
  const end = Date.now() + PATIENCE_MS;
  for (;;) {
    const found = await ask();
    if (found) return found;
    if (Date.now() > end) throw new Error(`Waited in vain for ${what}.`);
    await pause(25);
  }
}

/** A tool with a work directory and media of its own. `end` removes them. */
export function toolOf(module, config, env = process.env) {
  const folder = mkdtempSync(join(tmpdir(), 'interlock-tool-'));
  const workDir = join(folder, 'work');
  mkdirSync(workDir);
  const media = new Map();
  const log = [];
  const note = (level) => (message, fields) => void log.push({ level, message, fields });
  /** Another instance over the same work directory, as after a restart, in another process, or with other settings. */
  const connect = async (settings = config) => {
    const redactor = new Redactor();
    const context = createAdapterContext({
      instanceId: 'test',
      log: { debug: note('debug'), info: note('info'), warn: note('warn'), error: note('error') },
      redactor,
      secrets: new SecretResolver(env, redactor),
      artifacts: async (digest) => (media.has(digest) ? new Blob([media.get(digest)]).stream() : null),
      workDir,
      now: () => new Date(),
      fetch: globalThis.fetch,
      spawn: createSafeSpawn(env),
    });
    return await hostAdapter({ module, config: settings, context, redactor });
  };
  const signal = () => AbortSignal.timeout(PATIENCE_MS);
  const artifact = (name, content) => {
    const digest = sha256(content);
    media.set(digest, Buffer.from(content));
    return {
      name,
      version: '1.0',
      sha256: digest,
      size: Buffer.byteLength(content),
      uri: `file:///nowhere/${digest}`,
      mediaType: 'application/octet-stream',
    };
  };
  const request = ({ files = { 'release.bin': 'the release' }, artifacts, targets, binding = {}, ...more }) => {
    const order = {
      key: `key-${randomUUID()}`,
      operation: 'install',
      release: { id: 'rel-1', name: 'Shop', version: '1.0', changeIds: [] },
      package: { binding, artifacts: artifacts ?? Object.entries(files).map((file) => artifact(...file)) },
      targets,
      parameters: {},
      deadline: new Date(Date.now() + 600_000).toISOString(),
      dryRun: false,
      actor: 'a test',
      ...more,
    };
    return { ...order, fingerprint: fingerprintOf(order) };
  };
  const follow = async (adapter, handle, condition) => {
    const last = new Map();
    const all = [];
    let cursor = null;
    const { run } = await until('the run', async () => {
      const seen = await adapter.observe(handle, cursor, signal());
      cursor = seen.cursor;
      for (const report of seen.targets) last.set(report.ciId, report);
      all.push(...seen.targets);
      return (condition ? condition(last) : seen.complete) && seen;
    });
    const states = Object.fromEntries([...last].map(([ciId, { state }]) => [ciId, state]));
    return { run, states, last, all };
  };
  return {
    folder,
    workDir,
    log,
    /** The contents of all files so far, by digest. */
    media,
    connect,
    signal,
    /** A file of a package. */
    artifact,
    /** An order for files, given by name and content, or as artifacts. */
    request,
    /** Observes until the run is complete, or a condition on the last report of each target holds. */
    follow,
    /** Sends an order and follows it to its end. */
    play: async (adapter, order) => {
      const sent = request(order);
      const handle = await adapter.submit(sent, signal());
      return { handle, request: sent, ...(await follow(adapter, handle)) };
    },
    end: () => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }),
  };
}
