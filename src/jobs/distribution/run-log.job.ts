import type { AppServices } from '../../app-services.js';
import { SYSTEM } from '../../domain/actor.js';
import { MAX_LOG_PART } from '../../domain/distribution/run-log.js';
import { toNodeId } from '../../domain/node-id.js';
import { claimLog, dueLogs, logFailed, recordLog, type DueLog } from '../../services/distribution/run-log.service.js';
import { transact } from '../../services/unit-of-work.js';
import type { SweepDefinition } from '../jobs.js';
import { CALL_TIMEOUT_MS, callTool } from './tool-call.js';

/** Number of logs per pass. */
const AT_ONCE = 8;
/** Number of reads of one log per pass: others wait for their turn. */
const READS = 16;

async function readOn(services: AppServices, log: DueLog, signal: AbortSignal): Promise<void> {
  const origin = { actor: SYSTEM, requestId: `log:${log.id}` };
  if (!(await transact(services, origin, async (uow) => await claimLog(uow, log)))) return;
  let at = log;
  for (let read = 0; read < READS && !signal.aborted; read++) {
    const { ciId, cursor } = at;
    const query = {
      maxBytes: MAX_LOG_PART,
      ...(ciId !== null && { ciId: toNodeId('ConfigurationItem', ciId) }),
      ...(cursor !== null && { cursor }),
    };
    const answer = await callTool(services, { signal }, log.tool, CALL_TIMEOUT_MS, async (adapter, aborted) =>
      adapter.logs(log.handle, query, aborted),
    );
    const now = at;
    if (!answer.ok) {
      const { error, retry } = answer;
      return await transact(services, origin, async (uow) => {
        await logFailed(uow, now, `${error.code}: ${error.message}`, retry === 'never');
      });
    }
    const { chunk: text, cursor: next, eof } = answer.value;
    if (!(await transact(services, origin, async (uow) => await recordLog(uow, now, { text, cursor: next, eof }))))
      return;
    at = { ...at, cursor: next };
  }
}

/** Reads the logs that people follow, until they are complete. */
export const logSweep: SweepDefinition<AppServices> = {
  name: 'distribution.logs',
  everyMs: 1_000,
  due: ({ clock }) => dueLogs(clock(), AT_ONCE),
  run: async (services, signal) => {
    const due = await services.readDatabase.query<DueLog>(dueLogs(services.clock(), AT_ONCE));
    await Promise.all(due.map(async (log) => await readOn(services, log, signal)));
  },
};
