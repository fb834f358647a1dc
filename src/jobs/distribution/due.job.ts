import { sql } from 'kysely';
import { saidBlocked, tellBlocked } from './tell-blocked.js';
import { distributionMachine } from '../../domain/distribution/distribution.machine.js';
import type { DistributionState } from '../../domain/distribution/distribution.state.js';
import { Refusal } from '../../domain/errors.js';
import { decide } from '../../domain/state-machine.js';
import { beginAttempt } from '../../services/distribution/distribution-attempt.service.js';
import { pauseByRule, stopByRule } from '../../services/distribution/distribution-control.service.js';
import { distributionFacts } from '../../facts/distribution/distribution.facts.js';
import { endOfOwnTime } from '../../facts/distribution/distribution-time.facts.js';
import { toolInQuestion } from '../../facts/distribution/wave.facts.js';
import { moveBySystem } from '../../services/distribution/distribution-transition.js';
import { lockDistribution } from '../../services/distribution/distribution-run.service.js';
import { unbookDistribution } from '../../services/schedule/schedule-entry.service.js';
import { transact } from '../../services/unit-of-work.js';
import type { SweepDefinition } from '../jobs.js';
import { SYSTEM } from '../../domain/actor.js';
import type { AppServices } from '../../app-services.js';

/** How often each process looks for distributions whose time has come, in milliseconds. */
const DUE_SWEEP_MS = 1_000;
const AT_ONCE = 50;

const origin = (id: string) => ({ actor: SYSTEM, requestId: `due:${id}` });

interface DueRow {
  readonly id: string;
  readonly state_reason: string | null;
  readonly over: boolean;
}

const START = {
  state: 'SCHEDULED',
  type: 'distribution.start-blocked',
  begins: 'It could not start at its time.',
} as const;

async function miss(services: AppServices, id: string): Promise<void> {
  await transact(services, origin(id), async (uow) => {
    const { distribution } = await lockDistribution(uow, id);
    if (distribution.state !== 'SCHEDULED') return;
    distribution.stateReason ??= 'Its time passed before it could start.';
    await moveBySystem(uow, distribution, 'distributionMiss', {
      type: 'distribution.missed',
      reason: distribution.stateReason,
    });
    await unbookDistribution(uow, id);
  });
}

async function start(services: AppServices, id: string): Promise<void> {
  try {
    await transact(services, origin(id), async (uow) => {
      const held = await lockDistribution(uow, id);
      // Another process, or a person, may have been faster.
      if (held.distribution.state !== 'SCHEDULED') return;
      await beginAttempt(uow, held, 'distributionStart', services.tools, 'Its scheduled time has come.');
    });
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    await tellBlocked(services, origin(id), id, START, error.blockers);
  }
}

const due = (now: Date) => sql<DueRow>`
  select d.id, d.state_reason, ${now} >= ${endOfOwnTime} as over
  from distribution d
  where d.state = 'SCHEDULED' and d.scheduled_start <= ${now} and d.started_at is null
  order by d.scheduled_start
  limit ${AT_ONCE}`;

/**
 * Starts scheduled distributions whose time has come, after checking every rule again now. One that may
 * not start stays SCHEDULED and says why; one whose time is over is MISSED. One whose start a person has settled as not
 * begun waits for a person.
 */
export const dueSweep: SweepDefinition<AppServices> = {
  name: 'distribution.due',
  everyMs: DUE_SWEEP_MS,
  due: ({ clock }) => due(clock()),
  run: async (services, signal) => {
    const now = services.clock();
    const rows = await services.readDatabase.query<DueRow>(due(now));
    if (rows.length === 0) return;
    const facts = await distributionFacts(
      services.readDatabase,
      SYSTEM,
      rows.map(({ id }) => id),
      now,
    );
    for (const { id, over, state_reason } of rows) {
      if (signal.aborted) return;
      const known = facts.get(id);
      if (over) await miss(services, id);
      else if (known !== undefined) {
        const decision = decide(distributionMachine, 'SCHEDULED', 'distributionStart', known);
        if (decision.ok) await start(services, id);
        else if (state_reason !== saidBlocked(START.begins, decision.blockers))
          await tellBlocked(services, origin(id), id, START, decision.blockers);
      }
    }
  },
};

const STOPPABLE: readonly DistributionState[] = ['RUNNING', 'PAUSED', 'BETWEEN_WAVES', 'AWAITING_DECISION'];

/** States in which a pause changes something. Before a decision nothing runs, and nothing of it can start. */
const PAUSABLE: readonly DistributionState[] = ['RUNNING', 'BETWEEN_WAVES'];

interface RecalledRow {
  readonly id: string;
  readonly media: string;
  readonly pauses: boolean;
}

const recalled = () => sql<RecalledRow>`
  select d.id, min(i.name || ' ' || v.label) as media, bool_and(v.recall_effect = 'PAUSE') as pauses
  from distribution d
  join distribution_content c on c.distribution_id = d.id
  join dml_item_version v on v.id = c.dml_item_version_id
  join dml_item i on i.id = v.item_id
  join deployment_tool t on t.id = ${toolInQuestion}
  where d.state = any(${[...STOPPABLE]}::text[]) and v.state = 'RECALLED' and d.operation = 'INSTALL'
    and (coalesce(t.capabilities->>'cancel' <> 'none', false)
      or (v.recall_effect = 'PAUSE' and coalesce(t.capabilities->>'pause' = 'true', false)))
  group by d.id
  having not coalesce(bool_and(v.recall_effect = 'PAUSE'), false) or d.state = any(${[...PAUSABLE]}::text[])
  limit ${AT_ONCE}`;

/**
 * Stops or pauses what delivers media that have been recalled, as the recall says. What cannot be paused is stopped.
 * The event log names each tool that can do neither.
 */
export const recallSweep: SweepDefinition<AppServices> = {
  name: 'distribution.recall',
  everyMs: DUE_SWEEP_MS,
  due: recalled,
  run: async (services) => {
    const rows = await services.readDatabase.query<RecalledRow>(recalled());
    for (const { id, media, pauses } of rows) {
      await transact(services, origin(id), async (uow) => {
        const held = await lockDistribution(uow, id);
        if (!STOPPABLE.includes(held.distribution.state)) return;
        const { distribution } = held;
        const reason = `${media} has been recalled.`;
        const facts = (await distributionFacts(uow, SYSTEM, [id], uow.now)).get(id);
        const pausable = facts && decide(distributionMachine, distribution.state, 'distributionPause', facts).ok;
        if (pauses && pausable) await pauseByRule(uow, distribution, facts, reason);
        else await stopByRule(uow, held, 'GRACEFUL', reason);
      });
    }
  },
};
