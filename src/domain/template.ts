/** The size of a release. */
export const RELEASE_KINDS = ['MAJOR', 'MINOR', 'PATCH', 'EMERGENCY'] as const;

/** One of {@link RELEASE_KINDS}. */
export type ReleaseKind = (typeof RELEASE_KINDS)[number];

/** What each kind of release means. */
export const RELEASE_KIND_DESCRIPTIONS: Readonly<Record<ReleaseKind, string>> = {
  MAJOR: 'Brings large areas of new function, and may make earlier interim fixes redundant.',
  MINOR: 'Brings small enhancements and fixes.',
  PATCH: 'Brings fixes, such as security patches, and nothing else.',
  EMERGENCY: 'Corrects a grave fault and cannot wait.',
};

/** How complete a release package is. */
export const PACKAGINGS = ['FULL', 'DELTA', 'PACKAGE'] as const;

/** One of {@link PACKAGINGS}. */
export type Packaging = (typeof PACKAGINGS)[number];

/** What each way of packaging means. */
export const PACKAGING_DESCRIPTIONS: Readonly<Record<Packaging, string>> = {
  FULL: 'All components of the release unit are built, tested and distributed together.',
  DELTA: 'Only the components that changed since the last release.',
  PACKAGE: 'Several full or delta releases bundled, so that they are deployed together.',
};

import type { ReleaseState, SkippableReleaseState } from './release.machine.js';
import type { Role } from './roles.js';
import type { CiClass, Criticality } from './configuration-item.machine.js';
import type { TaskKind } from './task.machine.js';

/** A task as a template describes it: no person, no date. */
export interface TemplateTask {
  /** Unique in the plan; letters, digits, `-` and `_`. */
  readonly key: string;
  readonly name: string;
  readonly description: string;
  readonly kind: TaskKind;
  /** The role that does it; null leaves the choice to the release manager. */
  readonly role: Role | null;
  /** A mandatory task can be skipped only with a waiver. */
  readonly mandatory: boolean;
  /** Keys of the tasks that must be done before it. */
  readonly after: readonly string[];
  /** Planned start, in minutes after the start of the release. */
  readonly startOffsetMinutes: number;
  /** Planned duration in minutes. */
  readonly durationMinutes: number;
}

/** A phase of a template: tasks that belong to one state of the release. */
export interface TemplatePhase {
  /** Unique among the phases of the plan. */
  readonly key: string;
  readonly name: string;
  readonly releaseState: ReleaseState;
  readonly tasks: readonly TemplateTask[];
}

/** When a skip rule holds: every condition that is given must hold; a condition that is absent always does. */
export interface SkipCondition {
  readonly releaseKinds?: readonly ReleaseKind[];
  readonly packagings?: readonly Packaging[];
  readonly ciClasses?: readonly CiClass[];
  /** The target is at most this critical. */
  readonly maxCriticality?: Criticality;
}

/** States that a release may leave out, and for which releases and targets. */
export interface SkipRule {
  readonly states: readonly SkippableReleaseState[];
  readonly when: SkipCondition;
}

/** What a release made from the template must have before it is accepted. */
export interface TemplateRequirements {
  readonly backOutPlan: boolean;
  readonly testEvidence: boolean;
}

/** A release plan without people and dates. */
export interface TemplatePlan {
  readonly phases: readonly TemplatePhase[];
  readonly skipRules: readonly SkipRule[];
  readonly requires: TemplateRequirements;
}
