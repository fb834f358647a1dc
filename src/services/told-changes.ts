import type { FieldChange } from './change-log.js';

/** The changes that one event tells of. What it tells of a list, it tells in one entry. */
export class ToldChanges {
  readonly changes: FieldChange[] = [];
  /** The entries of lists, by object and field: an event can tell of 20,000 of them. */
  readonly #lists = new Map<string, FieldChange>();

  /** Adds changes. Elements of a list that the event tells of already join its entry. */
  add(changes: readonly FieldChange[]): void {
    for (const change of changes) {
      const isList = Array.isArray(change.before) && Array.isArray(change.after);
      const key = `${change.object} ${change.field}`;
      const known = isList ? this.#lists.get(key) : undefined;
      if (known === undefined) {
        // A copy, because elements join it: the lists of the change can be those of a row.
        const own = isList
          ? { ...change, before: [...(change.before as unknown[])], after: [...(change.after as unknown[])] }
          : change;
        this.changes.push(own);
        if (isList) this.#lists.set(key, own);
        continue;
      }
      // Element by element: copying the lists each time would cost the square of their length.
      for (const element of change.before as unknown[]) (known.before as unknown[]).push(element);
      for (const element of change.after as unknown[]) (known.after as unknown[]).push(element);
    }
  }
}
