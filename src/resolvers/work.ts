/**
 * What fields do beside returning objects, in objects of an answer: their `complexity`, which the cost of an operation
 * counts for each call (`src/server/limits.ts`). One object is some microseconds. Figures are from a configuration of
 * 10,000 items; `npm run bench:loop` measures what they lead to.
 *
 * A field that computes in JavaScript, or that runs a statement of its own, declares one of these.
 */
export const WORK = {
  /** Reads a few facts of each row, all rows together. */
  facts: 20,
  /** Reads the facts of a task. A few tasks have those of a distribution too, which cost more. */
  task: 100,
  /** Walks from one item through everything that it impacts. */
  walk: 300,
  /** Rates one item, with all others of the answer in four walks. */
  rating: 25,
  /** Rates all targets of a release. */
  plan: 500,
  /** Looks through all items with a kept filter, which may search in names. */
  found: 2_500,
  /** Looks through the targets of a release with the filters of a choice. */
  choice: 250,
  /** Compares all that somebody accepted or approved with what is there. */
  approval: 300,
  /** Asks the calendar about the work of one object: its targets, what they impact, and all work at that time. */
  conflicts: 2_500,
  /** All facts of a release or distribution, with what the calendar has against it. */
  factsWithConflicts: 500,
  /** One object that is put into the answer by itself, for each of very many rows. */
  object: 25,
  /** The objects along a path, which are put into the answer one by one. */
  path: 250,
  /** Reads a page of text of up to 128 Ki characters for each row. */
  log: 1_250,
  /** Occurrences of a window in a period. */
  occurrences: 500,
  /** Looks for slots, or scores releases: the calendar is asked about many possibilities. */
  search: 20_000,
} as const;
