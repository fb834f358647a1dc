/** Every role that a person or service account can hold. The names come from ITIL and IBM. */
export const ROLES = [
  'RELEASE_MANAGER',
  'RELEASE_OWNER',
  'CHANGE_MANAGER',
  'CHANGE_AUTHORITY',
  'TEST_MANAGER',
  'DML_LIBRARIAN',
  'CONFIGURATION_MANAGER',
  'DEPLOYMENT_OPERATOR',
  'TASK_ASSIGNEE',
  'AUDITOR',
  'ADAPTER',
  'DISCOVERY',
  'ADMINISTRATOR',
  'REQUESTER',
] as const;

/** One of {@link ROLES}. */
export type Role = (typeof ROLES)[number];

/** Roles of service accounts that report what tools say, and read nothing. */
export const REPORTING_ROLES: readonly Role[] = ['ADAPTER', 'DISCOVERY'];

/** Whether somebody with these roles can read anything at all. */
export const canRead = (roles: readonly Role[]): boolean => roles.some((role) => !REPORTING_ROLES.includes(role));

/** Roles that tasks can be assigned to: all except those that only read, report or run the server. */
export const WORKING_ROLES = ROLES.filter((role) => !['AUDITOR', ...REPORTING_ROLES, 'ADMINISTRATOR'].includes(role));

/** Roles without authority: they read, ask, report or do what is given to them, and decide nothing. */
const PLAIN_ROLES: readonly Role[] = ['REQUESTER', 'TASK_ASSIGNEE', 'AUDITOR', ...REPORTING_ROLES];

/** Roles that decide something about releases, media, configuration items or people. Two administrators grant them. */
export const AUTHORITY_ROLES: readonly Role[] = ROLES.filter((role) => !PLAIN_ROLES.includes(role));

/** The purpose of each role, for the schema and for tooltips of a console. */
export const ROLE_DESCRIPTIONS: Readonly<Record<Role, string>> = {
  RELEASE_MANAGER:
    'Plans releases from draft to review, with schedule and communication. Never accepts a release they planned.',
  RELEASE_OWNER: 'Is accountable for a release: decides which changes join it, and accepts it for scheduling.',
  CHANGE_MANAGER: 'Takes requests for change through acceptance, assessment, review and closure.',
  CHANGE_AUTHORITY: 'Authorises changes as CAB, ECAB or delegated authority. Never authorises a change they requested.',
  TEST_MANAGER: 'Is responsible for the test evidence and acceptance criteria of a release.',
  DML_LIBRARIAN:
    'Maintains the Definitive Media Library: registers, quarantines, authorises, recalls and retires media.',
  CONFIGURATION_MANAGER:
    'Maintains the configuration management database: authorises and retires configuration items, runs audits.',
  DEPLOYMENT_OPERATOR: 'Plans, starts, pauses, stops and reconciles distributions.',
  TASK_ASSIGNEE: 'Works on tasks of a release plan that are assigned to them or to one of their roles.',
  AUDITOR: 'Reads everything and changes nothing.',
  ADAPTER: 'Service account of a deployment tool. Reports the status of distributions and does nothing else.',
  DISCOVERY:
    'Service account of a discovery tool. Reports what it observes of configuration items and does nothing else.',
  ADMINISTRATOR:
    'Runs the server: people, deployment tools and settings. The role gives no authority over releases, except to ' +
    'name another owner or manager.',
  REQUESTER: 'Raises requests for change, and requests that a release implement them.',
};

/** The actor of a command. Part of the facts of every machine, because separation of duty is a guard. */
export interface ActorFacts {
  /** Database id of the person or service account that issues the command. */
  readonly actorId: string;
  /** Current roles of the actor. */
  readonly actorRoles: readonly Role[];
}

/** True when the actor holds at least one of the given roles. */
export function actorHolds(facts: ActorFacts, ...roles: readonly Role[]): boolean {
  return roles.some((role) => facts.actorRoles.includes(role));
}
