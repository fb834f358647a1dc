#!/usr/bin/env node
/**
 * A program for the exec adapter: installs a package into one directory per target. Each call is one process, with a
 * JSON call on stdin and a JSON reply on stdout. For the protocol, see README.md here and plugins/exec/README.md. Needs
 * only Node 20 or newer.
 */
import { spawn } from 'node:child_process';
import { openSync, readFileSync, statSync } from 'node:fs';
import { access, constants } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { groupLives, signalGroup } from './process.mjs';
import { FINAL, Run } from './runs.mjs';
import { DIRECTORY_PATTERN, obstacle, OPERATIONS } from './target.mjs';
import { Refusal } from './trouble.mjs';

const VERSION = '1.0.0';
const POLL_MS = 250;
const KEY = /^[A-Za-z0-9][A-Za-z0-9._:-]{0,127}$/;
/** A file name without directories that is not hidden. */
const FILE_NAME = /^[^./\\\0][^/\\\0]{0,199}$/;

const DESCRIPTION = {
  name: 'exec-directory',
  version: VERSION,
  capabilities: {
    submit: 'idempotent',
    observe: ['poll'],
    targetStatus: 'live',
    cancel: 'confirmed',
    cancelTargets: true,
    pause: false,
    retryTargets: true,
    preflight: 'static',
    operations: Object.keys(OPERATIONS),
    artifacts: ['by-reference'],
    verifiesDigest: true,
    logs: 'cursor',
    toolSchedules: false,
    limits: { minPollMs: POLL_MS, typicalLatencyMs: POLL_MS },
  },
  targetSchema: {
    title: 'Directory',
    type: 'object',
    required: ['directory'],
    additionalProperties: false,
    properties: {
      directory: {
        type: 'string',
        pattern: DIRECTORY_PATTERN,
        maxLength: 500,
        description: 'Directory below the root. Each target has its own.',
      },
    },
  },
  parametersSchema: { title: 'No parameters', type: 'object', additionalProperties: false },
  packageSchema: {
    title: 'Files',
    type: 'object',
    additionalProperties: false,
    properties: {
      unpack: {
        type: 'boolean',
        default: true,
        description: 'Unpack gzipped tar archives. Other files are copied unchanged.',
      },
      strip: {
        type: 'integer',
        minimum: 0,
        maximum: 20,
        default: 0,
        description: 'Number of leading path segments to drop from names in archives.',
      },
    },
  },
};

/** The root directory that contains every target. */
async function rootDirectory() {
  const root = process.env.INSTALL_ROOT;
  if (!root) throw new Refusal('FAILED_PRECONDITION', 'INSTALL_ROOT is not set.');
  await access(root, constants.W_OK | constants.X_OK).catch((error) => {
    throw new Refusal('FAILED_PRECONDITION', `The root ${root} cannot be used (${error.code}).`);
  });
  if (!statSync(root).isDirectory()) throw new Refusal('FAILED_PRECONDITION', `The root ${root} is not a directory.`);
  return root;
}

/** The core has validated the form of the request. These checks need knowledge of this tool. */
function assertRequest({ operation, targets, package: { artifacts, binding } }) {
  const refuse = (message) => {
    throw new Refusal('INVALID_ARGUMENT', message);
  };
  if (!Object.hasOwn(OPERATIONS, operation))
    throw new Refusal('UNIMPLEMENTED', `The operation ${operation} is not supported.`);
  if (!Array.isArray(targets) || targets.length === 0) refuse('The request names no target.');
  if (artifacts.length === 0) refuse('The package has no artifacts.');
  const seen = new Set();
  for (const { ciId, binding: target } of targets) {
    const { directory } = target ?? {};
    if (typeof directory !== 'string' || !new RegExp(DIRECTORY_PATTERN).test(directory))
      refuse(`The directory of ${ciId} leads out of the root.`);
    if (seen.has(directory)) refuse(`Two targets have the directory ${directory}.`);
    seen.add(directory);
  }
  const names = new Set();
  for (const { name } of artifacts) {
    if (!FILE_NAME.test(name)) refuse(`The artifact "${name}" cannot be a file name.`);
    if (names.has(name)) refuse(`Two artifacts have the name "${name}".`);
    names.add(name);
  }
  if (!Number.isInteger(binding?.strip ?? 0)) refuse('"strip" is not a number.');
}

async function existing(workDir, key) {
  const run = KEY.test(key) ? await Run.find(workDir, key) : null;
  if (run === null) throw new Refusal('NOT_FOUND', `There is no run with the key ${key}.`);
  return run;
}

const handleOf = (run) => ({ native: { submittedAt: run.submittedAt } });

/** Waits until the run is in one of these states, for at most `ms` milliseconds. Returns its state. */
async function settled(run, states, ms) {
  const until = Date.now() + ms;
  for (;;) {
    const state = await run.state();
    if (states.includes(state) || Date.now() >= until) return state;
    await pause(20);
  }
}

/** Makes sure that a worker runs. `grace`: milliseconds to wait for another caller that is just starting one. */
async function ensureWorker(run, grace) {
  const state = await settled(run, ['working', 'finished', 'lost'], grace);
  if (state === 'working' || state === 'finished') return;
  const log = openSync(join(run.directory, 'worker.log'), 'a', 0o600);
  const file = fileURLToPath(new URL('./worker.mjs', import.meta.url));
  const child = spawn(process.execPath, [file, run.directory], {
    cwd: run.directory,
    detached: true,
    stdio: ['ignore', log, log],
  });
  child.on('error', () => undefined);
  child.unref();
  if (['working', 'finished'].includes(await settled(run, ['working', 'finished'], 10_000))) return;
  throw new Refusal('OUTCOME_UNKNOWN', 'The worker of the run did not start in time.');
}

async function submit({ request }, workDir) {
  assertRequest(request);
  const { run, created } = await Run.create(workDir, await rootDirectory(), request);
  if (run.request.fingerprint !== request.fingerprint) {
    throw new Refusal('ALREADY_EXISTS', `The key ${request.key} belongs to another request.`);
  }
  await ensureWorker(run, created ? 0 : 2_000);
  return handleOf(run);
}

/** A run that no worker has begun counts as not submitted: submitting it again is safe and starts it. */
async function find({ key }, workDir) {
  const run = KEY.test(key) ? await Run.find(workDir, key) : null;
  return run === null || (await run.state()) === 'new' ? null : handleOf(run);
}

async function preflight({ request }) {
  assertRequest(request);
  const root = await rootDirectory();
  const targets = [];
  for (const { ciId, binding } of request.targets) {
    const problem = await obstacle(root, binding.directory);
    targets.push(problem === undefined ? { ciId, verdict: 'ok' } : { ciId, verdict: 'block', message: problem });
  }
  return { verdict: targets.some(({ verdict }) => verdict === 'block') ? 'block' : 'ok', messages: [], targets };
}

/** Reports for the targets that a dead worker left unfinished: unknown until the same key is submitted again. */
function lostReports(run, latest) {
  const at =
    [...latest.values()]
      .map((report) => report.at)
      .sort()
      .at(-1) ?? run.submittedAt;
  const reason = {
    code: 'WORKER_LOST',
    message: 'The worker died. Submit the same key again to continue.',
    retryable: true,
  };
  return run.request.targets
    .filter(({ ciId }) => !FINAL.has(latest.get(ciId)?.state))
    .map(({ ciId }) => ({
      ciId,
      state: 'unknown',
      nativeStatus: 'WORKER_LOST',
      at,
      attempt: latest.get(ciId)?.attempt ?? 1,
      reason,
    }));
}

function runReport(run, state, latest, cancelled) {
  const ends = run.request.targets.map(({ ciId }) => latest.get(ciId));
  const percent = Math.floor(ends.reduce((sum, report) => sum + (report?.percent ?? 0), 0) / ends.length);
  if (state === 'lost') return { phase: 'finished', outcome: 'error', nativeStatus: 'WORKER_LOST', percent };
  if (state === 'new') return { phase: 'queued', nativeStatus: 'NEW', percent };
  if (state === 'working') return { phase: cancelled ? 'cancelling' : 'running', nativeStatus: 'WORKING', percent };
  const all = (...states) => ends.every((report) => states.includes(report?.state));
  const outcome = all('succeeded') ? 'success' : all('succeeded', 'cancelled') ? 'cancel' : 'failure';
  return { phase: 'finished', outcome, nativeStatus: 'FINISHED', percent };
}

async function observe({ key, cursor }, workDir) {
  const run = await existing(workDir, key);
  // Read the state first: when it is final, every report has been written.
  const state = await run.state();
  const from = /^\d+$/.test(cursor ?? '') ? Number(cursor) : 0;
  const { reports, end } = run.reports(from);
  const latest = run.latest();
  const news = new Map(reports.map((report) => [report.ciId, report]));
  const wholeCancel = (await run.cancels()).some((cancel) => cancel.targets === undefined);
  return {
    run: runReport(run, state, latest, wholeCancel),
    targets: [...news.values(), ...(state === 'lost' ? lostReports(run, latest) : [])],
    cursor: String(end),
    nextPollMs: POLL_MS,
    complete: state === 'finished' || state === 'lost',
  };
}

/** Ends the worker's whole process group, and waits until it or a successor has written the end. */
async function endNow(run) {
  const worker = await run.worker();
  if (worker !== undefined && (await run.state()) === 'working') {
    signalGroup(worker, 'SIGTERM');
    if ((await settled(run, ['finished', 'lost'], 2_000)) === 'working') signalGroup(worker, 'SIGKILL');
    while (groupLives(worker)) await pause(20);
  }
  if ((await run.state()) !== 'finished') await ensureWorker(run, 0);
  await settled(run, ['finished'], 5_000);
}

async function cancel({ key, targets, mode }, workDir) {
  const run = await existing(workDir, key);
  const known = new Set(run.request.targets.map(({ ciId }) => ciId));
  const foreign = targets?.find((ciId) => !known.has(ciId));
  if (foreign !== undefined) throw new Refusal('INVALID_ARGUMENT', `The run does not name the target ${foreign}.`);
  const latest = run.latest();
  const state = await run.state();
  if (state === 'finished' || targets?.every((ciId) => FINAL.has(latest.get(ciId)?.state))) {
    return { accepted: false, detail: 'Every named target had already ended.' };
  }
  if (state === 'lost' && targets !== undefined) {
    return { accepted: false, detail: 'The worker of the run is dead; only the whole run can be cancelled.' };
  }
  await run.addCancel({ at: new Date().toISOString(), mode, ...(targets === undefined ? {} : { targets }) });
  if (targets === undefined && (mode === 'abort' || state !== 'working')) await endNow(run);
  return { accepted: true };
}

async function logs({ key, ciId, cursor, maxBytes }, workDir) {
  const run = await existing(workDir, key);
  const ended = ['finished', 'lost'].includes(await run.state());
  let text = '';
  try {
    text = readFileSync(join(run.directory, 'run.log'), 'utf8');
  } catch (error) {
    if (error.code !== 'ENOENT') throw error;
  }
  const whole = text.slice(0, text.lastIndexOf('\n') + 1);
  const lines = whole.split('\n').filter((line) => ciId === undefined || line.split(' ')[1] === ciId);
  const log = Buffer.from(ciId === undefined ? whole : lines.map((line) => `${line}\n`).join(''), 'utf8');
  const from = Number(cursor ?? 0);
  let end = Math.min(log.length, from + maxBytes);
  while (end < log.length && end > from && (log[end] & 0xc0) === 0x80) end -= 1;
  return { chunk: log.toString('utf8', from, end), cursor: String(end), eof: ended && end === log.length };
}

async function probe() {
  try {
    await rootDirectory();
    return { status: 'ready', toolVersion: VERSION };
  } catch (error) {
    return { status: 'broken', toolVersion: VERSION, detail: error.message };
  }
}

const METHODS = { describe: async () => DESCRIPTION, probe, preflight, submit, find, observe, cancel, logs };

async function answer() {
  const { protocol, method, workDir, params } = JSON.parse(readFileSync(0, 'utf8'));
  if (protocol !== 1) throw new Refusal('UNIMPLEMENTED', `This program speaks protocol 1, not ${protocol}.`);
  if (!Object.hasOwn(METHODS, method)) throw new Refusal('UNIMPLEMENTED', `There is no method ${method}.`);
  return METHODS[method](params, workDir);
}

let reply;
try {
  reply = { result: await answer() };
} catch (error) {
  if (!(error instanceof Refusal)) console.error(error);
  reply = { error: { code: error instanceof Refusal ? error.code : 'INTERNAL', message: error.message } };
}
process.stdout.write(`${JSON.stringify(reply)}\n`);
