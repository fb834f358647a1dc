import { Field, Int, ObjectType } from 'type-graphql';
import type { ReleaseState } from '../../domain/release/release.state.js';
import { ReleaseStateEnum } from './release.type.js';
import { TemplateRequirementsType } from './template-plan.type.js';

/** A step that targets force a release to keep. */
@ObjectType('ForcedStep', {
  description:
    'A step that a skip rule of the template would leave out, and that targets force the release to take. The strictest path wins.',
  simpleResolvers: true,
})
export class ForcedStepType {
  @Field(() => ReleaseStateEnum, { description: 'The step.' })
  state!: ReleaseState;

  @Field(() => Int, { description: 'How many targets force it.' })
  count!: number;

  ciIds!: readonly string[];
}

/** How the plan of a release follows from its template and its targets. */
@ObjectType('ReleasePlan', {
  description: 'How the plan of a release follows from its template, its kind and its targets.',
  simpleResolvers: true,
})
export class ReleasePlanType {
  @Field(() => TemplateRequirementsType, { description: 'What the release must have before it is accepted.' })
  requires!: TemplateRequirementsType;

  @Field(() => [ReleaseStateEnum], { description: 'Steps that it leaves out.' })
  skippedStates!: ReleaseState[];

  @Field(() => [ForcedStepType], {
    description: 'Steps that it would leave out if it were not for some of its targets.',
  })
  forcedBy!: ForcedStepType[];
}
