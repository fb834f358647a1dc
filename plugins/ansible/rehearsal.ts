/** The preflight: the playbook with `--check`, in a folder that disappears afterwards. */
import {
  isAdapterError,
  type AdapterContext,
  type DistributionRequest,
  type PreflightReport,
  type TargetReport,
} from '../../src/adapters/adapter.js';
import { eventsIn, RunHistory } from './events.js';
import { writePrivate, type RunFolder } from './run-folder.js';
import { errorIn, prepare } from './staging.js';
import type { Settings } from './settings.js';

/** Below the time that the server gives a preflight, so that the answer says what was found until then. */
const REHEARSAL_MS = 100_000;

type TargetVerdict = PreflightReport['targets'][number];

const LIMITS = 'It was rehearsed with --check: modules that cannot predict were skipped.';

/**
 * What the end of a target in a rehearsal means for the real run. It never blocks: a host that is down may be back, and
 * a task can fail only because the one before it was skipped.
 */
export function verdictOf({ ciId, state, reason }: TargetReport): TargetVerdict {
  if (state === 'succeeded') return { ciId, verdict: 'ok' };
  return { ciId, verdict: 'warn', message: reason === undefined ? state : `${reason.code}: ${reason.message}` };
}

/** What Ansible would say to a request. Refusals of `submit` become `block`. */
export async function rehearse(
  run: RunFolder,
  request: DistributionRequest,
  parts: { readonly settings: Settings; readonly control: string; readonly context: AdapterContext },
  signal: AbortSignal,
): Promise<PreflightReport> {
  const { context, settings } = parts;
  let prepared;
  try {
    prepared = await prepare(run, run.path, { ...request, dryRun: true }, { ...parts, isShared: false }, signal);
  } catch (error) {
    if (!isAdapterError(error)) throw error;
    return { verdict: 'block', messages: [`${error.code}: ${error.message}`], targets: [] };
  }
  if (settings.rehearse === false) return { verdict: 'ok', messages: [], targets: [] };
  const { order, record } = prepared;
  const hosts = order.batches.flat();
  await writePrivate(run.at('hosts.json'), JSON.stringify([...hosts, ...order.alsoAllowed]));
  const ended = await context.spawn([order.program, '-i', 'inventory-all.yml', ...order.arguments], {
    cwd: run.path,
    env: {
      ...order.env,
      INTERLOCK_EVENTS: run.at('events.jsonl'),
      INTERLOCK_HOSTS: run.at('hosts.json'),
      INTERLOCK_SECRETS: run.at('secrets'),
    },
    signal,
    timeoutMs: REHEARSAL_MS,
    maxStdoutBytes: 64 * 1024 * 1024,
  });
  const output = new TextDecoder().decode(ended.stdout);
  const history = new RunHistory(new Map(Object.entries(record.hosts)), record.proof, record.createdAt);
  history.add({ ev: 'batch', at: record.createdAt, hosts }, 0);
  for (const { event } of eventsIn((await run.lines('events.jsonl', 0)).text)) history.add(event, 0);
  const at = context.now().toISOString();
  const played = /^PLAY \[/m.test(output);
  history.add({ ev: 'exit', at, hosts, rc: ended.exitCode, played, why: ended.timedOut ? 'expired' : null }, 0);
  if (!played && ended.exitCode !== 0) {
    const said = errorIn(`${output}\n${new TextDecoder().decode(ended.stderr)}`);
    return { verdict: 'block', messages: [`FAILED_PRECONDITION: ${said}`], targets: [] };
  }
  if (history.foreign !== undefined) {
    const { hosts: others, task } = history.foreign;
    const message = `The task "${task}" would act on ${others.join(', ')}, which nobody asked for.`;
    return { verdict: 'block', messages: [message], targets: [] };
  }
  const targets = history.reports(-1).map(verdictOf);
  const slow = ended.timedOut ? ['The rehearsal took too long and was ended.'] : [];
  const warns = targets.some(({ verdict }) => verdict === 'warn');
  return { verdict: warns ? 'warn' : 'ok', messages: [...slow, LIMITS], targets };
}
