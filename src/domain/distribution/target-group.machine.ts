import { blocker, type NamedRef } from '../blocker.js';
import { actorHolds, type ActorFacts } from '../roles.js';
import { SAME_STATE, type Guard, type Machine } from '../state-machine.js';

/** The states of a target group. */
export const TARGET_GROUP_STATES = ['ACTIVE', 'RETIRED'] as const;

/** One of {@link TARGET_GROUP_STATES}. */
export type TargetGroupState = (typeof TARGET_GROUP_STATES)[number];

/** What each state means. */
export const TARGET_GROUP_STATE_DESCRIPTIONS: Readonly<Record<TargetGroupState, string>> = {
  ACTIVE: 'Its members can be chosen as targets of a distribution.',
  RETIRED: 'No longer used. The record and its name are kept. Final.',
};

/** Commands on a target group. */
export const TARGET_GROUP_COMMANDS = [
  'targetGroupUpdate',
  'targetGroupAddCis',
  'targetGroupRemoveCis',
  'targetGroupRetire',
] as const;

/** One of {@link TARGET_GROUP_COMMANDS}. */
export type TargetGroupCommand = (typeof TARGET_GROUP_COMMANDS)[number];

/** What the rules of a target group need to know. */
export interface TargetGroupFacts extends ActorFacts {
  /** Whether a filter says what its members are. Absent while it is not known. */
  readonly membersByFilter?: boolean;
  /** Retired configuration items that the command adds. Absent while no input is known. */
  readonly addedRetiredCis?: readonly NamedRef[];
  /** Whether the group limits its targets at a time. Absent while it is not known. */
  readonly isLimited?: boolean;
  /** Whether the command gives the group another limit. Absent while no input is known. */
  readonly setsLimit?: boolean;
}

/** A retired configuration item is out of use, so it becomes a member of nothing. */
export const newMembersAreInUse: Guard<TargetGroupFacts> = ({ addedRetiredCis = [] }) =>
  addedRetiredCis.map((ci) =>
    blocker(
      'CI_NOT_AUTHORISED',
      `Configuration item ${ci.name} is retired and can no longer be used.`,
      ['CONFIGURATION_MANAGER'],
      { subject: { type: 'ConfigurationItem', id: ci.id }, path: ['ciIds'] },
    ),
  );

/** The members that a filter finds are not added or removed one by one. */
export const membersAreListed: Guard<TargetGroupFacts> = ({ membersByFilter }) =>
  membersByFilter === true
    ? blocker('PLAN_INVALID', 'The members of this group are what its filter finds. Change the filter, or the items.', [
        'DEPLOYMENT_OPERATOR',
        'RELEASE_MANAGER',
        'CONFIGURATION_MANAGER',
      ])
    : undefined;

/**
 * The limit of a group binds those who roll out, so they do not set it, and do not take targets out of it, by another
 * filter or without the group.
 */
export const limitIsProtected: Guard<TargetGroupFacts> = (facts) =>
  (facts.isLimited === true || facts.setsLimit === true) && !actorHolds(facts, 'CONFIGURATION_MANAGER')
    ? blocker(
        'LIMIT_PROTECTED',
        'Only a CONFIGURATION_MANAGER can set the limit of a target group, or change or retire a group that has one.',
        ['CONFIGURATION_MANAGER'],
      )
    : undefined;

/** The life cycle of a target group. Distributions keep the targets that they got from it. */
export const targetGroupMachine: Machine<TargetGroupState, TargetGroupCommand, TargetGroupFacts> = {
  name: 'target group',
  initial: 'ACTIVE',
  states: TARGET_GROUP_STATES,
  final: ['RETIRED'],
  commands: TARGET_GROUP_COMMANDS,
  rows: [
    { from: 'ACTIVE', command: 'targetGroupUpdate', to: SAME_STATE, guards: [limitIsProtected] },
    { from: 'ACTIVE', command: 'targetGroupAddCis', to: SAME_STATE, guards: [membersAreListed, newMembersAreInUse] },
    { from: 'ACTIVE', command: 'targetGroupRemoveCis', to: SAME_STATE, guards: [membersAreListed, limitIsProtected] },
    { from: 'ACTIVE', command: 'targetGroupRetire', to: 'RETIRED', guards: [limitIsProtected] },
  ],
};
