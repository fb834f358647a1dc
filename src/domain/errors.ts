import type { Blocker } from './blocker.js';

/** The meaning of a request error, and the HTTP status of a response that fails as a whole because of it. */
export interface RequestErrorKind {
  readonly description: string;
  readonly httpStatus: number;
}

/**
 * Every way a request itself can fail: the closed list of values of `extensions.code`.
 * A refusal by a rule of the domain is not among them: it is a {@link Refusal} and becomes `userErrors`.
 */
export const REQUEST_ERRORS = {
  GRAPHQL_PARSE_FAILED: { description: 'The document is not valid GraphQL syntax.', httpStatus: 400 },
  GRAPHQL_VALIDATION_FAILED: { description: 'The document does not match the schema.', httpStatus: 400 },
  OPERATION_RESOLUTION_FAILURE: {
    description: 'The document has no operation of the given name, or several and no name was given.',
    httpStatus: 400,
  },
  PERSISTED_QUERY_NOT_FOUND: {
    description: 'The server knows no document with this hash. Send the document itself.',
    httpStatus: 200,
  },
  PERSISTED_QUERY_NOT_SUPPORTED: {
    description: 'The server does not store documents by hash. Send the document itself.',
    httpStatus: 200,
  },
  BAD_REQUEST: { description: 'The HTTP request or WebSocket message is malformed.', httpStatus: 400 },
  BAD_USER_INPUT: { description: 'A variable or argument has a malformed value.', httpStatus: 200 },
  UNAUTHENTICATED: { description: 'The request carries no valid credentials.', httpStatus: 401 },
  FORBIDDEN: { description: 'You are not allowed to do or see this.', httpStatus: 200 },
  NOT_FOUND: { description: 'The object does not exist, or you are not allowed to see it.', httpStatus: 200 },
  CONFLICT: {
    description: 'The object has changed since you read it: `expectedVersion` is stale. Read it again, then retry.',
    httpStatus: 200,
  },
  ALREADY_EXISTS: { description: 'An object with this unique key already exists.', httpStatus: 200 },
  IDEMPOTENCY_KEY_REUSED: {
    description: 'The idempotency key was already used with a different input.',
    httpStatus: 200,
  },
  LIMIT_EXCEEDED: {
    description: 'The operation exceeds a limit: depth, width, cost, or the length of a page or list.',
    httpStatus: 400,
  },
  RATE_LIMITED: {
    description: 'Too many requests, sockets or uploads. Retry after `retryAfterSeconds`.',
    httpStatus: 429,
  },
  OPERATION_NOT_ALLOWED: {
    description: 'This kind of operation is not allowed here, such as a mutation over GET.',
    httpStatus: 405,
  },
  PAYLOAD_TOO_LARGE: { description: 'The request body exceeds the size limit.', httpStatus: 413 },
  UNAVAILABLE: {
    description:
      'The server cannot answer now, for example because it is shutting down or has lost its database. Retry later.',
    httpStatus: 503,
  },
  TIMEOUT: { description: 'The operation exceeded the time limit and was aborted.', httpStatus: 503 },
  SUBSCRIPTION_LAGGED: {
    description: 'The subscriber read too slowly and was disconnected. Resume after the cursor in `resumeAfter`.',
    httpStatus: 200,
  },
  CURSOR_EXPIRED: {
    description: "The cursor is ahead of this server's event log, e.g. from another database. Start without it.",
    httpStatus: 200,
  },
  INTERNAL_SERVER_ERROR: {
    description: 'An internal error. The message is masked; quote the trace id when you report it.',
    httpStatus: 500,
  },
} as const satisfies Readonly<Record<string, RequestErrorKind>>;

/** One of the keys of {@link REQUEST_ERRORS}. */
export type RequestErrorCode = keyof typeof REQUEST_ERRORS;

/** All request error codes, in a stable order. */
export const REQUEST_ERROR_CODES = Object.freeze(Object.keys(REQUEST_ERRORS)) as readonly RequestErrorCode[];

/** The request fails as sent. Becomes a GraphQL error with `extensions.code`. */
export class RequestError extends Error {
  /** The code that clients branch on. */
  readonly code: RequestErrorCode;
  /** Details that help the client to correct the request. Sent to the client, so never secrets. */
  readonly details?: Record<string, unknown>;

  constructor(code: RequestErrorCode, message: string, details?: Record<string, unknown>) {
    super(message);
    this.name = 'RequestError';
    this.code = code;
    if (details !== undefined) this.details = details;
  }

  /**
   * What GraphQL copies into the error of the response, over HTTP and WebSocket. A code with an HTTP status other than
   * 200, such as UNAUTHENTICATED, sets the status of the whole response.
   */
  get extensions(): Record<string, unknown> {
    const { httpStatus } = REQUEST_ERRORS[this.code];
    return { ...this.details, code: this.code, ...(httpStatus === 200 ? {} : { http: { status: httpStatus } }) };
  }
}

/** A rule of the domain refuses the command. Nothing was written. Becomes the `userErrors` of the payload. */
export class Refusal extends Error {
  /** Every broken rule, never empty. */
  readonly blockers: Blocker[];

  constructor(blockers: readonly Blocker[]) {
    if (blockers.length === 0) throw new TypeError('A refusal needs at least one blocker');
    super(blockers.map((item) => item.message).join(' '));
    this.name = 'Refusal';
    this.blockers = [...blockers];
  }
}

/** Throws one {@link Refusal} with all blockers; does nothing when there are none. */
export function refuse(blockers: readonly Blocker[]): void {
  if (blockers.length > 0) throw new Refusal([...blockers]);
}

/** The error for an id that no object has. */
export function notFound(type: string, field?: string): RequestError {
  return new RequestError(
    'NOT_FOUND',
    `There is no ${type} with this id.`,
    field === undefined ? { type } : { type, field },
  );
}
