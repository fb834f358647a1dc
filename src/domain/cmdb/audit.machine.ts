import { blocker, type NamedRef } from '../blocker.js';
import { actorHolds, type ActorFacts } from '../roles.js';
import { SAME_STATE, type Guard, type Machine } from '../state-machine.js';

/** The states of a configuration audit. */
export const CONFIGURATION_AUDIT_STATES = ['RUNNING', 'COMPLETED', 'CANCELLED'] as const;

/** One of {@link CONFIGURATION_AUDIT_STATES}. */
export type ConfigurationAuditState = (typeof CONFIGURATION_AUDIT_STATES)[number];

/** What each state means. */
export const CONFIGURATION_AUDIT_STATE_DESCRIPTIONS: Readonly<Record<ConfigurationAuditState, string>> = {
  RUNNING: 'The server looks at the items, some hundreds at a time.',
  COMPLETED: 'Every item was looked at. Final.',
  CANCELLED: 'Somebody cancelled it. What it had found by then stays. Final.',
};

/** Commands on a configuration audit. */
export const CONFIGURATION_AUDIT_COMMANDS = ['configurationAuditCancel', 'configurationAuditComplete'] as const;

/** One of {@link CONFIGURATION_AUDIT_COMMANDS}. */
export type ConfigurationAuditCommand = (typeof CONFIGURATION_AUDIT_COMMANDS)[number];

/** The life cycle of a configuration audit. */
export const configurationAuditMachine: Machine<ConfigurationAuditState, ConfigurationAuditCommand, ActorFacts> = {
  name: 'configuration audit',
  initial: 'RUNNING',
  states: CONFIGURATION_AUDIT_STATES,
  final: ['COMPLETED', 'CANCELLED'],
  commands: CONFIGURATION_AUDIT_COMMANDS,
  rows: [
    { from: 'RUNNING', command: 'configurationAuditCancel', to: 'CANCELLED' },
    { from: 'RUNNING', command: 'configurationAuditComplete', to: 'COMPLETED', system: true },
  ],
};

/** What an audit can find. */
export const AUDIT_FINDING_KINDS = [
  'UNAUTHORISED_CHANGE',
  'UNEXPLAINED_DRIFT',
  'MEDIA_NOT_AUTHORISED',
  'MEDIA_DIGEST_MISMATCH',
  'NOT_OBSERVED',
] as const;

/** One of {@link AUDIT_FINDING_KINDS}. */
export type AuditFindingKind = (typeof AUDIT_FINDING_KINDS)[number];

/** What each kind means. */
export const AUDIT_FINDING_KIND_DESCRIPTIONS: Readonly<Record<AuditFindingKind, string>> = {
  UNAUTHORISED_CHANGE: 'The record differs from the baseline, and no authorised change since then names the item.',
  UNEXPLAINED_DRIFT: 'A source observes something else than the record says, and nothing explains it.',
  MEDIA_NOT_AUTHORISED: 'A version is installed that the library has not authorised, or no longer.',
  MEDIA_DIGEST_MISMATCH: 'What is installed has another digest than the media of its version in the library.',
  NOT_OBSERVED: 'No source has observed the item. Only audits that expect observations tell.',
};

/** The states of an audit finding. */
export const AUDIT_FINDING_STATES = ['OPEN', 'CLOSED'] as const;

/** One of {@link AUDIT_FINDING_STATES}. */
export type AuditFindingState = (typeof AUDIT_FINDING_STATES)[number];

/** What each state means. */
export const AUDIT_FINDING_STATE_DESCRIPTIONS: Readonly<Record<AuditFindingState, string>> = {
  OPEN: 'Somebody has to look at it.',
  CLOSED: 'Somebody closed it, with a reason. Final.',
};

/** Commands on an audit finding. */
export const AUDIT_FINDING_COMMANDS = ['auditFindingAssign', 'auditFindingClose'] as const;

/** One of {@link AUDIT_FINDING_COMMANDS}. */
export type AuditFindingCommand = (typeof AUDIT_FINDING_COMMANDS)[number];

/** What the rules of an audit finding need to know. */
export interface AuditFindingFacts extends ActorFacts {
  /** Who has to look at it; null if nobody was named. */
  readonly owner: NamedRef | null;
}

/** A finding is closed by the one it is assigned to, or by Configuration Management. */
export const findingIsClosedByOwner: Guard<AuditFindingFacts> = (facts) =>
  facts.owner?.id === facts.actorId || actorHolds(facts, 'CONFIGURATION_MANAGER')
    ? undefined
    : blocker(
        'NOT_FINDING_OWNER',
        facts.owner === null
          ? 'The finding is assigned to nobody. A configuration manager can close it, or assign it to you.'
          : `The finding is assigned to ${facts.owner.name}.`,
        ['CONFIGURATION_MANAGER'],
      );

/** The life cycle of an audit finding. */
export const auditFindingMachine: Machine<AuditFindingState, AuditFindingCommand, AuditFindingFacts> = {
  name: 'audit finding',
  initial: 'OPEN',
  states: AUDIT_FINDING_STATES,
  final: ['CLOSED'],
  commands: AUDIT_FINDING_COMMANDS,
  rows: [
    { from: 'OPEN', command: 'auditFindingAssign', to: SAME_STATE },
    { from: 'OPEN', command: 'auditFindingClose', to: 'CLOSED', guards: [findingIsClosedByOwner] },
  ],
};
