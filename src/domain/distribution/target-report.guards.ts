import { blocker, collectBlockers, type Blocker, type NamedRef } from '../blocker.js';
import type { Guard } from '../state-machine.js';
import type { DistributionRunState } from './distribution-run.js';
import type { DistributionState } from './distribution.state.js';
import type { TargetState } from './observation.js';

/** What the rules of a person's report about a target need to know. */
export interface TargetReportFacts {
  readonly distribution: NamedRef & { readonly state: DistributionState };
  /** State of the run that works on the target now; null when none does. */
  readonly run: DistributionRunState | null;
  readonly tool: NamedRef & {
    /**
     * Whether people report the targets of this run: the tool is a team, a person vouched for the start, or the tool
     * has failed to answer several times in a row.
     */
    readonly reportedByPeople: boolean;
  };
  /** The state that the person reports. */
  readonly state: TargetState;
  readonly hasEvidence: boolean;
  readonly hasReason: boolean;
}

type TargetReportGuard = Guard<TargetReportFacts>;

/** Run states in which the tool has, or had, the order. Only then can something have happened on the target. */
const RUNS_WITH_NEWS: readonly DistributionRunState[] = ['SUBMITTED', 'FINISHED'];

/**
 * States that speak for themselves: a success has evidence, and an installation that goes on has nothing to explain.
 */
const NEEDS_NO_REASON: readonly TargetState[] = ['SUCCEEDED', 'INSTALLING'];

/** A run works on the target, or has just ended. */
export const runIsUnderWay: TargetReportGuard = ({ run, distribution }) =>
  run !== null && RUNS_WITH_NEWS.includes(run)
    ? undefined
    : blocker(
        'ILLEGAL_TRANSITION',
        `Nothing is under way on this target: distribution ${distribution.name} is ${distribution.state}.`,
        [],
      );

/** The tool does not report its targets itself. */
export const peopleReportTheTarget: TargetReportGuard = ({ tool }) =>
  tool.reportedByPeople
    ? undefined
    : blocker(
        'ADAPTER_UNSUPPORTED',
        `Deployment tool ${tool.name} reports its targets itself. People can report them only while it is silent.`,
        ['DEPLOYMENT_OPERATOR'],
        { subject: { type: 'DeploymentTool', id: tool.id } },
      );

/** A success comes with evidence. */
export const successHasEvidence: TargetReportGuard = ({ state, hasEvidence }) =>
  state === 'SUCCEEDED' && !hasEvidence
    ? blocker(
        'EVIDENCE_MISSING',
        'A success needs evidence: a serial number, a ticket, the address of a photograph.',
        ['DEPLOYMENT_OPERATOR', 'TASK_ASSIGNEE'],
        { path: ['evidence'] },
      )
    : undefined;

/** A result that is not a success comes with a reason. */
export const failureHasReason: TargetReportGuard = ({ state, hasReason }) =>
  NEEDS_NO_REASON.includes(state) || hasReason
    ? undefined
    : blocker(
        'EVIDENCE_MISSING',
        `State in "reason" why the target is ${state}.`,
        ['DEPLOYMENT_OPERATOR', 'TASK_ASSIGNEE'],
        { path: ['reason'] },
      );

/** The rules of a person's report about a target that something is under way on. */
export const targetReportRules: { readonly name: string; readonly rows: readonly { guards: TargetReportGuard[] }[] } = {
  name: 'report of a person',
  rows: [{ guards: [peopleReportTheTarget, successHasEvidence, failureHasReason] }],
};

/** Everything that is wrong with a person's report. When nothing is under way, the list contains only that. */
export function targetReportBlockers(facts: TargetReportFacts): Blocker[] {
  const idle = collectBlockers([runIsUnderWay(facts)]);
  if (idle.length > 0) return idle;
  return collectBlockers(targetReportRules.rows.flatMap(({ guards }) => guards.map((guard) => guard(facts))));
}
