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
    found: /starts outside (the slot of its release|its own time)|starts in blackout/,
    why: 'start means now, in its own time and slot',
  },
  { found: /never two works on one item/, why: 'conflicts are asked again at planning, approval and start' },
  { found: /never an end that the observations contradict/, why: 'outcomes are counted over target and content' },
];
