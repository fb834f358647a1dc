import { Field, Int, ObjectType } from 'type-graphql';
import type { ReleaseState } from '../../domain/release/release.state.js';
import { ReleaseStateEnum } from './release.type.js';
import { TemplateRequirementsType } from './template-plan.type.js';

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

  ciIds!: readonly string[];
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

  @Field(() => [ForcedStepType], {
    description: 'States that a skip rule would leave out, but that some targets require.',
  })
  forcedBy!: ForcedStepType[];
}
