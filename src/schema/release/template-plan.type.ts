import { Field, InputType, Int, ObjectType } from 'type-graphql';
import type { CiClass, Criticality } from '../../domain/cmdb/configuration-item.machine.js';
import type { ReleaseState, SkippableReleaseState } from '../../domain/release/release.state.js';
import type { Role } from '../../domain/roles.js';
import type { TaskKind } from '../../domain/release/task.machine.js';
import type { Packaging, ReleaseKind } from '../../domain/release/template.js';
import { CiClassEnum, CriticalityEnum, RoleEnum } from '../enums.js';
import { PackagingEnum, ReleaseKindEnum, ReleaseStateEnum } from './release.type.js';
import { TaskKindEnum } from './task.type.js';

const KEY = 'letters, digits, "-" and "_", at most 64.';

/** A task of a template. */
@ObjectType('TemplateTask', {
  description: 'A task as a template describes it: a role instead of a person, an offset instead of a date.',
  simpleResolvers: true,
})
export class TemplateTaskType {
  @Field(() => String, { description: 'Key, unique in the plan.' })
  key!: string;
  @Field(() => String, { description: 'Name.' })
  name!: string;
  @Field(() => String, { description: 'What is to be done.' })
  description!: string;
  @Field(() => TaskKindEnum, { description: 'What kind of work it is.' })
  kind!: TaskKind;
  @Field(() => RoleEnum, {
    nullable: true,
    description: 'The role that does it; null leaves the choice to the release manager.',
  })
  role!: Role | null;
  @Field(() => Boolean, { description: 'Whether it can be skipped or taken out only with a waiver.' })
  mandatory!: boolean;
  @Field(() => [String], { description: 'Keys of the tasks that must be done before it.' })
  after!: string[];
  @Field(() => Int, { description: 'Planned start, in minutes after the start of the plan.' })
  startOffsetMinutes!: number;
  @Field(() => Int, { description: 'Planned duration in minutes.' })
  durationMinutes!: number;
}

/** A phase of a template. */
@ObjectType('TemplatePhase', {
  description: 'A phase of a template: tasks that belong to one state of the release.',
  simpleResolvers: true,
})
export class TemplatePhaseType {
  @Field(() => String, { description: 'Key, unique among the phases.' })
  key!: string;
  @Field(() => String, { description: 'Name.' })
  name!: string;
  @Field(() => ReleaseStateEnum, { description: 'The state of the release that its tasks belong to.' })
  releaseState!: ReleaseState;
  @Field(() => [TemplateTaskType], { description: 'Its tasks, in order.' })
  tasks!: TemplateTaskType[];
}

/** When a skip rule holds. */
@ObjectType('SkipCondition', {
  description: 'When a skip rule holds. Every condition that is given must hold; null means that it does not matter.',
  simpleResolvers: true,
})
export class SkipConditionType {
  @Field(() => [ReleaseKindEnum], { nullable: true, description: 'The release is of one of these kinds.' })
  releaseKinds?: ReleaseKind[] | null;
  @Field(() => [PackagingEnum], { nullable: true, description: 'Its package is one of these.' })
  packagings?: Packaging[] | null;
  @Field(() => [CiClassEnum], { nullable: true, description: 'The target is of one of these classes.' })
  ciClasses?: CiClass[] | null;
  @Field(() => CriticalityEnum, { nullable: true, description: 'The target is at most this critical.' })
  maxCriticality?: Criticality | null;
}

/** A skip rule. */
@ObjectType('SkipRule', {
  description:
    'States that a release may leave out. A state is left out only when every target is allowed to go without it: the strictest path wins.',
  simpleResolvers: true,
})
export class SkipRuleType {
  @Field(() => [ReleaseStateEnum], {
    description: 'The states. BUILDING, TESTING, ACCEPTED and COMMUNICATED can be left out.',
  })
  states!: SkippableReleaseState[];
  @Field(() => SkipConditionType, { description: 'For which releases and targets.' })
  when!: SkipConditionType;
}

/** What a release must have. */
@ObjectType('TemplateRequirements', {
  description: 'What a release must have before it is accepted.',
  simpleResolvers: true,
})
export class TemplateRequirementsType {
  @Field(() => Boolean, { description: 'A back-out plan.' })
  backOutPlan!: boolean;
  @Field(() => Boolean, { description: 'A completed task of kind TEST with evidence, unless TESTING is left out.' })
  testEvidence!: boolean;
}

/** The plan of a template version. */
@ObjectType('TemplatePlan', { description: 'A release plan without people and dates.', simpleResolvers: true })
export class TemplatePlanType {
  @Field(() => [TemplatePhaseType], { description: 'The phases, in the order of their states.' })
  phases!: TemplatePhaseType[];
  @Field(() => [SkipRuleType], { description: 'Which steps which releases may leave out.' })
  skipRules!: SkipRuleType[];
  @Field(() => TemplateRequirementsType, { description: 'What a release must have before it is accepted.' })
  requires!: TemplateRequirementsType;
}

/** A task of a template, as input. */
@InputType('TemplateTaskInput', { description: 'A task of a template.' })
export class TemplateTaskInput {
  @Field(() => String, { description: `Key, unique in the plan: ${KEY}` })
  key!: string;
  @Field(() => String, { description: 'Name, 1 to 200 characters.' })
  name!: string;
  @Field(() => String, { defaultValue: '', description: 'What is to be done.' })
  description!: string;
  @Field(() => TaskKindEnum, { defaultValue: 'MANUAL', description: 'What kind of work it is.' })
  kind!: TaskKind;
  @Field(() => RoleEnum, {
    nullable: true,
    description: 'The role that does it; absent leaves the choice to the release manager.',
  })
  role?: Role | null;
  @Field(() => Boolean, {
    defaultValue: false,
    description: 'Whether it can be skipped or taken out only with a waiver.',
  })
  mandatory!: boolean;
  @Field(() => [String], { defaultValue: [], description: 'Keys of the tasks that must be done before it.' })
  after!: string[];
  @Field(() => Int, { defaultValue: 0, description: 'Planned start, in minutes after the start of the plan.' })
  startOffsetMinutes!: number;
  @Field(() => Int, { defaultValue: 0, description: 'Planned duration in minutes.' })
  durationMinutes!: number;
}

/** A phase of a template, as input. */
@InputType('TemplatePhaseInput', { description: 'A phase of a template.' })
export class TemplatePhaseInput {
  @Field(() => String, { description: `Key, unique among the phases: ${KEY}` })
  key!: string;
  @Field(() => String, { description: 'Name, 1 to 200 characters.' })
  name!: string;
  @Field(() => ReleaseStateEnum, { description: 'The state of the release that its tasks belong to.' })
  releaseState!: ReleaseState;
  @Field(() => [TemplateTaskInput], {
    defaultValue: [],
    description: 'Its tasks, in order. At most 500 in the whole plan.',
  })
  tasks!: TemplateTaskInput[];
}

/** When a skip rule holds, as input. */
@InputType('SkipConditionInput', { description: 'When a skip rule holds. Every condition that is given must hold.' })
export class SkipConditionInput {
  @Field(() => [ReleaseKindEnum], { nullable: true, description: 'The release is of one of these kinds.' })
  releaseKinds?: ReleaseKind[] | null;
  @Field(() => [PackagingEnum], { nullable: true, description: 'Its package is one of these.' })
  packagings?: Packaging[] | null;
  @Field(() => [CiClassEnum], { nullable: true, description: 'The target is of one of these classes.' })
  ciClasses?: CiClass[] | null;
  @Field(() => CriticalityEnum, { nullable: true, description: 'The target is at most this critical.' })
  maxCriticality?: Criticality | null;
}

/** A skip rule, as input. */
@InputType('SkipRuleInput', { description: 'States that a release may leave out, and for which releases and targets.' })
export class SkipRuleInput {
  @Field(() => [ReleaseStateEnum], {
    description: 'The states. BUILDING, TESTING, ACCEPTED and COMMUNICATED can be left out.',
  })
  states!: SkippableReleaseState[];
  @Field(() => SkipConditionInput, { defaultValue: {}, description: 'For which releases and targets. Empty: for all.' })
  when!: SkipConditionInput;
}

/** What a release must have, as input. */
@InputType('TemplateRequirementsInput', { description: 'What a release must have before it is accepted.' })
export class TemplateRequirementsInput {
  @Field(() => Boolean, { defaultValue: true, description: 'A back-out plan.' })
  backOutPlan!: boolean;
  @Field(() => Boolean, {
    defaultValue: false,
    description: 'A completed task of kind TEST with evidence, unless TESTING is left out.',
  })
  testEvidence!: boolean;
}

/** The plan of a template version, as input. */
@InputType('TemplatePlanInput', {
  description:
    'A release plan without people and dates. All that is wrong with it is reported at once, each problem with its path.',
})
export class TemplatePlanInput {
  @Field(() => [TemplatePhaseInput], { description: 'The phases, in the order of their states.' })
  phases!: TemplatePhaseInput[];
  @Field(() => [SkipRuleInput], { defaultValue: [], description: 'Which steps which releases may leave out.' })
  skipRules!: SkipRuleInput[];
  @Field(() => TemplateRequirementsInput, {
    defaultValue: {},
    description: 'What a release must have before it is accepted.',
  })
  requires!: TemplateRequirementsInput;
}
