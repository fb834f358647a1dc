import { sql } from 'kysely';
import { blocker } from '../../domain/blocker.js';
import { refuse, RequestError } from '../../domain/errors.js';
import { fromNodeId } from '../../domain/node-id.js';
import type { Role } from '../../domain/roles.js';
import { Person } from '../../entities/people/person.entity.js';
import { lock, lockForCommand } from '../load.js';
import { externalRef, line, name } from '../text.js';
import type { UnitOfWork } from '../unit-of-work.js';
import type { PERSON_KINDS } from '../../domain/people/person.js';

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

// Roles decide who can approve what, so nobody extends their own: that takes a second administrator or the command
// line.
function refuseOwnRoles(uow: UnitOfWork, personId: string, added: readonly Role[]): void {
  if (added.length === 0 || uow.actor.id !== personId) return;
  refuse([
    blocker(
      'SELF_APPROVAL',
      `You cannot grant yourself ${added.join(', ')}. Ask another administrator.`,
      ['ADMINISTRATOR'],
      { path: ['role'] },
    ),
  ]);
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

/** Creates a person or service account. @throws RequestError ALREADY_EXISTS when the address or subject is taken. */
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

/** Edits the name, address and identity provider subject of a person. */
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
  edit(uow, person, input);
  return person;
}

function edit(
  uow: UnitOfWork,
  person: Person,
  input: { readonly name?: string | null; readonly email?: string | null; readonly subject?: string | null },
): void {
  if (input.name != null) person.name = name(input.name);
  if (input.email != null) person.email = emailAddress(input.email);
  if (input.subject !== undefined) person.subject = subjectOf(input.subject);
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
  edit(uow, person, input);
  if (input.roles != null) await setRoles(uow, person, input.roles, null);
  return person;
}

async function setRoles(
  uow: UnitOfWork,
  person: Person,
  roles: readonly Role[],
  reason: string | null | undefined,
): Promise<void> {
  const granted = sorted(roles).filter((role) => !person.roles.includes(role));
  const revoked = person.roles.filter((role) => !roles.includes(role));
  refuseOwnRoles(uow, person.id, granted);
  if (granted.length === 0 && revoked.length === 0) return;
  person.roles = sorted(roles);
  if (granted.length > 0)
    uow.record({ type: 'person.roles-granted', subjectType: TYPE, subject: person, reason, data: { roles: granted } });
  if (revoked.length > 0)
    uow.record({ type: 'person.roles-revoked', subjectType: TYPE, subject: person, reason, data: { roles: revoked } });
}

/** Grants a role. Does nothing if the person holds it already. @throws Refusal SELF_APPROVAL */
export async function personGrantRole(
  uow: UnitOfWork,
  input: PersonCommandInput & { readonly role: Role },
): Promise<Person> {
  const person = await lockForCommand(uow, Person, TYPE, input);
  await setRoles(uow, person, [...person.roles, input.role], input.reason);
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
    input.reason,
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
  }
  return person;
}

/** Restores the access of a deactivated person, with their tokens and roles. */
export async function personActivate(uow: UnitOfWork, input: PersonCommandInput): Promise<Person> {
  const person = await lockForCommand(uow, Person, TYPE, input);
  if (!person.active) {
    person.active = true;
    uow.record({ type: 'person.activated', subjectType: TYPE, subject: person, reason: input.reason });
  }
  return person;
}
