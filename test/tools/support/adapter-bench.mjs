// An adapter with nothing but the port around it: no server, no database. For tests that look closely at one run.
import { createHash, randomUUID } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { root } from './server.mjs';

const built = (path) => import(pathToFileURL(join(root, 'dist', 'src', 'adapters', path)).href);
const [
  { createAdapterContext },
  { fingerprintOf },
  { hostAdapter },
  { createSafeSpawn },
  { Redactor, SecretResolver },
] = await Promise.all(['context.js', 'fingerprint.js', 'hosted-adapter.js', 'safe-spawn.js', 'secrets.js'].map(built));

export const sha256 = (content) => createHash('sha256').update(content).digest('hex');

/** The environment that programs of the adapter may see, and what tests add to it. */
const environment = (more) => ({ PATH: process.env.PATH, HOME: process.env.HOME, LANG: process.env.LANG, ...more });

/** A folder, media and instances of one adapter. */
export class Bench {
  folder = mkdtempSync(join(tmpdir(), 'interlock-bench-'));
  workDir = join(this.folder, 'work');
  log = [];
  media = new Map();

  constructor(module, env = {}) {
    this.module = module;
    this.env = environment(env);
    mkdirSync(this.workDir);
  }

  /** A file of a package. */
  artifact(name, content, more = {}) {
    const digest = sha256(content);
    const file = join(this.folder, digest);
    writeFileSync(file, content);
    this.media.set(digest, content);
    const uri = pathToFileURL(file).href;
    return { name, version: '1', sha256: digest, size: content.length, uri, mediaType: 'text/plain', ...more };
  }

  /** A new instance, as the server uses it. */
  async connect(config) {
    const redactor = new Redactor();
    const entry = (level) => (message, fields) => this.log.push({ level, message, fields });
    const context = createAdapterContext({
      instanceId: 'bench',
      log: { debug: entry('debug'), info: entry('info'), warn: entry('warn'), error: entry('error') },
      redactor,
      secrets: new SecretResolver(this.env, redactor),
      artifacts: async (digest) => (this.media.has(digest) ? new Blob([this.media.get(digest)]).stream() : null),
      workDir: this.workDir,
      now: () => new Date(),
      fetch,
      spawn: createSafeSpawn(this.env),
    });
    return await hostAdapter({ module: this.module, config, context, redactor });
  }

  request({ seconds = 60, package: content = {}, ...more }) {
    const request = {
      key: `bench-${randomUUID()}`,
      operation: 'install',
      release: { id: 'release-1', name: 'Payroll 4', version: 'R-1', changeIds: [] },
      package: { binding: {}, artifacts: [], ...content },
      parameters: {},
      deadline: new Date(Date.now() + seconds * 1_000).toISOString(),
      dryRun: false,
      actor: 'bench',
      ...more,
    };
    return { ...request, fingerprint: fingerprintOf(request) };
  }

  /**
   * Observes a run until `until` holds, by default to its end.
   * @returns the last answer, and the last report of each target by id.
   */
  async follow(adapter, handle, until = (seen) => seen.complete) {
    const signal = AbortSignal.timeout(60_000);
    const targets = {};
    for (let cursor = null; ;) {
      const seen = await adapter.observe(handle, cursor, signal);
      cursor = seen.cursor;
      for (const report of seen.targets) targets[report.ciId] = report;
      if (until(seen, targets)) return { ...seen, targets };
      await pause(60, undefined, { signal });
    }
  }

  /** Submits and follows to the end. */
  async run(adapter, parts) {
    const handle = await adapter.submit(this.request(parts), AbortSignal.timeout(30_000));
    return { handle, ...(await this.follow(adapter, handle)) };
  }

  end() {
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 5 });
  }
}
