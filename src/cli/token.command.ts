import { migrate } from '../app.js';
import { ROLES, type Role } from '../domain/roles.js';
import { Person } from '../entities/person.entity.js';
import { issueAccessToken } from '../services/access-token.service.js';
import { SYSTEM, transact } from '../services/unit-of-work.js';
import { withDatabase } from './database.command.js';

/** Options of `interlock token create`. */
export interface TokenCreateOptions {
  readonly role?: string[];
  readonly name?: string;
  readonly email?: string;
  readonly days?: string;
  readonly service?: boolean;
}

/** Makes a token for a person (made if the address is new) and prints it, once. */
export async function tokenCreate(options: TokenCreateOptions): Promise<void> {
  const roles = (options.role ?? []).flatMap((r) => r.split(',')).map((r) => r.trim().toUpperCase());
  const unknown = roles.filter((role) => !ROLES.includes(role as Role));
  if (roles.length === 0 || unknown.length > 0) throw new Error(`${unknown.length > 0 ? `Unknown role ${unknown.join(', ')}.` : 'Say --role.'} Roles: ${ROLES.join(', ')}.`);
  const days = Number(options.days ?? '30');
  const email = options.email ?? `${(options.name ?? roles[0] ?? 'token').toLowerCase().replace(/[^a-z0-9]+/g, '-')}@tokens.invalid`;
  await withDatabase(async (database, url) => {
    await migrate(database, url);
    const services = { database, clock: () => new Date(), enqueue: async () => {}, committed: () => {} };
    const text = await transact(services, { actor: SYSTEM, requestId: 'cli' }, async (uow) => {
      let person = await uow.em.findOne(Person, { email });
      if (!person) {
        person = uow.em.create(Person, { name: options.name ?? email, email, roles: roles as Role[], kind: options.service ? 'SERVICE' : 'HUMAN' });
        await uow.em.flush();
        uow.record({ type: 'person.created', subjectType: 'Person', subject: person });
      }
      return issueAccessToken(uow, { name: options.name ?? 'command line', personId: person.id, roles: roles as Role[], days }).text;
    });
    process.stderr.write(`A token for ${email} with ${roles.join(', ')}, valid ${days} days. It is shown only now:\n`);
    process.stdout.write(`${text}\n`);
  });
}
