import { sql } from 'kysely';
import type { RowOutcome, TakeOptions } from '../../domain/file-import.js';
import { failureOf } from '../row-failure.js';
import { externalRef } from '../text.js';
import type { UnitOfWork } from '../unit-of-work.js';
import { personUpsert } from './person.service.js';

/** A row of a file: a person by their reference in another system. */
export type PersonRow = Parameters<typeof personUpsert>[1];

/**
 * Creates or edits a person by a row, under the rules of `personUpsert`. If the row fails, or in a dry run, the caller
 * rolls back.
 */
export async function takePerson(
  uow: UnitOfWork,
  row: PersonRow,
  { remember, earlier, write }: TakeOptions,
): Promise<RowOutcome> {
  const [key] = keysOfPerson(row);
  try {
    if ((await earlier?.([key]))?.has(key))
      return {
        status: 'FAILED',
        id: null,
        code: 'DUPLICATE_ROW',
        message: 'An earlier row of this import has the same external reference.',
        field: 'externalRef',
      };
    const { externalSource, externalKey } = externalRef(row.externalRef);
    const [before] = await uow.query<{ version: number }>(sql`
      select version from person where external_source = ${externalSource} and external_key = ${externalKey}`);
    const person = await personUpsert(uow, row);
    await uow.em.flush();
    await remember?.([key]);
    const status = before === undefined ? 'CREATED' : before.version === person.version ? 'UNCHANGED' : 'UPDATED';
    return { status, id: before === undefined && !write ? null : person.id };
  } catch (error) {
    return failureOf(error);
  }
}

/** What a row is known by in its file. */
export const keysOfPerson = ({ externalRef: { source, key } }: PersonRow): [string] => [JSON.stringify([source, key])];
