import { Refusal, RequestError } from '../domain/errors.js';
import { RowFailure, type RowOutcome } from '../domain/file-import.js';

/** A value of a row, or undefined if it is malformed: that is reported with its row later. */
export function attempt<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof RequestError) return undefined;
    throw error;
  }
}

/** What an error means for the row that it is thrown for. @throws the error if it is a fault */
export function failureOf(error: unknown): RowOutcome {
  const failed = { status: 'FAILED', id: null } as const;
  if (error instanceof RowFailure) return { ...failed, code: error.code, message: error.message, field: error.field };
  if (error instanceof Refusal)
    return {
      ...failed,
      code: error.blockers[0]?.code ?? 'BAD_USER_INPUT',
      message: error.message,
      field: error.blockers[0]?.path?.[0] ?? null,
    };
  if (error instanceof RequestError) {
    const field = error.details?.['field'];
    return { ...failed, code: error.code, message: error.message, field: typeof field === 'string' ? field : null };
  }
  throw error;
}

/** The outcome of a row, also if it cannot be taken. */
export function outcomeOf(take: () => RowOutcome): RowOutcome {
  try {
    return take();
  } catch (error) {
    return failureOf(error);
  }
}
