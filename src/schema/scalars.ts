import { GraphQLError, GraphQLScalarType, Kind } from 'graphql';
import { GraphQLJSON, GraphQLJSONObject, GraphQLSafeInt } from 'graphql-scalars';

const INSTANT = /^(\d{4})-(\d{2})-(\d{2})T\d{2}:\d{2}:\d{2}(\.\d{1,9})?(Z|[+-]\d{2}:\d{2})$/;

function instant(value: unknown): string {
  if (typeof value === 'string' && INSTANT.test(value)) {
    const date = new Date(value);
    // Date accepts 31 February and rolls over to March, so the day is compared with the length of its month.
    const [, , month, day] = INSTANT.exec(value) as unknown as [string, string, string, string];
    const daysInMonth = new Date(Date.UTC(Number(value.slice(0, 4)), Number(month), 0)).getUTCDate();
    if (!Number.isNaN(date.getTime()) && Number(day) <= daysInMonth) return date.toISOString();
  }
  throw new GraphQLError('A DateTime is an RFC 3339 instant with a zone, such as "2026-11-22T20:00:00Z".', {
    extensions: { code: 'BAD_USER_INPUT' },
  });
}

/**
 * An instant. Rows of the read side carry it as ISO text, which is returned unchanged; input from clients is converted
 * to such text in UTC.
 */
export const DateTime = new GraphQLScalarType<string, string>({
  name: 'DateTime',
  description:
    'Instant as RFC 3339 text. Output is in UTC with milliseconds, e.g. `2026-11-22T20:00:00.000Z`. Input can have ' +
    'any offset.',
  specifiedByURL: 'https://www.rfc-editor.org/rfc/rfc3339',
  serialize: (value) => (value instanceof Date ? value.toISOString() : (value as string)),
  parseValue: instant,
  parseLiteral: (node) => instant(node.kind === Kind.STRING ? node.value : undefined),
});

/** A JSON object of any shape. */
export const JSONObject = GraphQLJSONObject as GraphQLScalarType<Record<string, unknown>, Record<string, unknown>>;

/** Any JSON value. */
export const JSONValue = GraphQLJSON;

/** A whole number of more than 32 bits, for sizes in bytes. Exact up to 2^53. */
export const SafeInt = GraphQLSafeInt;
