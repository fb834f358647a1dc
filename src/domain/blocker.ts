import type { Role } from './roles.js';

/** Every reason for which a rule of the domain can refuse a command, with its meaning. */
export const BLOCKER_CODE_DESCRIPTIONS = {
  ROLE_REQUIRED:
    'You hold none of the roles that may do this. Only `availableCommands` says so; the command itself is answered with FORBIDDEN.',
  ILLEGAL_TRANSITION: 'The command does not exist in the present state of the object.',
  RELEASE_ON_HOLD: 'The release is on hold, so that nothing of it moves forward until the hold is lifted.',
  RELEASE_NOT_OPEN_FOR_SCOPE: 'The release is too far along for its scope to change without explicit re-planning.',
  RELEASE_NOT_READY: 'The release is not in a state in which it may be distributed.',
  RELEASE_OUTCOME_PENDING: 'The release that carries the change has no outcome yet.',
  RELEASE_NOT_CHOSEN: 'The request names no release yet; one of the candidates must be chosen.',
  NOT_RELEASE_OWNER: 'Only the owner of this very release may decide this.',
  NOT_REQUESTER: 'Only the requester or a change manager can do this.',
  CHANGE_NOT_AUTHORISED: 'A change has not been authorised by its change authority.',
  CHANGE_NOT_CLOSED: 'A change of the release is neither closed nor cancelled.',
  CHANGE_ALREADY_CLOSED: 'A change of the release is closed, so the release cannot be distributed again for it.',
  CHANGE_IN_OTHER_RELEASE: 'The change already belongs to another live release.',
  CHANGE_IN_DISTRIBUTION: 'The change is being distributed right now.',
  CHANGE_CONTENT_FIXED:
    'What the change authority decides on cannot be edited any more: the change was authorised, belongs to a release, or is over.',
  RISK_TOO_HIGH: 'The risk of the change is too high for the kind of change it is said to be.',
  RISK_NOT_ASSESSED: 'The risk of the change has not been assessed.',
  OUTCOME_MISSING: 'Nobody has said how the change ended.',
  REVIEW_MISSING: 'The post implementation review has not been recorded.',
  BACKOUT_PLAN_MISSING: 'There is no plan for returning to the previous state.',
  ARTEFACT_MISSING: 'An artefact that the template requires, such as test evidence, is missing.',
  EVIDENCE_MISSING: 'The task asks for evidence and none is attached.',
  NO_CONTENT: 'The release package is empty.',
  NO_TARGETS: 'There is no target configuration item.',
  MEDIA_NOT_AUTHORISED: 'A media version is not authorised in the Definitive Media Library.',
  MEDIA_NOT_VERIFIED: 'The bytes of a media version have not been verified, or a check of them failed.',
  MEDIA_DIGEST_MISMATCH: 'The digest of the bytes is not the digest that was claimed or baselined.',
  MEDIA_IN_USE: 'The media version belongs to a release that is not over.',
  CI_NOT_AUTHORISED: 'A configuration item is not authorised: it is only discovered, or retired.',
  CI_PROTECTED: 'The configuration item is in a protected lifecycle state and no authorised change names it as target.',
  CI_IN_USE: 'The configuration item is the target of a distribution that is not over.',
  CI_VIA_CHANGE:
    'The configuration item is in the release because a change brought it, and leaves it with that change.',
  CI_CONFLICT: 'Another schedule entry works on the same configuration item at the same time.',
  IMPACTED_CI_CONFLICT: 'Another schedule entry works at the same time on a configuration item that this one impacts.',
  BLACKOUT: 'A blackout period covers the time.',
  OUTSIDE_CHANGE_WINDOW: 'The time is not inside a change window.',
  WINDOW_CLOSED: 'The change window in which the work was planned is not open now.',
  RESOURCE_OVERLOAD: 'More work is planned at the same time than the people or items can carry.',
  SCHEDULE_MISSING: 'No planned start and end have been set.',
  APPROVAL_MISSING: 'An approval that is required has not been given.',
  APPROVAL_STALE: 'An approval was given on content that has changed since.',
  SELF_APPROVAL: 'Nobody may approve their own work.',
  NOT_COMMUNICATED: 'The stakeholders of the release have not been told.',
  TASK_OPEN: 'A task of the plan is neither completed nor skipped.',
  TASK_PREDECESSOR: 'A task that comes before this one is not finished.',
  TASK_PHASE_NOT_REACHED: 'The release has not reached the phase to which the task belongs.',
  TASK_NOT_ASSIGNED: 'The task is assigned to somebody else or to a role the actor does not hold.',
  WAIVER_REQUIRED: 'The rule can be set aside only with a waiver that states a reason.',
  PLAN_INVALID: 'The plan contradicts itself; its problems are listed.',
  DISTRIBUTION_NOT_ENDED: 'A distribution of the release is not over.',
  ADAPTER_UNHEALTHY: 'The deployment tool does not answer as ready.',
  BINDING_INVALID:
    'A configuration item or a media version does not carry what the deployment tool needs to know of it, or carries it wrongly.',
  ADAPTER_UNSUPPORTED: 'The deployment tool cannot do what is asked.',
  TOOL_IN_USE: 'Distributions that are not over depend on the deployment tool.',
  LAST_ADMINISTRATOR: 'Nobody else who can sign in is an administrator.',
} as const;

/** The code of a refusal; closed, so that a client can translate each one. */
export type BlockerCode = keyof typeof BLOCKER_CODE_DESCRIPTIONS;

/** All codes, in a stable order, for the schema's enum. */
export const BLOCKER_CODES = Object.freeze(Object.keys(BLOCKER_CODE_DESCRIPTIONS)) as readonly BlockerCode[];

/** Points at an object of the API without loading it. */
export interface SubjectRef {
  /** The name of its GraphQL type, e.g. `Change`. */
  readonly type: string;
  /** Its database id (a UUID, not the Relay node id). */
  readonly id: string;
}

/** An object as a fact mentions it: enough to point at it and to name it in a sentence. */
export interface NamedRef {
  /** Database id. */
  readonly id: string;
  /** What people call it: a number such as `CHG-12`, or a name. */
  readonly name: string;
}

/** Why a command is refused, and who can do what about it. */
export interface Blocker {
  readonly code: BlockerCode;
  /** A sentence for people that says what is wrong and what would help. */
  readonly message: string;
  /** What stands in the way; absent when it is the object of the command itself. */
  readonly subject?: SubjectRef;
  /** How the subject is connected to the object of the command, nearest first. */
  readonly via?: SubjectRef[];
  /** Roles that can remove the obstacle; empty only for ILLEGAL_TRANSITION, which names the commands that are possible instead. */
  readonly resolvableBy: Role[];
  /** Whether a recorded waiver can set it aside. */
  readonly waivable: boolean;
  /** The input field it is about, where there is one. */
  readonly path?: string[];
}

/** The optional parts of a blocker. */
export interface BlockerDetails {
  readonly subject?: SubjectRef;
  readonly via?: SubjectRef[];
  readonly waivable?: boolean;
  readonly path?: string[];
}

/**
 * Builds a blocker. Not waivable unless said so: a rule that can be set aside has to be marked as such on purpose.
 */
export function blocker(
  code: BlockerCode,
  message: string,
  resolvableBy: readonly Role[],
  details: BlockerDetails = {},
): Blocker {
  return {
    code,
    message,
    resolvableBy: [...resolvableBy],
    waivable: details.waivable ?? false,
    ...(details.subject === undefined ? {} : { subject: details.subject }),
    ...(details.via === undefined ? {} : { via: details.via }),
    ...(details.path === undefined ? {} : { path: details.path }),
  };
}

/** Flattens what guards return into one list. */
export function collectBlockers(found: readonly (Blocker | readonly Blocker[] | undefined)[]): Blocker[] {
  const all: Blocker[] = [];
  for (const item of found) {
    if (item === undefined) continue;
    if (Array.isArray(item)) all.push(...(item as readonly Blocker[]));
    else all.push(item as Blocker);
  }
  return all;
}
