import type { FastifyRequest } from 'fastify';
import { RequestError } from '../../domain/errors.js';
import { DateTime } from '../../schema/scalars.js';

/** The parameters of an address. */
export type Query = Readonly<Record<string, unknown>>;

const refuse = (field: string, message: string) => new RequestError('BAD_USER_INPUT', message, { field });

/**
 * The parameters of a request. A name that is not known is refused: who writes "asof" for "asOf" would otherwise get
 * the record of today.
 */
export function queryOf(request: FastifyRequest, names: readonly string[]): Query {
  const query = request.query as Query;
  const unknown = Object.keys(query).find((name) => !names.includes(name));
  if (unknown !== undefined)
    throw refuse(
      unknown.slice(0, 100),
      `There is no parameter "${unknown.slice(0, 100)}". There are: ${names.join(', ')}.`,
    );
  const repeated = Object.keys(query).find((name) => typeof query[name] !== 'string');
  if (repeated !== undefined) throw refuse(repeated, `"${repeated}" is given more than once.`);
  return query;
}

/** A parameter that is true, false or absent. */
export function flagOf(query: Query, name: string): boolean {
  const value = query[name];
  if (value === undefined || value === 'false') return false;
  if (value === 'true' || value === '') return true;
  throw refuse(name, `"${name}" must be true or false.`);
}

/** A parameter that is an instant, as the API writes it. @returns undefined if it is absent */
export function instantOf(query: Query, name: string): string | undefined {
  const value = query[name];
  if (value === undefined) return undefined;
  try {
    return DateTime.parseValue(value);
  } catch {
    throw refuse(name, `"${name}" must be an RFC 3339 instant such as 2027-01-01T00:00:00Z.`);
  }
}

/** A parameter that is one of some words. @returns the first of them if it is absent */
export function wordOf<Word extends string>(query: Query, name: string, words: readonly [Word, ...Word[]]): Word {
  const value = query[name] ?? words[0];
  if (!words.includes(value as Word)) throw refuse(name, `"${name}" must be one of ${words.join(', ')}.`);
  return value as Word;
}
