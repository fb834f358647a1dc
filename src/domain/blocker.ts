import type { Role } from './roles.js';

/** Every reason a rule of the domain can refuse a command for, with its meaning. */
export const BLOCKER_CODE_DESCRIPTIONS = {
  ROLE_REQUIRED:
    'You hold none of the roles that the command requires. Only `availableCommands` returns this code; ' +
    'the command itself fails with the request error FORBIDDEN.',
  ILLEGAL_TRANSITION: 'The object has no such command in its current state.',
  RELEASE_ON_HOLD: 'The release is on hold. Resume it before it can move forward.',
  RELEASE_NOT_OPEN_FOR_SCOPE: 'The scope of the release is closed, or needs consent to plan the release again.',
  RELEASE_NOT_READY: 'The release is in a state that does not allow its distribution.',
  RELEASE_OUTCOME_PENDING: 'The release that implements the change has no outcome yet.',
  RELEASE_NOT_CHOSEN: 'The request names no release yet. Choose one of the candidates.',
  NOT_RELEASE_OWNER: 'Only the owner of this release, or in many cases its manager, can do this.',
  PERSON_LACKS_ROLE: 'The named person does not hold the role that this part requires.',
  NOT_REQUESTER: 'Only the requester or a change manager can do this.',
  CHANGE_NOT_AUTHORISED: 'A change is not authorised by the change authority.',
  CHANGE_NOT_CLOSED: 'A change of the release is neither closed nor cancelled.',
  CHANGE_ALREADY_CLOSED: 'A change of the release is closed, so the release cannot be distributed again.',
  CHANGE_IN_OTHER_RELEASE: 'The change already belongs to another live release.',
  CHANGE_NOT_IN_RELEASE:
    'The change acts on a protected configuration item and belongs to no release, so nothing shows that it succeeded.',
  CHANGE_IN_DISTRIBUTION: 'The change is being distributed right now.',
  CHANGE_CONTENT_FIXED:
    'The field of the change can no longer be edited: the change is authorised, belongs to a release, ' +
    'or its implementation has begun.',
  CHANGE_OUTSIDE_RELEASE: 'The planned dates of the change would lie outside the time that is booked for its release.',
  RISK_TOO_HIGH: 'The risk of the change is too high for its type.',
  RISK_NOT_ASSESSED: 'The change has no assessment of impact and risk.',
  OUTCOME_MISSING: 'The outcome of the change is not recorded.',
  REVIEW_MISSING: 'The post implementation review is not recorded.',
  BACK_OUT_INCOMPLETE: 'Something that the release delivered has not been returned.',
  OUTCOME_CONTRADICTED: 'The outcome contradicts what was observed on the targets.',
  BACKOUT_PLAN_MISSING: 'The back-out plan is missing: how to return to the previous state.',
  TEST_EVIDENCE_MISSING:
    'The template or a critical target requires evidence of a test, and nobody tested the package.',
  TEST_EVIDENCE_STALE:
    'The package is not the one that was tested: a media version was added, was removed or has different bytes.',
  NOT_TEST_MANAGER: 'Only a test manager can complete a test.',
  EVIDENCE_MISSING: 'The task requires evidence, and none is attached.',
  NO_CONTENT: 'The release package is empty.',
  CONTENT_DUPLICATE: 'The release package holds two versions of one DML item.',
  NO_TARGETS: 'No configuration item is named as target.',
  TARGET_LIMIT: 'A deployment tool or a target group would have more targets at a time than its limit allows.',
  LIMIT_PROTECTED:
    'The command could loosen or set a limit of targets at a time, which only a CONFIGURATION_MANAGER does.',
  VERSION_PINNED: 'A version is kept from a target by a pin, e.g. after a back-out.',
  MEDIA_NOT_AUTHORISED: 'A media version is not authorised in the Definitive Media Library.',
  MEDIA_NOT_VERIFIED: 'The bytes of a media version are not verified, or their verification failed.',
  MEDIA_DIGEST_MISMATCH: 'The digest of the bytes differs from the claimed or baselined digest.',
  MEDIA_IN_USE: 'The media version belongs to a release that has not ended.',
  CI_NOT_AUTHORISED: 'A configuration item is not authorised: its state is DISCOVERED or RETIRED.',
  CI_DECOMMISSIONED:
    'The configuration item is decommissioned, so it cannot be the target of a change, release or distribution.',
  CI_PROTECTED:
    'The configuration item is in a protected lifecycle state, and no authorised change (for a target: of the same ' +
    'release) names it as target.',
  BACK_OUT_ONLY: 'The release is being backed out. Only a distribution that removes what it delivered can start.',
  NOTHING_TO_RETURN: 'The release has nothing on the target that the distribution could remove.',
  CI_IN_USE: 'The configuration item is the target of a distribution that has not ended.',
  ATTRIBUTES_INVALID: 'An attribute of the configuration item does not fit the schema of its class.',
  CLASS_IN_USE: 'A class below this one is active.',
  CLASS_MIGRATING: 'The class is being migrated to another schema.',
  CLASS_RETIRED: 'The class is retired, so that nothing further can be of it.',
  DRIFT_NOT_RECORDABLE: 'The record cannot say what was observed.',
  DRIFT_HAS_CHANGE: 'A change that has not ended was raised from the drift.',
  BASELINE_ALTERED: 'The history no longer gives the content that the baseline was taken of.',
  NOT_FINDING_OWNER: 'The audit finding is assigned to somebody else, or to nobody.',
  CI_VIA_CHANGE: 'The configuration item belongs to the release through a change. Remove that change instead.',
  CI_CONFLICT: 'Another schedule entry works on the same configuration item at the same time.',
  IMPACTED_CI_CONFLICT: 'Another schedule entry works at the same time on a configuration item that this one impacts.',
  REDUNDANCY_CONFLICT:
    'Another schedule entry works at the same time on another member of the same group, e.g. of a cluster, or ' +
    'nothing is left of the group.',
  BLACKOUT: 'The planned time overlaps a blackout.',
  OUTSIDE_CHANGE_WINDOW: 'The planned time is outside the change windows.',
  NO_TIME_TO_BACK_OUT: 'Too little time is left for a back-out before a window closes or a blackout begins.',
  WINDOW_CLOSED: 'The current time is outside the time of the work or of its release, or no change window is open now.',
  RESOURCE_OVERLOAD: 'A person has more work planned at the same time than their capacity allows.',
  TEAM_OVERLOAD: 'A team has more tasks planned at the same time than it may have at once.',
  SCHEDULE_PAST:
    'The time is over, or began too long ago. Nothing can be planned in the past, and past entries stay ' +
    'in the calendar.',
  SCHEDULE_MISSING: 'The planned start and end are not set.',
  APPROVAL_MISSING: 'A required approval is missing.',
  APPROVAL_STALE: 'The content has changed since it was approved.',
  SELF_APPROVAL: 'Nobody can approve their own work.',
  NOT_COMMUNICATED: 'The release has not been communicated to its stakeholders.',
  PHASE_EMPTY: 'The release has no task for a state that it does not skip and for which its template has tasks.',
  TASK_OPEN: 'A task of the plan is neither completed nor skipped.',
  RELEASE_PREDECESSOR: 'A release that this one depends on is not deployed.',
  DEPENDENCY_CYCLE: 'A release would depend on itself, through other releases or directly.',
  DEPENDENCY_ORDER: 'A release begins before a release that it depends on has ended.',
  TASK_PREDECESSOR: 'A predecessor of the task is not finished.',
  TASK_PHASE_NOT_REACHED: 'The release has not reached the phase of the task.',
  TASK_NOT_ASSIGNED: 'The task is assigned to somebody else, or to a role that you do not hold.',
  WAIVER_REQUIRED: 'The task is mandatory. This requires a waiver, which only the owner of the release grants.',
  PLAN_INVALID: 'The plan is invalid. There is one blocker per problem.',
  DISTRIBUTION_OUTSIDE_RELEASE: 'A distribution is scheduled outside the planned times of its release.',
  TARGET_LEFT_OUT:
    'A target or content joined the release after a distribution for all of them was planned, so the ' +
    'distribution lacks it.',
  WAVE_NOT_READY:
    'The next wave cannot start yet: the soak time of the previous one is not over, its targets are not verified, or ' +
    'the window of the wave is closed.',
  TARGET_NOT_SILENT: 'The deployment tool may still report the target, or nothing is under way on it.',
  RUN_STOPPABLE: 'The deployment tool can still stop the run.',
  DECISION_CLAIMED: 'Somebody else has claimed the decision.',
  DECISION_NOT_POSSIBLE: 'The choice does not resolve the decision.',
  DISTRIBUTION_NOT_ENDED: 'A distribution of the release has not ended.',
  ADAPTER_UNHEALTHY: 'The deployment tool is not ready.',
  BINDING_INVALID:
    'The bindings of a configuration item or media version for the deployment tool are missing or malformed.',
  PARAMETERS_INVALID: 'The deployment tool does not know the parameters of the distribution, or not these values.',
  ADAPTER_UNSUPPORTED: 'The deployment tool does not support the operation.',
  TOOL_IN_USE: 'Distributions that have not ended use the deployment tool.',
  LAST_ADMINISTRATOR: 'This is the last active administrator.',
  SECOND_PERSON_REQUIRED:
    'The command gives somebody authority or access, which requires two administrators: one proposes it ' +
    'with `accessGrantPropose…`, and another confirms it.',
  GRANT_EXPIRED: 'The access grant was not confirmed in time.',
  PERSON_DEACTIVATED: 'The person is deactivated and cannot receive access.',
  TOKEN_OUTLIVES_ANCESTOR: 'The token would be valid for longer than the token that creates it.',
} as const;

/** The code of a refusal. The list is closed, so a client can translate each code. */
export type BlockerCode = keyof typeof BLOCKER_CODE_DESCRIPTIONS;

/** All codes, in a stable order, for the schema's enum. */
export const BLOCKER_CODES = Object.freeze(Object.keys(BLOCKER_CODE_DESCRIPTIONS)) as readonly BlockerCode[];

/** Points at an object of the API without loading it. */
export interface SubjectRef {
  /** Name of the GraphQL type, e.g. `Change`. */
  readonly type: string;
  /** Database id: a UUID, not the Relay node id. */
  readonly id: string;
}

/** An object as facts mention it: enough to point at it and to name it in a message. */
export interface NamedRef {
  /** Database id. */
  readonly id: string;
  /** Number such as `CHG-12`, or a name. */
  readonly name: string;
}

/** Why a command is refused, and which roles can resolve it. */
export interface Blocker {
  readonly code: BlockerCode;
  /** A sentence for people: what is wrong and what helps. */
  readonly message: string;
  /** The object that blocks the command. Absent when it is the object of the command itself. */
  readonly subject?: SubjectRef;
  /** How the subject is connected to the object of the command, nearest first. */
  readonly via?: SubjectRef[];
  /** Roles that can resolve it. Empty only for ILLEGAL_TRANSITION, whose message names the possible commands. */
  readonly resolvableBy: Role[];
  /** Whether a waiver can set it aside. */
  readonly waivable: boolean;
  /** Path of the input field that it is about, if any. */
  readonly path?: string[];
  /** ISO text of the time at which a rule about time allows the work next; null if it does not in 90 days. */
  readonly opensAt?: string | null;
}

/** The optional parts of a blocker. */
export interface BlockerDetails {
  readonly subject?: SubjectRef;
  readonly via?: SubjectRef[];
  readonly waivable?: boolean;
  readonly path?: string[];
  readonly opensAt?: string | null | undefined;
}

/**
 * Builds a blocker. It is not waivable by default: a rule that a waiver can set aside must be marked on purpose.
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
    ...(details.opensAt === undefined ? {} : { opensAt: details.opensAt }),
  };
}

/** Flattens the results of guards into one list. */
export function collectBlockers(found: readonly (Blocker | readonly Blocker[] | undefined)[]): Blocker[] {
  const all: Blocker[] = [];
  for (const item of found) {
    if (item === undefined) continue;
    if (Array.isArray(item)) all.push(...(item as readonly Blocker[]));
    else all.push(item as Blocker);
  }
  return all;
}
