import { blocker, collectBlockers, type NamedRef } from '../blocker.js';
import { COVERING_CHANGE_STATES, type ChangeState } from '../change/change.machine.js';
import type { ActorFacts } from '../roles.js';
import { SAME_STATE, type Guard, type Machine } from '../state-machine.js';

/** The states of the record of a configuration item. */
export const CONFIGURATION_ITEM_STATES = ['DISCOVERED', 'AUTHORISED', 'RETIRED'] as const;

/** One of {@link CONFIGURATION_ITEM_STATES}. */
export type ConfigurationItemState = (typeof CONFIGURATION_ITEM_STATES)[number];

/** What each state means. */
export const CONFIGURATION_ITEM_STATE_DESCRIPTIONS: Readonly<Record<ConfigurationItemState, string>> = {
  DISCOVERED: 'Discovered or imported, and not yet authorised. Cannot be the target of a distribution.',
  AUTHORISED: 'Under the control of Configuration Management. Can be the target of a distribution.',
  RETIRED: 'Out of use. The record is kept for its history: it takes no new relations and passes no impact on. Final.',
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

/** The classes of configuration items, with their meaning. */
export const CI_CLASS_DESCRIPTIONS = {
  BUSINESS_SERVICE: 'A service that users know by name and pay for.',
  APPLICATION: 'An application: one program, or several that work together.',
  DATABASE: 'A database or database instance.',
  MIDDLEWARE: 'Software between applications and platforms, e.g. a message queue, application server or gateway.',
  SOFTWARE: 'An installed software product.',
  OPERATING_SYSTEM: 'An operating system.',
  FIRMWARE: 'Software embedded in a device.',
  SERVER: 'A physical server.',
  VIRTUAL_MACHINE: 'A virtual machine.',
  CLUSTER: 'A group of servers or instances that back each other up.',
  CONTAINER_PLATFORM: 'A platform that runs containers, e.g. a Kubernetes cluster.',
  DESKTOP: 'A desktop computer.',
  LAPTOP: 'A portable computer.',
  MOBILE_DEVICE: 'A phone, tablet or handheld scanner.',
  NETWORK_DEVICE: 'A router, switch, firewall or access point.',
  LOAD_BALANCER: 'A load balancer: distributes requests over several servers.',
  STORAGE: 'A storage system.',
  PERIPHERAL: 'An attached device, e.g. a printer, till or sensor.',
  SPARE: 'A definitive spare, kept in a secure store.',
  DOCUMENT: 'A document under change control.',
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

/** Where a configuration item is in its life, independent of the state of its record. */
export const LIFECYCLE_STATES = ['NOT_READY', 'BUILD', 'TEST', 'PRODUCTION', 'INVENTORY', 'DECOMMISSIONED'] as const;

/** One of {@link LIFECYCLE_STATES}. */
export type LifecycleState = (typeof LIFECYCLE_STATES)[number];

/** What each lifecycle state means. */
export const LIFECYCLE_STATE_DESCRIPTIONS: Readonly<Record<LifecycleState, string>> = {
  NOT_READY: 'Ordered or delivered, but not usable yet.',
  BUILD: 'Being built or configured.',
  TEST: 'Used for testing.',
  PRODUCTION:
    'In production. Protected: edits of the item and of its relations, and deliveries to it, require an authorised ' +
    'change that names it as target.',
  INVENTORY: 'In store, e.g. a definitive spare.',
  DECOMMISSIONED: 'Taken out of service. Cannot be the target of a change, release or distribution.',
};

/** Lifecycle states in which edits of a configuration item, and deliveries to it, require a change. */
export const PROTECTED_LIFECYCLE_STATES = ['PRODUCTION'] as const satisfies readonly LifecycleState[];

/** Whether an edit from one lifecycle state to another takes an item out of service; null is no edit of the state. */
export const takesOutOfService = (from: LifecycleState, to: LifecycleState | null | undefined): boolean =>
  to === 'DECOMMISSIONED' && from !== 'DECOMMISSIONED';

/** Whether an edit from one lifecycle state to another makes an item protected; null is no edit of the state. */
export const becomesProtected = (from: LifecycleState, to: LifecycleState | null | undefined): boolean =>
  to != null && isProtectedState(to) && !isProtectedState(from);

/** Whether items in a lifecycle state are protected. */
export const isProtectedState = (state: LifecycleState): boolean =>
  (PROTECTED_LIFECYCLE_STATES as readonly LifecycleState[]).includes(state);

/** The direction in which impact travels along a relation. */
export type ImpactFlow = 'TO_SOURCE' | 'TO_TARGET' | 'BOTH' | 'NONE';

/**
 * The kinds of relation; read each as "source KIND target". `impact` tells which end is impacted by work on the other.
 */
export const CI_RELATIONS = {
  DEPENDS_ON: { impact: 'TO_SOURCE', description: 'The source does not work without the target.' },
  RUNS_ON: { impact: 'TO_SOURCE', description: 'The source is software that runs on the target.' },
  HOSTED_BY: {
    impact: 'TO_SOURCE',
    description: 'The source is hosted by the target, e.g. a virtual machine on its host.',
  },
  USES: { impact: 'TO_SOURCE', description: 'The source calls or reads from the target.' },
  MEMBER_OF: { impact: 'TO_TARGET', description: 'The source is a member of the target, e.g. a node of a cluster.' },
  CONTAINS: {
    impact: 'TO_TARGET',
    description: 'The source contains the target physically or logically, e.g. a rack and a server in it.',
  },
  PROTECTS: {
    impact: 'TO_TARGET',
    description: 'The source filters or balances traffic to the target, e.g. a firewall.',
  },
  CONNECTED_TO: { impact: 'BOTH', description: 'Source and target are connected by a cable or network link.' },
  DOCUMENTS: { impact: 'NONE', description: 'The source is a document that describes the target.' },
  SPARE_FOR: { impact: 'NONE', description: 'The source is a spare for the target.' },
} as const satisfies Readonly<Record<string, { readonly impact: ImpactFlow; readonly description: string }>>;

/** One of {@link CI_RELATION_KINDS}. */
export type CiRelationKind = keyof typeof CI_RELATIONS;

/** The kinds of relation between configuration items. */
export const CI_RELATION_KINDS = Object.freeze(Object.keys(CI_RELATIONS)) as readonly CiRelationKind[];

/** Kinds along which work on the target impacts the source: walk from target to source. */
export const IMPACT_TO_SOURCE_KINDS: readonly CiRelationKind[] = CI_RELATION_KINDS.filter((kind) =>
  ['TO_SOURCE', 'BOTH'].includes(CI_RELATIONS[kind].impact),
);

/** Kinds along which work on the source impacts the target: walk from source to target. */
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
  /** With a fact that comes late: whether the item was protected at some time that it tells of. Absent means no. */
  readonly wasProtected?: boolean;
  /** Changes that name it as target, in any state. */
  readonly changes: readonly CoveringChangeFact[];
}

/** What the rules of a relation need to know about each of its two items. */
export interface RelationEnd extends ProtectedEditFacts {
  /** Database id. */
  readonly id: string;
  readonly isRetired: boolean;
}

/** A distribution that works on the item. */
export interface WorkOnItem extends NamedRef {
  /** Whether a change of its release that names the item covers what it delivers. Absent means no. */
  readonly covered?: boolean;
}

/** What the rules of a configuration item need to know. */
export interface ConfigurationItemFacts extends ActorFacts, RelationEnd {
  /** Distributions that have it as target and have not ended. */
  readonly liveDistributions: readonly NamedRef[];
  /** Distributions at a tool that has not said yet how they end on the item. */
  readonly workOnIt: readonly WorkOnItem[];
  /** With an edit: whether it takes the item out of service; absent means no. */
  readonly decommissions?: boolean;
  /** With an edit: whether it makes the item protected; absent means no. */
  readonly protects?: boolean;
  /** With a relation: the item at the other end; absent before one is named. */
  readonly otherEnd?: RelationEnd;
}

/** Whether a change covers work on its targets: it is authorised or in progress. */
export const covers = ({ state }: CoveringChangeFact): boolean =>
  (COVERING_CHANGE_STATES as readonly ChangeState[]).includes(state);

/**
 * An item in a protected lifecycle state can only be edited or retired under an authorised change that targets it. What
 * comes late about a time when it was protected is such an edit too.
 */
export const protectedEdit: Guard<ProtectedEditFacts> = ({ name, lifecycleState, wasProtected = false, changes }) => {
  const isProtected = isProtectedState(lifecycleState);
  if ((!isProtected && !wasProtected) || changes.some(covers)) return undefined;
  const waiting = changes.find((change) => ['OPEN', 'ACCEPTED', 'ASSESSED'].includes(change.state));
  const help =
    waiting === undefined
      ? 'Raise a change that targets it and have it authorised.'
      : `Have change ${waiting.name} authorised.`;
  const what = isProtected
    ? `is in lifecycle state ${lifecycleState}, which is protected`
    : 'was in a protected lifecycle state at a time that the fact is about';
  return blocker(
    'CI_PROTECTED',
    `Configuration item ${name} ${what}. ${help}`,
    ['CHANGE_AUTHORITY', 'CHANGE_MANAGER'],
    waiting === undefined ? {} : { subject: { type: 'Change', id: waiting.id } },
  );
};

const endsOf = (facts: ConfigurationItemFacts): RelationEnd[] => [facts, ...(facts.otherEnd ? [facts.otherEnd] : [])];

/** Neither end of a new relation is retired: the relations of a retired item are history. */
export const relatedItemsAreInUse: Guard<ConfigurationItemFacts> = (facts) =>
  endsOf(facts)
    .filter(({ isRetired }) => isRetired)
    .map(({ id, name }) =>
      blocker(
        'CI_NOT_AUTHORISED',
        `Configuration item ${name} is retired and takes no new relations. Relate the item that replaces it.`,
        ['CONFIGURATION_MANAGER'],
        { subject: { type: 'ConfigurationItem', id } },
      ),
    );

/**
 * Relations decide what work on an item impacts, so they are part of the protected record of both ends. A retired end
 * is out of use: only the other one decides.
 */
export const relationIsCovered: Guard<ConfigurationItemFacts> = (facts) =>
  collectBlockers(
    endsOf(facts)
      .filter(({ isRetired }) => !isRetired)
      .map((end) => protectedEdit(end)),
  );

/** No distribution to the item is planned or running. */
export const noDistributionTargetsTheItem: Guard<ConfigurationItemFacts> = ({ liveDistributions }) =>
  liveDistributions.map((distribution) =>
    blocker(
      'CI_IN_USE',
      `The configuration item is a target of distribution ${distribution.name}, which has not ended. ` +
        'Wait for its end, or remove the item from its targets.',
      ['DEPLOYMENT_OPERATOR'],
      {
        subject: { type: 'Distribution', id: distribution.id },
      },
    ),
  );

/** Nothing is delivered to the item while it is taken out of service. What is only planned asks again at its start. */
export const noWorkIsOnTheItem: Guard<ConfigurationItemFacts> = ({ name, workOnIt, decommissions = false }) =>
  (decommissions ? workOnIt : []).map((distribution) =>
    blocker(
      'CI_IN_USE',
      `Distribution ${distribution.name} is working on ${name}, so ${name} cannot be decommissioned now. Wait ` +
        'until the distribution ends there, or stop it.',
      ['DEPLOYMENT_OPERATOR'],
      { subject: { type: 'Distribution', id: distribution.id }, path: ['lifecycleState'] },
    ),
  );

/**
 * An item does not become protected under work that no change covers: what that work installs would be there without
 * one. What is only planned asks again at its start.
 */
export const workIsCoveredOnceProtected: Guard<ConfigurationItemFacts> = ({ name, workOnIt, protects = false }) =>
  (protects ? workOnIt : [])
    .filter(({ covered = false }) => !covered)
    .map((distribution) =>
      blocker(
        'CI_IN_USE',
        `Distribution ${distribution.name} is working on ${name}, and no change of its release names ${name} as ` +
          'target, so it cannot become protected now. Wait until the distribution ends there, or stop it.',
        ['DEPLOYMENT_OPERATOR'],
        { subject: { type: 'Distribution', id: distribution.id }, path: ['lifecycleState'] },
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
    {
      from: CONFIGURATION_ITEM_STATES,
      command: 'configurationItemUpdate',
      to: SAME_STATE,
      guards: [protectedEdit, noWorkIsOnTheItem, workIsCoveredOnceProtected],
    },
    {
      from: CONFIGURATION_ITEM_STATES,
      command: 'configurationItemRelate',
      to: SAME_STATE,
      guards: [relatedItemsAreInUse, relationIsCovered],
    },
    {
      from: CONFIGURATION_ITEM_STATES,
      command: 'configurationItemUnrelate',
      to: SAME_STATE,
      guards: [relationIsCovered],
    },
  ],
};
