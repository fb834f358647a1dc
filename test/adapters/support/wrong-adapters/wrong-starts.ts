/** Adapters that describe themselves wrongly, or start what they must not. */
import { spawn, spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdirSync, openSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { isAdapterError, type AdapterModule } from '../../../../src/adapters/adapter.js';
import type { RightAdapter } from './right-adapter.js';
import { method, type WrongAdapters } from './rework.js';
import { createRun } from './right-run.js';

const withConfig = (right: AdapterModule, more: object) => ({ configSchema: { ...right.configSchema, ...more } });
const anotherRun = ({ context }: RightAdapter) =>
  mkdirSync(join(context.workDir, 'runs', randomUUID()), { recursive: true });
let asked = 0;
const leftBehind: ReturnType<typeof spawn>[] = [];

/** Ends the processes that a wrong adapter has left. */
export function endLeftBehind(): void {
  for (const child of leftBehind.splice(0)) child.kill('SIGKILL');
}

const SAME_RUN = 'submit: the same request again, also from another instance, is the same run';
const TEN = 'submit: ten at once, from two instances, are one run';
const HANDLE = 'submit: the handle belongs to this adapter, is small and well-formed';
const ABORT = 'abort: every call ends within a second and leaves no process and no open file behind';
const NAMES = 'submit: hostile names of targets and media are data or are refused, and lead nowhere';
const TEXTS = 'submit: hostile texts are data or are refused, and are never executed';

/** See the file's head. */
export const WRONG_STARTS: WrongAdapters = {
  'has no title': { finds: ['identity: the module says what it is'], module: () => ({ title: '' }) },
  'describes settings that it does not take': {
    finds: ['identity: the schemas compile and the settings fit'],
    module: (right) => withConfig(right, { maxProperties: 1 }),
  },
  'accepts any settings': {
    finds: ['identity: bad settings are refused by the schema'],
    module: (right) => withConfig(right, { additionalProperties: true }),
  },
  'takes plain secrets': {
    finds: ['identity: settings named like secrets take only references'],
    module: (right) => {
      const { properties } = right.configSchema as { properties: object };
      return withConfig(right, { properties: { ...properties, password: { type: 'string' } } });
    },
  },
  'changes its capabilities': {
    finds: [
      'identity: capabilities are pure and within the contract',
      'identity: two instances report the same capabilities',
    ],
    module: (right) => ({
      capabilities: (config) => {
        const usual = right.capabilities(config);
        return { ...usual, limits: { ...usual.limits, minPollMs: (asked += 1) } };
      },
    }),
  },
  'promises logs and has none': {
    finds: ['identity: the methods that the capabilities promise are there'],
    instance: (right) => Object.assign(right, { logs: undefined }),
  },
  'is never ready': {
    finds: ['probe: is ready'],
    instance: method('probe', () => async () => ({ status: 'starting' })),
  },
  'can be closed once': {
    finds: ['close: may be called twice'],
    instance: (right) => {
      let closed = false;
      right.close = async () => {
        if (closed) throw new Error('It is closed already.');
        closed = true;
      };
    },
  },
  'cannot be closed': {
    finds: ['close: a closed instance refuses work'],
    instance: method('close', () => async () => Promise.reject(new Error('It cannot be closed.'))),
  },
  'takes any target': {
    finds: ['submit: a target binding that does not fit is INVALID_ARGUMENT and starts nothing'],
    module: () => ({ targetSchema: {} }),
  },
  'takes any package': {
    finds: ['submit: a package binding that does not fit is INVALID_ARGUMENT and starts nothing'],
    module: () => ({ packageSchema: {} }),
  },
  'takes any parameters': {
    finds: ['submit: parameters that the tool does not know are INVALID_ARGUMENT and start nothing'],
    module: () => ({ parametersSchema: {} }),
  },
  'starts a run for every call': {
    finds: [SAME_RUN, TEN],
    instance: method('submit', (submit, right) => async (request, signal) => {
      const handle = await submit(request, signal);
      anotherRun(right);
      return { ...handle, native: { number: randomUUID() } };
    }),
  },
  'starts again when asked at once': {
    finds: [TEN],
    instance: method('submit', (submit, right) => async (request, signal) => {
      const before = await right.find(request.key, signal);
      await pause(5);
      if (before !== null) return before;
      anotherRun(right);
      return await submit(request, signal);
    }),
  },
  'ignores the fingerprint': {
    finds: ['submit: another request under a key that is taken is ALREADY_EXISTS'],
    instance: method('submit', (submit, right) => async (request, signal) => {
      return (await right.find(request.key, signal)) ?? (await submit(request, signal));
    }),
  },
  'gives large handles': {
    finds: [HANDLE],
    instance: method('handle', (handle) => (run) => {
      const usual = handle(run);
      return { ...usual, native: { ...usual.native, padding: 'x'.repeat(9_000) } };
    }),
  },
  'gives handles of others': {
    finds: [HANDLE],
    instance: method('handle', (handle) => (run) => ({ ...handle(run), key: 'another-key' })),
  },
  'cuts long keys': {
    finds: ['submit: a key of 128 characters'],
    instance: method('submit', (submit) => async (request, signal) => {
      return await submit({ ...request, key: request.key.slice(0, 64) }, signal);
    }),
  },
  'executes texts': {
    finds: [TEXTS],
    instance: method('submit', (submit, { context }) => async (request, signal) => {
      spawnSync('sh', ['-c', `echo ${request.actor}`], { cwd: context.workDir, stdio: 'ignore' });
      return await submit(request, signal);
    }),
  },
  'writes media under their names': {
    finds: [NAMES],
    instance: method('readArtifacts', (_readArtifacts, { context }) => async (request) => {
      for (const { name } of request.package.artifacts)
        if (name.startsWith('../')) writeFileSync(join(context.workDir, 'media', name), '');
    }),
  },
  'rehearses for real': {
    finds: ['submit: a rehearsal changes nothing'],
    instance: method('submit', (submit) => async (request, signal) => {
      return await submit({ ...request, dryRun: false }, signal);
    }),
  },
  'starts at preflight': {
    finds: ['preflight: reports only the requested targets, and changes nothing'],
    instance: method('preflight', (preflight, right) => async (request, signal) => {
      await right.submit(request, signal);
      return await preflight(request, signal);
    }),
  },
  'does not give up': {
    finds: [ABORT],
    instance: method('probe', () => async () => {
      await pause(1_500);
      return { status: 'ready' };
    }),
  },
  'leaves a process': {
    finds: [ABORT],
    instance: method('probe', (probe) => async (signal) => {
      leftBehind.push(spawn('sleep', ['600'], { stdio: 'ignore' }));
      return await probe(signal);
    }),
  },
  'leaves a file open': {
    finds: [ABORT],
    instance: method('probe', (probe, { context }) => async (signal) => {
      openSync(join(context.workDir, 'lock'), 'a');
      return await probe(signal);
    }),
  },
  'begins when given up': { finds: [ABORT], instance: method('probe', () => async () => ({ status: 'ready' })) },
  'ignores digests': {
    finds: ['artifacts: content with another digest is never installed'],
    instance: method('readArtifacts', () => async () => undefined),
  },
  'goes on without media': {
    finds: ['artifacts: content that is missing is never installed'],
    instance: method('readArtifacts', (readArtifacts) => async (request) => {
      await readArtifacts(request).catch((error: unknown) => {
        if (!isAdapterError(error) || error.code !== 'NOT_FOUND') throw error;
      });
    }),
  },
  'keeps runs in memory': {
    finds: [
      'reattach: a new instance finds the run and sees the same end',
      'reattach: a process that is killed in the middle of a run loses nothing',
    ],
    instance: (right) => {
      const own: string[] = [];
      method('submit', (submit) => async (request, signal) => {
        own.push(request.key);
        return await submit(request, signal);
      })(right);
      method('find', (find) => async (key, signal) => (own.includes(key) ? await find(key, signal) : null))(right);
    },
  },
  'writes the order down last': {
    finds: ['reattach: a process that is killed while it sends an order leaves at most one run'],
    instance: method('submit', (submit, right) => async (request, signal) => {
      anotherRun(right);
      await pause(100);
      return await submit(request, signal);
    }),
  },
  'finds everything': {
    finds: ['find: an unknown key is null'],
    instance: method('find', (find) => async (key, signal) => {
      return (await find(key, signal)) ?? { adapterId: 'seeded', apiVersion: 1, key, native: {} };
    }),
  },
  'starts before it looks at the quota': {
    finds: ['errors: a quota that is used up'],
    instance: method('submit', (submit, { context }) => async (request, signal) => {
      createRun(context.workDir, request);
      return await submit(request, signal);
    }),
  },
  'calls every trouble unavailable': {
    finds: ['errors: a quota that is used up'],
    instance: method('submit', (submit) => async (request, signal) => {
      return await submit(request, signal).catch((error: unknown) => {
        throw isAdapterError(error) ? Object.assign(error, { code: 'UNAVAILABLE' }) : error;
      });
    }),
  },
  'sees no run where the tool is down': {
    finds: ['errors: a tool that is down is found out'],
    instance: method('find', (find) => async (key, signal) => await find(key, signal).catch(() => null)),
  },
  'is ready without its tool': {
    finds: ['errors: while the tool is down a probe says so, and an order starts nothing'],
    instance: method('probe', () => async (signal) => {
      signal.throwIfAborted();
      return { status: 'ready' };
    }),
  },
};
