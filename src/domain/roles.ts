/** Every role a person or a machine can hold; the names are ITIL's and IBM's. */
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
  'ADMINISTRATOR',
  'REQUESTER',
] as const;

/** One of {@link ROLES}. */
export type Role = (typeof ROLES)[number];

/** Roles whose holders can be given work: all but those who only watch, report or run the server. */
export const WORKING_ROLES = ROLES.filter((role) => !['AUDITOR', 'ADAPTER', 'ADMINISTRATOR'].includes(role));

/** What each role is for, in words fit for the schema and for a console's tooltip. */
export const ROLE_DESCRIPTIONS: Readonly<Record<Role, string>> = {
  RELEASE_MANAGER:
    'Plans a release from draft to review: writes its plan, its schedule and its communication. Never accepts what they planned.',
  RELEASE_OWNER: 'Is accountable for a release: decides which changes may join it and accepts it for scheduling.',
  CHANGE_MANAGER: 'Leads requests for change through acceptance, assessment, review and closure.',
  CHANGE_AUTHORITY:
    'Authorises changes, as CAB, ECAB or a delegated authority. Never authorises a change they asked for.',
  TEST_MANAGER: 'Answers for the test evidence of a release and its acceptance criteria.',
  DML_LIBRARIAN: 'Keeps the Definitive Media Library: registers, quarantines, authorises, recalls and retires media.',
  CONFIGURATION_MANAGER:
    'Keeps the configuration management database: authorises and retires configuration items, runs audits.',
  DEPLOYMENT_OPERATOR: 'Plans, starts, pauses, stops and reconciles distributions with the deployment tools.',
  TASK_ASSIGNEE: 'Works on the tasks of a release plan that are assigned to them or to a role they hold.',
  AUDITOR: 'Reads everything, changes nothing.',
  ADAPTER: 'The service account of a deployment tool: reports status and nothing else.',
  ADMINISTRATOR: 'Runs the server: people, tools and settings. Holds no release authority by virtue of this role.',
  REQUESTER: 'Raises requests for change and asks for them to be implemented by a release.',
};

/** Who issues a command. Part of the facts of every machine, because separation of duty is a guard. */
export interface ActorFacts {
  /** Database id of the person or service account that issues the command. */
  readonly actorId: string;
  /** The roles that actor holds now. */
  readonly actorRoles: readonly Role[];
}

/** True when the actor holds at least one of the given roles. */
export function actorHolds(facts: ActorFacts, ...roles: readonly Role[]): boolean {
  return roles.some((role) => facts.actorRoles.includes(role));
}
