import { blocker, type NamedRef } from '../blocker.js';
import { COVERING_CHANGE_STATES, type ChangeState } from '../change/change.machine.js';
import type { ActorFacts } from '../roles.js';
import { SAME_STATE, type Guard, type Machine } from '../state-machine.js';

/** The states of the record of a configuration item. */
export const CONFIGURATION_ITEM_STATES = ['DISCOVERED', 'AUTHORISED', 'RETIRED'] as const;

/** One of {@link CONFIGURATION_ITEM_STATES}. */
export type ConfigurationItemState = (typeof CONFIGURATION_ITEM_STATES)[number];

/** What each state means. */
export const CONFIGURATION_ITEM_STATE_DESCRIPTIONS: Readonly<Record<ConfigurationItemState, string>> = {
  DISCOVERED: 'Seen or imported, but nobody answers for the record: it cannot be the target of a distribution.',
  AUTHORISED: 'Under the control of Configuration Management: it can be a target.',
  RETIRED: 'Out of use; kept for its history. Final.',
};

/** Commands on a configuration item. */
export const CONFIGURATION_ITEM_COMMANDS = [
  'configurationItemAuthorise',
  'configurationItemRetire',
  'configurationItemUpdate',
  'configurationItemRelate',
  'configurationItemUnrelate',
] as const;

/** One of {@link CONFIGURATION_ITEM_COMMANDS}. */
export type ConfigurationItemCommand = (typeof CONFIGURATION_ITEM_COMMANDS)[number];

/** What kinds of configuration item there are, with their meaning. */
export const CI_CLASS_DESCRIPTIONS = {
  BUSINESS_SERVICE: 'A service that users know and pay for.',
  APPLICATION: 'A program or system of programs that serves a purpose.',
  DATABASE: 'A database or its instance.',
  MIDDLEWARE: 'Software between applications and platforms: queues, application servers, gateways.',
  SOFTWARE: 'An installed software product.',
  OPERATING_SYSTEM: 'The operating system of a machine.',
  FIRMWARE: 'Software fixed in a device.',
  SERVER: 'A physical server.',
  VIRTUAL_MACHINE: 'A virtual server.',
  CLUSTER: 'Members that stand in for one another.',
  CONTAINER_PLATFORM: 'A platform that runs containers.',
  DESKTOP: 'A desktop computer.',
  LAPTOP: 'A portable computer.',
  MOBILE_DEVICE: 'A telephone, tablet or scanner.',
  NETWORK_DEVICE: 'A router, switch, firewall or access point.',
  LOAD_BALANCER: 'Distributes requests over members.',
  STORAGE: 'A storage system.',
  PERIPHERAL: 'A printer, till, sensor or other attached device.',
  SPARE: 'A definitive spare in a secure store.',
  DOCUMENT: 'A controlled document.',
  LOCATION: 'A site, room or rack.',
} as const;

/** One of {@link CI_CLASSES}. */
export type CiClass = keyof typeof CI_CLASS_DESCRIPTIONS;

/** The classes of configuration items. */
export const CI_CLASSES = Object.freeze(Object.keys(CI_CLASS_DESCRIPTIONS)) as readonly CiClass[];

/** How much the business depends on a configuration item, in rising order. */
export const CRITICALITIES = ['LOW', 'MEDIUM', 'HIGH', 'CRITICAL'] as const;

/** One of {@link CRITICALITIES}. */
export type Criticality = (typeof CRITICALITIES)[number];

/** What each criticality means. */
export const CRITICALITY_DESCRIPTIONS: Readonly<Record<Criticality, string>> = {
  LOW: 'A failure inconveniences one person.',
  MEDIUM: 'A failure hinders a team.',
  HIGH: 'A failure stops a department or degrades a service.',
  CRITICAL: 'A failure stops a critical service.',
};

/** Whether a criticality is at most another. */
export function criticalityIsAtMost(criticality: Criticality, limit: Criticality): boolean {
  return CRITICALITIES.indexOf(criticality) <= CRITICALITIES.indexOf(limit);
}

/** Where a configuration item is in its own life, which is not the state of its record. */
export const LIFECYCLE_STATES = ['NOT_READY', 'BUILD', 'TEST', 'PRODUCTION', 'INVENTORY', 'DECOMMISSIONED'] as const;

/** One of {@link LIFECYCLE_STATES}. */
export type LifecycleState = (typeof LIFECYCLE_STATES)[number];

/** What each lifecycle state means. */
export const LIFECYCLE_STATE_DESCRIPTIONS: Readonly<Record<LifecycleState, string>> = {
  NOT_READY: 'Ordered or unpacked, not usable yet.',
  BUILD: 'Being built or configured.',
  TEST: 'Used for tests.',
  PRODUCTION: 'In productive use. Protected: edits need an authorised change that names the item as target.',
  INVENTORY: 'In store, such as a definitive spare.',
  DECOMMISSIONED: 'Taken out of service.',
};

/** Lifecycle states in which a configuration item may be edited or moved only under a change. */
export const PROTECTED_LIFECYCLE_STATES = ['PRODUCTION'] as const satisfies readonly LifecycleState[];

/** The direction in which trouble travels along a relation. */
export type ImpactFlow = 'TO_SOURCE' | 'TO_TARGET' | 'BOTH' | 'NONE';

/** The kinds of relation; read each as "source KIND target". `impact` says who feels it when the other one is worked on. */
export const CI_RELATIONS = {
  DEPENDS_ON: { impact: 'TO_SOURCE', description: 'The source does not work without the target.' },
  RUNS_ON: { impact: 'TO_SOURCE', description: 'The source is software that runs on the target.' },
  HOSTED_BY: {
    impact: 'TO_SOURCE',
    description: 'The source lives on or in the target, such as a virtual machine on its host.',
  },
  USES: { impact: 'TO_SOURCE', description: 'The source calls or reads the target.' },
  MEMBER_OF: { impact: 'TO_TARGET', description: 'The source is a member of the target, such as a node of a cluster.' },
  CONTAINS: {
    impact: 'TO_TARGET',
    description: 'The source contains the target physically or logically, such as a rack its servers.',
  },
  PROTECTS: {
    impact: 'TO_TARGET',
    description: 'The source shields or balances what reaches the target, such as a firewall.',
  },
  CONNECTED_TO: { impact: 'BOTH', description: 'Source and target are joined by a cable or a link.' },
  DOCUMENTS: { impact: 'NONE', description: 'The source is a document about the target.' },
  SPARE_FOR: { impact: 'NONE', description: 'The source is kept in store to replace the target.' },
} as const satisfies Readonly<Record<string, { readonly impact: ImpactFlow; readonly description: string }>>;

/** One of {@link CI_RELATION_KINDS}. */
export type CiRelationKind = keyof typeof CI_RELATIONS;

/** The kinds of relation between configuration items. */
export const CI_RELATION_KINDS = Object.freeze(Object.keys(CI_RELATIONS)) as readonly CiRelationKind[];

/** Kinds along which work on the target is felt by the source: walk from target to source. */
export const IMPACT_TO_SOURCE_KINDS: readonly CiRelationKind[] = CI_RELATION_KINDS.filter((kind) =>
  ['TO_SOURCE', 'BOTH'].includes(CI_RELATIONS[kind].impact),
);

/** Kinds along which work on the source is felt by the target: walk from source to target. */
export const IMPACT_TO_TARGET_KINDS: readonly CiRelationKind[] = CI_RELATION_KINDS.filter((kind) =>
  ['TO_TARGET', 'BOTH'].includes(CI_RELATIONS[kind].impact),
);

/** A change that names the configuration item as target. */
export interface CoveringChangeFact extends NamedRef {
  readonly state: ChangeState;
}

/** What the rule on protected lifecycle states needs to know. */
export interface ProtectedEditFacts {
  /** Name of the configuration item. */
  readonly name: string;
  readonly lifecycleState: LifecycleState;
  /** Changes that name it as target, in whatever state. */
  readonly changes: readonly CoveringChangeFact[];
}

/** What the rules of a configuration item need to know. */
export interface ConfigurationItemFacts extends ActorFacts, ProtectedEditFacts {
  /** Distributions that have it as target and are not over. */
  readonly liveDistributions: readonly NamedRef[];
}

/** An item in a protected lifecycle state is edited, moved or retired only under a change that is authorised and names it. */
export const protectedEdit: Guard<ProtectedEditFacts> = ({ name, lifecycleState, changes }) => {
  if (!(PROTECTED_LIFECYCLE_STATES as readonly LifecycleState[]).includes(lifecycleState)) return undefined;
  if (changes.some((change) => (COVERING_CHANGE_STATES as readonly ChangeState[]).includes(change.state)))
    return undefined;
  const waiting = changes.find((change) => ['OPEN', 'ACCEPTED', 'ASSESSED'].includes(change.state));
  const help =
    waiting === undefined
      ? 'Raise a change with it as target and have it authorised.'
      : `Have change ${waiting.name} authorised.`;
  return blocker(
    'CI_PROTECTED',
    `Configuration item ${name} is in ${lifecycleState} and protected. ${help}`,
    ['CHANGE_AUTHORITY', 'CHANGE_MANAGER'],
    waiting === undefined ? {} : { subject: { type: 'Change', id: waiting.id } },
  );
};

/** Nothing is being distributed to the item, or about to be. */
export const noDistributionTargetsTheItem: Guard<ConfigurationItemFacts> = ({ liveDistributions }) =>
  liveDistributions.map((distribution) =>
    blocker(
      'CI_IN_USE',
      `It is a target of distribution ${distribution.name}, which is not over. Let that end, or take the item out of it.`,
      ['DEPLOYMENT_OPERATOR'],
      {
        subject: { type: 'Distribution', id: distribution.id },
      },
    ),
  );

/** The life cycle of the record of a configuration item. */
export const configurationItemMachine: Machine<
  ConfigurationItemState,
  ConfigurationItemCommand,
  ConfigurationItemFacts
> = {
  name: 'configuration item',
  initial: 'DISCOVERED',
  states: CONFIGURATION_ITEM_STATES,
  final: ['RETIRED'],
  commands: CONFIGURATION_ITEM_COMMANDS,
  rows: [
    { from: 'DISCOVERED', command: 'configurationItemAuthorise', to: 'AUTHORISED' },
    {
      from: ['DISCOVERED', 'AUTHORISED'],
      command: 'configurationItemRetire',
      to: 'RETIRED',
      guards: [protectedEdit, noDistributionTargetsTheItem],
    },
    // The record of a retired item can still be corrected.
    { from: CONFIGURATION_ITEM_STATES, command: 'configurationItemUpdate', to: SAME_STATE, guards: [protectedEdit] },
    { from: CONFIGURATION_ITEM_STATES, command: 'configurationItemRelate', to: SAME_STATE },
    { from: CONFIGURATION_ITEM_STATES, command: 'configurationItemUnrelate', to: SAME_STATE },
  ],
};
