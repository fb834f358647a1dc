import { type EntityMetadata, ReferenceKind } from '@mikro-orm/postgresql';
import { type ApprovalBasis, typeOfEntry } from '../domain/approval-basis.js';
import type { TargetChoice } from '../domain/distribution/target-choice.js';
import { NODE_PREFIXES, type NodeType, toNodeId } from '../domain/node-id.js';

/** The fields of a row as the event log shows them: node ids, ISO text, plain JSON. */
export type Values = Readonly<Record<string, unknown>>;

/** Rows that are an element of a list of another object, such as the members of a team. */
interface Membership {
  /** Type of the object that has the list. */
  readonly of: NodeType;
  /** The property with the id of that object. */
  readonly by: string;
  /** Name of the list in the event log. */
  readonly list: string;
  /** The only properties that count; by default all. */
  readonly only?: readonly string[];
  /** The property that ends the membership: a row where it is set is no longer an element. */
  readonly endedBy?: string;
  /** What the row is as an element, where that is not its fields. */
  readonly element?: (row: Readonly<Record<string, unknown>>) => unknown;
}

/** What was judged of a target, as an entry of the basis that the object of the row has beside it. */
function judgedTarget({ ciId, name, forcedBy, ...row }: Readonly<Record<string, unknown>>): unknown {
  const judged: Record<string, unknown> = {};
  for (const property of ['binding', 'criticality', 'lifecycleState'])
    if (row[property] != null) judged[property] = row[property];
  const id = toNodeId('ConfigurationItem', ciId as string);
  return { kind: 'TARGET', id, name, judged, ...(forcedBy != null && { forcedBy }) };
}

const MEMBERSHIPS: Readonly<Record<string, Membership>> = {
  // The columns of these names have the rest of the basis.
  AcceptedTarget: { of: 'Release', by: 'releaseId', list: 'acceptedBasis', element: judgedTarget },
  ApprovedTarget: { of: 'Distribution', by: 'distributionId', list: 'approvedBasis', element: judgedTarget },
  ChangeCi: { of: 'Change', by: 'changeId', list: 'cis' },
  CiRelation: { of: 'ConfigurationItem', by: 'sourceId', list: 'relations' },
  // What is installed now. The rows are a history: one that is ended leaves the list.
  Installation: {
    of: 'ConfigurationItem',
    by: 'ciId',
    list: 'installations',
    only: ['dmlItemId', 'dmlItemVersionId', 'digest', 'assurance', 'validFrom'],
    endedBy: 'validTo',
  },
  DistributionContent: { of: 'Distribution', by: 'distributionId', list: 'contents' },
  ReleaseChange: { of: 'Release', by: 'releaseId', list: 'changes' },
  ReleaseCi: { of: 'Release', by: 'releaseId', list: 'cis' },
  ReleaseDependency: { of: 'Release', by: 'releaseId', list: 'predecessors' },
  ReleaseContent: { of: 'Release', by: 'releaseId', list: 'contents' },
  ScheduleWindowCi: { of: 'ScheduleWindow', by: 'windowId', list: 'cis' },
  // Percent, step and words of the tool are progress: they change with each report, and reports are kept themselves.
  TargetExecution: {
    of: 'Distribution',
    by: 'distributionId',
    list: 'targets',
    only: ['ciId', 'waveId', 'excluded', 'state', 'attempt', 'verifiedDigest'],
  },
  // Pins in force. One that is lifted leaves the list.
  VersionPin: {
    of: 'ConfigurationItem',
    by: 'ciId',
    list: 'versionPins',
    only: ['dmlItemVersionId', 'reason'],
    endedBy: 'liftedAt',
  },
  TargetGroupCi: { of: 'TargetGroup', by: 'targetGroupId', list: 'members' },
  TaskDependency: { of: 'Task', by: 'taskId', list: 'predecessors' },
  WorkingCalendarUse: { of: 'WorkingCalendar', by: 'workingCalendarId', list: 'uses' },
  TeamMember: { of: 'Team', by: 'teamId', list: 'members' },
};

/** The list that the rows of a table are elements of; undefined for other tables. */
export const membershipOf = (table: string): Membership | undefined => MEMBERSHIPS[table];

/** Rows that the event log does not retell, and why. */
export const UNTOLD: Readonly<Record<string, string>> = {
  BaselineTarget: 'The targets of a baseline around a distribution, written with it and never changed.',
  BaselineDue: 'Notes of triggers for the job that takes baselines around distributions.',
  CiAttribute: 'Follows from the attributes of an item and from its class.',
  CiObservation: 'What sources say, not what is so. Where the record differs, there is drift, which has events.',
  CiProvenance: 'Follows from the events of its item, each of which names the person behind it.',
  ClassMisfit: 'Follows from attributes and schemas. The events of a migration tell how many there are.',
  ConfigurationAuditItem: 'What a running audit has yet to look at. Its progress has events.',
  Contribution: 'Follows from the events of its subject, each of which names the person behind it.',
  DistributionPreflight: 'The latest words of a tool before an order. Each preflight has an event that repeats them.',
  DistributionRun: 'Bookkeeping of one attempt at its tool: leases, retries, secrets. Its effects have events.',
  DomainEvent: 'The log itself.',
  DuplicateStale: 'Notes of triggers for the job that finds suspected duplicates.',
  DriftStale: 'Notes of triggers for the job that compares records with observations.',
  EvidenceFile: 'Is added and never changed. Each file has an event of its distribution.',
  EventZone: 'Tells where in the log the times of events are. The relay keeps it.',
  FileImport: 'Bookkeeping of a file. What its rows changed has events, which name the import.',
  FileImportKey: 'As `FileImport`.',
  FileImportResult: 'As `FileImport`.',
  IdempotencyRecord: 'Remembers answers for a while. It is no object of the domain.',
  KeptConflict: 'Follows from entries, windows and relations. What comes and goes has an event.',
  RunLog: 'How far the log of a tool has been read. What was read has events of the run.',
  ScheduleReach: 'Follows from the targets of work and the relations between configuration items.',
  ScheduleStale: 'Notes of triggers for the job that finds conflicts again.',
  ScheduleWork: 'Follows from entries, distributions and their runs, which have events.',
  TargetReport: 'Is a log itself: what tools and people reported, stored as received and never changed.',
};

/** Columns that no event shows, and why. The id, the version and the timestamps of a row stand beside its fields. */
export const HIDDEN: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  AccessToken: {
    secretHash: 'A secret.',
    lastUsedAt: 'Written by each use of a token, which is no command.',
    subject: 'As `subject` of a person.',
  },
  Baseline: { columns: 'Names of columns that the digest was taken of. They mean nothing outside the server.' },
  CalendarFeed: {
    secretHash: 'A secret.',
    lastUsedAt: 'Written by each use of a feed, which is no command.',
    subject: 'As `subject` of a person.',
  },
  ClassMigration: { position: 'Bookkeeping: the last item that was looked at.' },
  CustomClass: {
    indexing: 'Bookkeeping of a migration, which has events.',
    lineage: 'Follows from the class above it, which never changes.',
    migrationId: 'As `indexing`.',
    pendingSchema: 'As `indexing`.',
    effectiveSchema: 'Follows from the schemas of the class and of those above it.',
  },
  DeploymentTool: { probedAt: 'When the next probe is due. Written every few seconds.' },
  Drift: { key: 'Follows from what the drift is about.', observationId: 'Observations have no events.' },
  SuspectedDuplicate: { digest: 'Follows from the values of its items.' },
  MediaBlob: {
    checkedAt: 'Written by the daily check, which is news only if it finds a problem.',
    verifiedAt: 'As `checkedAt`.',
  },
  Release: { tasksAnchor: 'Bookkeeping of an acceptance. The tasks that moved have their new times.' },
  Person: { subject: 'Only administrators read it, and everybody reads events about people.' },
};

const BESIDE_THE_FIELDS = ['id', 'version', 'createdAt', 'updatedAt'];

interface Field {
  readonly property: string;
  readonly name: string;
  readonly nullable: boolean;
  readonly present: (value: unknown, row: Readonly<Record<string, unknown>>) => unknown;
  /** Whether its value is a set of many elements, of which events tell only what left and what came. */
  readonly isSet?: true;
}

/** How rows of one table appear in the event log. */
export interface RowShape {
  /** Type of the object that the row is or, for an element of a list, belongs to. */
  readonly type: NodeType;
  /** Set for rows that are elements of a list. */
  readonly membership?: Membership;
  readonly fields: readonly Field[];
  /** References to other objects, for finding the event that tells of a row without one of its own. */
  readonly references: readonly { readonly property: string; readonly type: NodeType }[];
}

const presented = new WeakMap<ApprovalBasis, unknown>();

/**
 * An approval's basis with node ids. It can have many entries and is shown with each event of its object, but
 * replaced seldom and never altered: the same basis is worked out once, and compared by identity.
 */
function basis(value: unknown): unknown {
  const known = presented.get(value as ApprovalBasis);
  if (known !== undefined) return known;
  const shown = (value as ApprovalBasis).map((entry) => {
    const type = typeOfEntry(entry);
    return type === undefined ? entry : { ...entry, id: toNodeId(type as NodeType, entry.id) };
  });
  presented.set(value as ApprovalBasis, shown);
  return shown;
}

/** Columns of JSON that are sets with ids of the database. */
const WITH_IDS: Readonly<Record<string, (value: unknown) => unknown>> = {
  acceptedBasis: basis,
  approvedBasis: basis,
  furtherToolIds: (ids) => (ids as string[]).map((id) => toNodeId('DeploymentTool', id)),
  lineage: (ids) => (ids as string[]).map((id) => toNodeId('AccessToken', id)),
};

function targetChoice(value: unknown): unknown {
  const { ciIds, groupIds, filter } = value as TargetChoice;
  return {
    targets: ciIds.map((id) => toNodeId('ConfigurationItem', id)),
    targetGroups: groupIds.map((id) => toNodeId('TargetGroup', id)),
    filter,
  };
}

/** Columns of JSON that hold ids of the database and are one value. */
const OBJECTS_WITH_IDS: Readonly<Record<string, (value: unknown) => unknown>> = { targetChoice };

const withoutId = (property: string) => (property.endsWith('Id') ? property.slice(0, -2) : property);

const plain = (value: unknown): unknown => (value instanceof Date ? value.toISOString() : value);

function fieldOf(meta: EntityMetadata, property: string): Field {
  const known = (meta.properties as Record<string, EntityMetadata['props'][number]>)[property];
  const nullable = known?.nullable === true;
  const target = known?.kind === ReferenceKind.SCALAR ? undefined : known?.targetMeta?.className;
  const sibling = property.replace(/Id$/, 'Type');
  const name = withoutId(property);
  if (target !== undefined && target in NODE_PREFIXES)
    return { property, name, nullable, present: (id) => toNodeId(target as NodeType, id as string) };
  if (sibling !== property && sibling in meta.properties)
    return { property, name, nullable, present: (id, row) => toNodeId(row[sibling] as NodeType, id as string) };
  const present = WITH_IDS[property];
  return present === undefined
    ? { property, name, nullable, present: OBJECTS_WITH_IDS[property] ?? plain }
    : { property, name, nullable, present, isSet: true };
}

function shapeFor(meta: EntityMetadata): RowShape | undefined {
  const table = meta.className;
  const membership = MEMBERSHIPS[table];
  if (table in UNTOLD || (membership === undefined && !(table in NODE_PREFIXES))) return undefined;
  const hidden = [...BESIDE_THE_FIELDS, ...Object.keys(HIDDEN[table] ?? {}), membership?.by];
  const fields = meta.props
    .map(({ name }) => name as string)
    .filter((name) => !hidden.includes(name) && (membership?.only?.includes(name) ?? true))
    .map((name) => fieldOf(meta, name));
  const references = meta.props.flatMap(({ name, kind, targetMeta }) =>
    kind === ReferenceKind.SCALAR || targetMeta === undefined || !(targetMeta.className in NODE_PREFIXES)
      ? []
      : [{ property: name as string, type: targetMeta.className as NodeType }],
  );
  return { type: membership?.of ?? (table as NodeType), ...(membership && { membership }), fields, references };
}

const shapes = new WeakMap<EntityMetadata, RowShape | 'untold'>();

/** How rows of a table appear in the event log; undefined when they do not. */
export function shapeOf(meta: EntityMetadata): RowShape | undefined {
  let shape = shapes.get(meta);
  if (shape === undefined) shapes.set(meta, (shape = shapeFor(meta) ?? 'untold'));
  return shape === 'untold' ? undefined : shape;
}

/**
 * The fields of a row. A field that the database has yet to fill in is absent.
 * @param row the row by the names of its properties, with values as the entity has them.
 */
export function valuesOf({ fields }: RowShape, row: Readonly<Record<string, unknown>>): Values {
  const values: Record<string, unknown> = {};
  for (const { property, name, nullable, present } of fields) {
    const value = row[property];
    if (value != null) values[name] = present(value, row);
    else if (value === null || nullable) values[name] = null;
  }
  return values;
}

/** Whether a row of a list is an element of it now. */
export const isElement = ({ membership }: RowShape, row: Readonly<Record<string, unknown>>): boolean =>
  membership?.endedBy === undefined || row[membership.endedBy] == null;

/** A row as element of a list: an object without its empty fields, or just the value when there is one field. */
export function elementOf(shape: RowShape, row: Readonly<Record<string, unknown>>): unknown {
  if (shape.membership?.element) return shape.membership.element(row);
  const values = valuesOf(shape, row);
  const [only, ...more] = shape.fields;
  return more.length === 0 && only !== undefined
    ? values[only.name]
    : Object.fromEntries(Object.entries(values).filter(([, value]) => value !== null));
}
