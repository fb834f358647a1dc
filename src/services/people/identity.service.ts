import { RequestError } from '../../domain/errors.js';
import { visiblePart } from '../../domain/name.js';
import { Person } from '../../entities/people/person.entity.js';
import type { UnitOfWork } from '../unit-of-work.js';
import type { PERSON_KINDS } from '../../domain/people/person.js';

/** An identity confirmed by the identity provider. */
export interface Identity {
  /** Claim `sub`. */
  readonly subject: string;
  readonly name: string;
  /** Claim `email`, if present. */
  readonly email: string | undefined;
  /** Whether the identity provider has verified the address (claim `email_verified`). */
  readonly emailVerified: boolean;
  readonly kind: (typeof PERSON_KINDS)[number];
}

/**
 * Finds the person of an identity, or creates one without roles on the first request. A person who was created by hand
 * is linked by address only if the identity provider has verified it. Otherwise anybody could take over an account by
 * claiming its address.
 * @throws RequestError FORBIDDEN when the address belongs to somebody else.
 */
export async function personOfIdentity(uow: UnitOfWork, identity: Identity): Promise<Person> {
  const known = await uow.em.findOne(Person, { subject: identity.subject });
  if (known) return known;
  const email =
    identity.email?.toLowerCase() ?? `${identity.subject.toLowerCase().replace(/[^a-z0-9._-]+/g, '-')}@oidc.invalid`;
  const namesake = await uow.em.findOne(Person, { email });
  if (!namesake) {
    const person = uow.em.create(Person, {
      name: visiblePart(identity.name, 200) || visiblePart(identity.subject, 200) || 'nameless',
      email,
      subject: identity.subject,
      kind: identity.kind,
      roles: [],
    });
    uow.record({
      type: 'person.created',
      subjectType: 'Person',
      subject: person,
      data: { kind: person.kind, roles: [], by: 'identity provider' },
    });
    return person;
  }
  if (!identity.emailVerified || namesake.subject) {
    throw new RequestError(
      'FORBIDDEN',
      'Your address belongs to another person on this server. Ask an administrator to set your subject on that person.',
      {
        subject: identity.subject,
      },
    );
  }
  namesake.subject = identity.subject;
  uow.record({ type: 'person.linked', subjectType: 'Person', subject: namesake, data: { by: 'verified address' } });
  return namesake;
}
