import { GraphQLError, GraphQLScalarType, Kind, valueFromASTUntyped, visit, type ValueNode } from 'graphql';
import { GraphQLJSON, GraphQLJSONObject, GraphQLSafeInt } from 'graphql-scalars';
import { keepsNumber, MAX_JSON_DEPTH, problemOfValue } from '../domain/value.js';

const refused = (message: string) => new GraphQLError(message, { extensions: { code: 'BAD_USER_INPUT' } });

const INSTANT = /^(\d{4})-(\d{2})-(\d{2})T\d{2}:\d{2}:\d{2}(\.\d{1,9})?(Z|[+-]\d{2}:\d{2})$/;

// Not to the last year that four digits can write: the server adds and subtracts up to a few years.
const [FIRST_YEAR, LAST_YEAR] = [1000, 9000];

function instant(value: unknown): string {
  if (typeof value === 'string' && INSTANT.test(value)) {
    const date = new Date(value);
    // Date accepts 31 February and rolls over to March, so the day is compared with the length of its month.
    const [, , month, day] = INSTANT.exec(value) as unknown as [string, string, string, string];
    const daysInMonth = new Date(Date.UTC(Number(value.slice(0, 4)), Number(month), 0)).getUTCDate();
    if (!Number.isNaN(date.getTime()) && Number(day) <= daysInMonth) {
      const year = date.getUTCFullYear();
      if (year >= FIRST_YEAR && year <= LAST_YEAR) return date.toISOString();
      throw refused(`The year of a DateTime must be ${FIRST_YEAR} to ${LAST_YEAR} in UTC.`);
    }
  }
  throw refused('A DateTime is an RFC 3339 instant with a zone, such as "2026-11-22T20:00:00Z".');
}

/**
 * An instant. Rows of the read side carry it as ISO text, which is returned unchanged; input from clients is converted
 * to such text in UTC.
 */
export const DateTime = new GraphQLScalarType<string, string>({
  name: 'DateTime',
  description:
    'Instant as RFC 3339 text. Output is in UTC with milliseconds, e.g. `2026-11-22T20:00:00.000Z`. Input can ' +
    `have any offset. The year must be ${FIRST_YEAR} to ${LAST_YEAR} in UTC.`,
  specifiedByURL: 'https://www.rfc-editor.org/rfc/rfc3339',
  serialize: (value) => (value instanceof Date ? value.toISOString() : (value as string)),
  parseValue: instant,
  parseLiteral: (node) => instant(node.kind === Kind.STRING ? node.value : undefined),
});

function bounded<T>(value: T): T {
  const found = problemOfValue(value, MAX_JSON_DEPTH);
  if (found) throw refused(`The JSON value${found.path === '' ? '' : ` "${found.path}"`} ${found.problem}.`);
  return value;
}

// A number in a document is still as its sender wrote it. Those among variables have been read already:
// src/server/http/json-body.ts.
function literal(node: ValueNode, variables?: Record<string, unknown> | null): unknown {
  const number = ({ value }: { readonly value: string }) => {
    if (!keepsNumber(value)) throw refused(`The number ${value.slice(0, 40)} cannot be kept exactly.`);
  };
  visit(node, { [Kind.INT]: number, [Kind.FLOAT]: number });
  return valueFromASTUntyped(node, variables as Record<string, never> | undefined);
}

function jsonScalar<T>(scalar: GraphQLScalarType<T, T>, what: string): GraphQLScalarType<T, T> {
  return new GraphQLScalarType({
    ...scalar.toConfig(),
    description:
      `${what} as JSON (RFC 8259), at most ${MAX_JSON_DEPTH} levels deep. A number that cannot be kept ` +
      'exactly, such as 9007199254740993 or 1e400, is refused, and so is text that contains U+0000 or an ' +
      'unpaired surrogate.',
    specifiedByURL: 'https://www.rfc-editor.org/rfc/rfc8259',
    parseValue: (value) => bounded(scalar.parseValue(value)),
    parseLiteral: (node, variables) => bounded(scalar.parseValue(literal(node, variables))),
  });
}

/** A JSON object of any shape, at most {@link MAX_JSON_DEPTH} levels deep, with texts and numbers that can be kept. */
export const JSONObject = jsonScalar(
  GraphQLJSONObject as GraphQLScalarType<Record<string, unknown>, Record<string, unknown>>,
  'An object of any shape',
);

/** Any JSON value within the same bounds. */
export const JSONValue = jsonScalar(GraphQLJSON as GraphQLScalarType<unknown, unknown>, 'Any value');

/** A whole number of more than 32 bits, for sizes in bytes. Exact up to 2^53. */
export const SafeInt = GraphQLSafeInt;
