import { blocker, type Blocker } from '../blocker.js';
import type { ActorFacts } from '../roles.js';
import { SAME_STATE, type Guard, type Machine } from '../state-machine.js';
import type { PlanProblem } from './template-check.js';

/** The states of a version of a release template. */
export const TEMPLATE_VERSION_STATES = ['DRAFT', 'PUBLISHED', 'RETIRED'] as const;

/** One of {@link TEMPLATE_VERSION_STATES}. */
export type TemplateVersionState = (typeof TEMPLATE_VERSION_STATES)[number];

/** What each state means. */
export const TEMPLATE_VERSION_STATE_DESCRIPTIONS: Readonly<Record<TemplateVersionState, string>> = {
  DRAFT: 'Being written; releases cannot use it.',
  PUBLISHED: 'Releases can be planned from it; its content never changes again.',
  RETIRED: 'No longer offered; releases made from it keep their plan. Final.',
};

/** Commands on a template version. */
export const TEMPLATE_VERSION_COMMANDS = [
  'releaseTemplateVersionPublish',
  'releaseTemplateVersionRetire',
  'releaseTemplateVersionUpdate',
] as const;

/** One of {@link TEMPLATE_VERSION_COMMANDS}. */
export type TemplateVersionCommand = (typeof TEMPLATE_VERSION_COMMANDS)[number];

/** What the rules of a template version need to know. */
export interface TemplateVersionFacts extends ActorFacts {
  /** Database ids of everybody who wrote its plan or a part of it. */
  readonly authorIds: readonly string[];
  /** What `validatePlan` finds wrong with the stored plan. */
  readonly planProblems: readonly PlanProblem[];
  /** What `validatePlan` finds wrong with the plan of an update. Absent for `availableCommands`. */
  readonly newPlanProblems?: readonly PlanProblem[];
}

type TemplateVersionGuard = Guard<TemplateVersionFacts>;

/** The blockers for a plan with problems, each with the path of its field in the input of the command. */
export function planBlockers(problems: readonly PlanProblem[]): Blocker[] {
  return problems.map(({ message, path }) =>
    blocker('PLAN_INVALID', message, ['RELEASE_MANAGER'], { path: ['plan', ...path.map(String)] }),
  );
}

/** No author of a version publishes it, even if somebody else changed it later. */
export const publisherIsNotAuthor: TemplateVersionGuard = ({ actorId, authorIds }) =>
  authorIds.includes(actorId)
    ? blocker('SELF_APPROVAL', 'You are an author of this version. Somebody else has to publish it.', [
        'RELEASE_MANAGER',
        'RELEASE_OWNER',
      ])
    : undefined;

/** The stored plan does not contradict itself. */
export const planIsValid: TemplateVersionGuard = ({ planProblems }) => planBlockers(planProblems);

/** The plan of an update does not contradict itself. */
export const newPlanIsValid: TemplateVersionGuard = ({ newPlanProblems = [] }) => planBlockers(newPlanProblems);

/** The life cycle of a template version. */
export const templateVersionMachine: Machine<TemplateVersionState, TemplateVersionCommand, TemplateVersionFacts> = {
  name: 'template version',
  initial: 'DRAFT',
  states: TEMPLATE_VERSION_STATES,
  final: ['RETIRED'],
  commands: TEMPLATE_VERSION_COMMANDS,
  rows: [
    {
      from: 'DRAFT',
      command: 'releaseTemplateVersionPublish',
      to: 'PUBLISHED',
      guards: [publisherIsNotAuthor, planIsValid],
    },
    { from: ['DRAFT', 'PUBLISHED'], command: 'releaseTemplateVersionRetire', to: 'RETIRED' },
    { from: 'DRAFT', command: 'releaseTemplateVersionUpdate', to: SAME_STATE, guards: [newPlanIsValid] },
  ],
};
