import { Field, ID, Int, ObjectType } from 'type-graphql';
import {
  WAVE_STATE_DESCRIPTIONS,
  WAVE_STATES,
  type WaveState,
} from '../../domain/distribution/distribution-wave.machine.js';
import {
  WAVE_ADVANCE_DESCRIPTIONS,
  WAVE_ADVANCES,
  WAVE_STRATEGIES,
  WAVE_STRATEGY_DESCRIPTIONS,
  type WaveAdvance,
} from '../../domain/distribution/wave.js';
import { connectionType } from '../connection.js';
import { enumFrom } from '../enums.js';
import { clearable, inputType, optional, required } from '../fields.js';
import { NodeType } from '../node.type.js';
import { DateTime, JSONObject } from '../scalars.js';

export const WaveStateEnum = enumFrom('WaveState', WAVE_STATES, 'State of a wave.', WAVE_STATE_DESCRIPTIONS);
export const WaveAdvanceEnum = enumFrom(
  'WaveAdvance',
  WAVE_ADVANCES,
  'How a rollout goes on after a wave that passed.',
  WAVE_ADVANCE_DESCRIPTIONS,
);
export const WaveStrategyEnum = enumFrom(
  'WaveStrategy',
  WAVE_STRATEGIES,
  'How the targets of a distribution are divided into waves.',
  WAVE_STRATEGY_DESCRIPTIONS,
);

/** A wave in the API, and the row it is read as. */
@ObjectType('DistributionWave', {
  implements: NodeType,
  description:
    'Part of the targets of a distribution that one run delivers to. The next wave starts after this one passed, so ' +
    'that a bad release reaches few targets.',
  simpleResolvers: true,
})
export class DistributionWaveType extends NodeType {
  @Field(() => Int, { description: 'Position of the wave in its rollout, from 1.' })
  position!: number;

  @Field(() => String, { description: 'Name of the wave, e.g. `Wave 1` or `Canary`.' })
  name!: string;

  @Field(() => WaveStateEnum, { description: 'State of the wave, e.g. PLANNED or TRIPPED.' })
  state!: WaveState;

  @Field(() => WaveAdvanceEnum, { description: 'How the rollout goes on after the wave.' })
  advance!: WaveAdvance;

  @Field(() => Int, { description: 'Minutes after the wave before the next one can start.' })
  soakMinutes!: number;

  @Field(() => Int, {
    nullable: true,
    description:
      'Minutes after its start at which targets without a result count as failed. Null: as the distribution.',
  })
  deadlineMinutes!: number | null;

  @Field(() => Int, {
    nullable: true,
    description: 'Maximum number of targets that can fail. Without any threshold, the wave tolerates no failure.',
  })
  maxFailures!: number | null;

  @Field(() => Int, {
    nullable: true,
    description: 'Maximum share of the targets that can fail, in percent. Null for no limit.',
  })
  maxFailurePercent!: number | null;

  @Field(() => Int, {
    nullable: true,
    description: 'Minimum share of the targets that must succeed, in percent. Null for no limit.',
  })
  minSuccessPercent!: number | null;

  @Field(() => DateTime, { nullable: true, description: 'Earliest start of the wave. Null for no limit.' })
  opensAt!: string | null;

  @Field(() => DateTime, {
    nullable: true,
    description: 'The wave cannot start at or after this time, and its run ends then at the latest. Null for no limit.',
  })
  closesAt!: string | null;

  @Field(() => JSONObject, {
    nullable: true,
    description:
      'Parameters for the tool that replace those of the distribution with the same names. If the wave has a tool of ' +
      'its own: all parameters for it. Null for none.',
  })
  parameters!: Record<string, unknown> | null;

  @Field(() => [String], {
    description: 'Why targets are in this wave and not in an earlier one, with the groups that keep them apart.',
  })
  explanation!: string[];

  @Field(() => Int, { description: 'Number of failures that a decision accepted.' })
  acceptedFailures!: number;

  @Field(() => Int, { description: 'Attempt of the distribution that ran the wave last. 0 before the first.' })
  attempt!: number;

  @Field(() => DateTime, { nullable: true, description: 'Time of its first start. Null until then.' })
  startedAt!: string | null;

  @Field(() => DateTime, { nullable: true, description: 'Time at which its last run ended. Null until then.' })
  endedAt!: string | null;

  @Field(() => DateTime, {
    nullable: true,
    description: 'End of its soak time. Null before it passed, or without one.',
  })
  soakUntil!: string | null;

  @Field(() => Int, { description: 'Increases with every change.' })
  version!: number;

  @Field(() => DateTime, { description: 'Time at which the record was created.' })
  createdAt!: string;

  @Field(() => DateTime, { description: 'Time of the last change to the record.' })
  updatedAt!: string;

  distributionId!: string;
  deploymentToolId!: string | null;
}

/** Pages of waves. */
export const DistributionWaveConnection = connectionType('DistributionWave', () => DistributionWaveType);

const rules = {
  advance: optional(WaveAdvanceEnum, 'How the rollout goes on after the wave. Default AUTOMATIC.'),
  soakMinutes: optional(Int, 'Minutes after the wave before the next one can start, 0 to 40320. Default 0.'),
  deadlineMinutes: optional(
    Int,
    'Minutes after the start of the wave at which targets without a result count as failed, 1 to 43200. Default: ' +
      'deadline of the distribution.',
  ),
  maxFailures: optional(
    Int,
    'Maximum number of targets that can fail. Without any threshold, the wave tolerates no failure.',
  ),
  maxFailurePercent: optional(Int, 'Maximum share of the targets that can fail, in percent.'),
  minSuccessPercent: optional(Int, 'Minimum share of the targets that must succeed, in percent.'),
};

export const WaveInput = inputType('WaveInput', 'What differs in one wave from the others.', {
  position: optional(
    Int,
    'Position of the wave, from 1. Waves that have begun keep their positions. Name each wave by its position or by ' +
      'its target group.',
  ),
  targetGroupId: optional(ID, 'For GROUP: id of the target group of the wave.'),
  name: optional(String, 'Name of the wave, 1 to 200 characters. Default: `Wave` and its position.'),
  opensAt: optional(DateTime, 'Earliest start of the wave.'),
  closesAt: optional(DateTime, 'The wave cannot start at or after this time, and its run ends then at the latest.'),
  parameters: optional(
    JSONObject,
    'Parameters for the tool that replace those of the distribution with the same names, e.g. for one target group. ' +
      'With `deploymentToolId`: all parameters for that tool. Only before the approval.',
  ),
  deploymentToolId: optional(
    ID,
    'Id of the deployment tool that delivers to the wave, one of the tools of the distribution. Default: ' +
      '`deploymentTool` of the distribution. Only before the approval.',
  ),
  ...rules,
});

export const WaveTargetsInput = inputType('WaveTargetsInput', 'Targets of one wave, for the strategy LIST.', {
  targetIds: required([ID], 'Ids of configuration items that are targets of the distribution.'),
});

/** The fields of `distributionPlanWaves` beside the distribution itself. */
export const wavePlanFields = {
  by: required(WaveStrategyEnum, 'How the targets are divided.'),
  sizes: optional(
    [Int],
    'For COUNT: number of targets of each wave. For PERCENT: share of all targets, 1 to 100. The last one repeats.',
  ),
  maxSize: optional(Int, 'For REDUNDANCY: maximum number of targets of a wave.'),
  targetGroupIds: optional([ID], 'For GROUP: ids of the target groups, in the order of their waves, at most 100.'),
  lists: optional([WaveTargetsInput], 'For LIST: the targets of each wave, in order.'),
  ...rules,
  waves: optional([WaveInput], 'What differs in single waves: names, windows and rules.'),
  decisionMinutes: clearable(
    Int,
    'Minutes after a wave tripped at which `decisionDefault` takes effect, 0 to 40320; 0 for at once. ' +
      'Absent or null: the rollout waits for a person.',
  ),
};
