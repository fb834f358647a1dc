import { Field, Int, ObjectType } from 'type-graphql';
import type { ReleaseState } from '../../domain/release/release.state.js';
import { EffectiveCriticalityType } from '../cmdb/effective-criticality.type.js';
import { ReleaseStateEnum } from './release.type.js';
import { TemplateRequirementsType } from './template-plan.type.js';

/** A target that decides about the plan of its release, with the reason. */
@ObjectType('DecidingTarget', {
  description: 'Target that determines the plan of its release, with the reason.',
  simpleResolvers: true,
})
export class DecidingTargetType {
  @Field(() => EffectiveCriticalityType, {
    description: 'Criticality that the rules used, and the item that it comes from.',
  })
  effectiveCriticality!: EffectiveCriticalityType;

  @Field(() => [String], {
    description: 'Names of the template rules behind the decision. A rule without a name is called "Skip rule 2".',
  })
  rules!: readonly string[];

  @Field(() => String, { description: 'Reason for the decision, as a sentence.' })
  reason!: string;

  ciId!: string;
}

/** A state that a release skips, with the rules that allow it. */
@ObjectType('SkippedStep', {
  description: 'State that the release skips, and the rules that allow it.',
  simpleResolvers: true,
})
export class SkippedStepType {
  @Field(() => ReleaseStateEnum, { description: 'Release state that is skipped.' })
  state!: ReleaseState;

  @Field(() => [String], {
    description:
      'Names of the template rules that allow it, one for each kind of target. Empty if no rule allows it ' +
      'any longer and the release has passed the state.',
  })
  rules!: readonly string[];
}

/** A state that some targets require, although a skip rule would leave it out. */
@ObjectType('ForcedStep', {
  description:
    'State that a skip rule of the template would leave out, but that some ' +
    'targets still require. The strictest target decides.',
  simpleResolvers: true,
})
export class ForcedStepType {
  @Field(() => ReleaseStateEnum, { description: 'Release state that is not skipped.' })
  state!: ReleaseState;

  @Field(() => Int, { description: 'Number of targets that require the state.' })
  count!: number;

  @Field(() => [DecidingTargetType], {
    description: 'Targets that require the state, each with the reason. At most the first 50.',
  })
  targets!: readonly DecidingTargetType[];

  ciIds!: readonly string[];
}

/** A task that a rule of the template added to the plan, with the reason. */
@ObjectType('AddedStep', {
  description: 'Task that a rule of the template added to the plan of the release, with the reason.',
  simpleResolvers: true,
})
export class AddedStepType {
  @Field(() => String, {
    description: 'Name of the template rule that added the task. A rule without a name is called "Add rule 2".',
  })
  rule!: string;

  @Field(() => ReleaseStateEnum, { description: 'Release state for which the rule adds the task. It is not skipped.' })
  state!: ReleaseState;

  @Field(() => Boolean, {
    description: 'Whether the rule still applies. If not, a task that has started stays in the plan.',
  })
  applies!: boolean;

  @Field(() => String, { description: 'Why the task is in the plan, as a sentence.' })
  reason!: string;

  @Field(() => Int, {
    description: 'Number of targets that the rule applies to; 0 for a rule without conditions on targets.',
  })
  count!: number;

  @Field(() => [DecidingTargetType], {
    description: 'Targets that the rule applies to, each with the reason. At most the first 50.',
  })
  targets!: readonly DecidingTargetType[];

  taskId!: string;
}

/** The effect of template, kind, packaging and targets on the plan of a release. */
@ObjectType('ReleasePlan', {
  description:
    'Effect of template, kind, packaging and targets on the plan of a ' +
    'release: what it requires and which states it skips.',
  simpleResolvers: true,
})
export class ReleasePlanType {
  @Field(() => TemplateRequirementsType, { description: 'Prerequisites for the acceptance of the release.' })
  requires!: TemplateRequirementsType;

  @Field(() => [ReleaseStateEnum], { description: 'States that the release skips.' })
  skippedStates!: ReleaseState[];

  @Field(() => [SkippedStepType], { description: 'Skipped states, each with the rules that allow it.' })
  skippedBy!: SkippedStepType[];

  @Field(() => [ForcedStepType], {
    description:
      'States that a skip rule would leave out, but that some targets require: no skip rule applies to them, or an ' +
      'add rule adds a task to the state.',
  })
  forcedBy!: ForcedStepType[];

  @Field(() => [AddedStepType], {
    description: 'Tasks that rules of the template added to the plan, in plan order, each with the reason.',
  })
  addedBy!: AddedStepType[];
}
