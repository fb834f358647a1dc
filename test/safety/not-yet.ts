/** A promise that is not kept everywhere yet: what the oracle finds, and what is missing. */
interface NotYet {
  readonly found: RegExp;
  readonly why: string;
}

/**
 * Violations that are known. Tests print them instead of failing; a rule that closes a hole takes its line out of here.
 * An empty list means that every promise is checked.
 */
export const NOT_YET: readonly NotYet[] = [
  {
    found: /^never an end that the observations contradict: release .* is BACKED_OUT: .*\bovertaken\b/,
    why:
      'After a retry the server no longer asks how the attempt before ended. If the retry fails, nothing counts as ' +
      'delivered, although the attempt before may have delivered late, and a back-out is complete without it.',
  },
];
