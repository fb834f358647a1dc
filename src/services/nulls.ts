import { RequestError } from '../domain/errors.js';

/**
 * Refuses null in fields of an edit that cannot store it. An absent field keeps its value; a null there would answer
 * success and change nothing.
 * @throws RequestError BAD_USER_INPUT naming the field.
 */
export function refuseNulls(input: object, fields: Iterable<string>): void {
  for (const field of fields)
    if ((input as Readonly<Record<string, unknown>>)[field] === null)
      throw new RequestError('BAD_USER_INPUT', `"${field}" cannot be null. Leave it out to keep its value.`, { field });
}
