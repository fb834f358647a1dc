import { LockMode } from '@mikro-orm/core';
import { sql } from 'kysely';
import type { CiClass } from '../../domain/cmdb/configuration-item.machine.js';
import { isObservable, MAX_ORDERED_SOURCES } from '../../domain/cmdb/source-precedence.js';
import { RequestError } from '../../domain/errors.js';
import { SourcePrecedence } from '../../entities/cmdb/source-precedence.entity.js';
import { expectVersion, lockForCommand } from '../load.js';
import { line } from '../text.js';
import type { UnitOfWork } from '../unit-of-work.js';

const TYPE = 'SourcePrecedence' as const;

function sourcesOf(given: readonly string[]): string[] {
  if (given.length > MAX_ORDERED_SOURCES)
    throw new RequestError('BAD_USER_INPUT', `"sources" has more than ${MAX_ORDERED_SOURCES} entries.`, {
      field: 'sources',
      max: MAX_ORDERED_SOURCES,
    });
  const sources = given.map((source) => line(source, 'sources', { min: 1, max: 100 }));
  if (new Set(sources).size < sources.length)
    throw new RequestError('BAD_USER_INPUT', '"sources" names a source twice.', { field: 'sources' });
  return sources;
}

function fieldOf(field: string | null | undefined): string | null {
  if (field == null) return null;
  const name = line(field, 'field', { min: 1, max: 200 });
  if (isObservable(name)) return name;
  throw new RequestError(
    'BAD_USER_INPUT',
    '"field" is a field that sources observe, such as "location", or "attributes." with the name of an attribute.',
    { field: 'field' },
  );
}

async function write(
  uow: UnitOfWork,
  precedence: SourcePrecedence,
  sources: string[] | null,
  reason: string | null | undefined,
): Promise<void> {
  const isSame = JSON.stringify(precedence.sources) === JSON.stringify(sources);
  if (!isSame) precedence.sources = sources;
  const name = [precedence.ciClass ?? 'all classes', precedence.field ?? 'all fields'].join(', ');
  uow.record({
    type: 'source-precedence.updated',
    subjectType: TYPE,
    subject: Object.assign(precedence, { name }),
    reason: reason ?? null,
  });
  if (isSame) return;
  // What differs from the record is now for another source to say. A job compares the items that several sources see.
  await uow.query(sql`
    insert into drift_stale (ci_id)
    select o.ci_id from ci_observation o join configuration_item c on c.id = o.ci_id
    where ${precedence.ciClass}::text is null or c.ci_class = ${precedence.ciClass}
    group by o.ci_id having count(*) > 1`);
}

/**
 * Sets which source counts more than which, for a class and a field, or for all of them.
 * @throws RequestError BAD_USER_INPUT, CONFLICT
 */
export async function sourcePrecedenceSet(
  uow: UnitOfWork,
  input: {
    readonly ciClass?: CiClass | null;
    readonly field?: string | null;
    readonly sources: readonly string[];
    readonly expectedVersion?: number | null;
    readonly reason?: string | null;
  },
): Promise<SourcePrecedence> {
  const scope = { ciClass: input.ciClass ?? null, field: fieldOf(input.field) };
  const sources = sourcesOf(input.sources);
  const precedence =
    (await uow.em.findOne(SourcePrecedence, scope, { lockMode: LockMode.PESSIMISTIC_WRITE })) ??
    uow.em.create(SourcePrecedence, { ...scope, sources: null });
  expectVersion(precedence, input.expectedVersion);
  await write(uow, precedence, sources, input.reason);
  return precedence;
}

/** Removes an order of sources: the next wider one counts in its place. @throws RequestError NOT_FOUND, CONFLICT */
export async function sourcePrecedenceReset(
  uow: UnitOfWork,
  input: { readonly id: string; readonly expectedVersion?: number | null; readonly reason?: string | null },
): Promise<SourcePrecedence> {
  const precedence = await lockForCommand(uow, SourcePrecedence, TYPE, input);
  await write(uow, precedence, null, input.reason);
  return precedence;
}
