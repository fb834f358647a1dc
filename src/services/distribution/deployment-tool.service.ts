import { LockMode } from '@mikro-orm/core';
import { factsOf } from '../facts-of.js';
import { sql } from 'kysely';
import type { ProbeReport } from '../../adapters/adapter.js';
import {
  DEPLOYMENT_TOOL_SYSTEM_ROWS,
  deploymentToolMachine,
  type DeploymentToolState,
  type DeploymentToolSystemCommand,
} from '../../domain/distribution/deployment-tool.machine.js';
import { decideSystem } from '../../domain/state-machine.js';
import { DeploymentTool } from '../../entities/distribution/deployment-tool.entity.js';
import { deploymentToolFacts } from '../../facts/distribution/deployment-tool.facts.js';
import { lock, lockForCommand } from '../load.js';
import { unlessSame } from '../text.js';
import { demand, enter, transition } from '../transition.js';
import { whole } from '../whole.js';
import { MAX_TARGETS } from './distribution-choice.service.js';
import type { UnitOfWork } from '../unit-of-work.js';
import type { AdapterEntry } from '../../adapters/adapter-entry.js';

const TYPE = 'DeploymentTool' as const;
// Two processes that start together take turns. The number only has to differ from other advisory locks.
const SYNC_LOCK = 7_301_942_007;

/** What a command on a deployment tool is given. */
export interface DeploymentToolCommandInput {
  readonly id: string;
  readonly expectedVersion?: number | null;
  readonly reason?: string | null;
}

const facts = async (uow: UnitOfWork, tool: DeploymentTool) => await factsOf(uow, deploymentToolFacts, TYPE, tool);

/**
 * The part of an entry that the record keeps. It leaves out the configuration, which holds secrets or points at them.
 */
const described = ({ module, source, capabilities }: AdapterEntry, present?: DeploymentTool) => ({
  adapterId: module?.id ?? source,
  title: module?.title ?? source,
  ...(capabilities !== undefined && {
    capabilities: unlessSame(capabilities as unknown as Record<string, unknown>, present?.capabilities),
  }),
});

/**
 * Brings the records in line with the operator's tools file: adds new names, and keeps removed names for the history as
 * not configured.
 */
export async function syncDeploymentTools(uow: UnitOfWork, entries: readonly AdapterEntry[]): Promise<void> {
  await uow.query(sql`select pg_advisory_xact_lock(${SYNC_LOCK})`);
  // Other processes record their probes of the same tools meanwhile.
  const tools = await uow.em.findAll(DeploymentTool, { lockMode: LockMode.PESSIMISTIC_WRITE, orderBy: { id: 'asc' } });
  const known = new Map(tools.map((tool) => [tool.name, tool]));
  for (const entry of entries) {
    const tool = known.get(entry.instance);
    known.delete(entry.instance);
    if (!tool) {
      const created = uow.em.create(DeploymentTool, { name: entry.instance, ...described(entry) });
      await uow.em.flush();
      uow.record({
        type: 'deployment-tool.configured',
        subjectType: TYPE,
        subject: created,
        data: { adapterId: created.adapterId },
      });
      continue;
    }
    const back = !tool.configured;
    Object.assign(tool, { ...described(entry, tool), configured: true });
    if (back)
      uow.record({
        type: 'deployment-tool.configured',
        subjectType: TYPE,
        subject: tool,
        data: { adapterId: tool.adapterId },
      });
  }
  // Results from before this start no longer count: the next sweep probes every tool.
  await uow.query(sql`update deployment_tool set probed_at = null where configured`);
  for (const gone of known.values()) {
    if (!gone.configured) continue;
    gone.configured = false;
    if (gone.state !== 'DISABLED') {
      gone.detail = 'The tools file no longer contains it.';
      const allowed = decideSystem(DEPLOYMENT_TOOL_SYSTEM_ROWS, gone.state, 'deploymentToolProbeBroken');
      if (allowed) enter(uow, gone, allowed, { type: 'deployment-tool.removed', subjectType: TYPE });
    } else uow.record({ type: 'deployment-tool.removed', subjectType: TYPE, subject: gone });
  }
}

const PROBE_COMMANDS: Readonly<Record<ProbeReport['status'], DeploymentToolSystemCommand>> = {
  ready: 'deploymentToolProbeReady',
  starting: 'deploymentToolProbeStarting',
  broken: 'deploymentToolProbeBroken',
};

const PROBE_EVENTS: Readonly<Record<DeploymentToolState, string>> = {
  READY: 'deployment-tool.ready',
  STARTING: 'deployment-tool.starting',
  BROKEN: 'deployment-tool.broken',
  DISABLED: 'deployment-tool.disabled',
};

/** Records what a probe found. Only a change of state records an event; a disabled tool stays disabled. */
export async function recordProbe(
  uow: UnitOfWork,
  toolId: string,
  report: ProbeReport,
  entry: AdapterEntry,
): Promise<void> {
  const tool = await lock(uow, DeploymentTool, TYPE, toolId);
  const allowed = decideSystem(DEPLOYMENT_TOOL_SYSTEM_ROWS, tool.state, PROBE_COMMANDS[report.status]);
  if (allowed === undefined) return;
  Object.assign(tool, {
    ...described(entry, tool),
    toolVersion: report.toolVersion ?? tool.toolVersion,
    detail: report.detail ?? null,
  });
  if (allowed.to === tool.state) return;
  enter(uow, tool, allowed, {
    type: PROBE_EVENTS[allowed.to],
    subjectType: TYPE,
    data: { detail: tool.detail },
  });
}

/**
 * Requests a probe as soon as possible; the result comes as an event. Refused for a disabled tool, which is never
 * probed.
 */
export async function deploymentToolProbe(uow: UnitOfWork, input: DeploymentToolCommandInput): Promise<DeploymentTool> {
  const tool = await lockForCommand(uow, DeploymentTool, TYPE, input);
  demand(deploymentToolMachine, tool, 'deploymentToolProbe', await facts(uow, tool));
  await uow.query(sql`update deployment_tool set probed_at = null where id = ${tool.id}`);
  uow.enqueue('deployment-tool.probe', { toolId: tool.id }, { singletonKey: tool.id });
  return tool;
}

/** Sets how many targets a tool works on at a time, over all of its distributions. Null removes the limit. */
export async function deploymentToolUpdate(
  uow: UnitOfWork,
  input: DeploymentToolCommandInput & { readonly expectedVersion: number; readonly maxTargetsAtOnce?: number | null },
): Promise<DeploymentTool> {
  const tool = await lockForCommand(uow, DeploymentTool, TYPE, input);
  demand(deploymentToolMachine, tool, 'deploymentToolUpdate', await facts(uow, tool));
  whole(input.maxTargetsAtOnce, 'maxTargetsAtOnce', 1, MAX_TARGETS);
  if (input.maxTargetsAtOnce !== undefined) tool.maxTargetsAtOnce = input.maxTargetsAtOnce;
  if (!uow.isChanged(tool)) return tool;
  uow.record({
    type: 'deployment-tool.updated',
    subjectType: TYPE,
    subject: tool,
    reason: input.reason ?? null,
    data: { maxTargetsAtOnce: tool.maxTargetsAtOnce ?? null },
  });
  return tool;
}

/** Takes a tool out of use. Refused while distributions depend on it. */
export async function deploymentToolDisable(
  uow: UnitOfWork,
  input: DeploymentToolCommandInput,
): Promise<DeploymentTool> {
  const tool = await lockForCommand(uow, DeploymentTool, TYPE, input);
  transition(uow, deploymentToolMachine, tool, 'deploymentToolDisable', await facts(uow, tool), {
    type: PROBE_EVENTS.DISABLED,
    subjectType: TYPE,
    reason: input.reason,
  });
  return tool;
}

/** Puts a tool back into use; it is probed next. */
export async function deploymentToolEnable(
  uow: UnitOfWork,
  input: DeploymentToolCommandInput,
): Promise<DeploymentTool> {
  const tool = await lockForCommand(uow, DeploymentTool, TYPE, input);
  transition(uow, deploymentToolMachine, tool, 'deploymentToolEnable', await facts(uow, tool), {
    type: 'deployment-tool.enabled',
    subjectType: TYPE,
    reason: input.reason,
  });
  uow.enqueue('deployment-tool.probe', { toolId: tool.id }, { singletonKey: tool.id });
  return tool;
}
