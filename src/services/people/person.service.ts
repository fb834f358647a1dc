import { sql } from 'kysely';
import { blocker } from '../../domain/blocker.js';
import { refuse, RequestError } from '../../domain/errors.js';
import { fromNodeId } from '../../domain/node-id.js';
import { AUTHORITY_ROLES, type Role } from '../../domain/roles.js';
import { Person } from '../../entities/people/person.entity.js';
import { lock, lockForCommand } from '../load.js';
import { externalRef, line, name } from '../text.js';
import type { UnitOfWork } from '../unit-of-work.js';
import { takesTwo, type PERSON_KINDS } from '../../domain/people/person.js';
import { declineGrantsBy } from './access-grant-end.service.js';
import { endSignInTokens } from './access-token.service.js';

type PersonKind = (typeof PERSON_KINDS)[number];

/** The input of a command on a person. */
export interface PersonCommandInput {
  readonly id: string;
  readonly expectedVersion?: number | null;
  readonly reason?: string | null;
}

const TYPE = 'Person' as const;

/**
 * An e-mail address in lower case, so that the same person cannot be created twice. @throws RequestError BAD_USER_INPUT
 */
export function emailAddress(value: string, field = 'email'): string {
  const address = line(value, field, { min: 3, max: 254 }).toLowerCase();
  if (!/^[^\s@]+@[^\s@]+$/.test(address))
    throw new RequestError('BAD_USER_INPUT', `"${field}" is not an e-mail address.`, { field });
  return address;
}

const subjectOf = (value: string | null | undefined) =>
  value == null ? null : line(value, 'subject', { min: 1, max: 255 });

const sorted = (roles: Iterable<Role>): Role[] => [...new Set(roles)].sort();

// The command line is for those who run the server: it may do alone what takes two administrators.
const alone = (uow: UnitOfWork): boolean => uow.actor.via !== 'system';

// Roles decide who can approve what, so nobody extends their own, and those with authority take two administrators.
function refuseRolesAlone(uow: UnitOfWork, personId: string, added: readonly Role[], field: string): void {
  if (added.length === 0 || !alone(uow)) return;
  if (uow.actor.id === personId)
    refuse([
      blocker(
        'SELF_APPROVAL',
        `You cannot grant yourself ${added.join(', ')}. Ask another administrator.`,
        ['ADMINISTRATOR'],
        { path: [field] },
      ),
    ]);
  const authority = added.filter((role) => AUTHORITY_ROLES.includes(role));
  if (authority.length > 0) refuse([takesTwo(authority.join(', '), 'accessGrantProposeRoles', field)]);
}

/**
 * Who has the address or the subject of a person at the identity provider signs in as that person. To take a subject
 * away is possible alone.
 */
function refuseIdentityAlone(uow: UnitOfWork, person: Person, { email, subject }: Identity): void {
  if (!alone(uow)) return;
  const problems = [
    ...(email !== person.email ? [takesTwo('somebody a new address', 'accessGrantProposeIdentity', 'email')] : []),
    ...(subject !== person.subject && subject !== null
      ? [takesTwo('somebody a subject', 'accessGrantProposeIdentity', 'subject')]
      : []),
  ];
  if (problems.length > 0) refuse(problems);
}

/** What the identity provider knows a person by. */
interface Identity {
  readonly email: string;
  readonly subject: string | null;
}

// Locks all active administrators and the person in id order, so that two of them cannot remove each other at once.
async function keepAnAdministrator(uow: UnitOfWork, personId: string): Promise<void> {
  const rows = await uow.query<{ id: string; administers: boolean }>(sql`
    select id, active and 'ADMINISTRATOR' = any(roles) as administers from person
    where (active and 'ADMINISTRATOR' = any(roles)) or id = ${personId} order by id for update`);
  const administrators = rows.filter((row) => row.administers);
  if (administrators.length === 1 && administrators[0]?.id === personId) {
    refuse([
      blocker(
        'LAST_ADMINISTRATOR',
        'This is the last active administrator. Make somebody else an administrator first.',
        ['ADMINISTRATOR'],
      ),
    ]);
  }
}

/**
 * Creates a person or service account.
 * @throws Refusal SECOND_PERSON_REQUIRED for roles with authority
 * @throws RequestError ALREADY_EXISTS when the address or subject is taken
 */
export async function personCreate(
  uow: UnitOfWork,
  input: {
    readonly name: string;
    readonly email: string;
    readonly kind: PersonKind;
    readonly roles: readonly Role[];
    readonly subject?: string | null;
    readonly externalRef?: { source: string; key: string } | null;
  },
): Promise<Person> {
  refuseRolesAlone(uow, '', input.roles, 'roles');
  const person = uow.em.create(Person, {
    name: name(input.name),
    email: emailAddress(input.email),
    kind: input.kind,
    roles: sorted(input.roles),
    subject: subjectOf(input.subject),
    ...externalRef(input.externalRef),
  });
  uow.record({
    type: 'person.created',
    subjectType: TYPE,
    subject: person,
    data: { kind: person.kind, roles: person.roles },
  });
  return person;
}

/**
 * Edits the name of a person, or takes their identity provider subject away.
 * @throws Refusal SECOND_PERSON_REQUIRED for another address or subject
 */
export async function personUpdate(
  uow: UnitOfWork,
  input: {
    readonly id: string;
    readonly expectedVersion: number;
    readonly name?: string | null;
    readonly email?: string | null;
    readonly subject?: string | null;
  },
): Promise<Person> {
  const person = await lockForCommand(uow, Person, TYPE, input);
  await edit(uow, person, input);
  return person;
}

async function edit(
  uow: UnitOfWork,
  person: Person,
  input: { readonly name?: string | null; readonly email?: string | null; readonly subject?: string | null },
): Promise<void> {
  const identity = {
    email: input.email == null ? person.email : emailAddress(input.email),
    subject: input.subject === undefined ? (person.subject ?? null) : subjectOf(input.subject),
  };
  refuseIdentityAlone(uow, person, identity);
  if (input.name != null) person.name = name(input.name);
  const unlinked = person.subject != null && identity.subject === null;
  Object.assign(person, identity);
  if (unlinked) {
    uow.record({ type: 'person.unlinked', subjectType: TYPE, subject: person });
    await endSignInTokens(uow, person, 'Its person is no longer linked to the identity provider.');
  }
  uow.record({ type: 'person.updated', subjectType: TYPE, subject: person });
}

/** Creates or edits the person with an external reference. Given roles replace the current ones. */
export async function personUpsert(
  uow: UnitOfWork,
  input: {
    readonly externalRef: { source: string; key: string };
    readonly name: string;
    readonly email: string;
    readonly kind?: PersonKind | null;
    readonly roles?: readonly Role[] | null;
    readonly subject?: string | null;
  },
): Promise<Person> {
  const ref = externalRef(input.externalRef);
  const [known] = await uow.query<{ id: string }>(
    sql`select id from person where external_source = ${ref.externalSource} and external_key = ${ref.externalKey}`,
  );
  if (!known) return await personCreate(uow, { ...input, kind: input.kind ?? 'HUMAN', roles: input.roles ?? [] });
  const losesAdministration = input.roles != null && !input.roles.includes('ADMINISTRATOR');
  if (losesAdministration) await keepAnAdministrator(uow, known.id);
  const person = await lock(uow, Person, TYPE, known.id);
  if (input.kind != null && input.kind !== person.kind)
    throw new RequestError('BAD_USER_INPUT', `The kind of a person cannot change. It is ${person.kind}.`, {
      field: 'kind',
    });
  await edit(uow, person, input);
  if (input.roles != null) await setRoles(uow, person, input.roles, { field: 'roles' });
  return person;
}

async function setRoles(
  uow: UnitOfWork,
  person: Person,
  roles: readonly Role[],
  { reason, field }: { readonly reason?: string | null | undefined; readonly field: string },
): Promise<void> {
  const granted = sorted(roles).filter((role) => !person.roles.includes(role));
  const revoked = person.roles.filter((role) => !roles.includes(role));
  refuseRolesAlone(uow, person.id, granted, field);
  if (granted.length === 0 && revoked.length === 0) return;
  person.roles = sorted(roles);
  if (granted.length > 0)
    uow.record({ type: 'person.roles-granted', subjectType: TYPE, subject: person, reason, data: { roles: granted } });
  if (revoked.length > 0)
    uow.record({ type: 'person.roles-revoked', subjectType: TYPE, subject: person, reason, data: { roles: revoked } });
  if (revoked.includes('ADMINISTRATOR'))
    await declineGrantsBy(uow, person, 'The proposer is no longer an administrator.');
}

/** Grants a role. Does nothing if the person holds it already. @throws Refusal SELF_APPROVAL, SECOND_PERSON_REQUIRED */
export async function personGrantRole(
  uow: UnitOfWork,
  input: PersonCommandInput & { readonly role: Role },
): Promise<Person> {
  const person = await lockForCommand(uow, Person, TYPE, input);
  await setRoles(uow, person, [...person.roles, input.role], { reason: input.reason, field: 'role' });
  return person;
}

/** Revokes a role. Takes effect within a second. @throws Refusal LAST_ADMINISTRATOR */
export async function personRevokeRole(
  uow: UnitOfWork,
  input: PersonCommandInput & { readonly role: Role },
): Promise<Person> {
  if (input.role === 'ADMINISTRATOR') await keepAnAdministrator(uow, fromNodeId(TYPE, input.id, 'id'));
  const person = await lockForCommand(uow, Person, TYPE, input);
  await setRoles(
    uow,
    person,
    person.roles.filter((role) => role !== input.role),
    { reason: input.reason, field: 'role' },
  );
  return person;
}

/** Ends all access of a person within a second. Their records stay. @throws Refusal LAST_ADMINISTRATOR */
export async function personDeactivate(uow: UnitOfWork, input: PersonCommandInput): Promise<Person> {
  await keepAnAdministrator(uow, fromNodeId(TYPE, input.id, 'id'));
  const person = await lockForCommand(uow, Person, TYPE, input);
  if (person.active) {
    person.active = false;
    uow.record({ type: 'person.deactivated', subjectType: TYPE, subject: person, reason: input.reason });
    await declineGrantsBy(uow, person, 'The proposer was deactivated.');
    await endSignInTokens(uow, person, 'Its person was deactivated.');
  }
  return person;
}

/**
 * Restores the access of a deactivated person, with their roles and the tokens that they did not create after a sign-in
 * at the identity provider.
 * @throws Refusal SECOND_PERSON_REQUIRED for a person with roles of authority
 */
export async function personActivate(uow: UnitOfWork, input: PersonCommandInput): Promise<Person> {
  const person = await lockForCommand(uow, Person, TYPE, input);
  if (!person.active) {
    if (alone(uow) && person.roles.some((role) => AUTHORITY_ROLES.includes(role)))
      refuse([takesTwo('somebody with authority their access back', 'accessGrantProposeActivation', 'id')]);
    person.active = true;
    uow.record({ type: 'person.activated', subjectType: TYPE, subject: person, reason: input.reason });
  }
  return person;
}
