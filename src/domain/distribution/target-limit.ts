import { blocker, type Blocker } from '../blocker.js';
import type { Guard } from '../state-machine.js';

/** How many targets of a tool or of a target group may be worked on at a time, and how many would be. */
export interface TargetLimitUse {
  readonly type: 'DeploymentTool' | 'TargetGroup';
  /** Database id. */
  readonly id: string;
  readonly name: string;
  readonly limit: number;
  /** Targets that other distributions work on now. */
  readonly atWork: number;
  /** Targets that the next run of this distribution would add. */
  readonly wanted: number;
  /** Targets of its largest wave, or all of them without waves. */
  readonly largestWave: number;
}

/** What the rules about target limits need to know. */
export interface TargetLimitFacts {
  /** Limits that apply to some of the targets; absent or empty where there are none. */
  readonly targetLimits?: readonly TargetLimitUse[];
}

const subjectOf = ({ type, id }: TargetLimitUse) => ({ subject: { type, id } });
const named = ({ type, name }: TargetLimitUse) =>
  type === 'DeploymentTool' ? `Deployment tool ${name}` : `Target group ${name}`;

/** No wave has more targets than a limit allows: it could never begin. */
export const wavesFitTheLimits: Guard<TargetLimitFacts> = ({ targetLimits = [] }) =>
  targetLimits.flatMap((use): Blocker[] =>
    use.largestWave > use.limit
      ? [
          blocker(
            'TARGET_LIMIT',
            `${named(use)} takes at most ${use.limit} targets at a time, and one run has ${use.largestWave} of them. ` +
              'Divide the targets into smaller waves.',
            ['DEPLOYMENT_OPERATOR'],
            subjectOf(use),
          ),
        ]
      : [],
  );

/** There is room for the targets of the next run beside those that others work on. */
export const limitsHaveRoom: Guard<TargetLimitFacts> = ({ targetLimits = [] }) =>
  targetLimits.flatMap((use): Blocker[] => {
    const { limit, atWork, wanted } = use;
    return wanted > 0 && atWork + wanted > limit
      ? [
          blocker(
            'TARGET_LIMIT',
            `${named(use)} takes at most ${limit} targets at a time. ${atWork} are being worked on, and this run has ` +
              `${wanted}. ${wanted > limit ? 'Divide them into smaller waves.' : 'Wait until others have ended.'}`,
            ['DEPLOYMENT_OPERATOR'],
            subjectOf(use),
          ),
        ]
      : [];
  });
