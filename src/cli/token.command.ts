import { visiblePart } from '../domain/name.js';
import { migrate } from '../entities/migrate.js';
import { toNodeId } from '../domain/node-id.js';
import type { Role } from '../domain/roles.js';
import type { Database } from '../entities/database.js';
import { AccessToken } from '../entities/people/access-token.entity.js';
import { Person } from '../entities/people/person.entity.js';
import { issueAccessToken, MAX_TOKEN_DAYS, accessTokenRevoke } from '../services/people/access-token.service.js';
import { personCreate, emailAddress } from '../services/people/person.service.js';
import { transact, type UnitOfWork } from '../services/unit-of-work.js';
import { printJson, table } from './output.js';
import { withDatabase } from './database.command.js';
import { rolesOf } from './roles-option.js';
import { SYSTEM } from '../domain/actor.js';

/** Options of `interlock token …`. */
export interface TokenOptions {
  readonly role?: string[];
  readonly name?: string;
  readonly email?: string;
  readonly days?: string;
  readonly service?: boolean;
  readonly all?: boolean;
  readonly json?: boolean;
}

/** Runs as the server itself: access to the machine is enough, so that the first administrator can get a token. */
async function inTransaction<T>(database: Database, useCase: (uow: UnitOfWork) => Promise<T>): Promise<T> {
  const services = { database, clock: () => new Date(), enqueue: async () => {}, committed: () => {} };
  return await transact(services, { actor: SYSTEM, requestId: 'cli' }, useCase);
}

/**
 * Finds or creates the person with the address. A token only has roles that its person holds, so missing roles are
 * granted.
 */
async function personWith(
  uow: UnitOfWork,
  email: string,
  roles: readonly Role[],
  options: TokenOptions,
): Promise<Person> {
  const person = await uow.em.findOne(Person, { email });
  if (!person) {
    const made = await personCreate(uow, {
      name: options.name ?? email,
      email,
      kind: options.service ? 'SERVICE' : 'HUMAN',
      roles,
    });
    await uow.em.flush();
    return made;
  }
  const missing = roles.filter((role) => !person.roles.includes(role));
  if (missing.length > 0) {
    person.roles = [...person.roles, ...missing].sort();
    uow.record({
      type: 'person.roles-granted',
      subjectType: 'Person',
      subject: person,
      reason: 'command line',
      data: { roles: missing },
    });
  }
  return person;
}

/** Validates the options: the person's address, roles and days. */
function tokenFor(options: TokenOptions): {
  readonly roles: readonly Role[];
  readonly days: number;
  readonly email: string;
} {
  const roles = rolesOf(options.role);
  const days = Number(options.days ?? '30');
  if (!(days >= 1 && days <= MAX_TOKEN_DAYS)) throw new Error(`--days must be 1 to ${MAX_TOKEN_DAYS}.`);
  const local = (options.name ?? roles[0] ?? 'token').toLowerCase().replace(/[^a-z0-9]+/g, '-');
  return { roles, days, email: emailAddress(options.email ?? `${local}@tokens.invalid`, '--email') };
}

/**
 * Creates a token for a person, who is created if the address is new.
 * @returns its text, which is not stored anywhere.
 */
export async function issueToken(options: TokenOptions): Promise<string> {
  const { roles, days, email } = tokenFor(options);
  return await withDatabase(async (database, url) => {
    await migrate(database, url);
    return await inTransaction(database, async (uow) => {
      const person = await personWith(uow, email, roles, options);
      if (!person.active) throw new Error(`${email} is deactivated, so a token would not work.`);
      return issueAccessToken(uow, { name: options.name ?? 'command line', personId: person.id, roles, days }).text;
    });
  });
}

/** Creates a token and prints it once. */
export async function tokenCreate(options: TokenOptions): Promise<void> {
  const { roles, days, email } = tokenFor(options);
  const text = await issueToken(options);
  if (options.json) return printJson({ token: text, email, roles, days });
  process.stderr.write(`Token for ${email} with ${roles.join(', ')}, valid for ${days} days. It is shown only once:\n`);
  process.stdout.write(`${text}\n`);
}

const day = (instant: Date | null | undefined) => instant?.toISOString().slice(0, 10) ?? null;

/** Prints the valid tokens (with `--all` the others too), one per line, without their secrets. */
export async function tokenList(options: TokenOptions): Promise<void> {
  await withDatabase(async (database, url) => {
    await migrate(database, url);
    const em = database.em.fork();
    const tokens = await em.find(AccessToken, {}, { orderBy: { id: 'asc' } });
    const people = new Map(
      (await em.find(Person, { id: { $in: tokens.map((token) => token.personId) } })).map((person) => [
        person.id,
        person,
      ]),
    );
    const state = (token: AccessToken) => {
      if (token.revokedAt) return 'revoked';
      if (token.expiresAt <= new Date()) return 'expired';
      return people.get(token.personId)?.active ? 'valid' : 'person deactivated';
    };
    const shown = tokens
      .filter((token) => options.all === true || state(token) === 'valid')
      .map((token) => ({
        id: toNodeId('AccessToken', token.id),
        state: state(token),
        expires: day(token.expiresAt),
        lastUsed: day(token.lastUsedAt),
        person: people.get(token.personId)?.email ?? '',
        roles: token.roles,
        name: token.name,
      }));
    if (options.json) return printJson(shown);
    // A name of an earlier version could hold a line break, and so forge a row.
    const cells = shown.map(({ roles, ...token }) =>
      [token.id, token.state, token.expires, token.lastUsed, token.person, roles.join(','), token.name].map((cell) =>
        visiblePart(cell ?? '-', 250),
      ),
    );
    process.stdout.write(table([['ID', 'STATE', 'EXPIRES', 'LAST USED', 'PERSON', 'ROLES', 'NAME'], ...cells]));
  });
}

/** Revokes a token; running servers refuse it within a second. @param id as `token list` prints it. */
export async function tokenRevoke(id: string): Promise<void> {
  await withDatabase(async (database, url) => {
    await migrate(database, url);
    const token = await inTransaction(
      database,
      async (uow) => await accessTokenRevoke(uow, { id, reason: 'command line' }),
    );
    process.stderr.write(`The token "${token.name}" is revoked.\n`);
  });
}
