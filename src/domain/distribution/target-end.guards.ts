import { blocker } from '../blocker.js';
import type { Guard } from '../state-machine.js';

/**
 * How long nothing must have been reported about a target before a person may end it, in minutes. A tool that has to
 * stop a run gets as long.
 */
export const TARGET_SILENT_MINUTES = 10;

/** Reason code of a target that a person has ended while its run goes on. */
export const TARGET_ENDED = 'TARGET_ENDED';

/** What the rules of ending a single target need to know. */
export interface TargetEndFacts {
  /**
   * Whether a target of the open run has no result and may be ended: nothing was reported about it for
   * {@link TARGET_SILENT_MINUTES}, the tool refused to cancel it, or the whole tool is silent. Absent means no.
   */
  readonly someTargetIsSilent?: boolean;
  /** With `distributionEndTarget`: the target, and whether the above is true of it; absent before. */
  readonly targetToEnd?: { readonly id: string; readonly name: string; readonly isSilent: boolean };
  /** Whether the operator gave a reason; absent before. */
  readonly reasonGiven?: boolean;
}

/** Only a target without a result that the tool says nothing about is ended: otherwise its result is still to come. */
export const targetIsSilent: Guard<TargetEndFacts> = ({ someTargetIsSilent, targetToEnd }) => {
  if (someTargetIsSilent !== true)
    return blocker(
      'TARGET_NOT_SILENT',
      `The tool reported every target without a result in the last ${TARGET_SILENT_MINUTES} minutes. Wait for it.`,
      ['DEPLOYMENT_OPERATOR'],
    );
  if (targetToEnd === undefined || targetToEnd.isSilent) return undefined;
  return blocker(
    'TARGET_NOT_SILENT',
    `${targetToEnd.name} has a result, or the tool reported it in the last ${TARGET_SILENT_MINUTES} minutes. ` +
      'Only a target that is silent for longer can be ended.',
    ['DEPLOYMENT_OPERATOR'],
    { subject: { type: 'ConfigurationItem', id: targetToEnd.id } },
  );
};

/** Who ends a target says why. */
export const endOfTargetHasReason: Guard<TargetEndFacts> = ({ reasonGiven }) =>
  reasonGiven === false
    ? blocker('EVIDENCE_MISSING', 'State in "reason" why the target is ended.', ['DEPLOYMENT_OPERATOR'], {
        path: ['reason'],
      })
    : undefined;
