import type { Blocker } from './blocker.js';

/** What a request error means and the HTTP status it maps to where a whole request carries it. */
export interface RequestErrorKind {
  readonly description: string;
  readonly httpStatus: number;
}

/**
 * Every way in which a request itself can be wrong: the closed list behind `extensions.code`.
 * A refusal by a rule of the domain is not here: it is a {@link Refusal} and becomes `userErrors`.
 */
export const REQUEST_ERRORS = {
  GRAPHQL_PARSE_FAILED: { description: 'The document is not GraphQL.', httpStatus: 400 },
  GRAPHQL_VALIDATION_FAILED: { description: 'The document does not fit the schema.', httpStatus: 400 },
  OPERATION_RESOLUTION_FAILURE: {
    description: 'The document holds no operation of the given name, or several and no name was given.',
    httpStatus: 400,
  },
  PERSISTED_QUERY_NOT_FOUND: {
    description: 'The server does not know a document with this hash; send the document itself.',
    httpStatus: 200,
  },
  PERSISTED_QUERY_NOT_SUPPORTED: {
    description: 'This server does not keep documents by hash; send the document itself.',
    httpStatus: 200,
  },
  BAD_REQUEST: { description: 'The HTTP request or the socket message is malformed.', httpStatus: 400 },
  BAD_USER_INPUT: { description: 'A value in the variables or arguments is malformed.', httpStatus: 200 },
  UNAUTHENTICATED: { description: 'No valid credentials came with the request.', httpStatus: 401 },
  FORBIDDEN: { description: 'The actor may not do or see this.', httpStatus: 200 },
  NOT_FOUND: { description: 'No such object exists, or the actor may not know of it.', httpStatus: 200 },
  CONFLICT: {
    description: 'The object changed since it was read: `expectedVersion` is stale. Read it again and decide again.',
    httpStatus: 200,
  },
  ALREADY_EXISTS: { description: 'An object with this unique key exists already.', httpStatus: 200 },
  IDEMPOTENCY_KEY_REUSED: { description: 'The idempotency key was used before with another input.', httpStatus: 200 },
  IDEMPOTENCY_IN_PROGRESS: {
    description: 'A request with the same idempotency key is still running; ask again soon.',
    httpStatus: 200,
  },
  LIMIT_EXCEEDED: {
    description: 'The operation is deeper, wider or costlier than the server allows, or a page or list is too long.',
    httpStatus: 400,
  },
  RATE_LIMITED: {
    description: 'Too many operations in too short a time; try again after `retryAfterSeconds`.',
    httpStatus: 429,
  },
  OPERATION_NOT_ALLOWED: {
    description: 'This kind of operation is not allowed here, such as a mutation over GET.',
    httpStatus: 405,
  },
  INTROSPECTION_DISABLED: { description: 'This server does not answer introspection for this actor.', httpStatus: 400 },
  PAYLOAD_TOO_LARGE: { description: 'The body is larger than the server accepts.', httpStatus: 413 },
  UNAVAILABLE: {
    description:
      'The server cannot answer now, for instance because it is shutting down or lost its database. Retry later.',
    httpStatus: 503,
  },
  TIMEOUT: { description: 'The operation took longer than the server allows and was cut off.', httpStatus: 503 },
  SUBSCRIPTION_LAGGED: {
    description: 'The subscriber read too slowly and was let go; resume after the cursor in `resumeAfter`.',
    httpStatus: 200,
  },
  CURSOR_EXPIRED: {
    description: 'The cursor is older than the log that the server keeps; read a fresh snapshot.',
    httpStatus: 200,
  },
  INTERNAL_SERVER_ERROR: {
    description: 'A fault of the server. The message is masked; quote the trace id.',
    httpStatus: 500,
  },
} as const satisfies Readonly<Record<string, RequestErrorKind>>;

/** One of the keys of {@link REQUEST_ERRORS}. */
export type RequestErrorCode = keyof typeof REQUEST_ERRORS;

/** All request error codes, in a stable order. */
export const REQUEST_ERROR_CODES = Object.freeze(Object.keys(REQUEST_ERRORS)) as readonly RequestErrorCode[];

/** The request cannot be carried out as sent. Becomes a GraphQL error with `extensions.code`. */
export class RequestError extends Error {
  /** The code that clients branch on. */
  readonly code: RequestErrorCode;
  /** Facts that help the client to repair the request; shown to it, so never secrets. */
  readonly details?: Record<string, unknown>;

  constructor(code: RequestErrorCode, message: string, details?: Record<string, unknown>) {
    super(message);
    this.name = 'RequestError';
    this.code = code;
    if (details !== undefined) this.details = details;
  }

  /**
   * What GraphQL copies into the error of the answer, at both doors. Who is not signed in gets 401 for the whole request; the other
   * codes are about a part of it.
   */
  get extensions(): Record<string, unknown> {
    const { httpStatus } = REQUEST_ERRORS[this.code];
    return { ...this.details, code: this.code, ...(httpStatus === 200 ? {} : { http: { status: httpStatus } }) };
  }
}

/** A rule of the domain refused the command. Nothing was written; becomes the payload's `userErrors`, all at once. */
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

/** The error for an id that nobody has. */
export function notFound(type: string, field?: string): RequestError {
  return new RequestError(
    'NOT_FOUND',
    `There is no ${type} with this id.`,
    field === undefined ? { type } : { type, field },
  );
}
