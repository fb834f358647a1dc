import { blocker } from '../blocker.js';
import type { ActorFacts } from '../roles.js';
import type { Guard, Machine } from '../state-machine.js';

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
export const TEMPLATE_VERSION_COMMANDS = ['releaseTemplateVersionPublish', 'releaseTemplateVersionRetire'] as const;

/** One of {@link TEMPLATE_VERSION_COMMANDS}. */
export type TemplateVersionCommand = (typeof TEMPLATE_VERSION_COMMANDS)[number];

/** What the rules of a template version need to know. */
export interface TemplateVersionFacts extends ActorFacts {
  /** Who wrote this version. */
  readonly authorId: string;
  /** What `validatePlan` found wrong with its plan. */
  readonly planProblems: readonly { readonly path: readonly (string | number)[]; readonly message: string }[];
}

type TemplateVersionGuard = Guard<TemplateVersionFacts>;

/** Who wrote the version does not publish it. */
export const publisherIsNotAuthor: TemplateVersionGuard = ({ actorId, authorId }) =>
  actorId === authorId
    ? blocker('SELF_APPROVAL', 'You wrote this version, so somebody else has to publish it.', [
        'RELEASE_MANAGER',
        'RELEASE_OWNER',
      ])
    : undefined;

/** The plan does not contradict itself. */
export const planIsValid: TemplateVersionGuard = ({ planProblems }) =>
  planProblems.map((problem) =>
    blocker('PLAN_INVALID', problem.message, ['RELEASE_MANAGER'], { path: ['plan', ...problem.path.map(String)] }),
  );

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
  ],
};
