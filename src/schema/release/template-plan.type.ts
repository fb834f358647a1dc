import { Field, InputType, Int, ObjectType } from 'type-graphql';
import type { CiClass, Criticality } from '../../domain/cmdb/configuration-item.machine.js';
import type { ReleaseState, SkippableReleaseState } from '../../domain/release/release.state.js';
import type { Role } from '../../domain/roles.js';
import type { TaskKind } from '../../domain/release/task.machine.js';
import type { Packaging, ReleaseKind } from '../../domain/release/template.js';
import { CiClassEnum, CriticalityEnum, RoleEnum } from '../enums.js';
import { PackagingEnum, ReleaseKindEnum, ReleaseStateEnum } from './release.type.js';
import { TaskKindEnum } from './task.type.js';

const KEY = '1 to 64 letters, digits, "-" and "_".';

/** A task in a template plan. */
@ObjectType('TemplateTask', {
  description: 'Task in a template plan. It has a role instead of an assignee, and offsets instead of dates.',
  simpleResolvers: true,
})
export class TemplateTaskType {
  @Field(() => String, { description: 'Key that identifies the task within the plan.' })
  key!: string;
  @Field(() => String, { description: 'Name of the task.' })
  name!: string;
  @Field(() => String, { description: 'Work to be done.' })
  description!: string;
  @Field(() => TaskKindEnum, { description: 'Kind of work, e.g. MANUAL or TEST.' })
  kind!: TaskKind;
  @Field(() => RoleEnum, {
    nullable: true,
    description: 'Role that does the task. Null if the release manager decides.',
  })
  role!: Role | null;
  @Field(() => Boolean, { description: 'Whether skipping or removing the task requires a waiver.' })
  mandatory!: boolean;
  @Field(() => [String], { description: 'Keys of the tasks that must be done before this task.' })
  after!: string[];
  @Field(() => Int, { description: 'Planned start in minutes after the start of the plan.' })
  startOffsetMinutes!: number;
  @Field(() => Int, { description: 'Planned duration in minutes.' })
  durationMinutes!: number;
}

/** A phase in a template plan. */
@ObjectType('TemplatePhase', {
  description: 'Phase in a template plan: a group of tasks that belong to one release state.',
  simpleResolvers: true,
})
export class TemplatePhaseType {
  @Field(() => String, { description: 'Key that identifies the phase within the plan.' })
  key!: string;
  @Field(() => String, { description: 'Name of the phase.' })
  name!: string;
  @Field(() => ReleaseStateEnum, { description: 'Release state in which the tasks of the phase are done.' })
  releaseState!: ReleaseState;
  @Field(() => [TemplateTaskType], { description: 'Tasks of the phase, in plan order.' })
  tasks!: TemplateTaskType[];
}

/** The conditions under which a skip rule applies. */
@ObjectType('SkipCondition', {
  description: 'Conditions under which a skip rule applies. All conditions must hold; a null condition always holds.',
  simpleResolvers: true,
})
export class SkipConditionType {
  @Field(() => [ReleaseKindEnum], { nullable: true, description: 'Holds if the release is of one of these kinds.' })
  releaseKinds?: ReleaseKind[] | null;
  @Field(() => [PackagingEnum], {
    nullable: true,
    description: 'Holds if the release is packaged in one of these ways.',
  })
  packagings?: Packaging[] | null;
  @Field(() => [CiClassEnum], { nullable: true, description: 'Holds if the target is of one of these classes.' })
  ciClasses?: CiClass[] | null;
  @Field(() => CriticalityEnum, {
    nullable: true,
    description: 'Holds if the effective criticality of the target is at most this value.',
  })
  maxCriticality?: Criticality | null;
}

/** A rule about states that a release can skip. */
@ObjectType('SkipRule', {
  description:
    'Rule that lets a release skip states. A state is skipped only if a ' +
    'rule permits it for every target of the release.',
  simpleResolvers: true,
})
export class SkipRuleType {
  @Field(() => String, {
    nullable: true,
    description: 'Name of the rule in release plans. If null, they call it e.g. "Skip rule 2".',
  })
  name?: string | null;
  @Field(() => [ReleaseStateEnum], {
    description:
      'States to skip: PLANNING, BUILDING, TESTING, ACCEPTED, SCHEDULED or COMMUNICATED. A release that skips ' +
      'SCHEDULED has no slot; its distributions book their own times.',
  })
  states!: SkippableReleaseState[];
  @Field(() => SkipConditionType, { description: 'Releases and targets that the rule applies to.' })
  when!: SkipConditionType;
}

/** The conditions under which an add rule applies. */
@ObjectType('AddCondition', {
  description:
    'Conditions under which an add rule applies. All conditions must hold, and those about a target must ' +
    'hold for the same target. A null condition always holds.',
  simpleResolvers: true,
})
export class AddConditionType {
  @Field(() => [ReleaseKindEnum], { nullable: true, description: 'Holds if the release is of one of these kinds.' })
  releaseKinds?: ReleaseKind[] | null;
  @Field(() => [PackagingEnum], {
    nullable: true,
    description: 'Holds if the release is packaged in one of these ways.',
  })
  packagings?: Packaging[] | null;
  @Field(() => [CiClassEnum], { nullable: true, description: 'Holds if the target is of one of these classes.' })
  ciClasses?: CiClass[] | null;
  @Field(() => CriticalityEnum, {
    nullable: true,
    description: 'Holds if the effective criticality of the target is at least this value.',
  })
  minCriticality?: Criticality | null;
}

/** A rule about tasks that a release gets. */
@ObjectType('AddRule', {
  description:
    'Rule that adds tasks to the plan of a release. It applies as soon as one target matches. A state ' +
    'with an added task is not skipped.',
  simpleResolvers: true,
})
export class AddRuleType {
  @Field(() => String, {
    nullable: true,
    description: 'Name of the rule in release plans. If null, they call it e.g. "Add rule 2".',
  })
  name?: string | null;
  @Field(() => AddConditionType, { description: 'Releases and targets that the rule applies to.' })
  when!: AddConditionType;
  @Field(() => ReleaseStateEnum, {
    description:
      'Release state in which the tasks are done. They join the last phase of that state. Without such a phase, the ' +
      'release gets one that is named after the rule.',
  })
  releaseState!: ReleaseState;
  @Field(() => [TemplateTaskType], { description: 'Tasks that the rule adds, in plan order.' })
  tasks!: TemplateTaskType[];
}

/** The prerequisites for the acceptance of a release. */
@ObjectType('TemplateRequirements', {
  description: 'Prerequisites for the acceptance of a release.',
  simpleResolvers: true,
})
export class TemplateRequirementsType {
  @Field(() => Boolean, { description: 'Whether a back-out plan is required.' })
  backOutPlan!: boolean;
  @Field(() => Boolean, {
    description: 'Whether a completed TEST task with evidence is required. Does not apply if TESTING is skipped.',
  })
  testEvidence!: boolean;
}

/** The plan of a template version. */
@ObjectType('TemplatePlan', {
  description: 'Release plan with roles instead of people and offsets instead of dates.',
  simpleResolvers: true,
})
export class TemplatePlanType {
  @Field(() => [TemplatePhaseType], { description: 'Phases, in the order of their release states.' })
  phases!: TemplatePhaseType[];
  @Field(() => [SkipRuleType], { description: 'Rules about states that a release can skip.' })
  skipRules!: SkipRuleType[];
  @Field(() => [AddRuleType], { description: 'Rules about tasks that a release gets because of its targets.' })
  addRules!: AddRuleType[];
  @Field(() => TemplateRequirementsType, { description: 'Prerequisites for the acceptance of a release.' })
  requires!: TemplateRequirementsType;
}

/** A task in a template plan, as input. */
@InputType('TemplateTaskInput', { description: 'Task in a template plan.' })
export class TemplateTaskInput {
  @Field(() => String, { description: `Key that identifies the task within the plan: ${KEY}` })
  key!: string;
  @Field(() => String, { description: 'Name, 1 to 200 characters.' })
  name!: string;
  @Field(() => String, { defaultValue: '', description: 'Work to be done.' })
  description!: string;
  @Field(() => TaskKindEnum, { defaultValue: 'MANUAL', description: 'Kind of work, e.g. MANUAL or TEST.' })
  kind!: TaskKind;
  @Field(() => RoleEnum, {
    nullable: true,
    description: 'Role that does the task. Omit it to let the release manager decide.',
  })
  role?: Role | null;
  @Field(() => Boolean, {
    defaultValue: false,
    description: 'Whether skipping or removing the task requires a waiver.',
  })
  mandatory!: boolean;
  @Field(() => [String], { defaultValue: [], description: 'Keys of the tasks that must be done before this task.' })
  after!: string[];
  @Field(() => Int, { defaultValue: 0, description: 'Planned start in minutes after the start of the plan.' })
  startOffsetMinutes!: number;
  @Field(() => Int, { defaultValue: 0, description: 'Planned duration in minutes.' })
  durationMinutes!: number;
}

/** A phase in a template plan, as input. */
@InputType('TemplatePhaseInput', { description: 'Phase in a template plan.' })
export class TemplatePhaseInput {
  @Field(() => String, { description: `Key that identifies the phase within the plan: ${KEY}` })
  key!: string;
  @Field(() => String, { description: 'Name, 1 to 200 characters.' })
  name!: string;
  @Field(() => ReleaseStateEnum, { description: 'Release state in which the tasks of the phase are done.' })
  releaseState!: ReleaseState;
  @Field(() => [TemplateTaskInput], {
    defaultValue: [],
    description: 'Tasks of the phase, in plan order. At most 500 in the whole plan.',
  })
  tasks!: TemplateTaskInput[];
}

/** The conditions under which a skip rule applies, as input. */
@InputType('SkipConditionInput', {
  description: 'Conditions under which a skip rule applies. All given conditions must hold.',
})
export class SkipConditionInput {
  @Field(() => [ReleaseKindEnum], { nullable: true, description: 'Holds if the release is of one of these kinds.' })
  releaseKinds?: ReleaseKind[] | null;
  @Field(() => [PackagingEnum], {
    nullable: true,
    description: 'Holds if the release is packaged in one of these ways.',
  })
  packagings?: Packaging[] | null;
  @Field(() => [CiClassEnum], { nullable: true, description: 'Holds if the target is of one of these classes.' })
  ciClasses?: CiClass[] | null;
  @Field(() => CriticalityEnum, {
    nullable: true,
    description: 'Holds if the effective criticality of the target is at most this value.',
  })
  maxCriticality?: Criticality | null;
}

/** A rule about states that a release can skip, as input. */
@InputType('SkipRuleInput', {
  description: 'Rule that lets a release skip states, depending on the release and its targets.',
})
export class SkipRuleInput {
  @Field(() => String, {
    nullable: true,
    description: 'Name of the rule in release plans, 1 to 200 characters and unique in the plan.',
  })
  name?: string | null;
  @Field(() => [ReleaseStateEnum], {
    description:
      'States to skip: PLANNING, BUILDING, TESTING, ACCEPTED, SCHEDULED or COMMUNICATED. A release that skips ' +
      'SCHEDULED has no slot; its distributions book their own times.',
  })
  states!: SkippableReleaseState[];
  @Field(() => SkipConditionInput, {
    defaultValue: {},
    description: 'Releases and targets that the rule applies to. Default: all.',
  })
  when!: SkipConditionInput;
}

/** The conditions under which an add rule applies, as input. */
@InputType('AddConditionInput', {
  description:
    'Conditions under which an add rule applies. All given conditions must hold, and those about a target ' +
    'must hold for the same target.',
})
export class AddConditionInput {
  @Field(() => [ReleaseKindEnum], { nullable: true, description: 'Holds if the release is of one of these kinds.' })
  releaseKinds?: ReleaseKind[] | null;
  @Field(() => [PackagingEnum], {
    nullable: true,
    description: 'Holds if the release is packaged in one of these ways.',
  })
  packagings?: Packaging[] | null;
  @Field(() => [CiClassEnum], { nullable: true, description: 'Holds if the target is of one of these classes.' })
  ciClasses?: CiClass[] | null;
  @Field(() => CriticalityEnum, {
    nullable: true,
    description: 'Holds if the effective criticality of the target is at least this value.',
  })
  minCriticality?: Criticality | null;
}

/** A rule about tasks that a release gets, as input. */
@InputType('AddRuleInput', {
  description: 'Rule that adds tasks to the plan of a release as soon as one of its targets matches.',
})
export class AddRuleInput {
  @Field(() => String, {
    nullable: true,
    description: 'Name of the rule in release plans, 1 to 200 characters and unique in the plan.',
  })
  name?: string | null;
  @Field(() => AddConditionInput, {
    defaultValue: {},
    description: 'Releases and targets that the rule applies to. Default: all.',
  })
  when!: AddConditionInput;
  @Field(() => ReleaseStateEnum, {
    description: 'Release state in which the tasks are done: one that can have phases, e.g. TESTING.',
  })
  releaseState!: ReleaseState;
  @Field(() => [TemplateTaskInput], {
    description:
      'Tasks that the rule adds, at least one. They can come after tasks of the same rule and of the phases. No ' +
      'other task can come after them.',
  })
  tasks!: TemplateTaskInput[];
}

/** The prerequisites for the acceptance of a release, as input. */
@InputType('TemplateRequirementsInput', { description: 'Prerequisites for the acceptance of a release.' })
export class TemplateRequirementsInput {
  @Field(() => Boolean, { defaultValue: true, description: 'Whether a back-out plan is required.' })
  backOutPlan!: boolean;
  @Field(() => Boolean, {
    defaultValue: false,
    description: 'Whether a completed TEST task with evidence is required. Does not apply if TESTING is skipped.',
  })
  testEvidence!: boolean;
}

/** The plan of a template version, as input. */
@InputType('TemplatePlanInput', {
  description:
    'Release plan with roles instead of people and offsets instead of ' +
    'dates. A refusal lists all problems, each with its path.',
})
export class TemplatePlanInput {
  @Field(() => [TemplatePhaseInput], { description: 'Phases, in the order of their release states.' })
  phases!: TemplatePhaseInput[];
  @Field(() => [SkipRuleInput], { defaultValue: [], description: 'Rules about states that a release can skip.' })
  skipRules!: SkipRuleInput[];
  @Field(() => [AddRuleInput], {
    defaultValue: [],
    description: 'Rules about tasks that a release gets because of its targets.',
  })
  addRules!: AddRuleInput[];
  @Field(() => TemplateRequirementsInput, {
    defaultValue: {},
    description: 'Prerequisites for the acceptance of a release.',
  })
  requires!: TemplateRequirementsInput;
}
