import type { Interval } from './interval.js';

/**
 * What differs from the rule of a window. Instants are ISO text, as they are kept. With `occurrence` alone that
 * occurrence is cancelled, with all three it is moved, and without `occurrence` another one is added.
 */
export interface WindowException {
  /** The start of an occurrence as the rule gives it. */
  readonly occurrence: string | null;
  readonly startsAt: string | null;
  readonly endsAt: string | null;
}

/** Maximum number of exceptions of a window. */
export const MAX_EXCEPTIONS = 500;

/** The starts of occurrences that do not take place as the rule has them. */
export const replacedStarts = (exceptions: readonly WindowException[]): ReadonlySet<number> =>
  new Set(exceptions.flatMap(({ occurrence }) => (occurrence === null ? [] : [Date.parse(occurrence)])));

/** The occurrences that exceptions add or move. */
export const addedOccurrences = (exceptions: readonly WindowException[]): Interval[] =>
  exceptions.flatMap(({ startsAt, endsAt }) =>
    startsAt === null || endsAt === null ? [] : [{ startsAt: new Date(startsAt), endsAt: new Date(endsAt) }],
  );

/** An exception as a client gives it. */
export type GivenException = { readonly [Field in keyof WindowException]?: string | null | undefined };

/** Exceptions as they are kept. */
export const givenExceptions = (given: readonly GivenException[]): WindowException[] =>
  given.map(({ occurrence, startsAt, endsAt }) => ({
    occurrence: occurrence == null ? null : new Date(occurrence).toISOString(),
    startsAt: startsAt == null ? null : new Date(startsAt).toISOString(),
    endsAt: endsAt == null ? null : new Date(endsAt).toISOString(),
  }));
