import type { CiClass, Criticality } from '../cmdb/configuration-item.machine.js';
import type { ReleaseState, SkippableReleaseState } from './release.state.js';
import type { Role } from '../roles.js';
import type { TaskKind } from './task.machine.js';

/** The sizes of a release. */
export const RELEASE_KINDS = ['MAJOR', 'MINOR', 'PATCH', 'EMERGENCY'] as const;

/** One of {@link RELEASE_KINDS}. */
export type ReleaseKind = (typeof RELEASE_KINDS)[number];

/** What each kind of release means. */
export const RELEASE_KIND_DESCRIPTIONS: Readonly<Record<ReleaseKind, string>> = {
  MAJOR: 'Large areas of new functionality. Can make earlier fixes redundant.',
  MINOR: 'Small enhancements and fixes.',
  PATCH: 'Fixes only, e.g. security patches.',
  EMERGENCY: 'Fixes a severe fault and cannot wait.',
};

/** How much of the release unit a package contains. */
export const PACKAGINGS = ['FULL', 'DELTA', 'PACKAGE'] as const;

/** One of {@link PACKAGINGS}. */
export type Packaging = (typeof PACKAGINGS)[number];

/** What each way of packaging means. */
export const PACKAGING_DESCRIPTIONS: Readonly<Record<Packaging, string>> = {
  FULL: 'All components of the release unit are built, tested and distributed together.',
  DELTA: 'Only the components that changed since the last release.',
  PACKAGE: 'Several full or delta releases bundled, so that they are deployed together.',
};

/** A task of a template. It has a role instead of a person, and offsets instead of dates. */
export interface TemplateTask {
  /** Unique in the plan; letters, digits, `-` and `_`. */
  readonly key: string;
  readonly name: string;
  readonly description: string;
  readonly kind: TaskKind;
  /** Role that the task is assigned to; null leaves the choice to the release manager. */
  readonly role: Role | null;
  /** A mandatory task can be skipped only with a waiver. */
  readonly mandatory: boolean;
  /** Keys of the predecessors: tasks that must be done first. */
  readonly after: readonly string[];
  /** Planned start, in minutes after the start of the release. */
  readonly startOffsetMinutes: number;
  /** Planned duration in minutes. */
  readonly durationMinutes: number;
}

/** A phase of a template: the tasks of one release state. */
export interface TemplatePhase {
  /** Unique among the phases of the plan. */
  readonly key: string;
  readonly name: string;
  readonly releaseState: ReleaseState;
  readonly tasks: readonly TemplateTask[];
}

/** When a skip rule applies: all conditions that are present must be true. */
export interface SkipCondition {
  readonly releaseKinds?: readonly ReleaseKind[];
  readonly packagings?: readonly Packaging[];
  readonly ciClasses?: readonly CiClass[];
  /** Highest criticality of a target that the rule applies to. */
  readonly maxCriticality?: Criticality;
}

/** States that a release can skip, and for which releases and targets. */
export interface SkipRule {
  /** What answers call it; without a name, they call it by its place, e.g. "Skip rule 2". */
  readonly name?: string;
  readonly states: readonly SkippableReleaseState[];
  readonly when: SkipCondition;
}

/** When an add rule applies: all conditions that are present must be true, those about a target for one target. */
export interface AddCondition extends Omit<SkipCondition, 'maxCriticality'> {
  /** Lowest effective criticality of a target that the rule applies to. */
  readonly minCriticality?: Criticality;
}

/** Tasks that a release gets in one state, and for which releases and targets. */
export interface AddRule {
  /** What answers call it; without a name, they call it by its place, e.g. "Add rule 2". */
  readonly name?: string;
  readonly when: AddCondition;
  readonly releaseState: ReleaseState;
  readonly tasks: readonly TemplateTask[];
}

/** What a release must have before it is accepted, when it was created from the template. */
export interface TemplateRequirements {
  readonly backOutPlan: boolean;
  readonly testEvidence: boolean;
}

/** The plan of a template: phases, tasks and rules, without people and dates. */
export interface TemplatePlan {
  readonly phases: readonly TemplatePhase[];
  readonly skipRules: readonly SkipRule[];
  /** Plans that were stored before there were such rules have none. */
  readonly addRules?: readonly AddRule[];
  readonly requires: TemplateRequirements;
}

/**
 * The states that can have tasks, in the order in which a release passes them. Tasks of BACKING_OUT matter only in a
 * back-out.
 */
export const PHASE_STATES = [
  'PLANNING',
  'BUILDING',
  'TESTING',
  'ACCEPTED',
  'SCHEDULED',
  'COMMUNICATED',
  'DISTRIBUTING',
  'BACKING_OUT',
  'IN_REVIEW',
] as const satisfies readonly ReleaseState[];
