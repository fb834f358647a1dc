/** Asks the hosts of an order in advance whether they can take it. Changes nothing. */
import type { PreflightReport } from '../../src/adapters/adapter.js';
import { obstacleIn } from './remote-answer.js';
import { checkScript } from './remote-scripts.js';
import type { Answer, Remote } from './remote.js';

type TargetCheck = PreflightReport['targets'][number];

function verdictOf(answer: Answer, { order }: Remote): Omit<TargetCheck, 'ciId'> {
  if ('said' in answer) {
    const obstacle = obstacleIn(order, answer.said);
    return obstacle === undefined ? { verdict: 'ok' } : { verdict: 'block', message: obstacle };
  }
  const { code, message } = answer.silence;
  // A host that is away may be back when it is due; one that is not who it should be is refused then, too.
  return { verdict: code === 'HOST_KEY' || code === 'AUTHENTICATION' ? 'block' : 'warn', message };
}

/** Asks all hosts, so many at a time. Those that have not answered when the time is over get a warning. */
export async function checkHosts(remote: Remote, until: Date, signal: AbortSignal): Promise<PreflightReport> {
  const { targets, maxParallel } = remote.order;
  const found: TargetCheck[] = [];
  const over = AbortSignal.timeout(Math.max(0, until.getTime() - Date.now()));
  const either = AbortSignal.any([signal, over]);
  const left = targets.map((_target, index) => index);
  const visit = async (): Promise<void> => {
    for (let index = left.shift(); index !== undefined; index = left.shift()) {
      const ciId = targets[index]?.ciId ?? '';
      signal.throwIfAborted();
      const answer = over.aborted ? undefined : await remote.run(index, checkScript, 5, either);
      const isLate = answer === undefined || ('silence' in answer && over.aborted);
      found[index] = isLate
        ? { ciId, verdict: 'warn', message: 'The host was not asked, or gave no answer: the time was over.' }
        : { ciId, ...verdictOf(answer, remote) };
    }
  };
  await Promise.all(Array.from({ length: maxParallel }, visit));
  const has = (verdict: string): boolean => found.some((target) => target.verdict === verdict);
  return { verdict: has('block') ? 'block' : has('warn') ? 'warn' : 'ok', messages: [], targets: found };
}
