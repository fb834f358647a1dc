import type { FastifyRequest } from 'fastify';

/** Largest body of a caller without credentials that is read at all, in bytes. */
const MAX_BODY = 256;

/** The one document that needs no credentials, whatever it is called. */
const TYPENAME = /^\s*(?:query(?:\s+[_A-Za-z]\w*)?\s*)?\{\s*__typename\s*\}\s*$/;

/** Whether a request is small enough for a caller without credentials. It is asked before the body is read. */
export const isBrief = ({ method, headers }: FastifyRequest): boolean =>
  method === 'GET' || (headers['transfer-encoding'] === undefined && Number(headers['content-length']) <= MAX_BODY);

/**
 * Makes the request of a caller without credentials the one that it may send, `{ __typename }`: load balancers and
 * clients ask it to see whether somebody answers. All its spellings become one document, so that no parser reads what
 * strangers write, and no cache keeps it.
 * @returns false when it asks for anything else.
 */
export function reduceToTypename(request: FastifyRequest): boolean {
  const asked = (request.method === 'GET' ? request.query : request.body) as { readonly query?: unknown } | null;
  if (typeof asked?.query !== 'string' || asked.query.length > MAX_BODY || !TYPENAME.test(asked.query)) return false;
  if (request.method === 'GET') request.raw.url = '/graphql?query=%7B__typename%7D';
  else request.body = { query: '{__typename}' };
  return true;
}
