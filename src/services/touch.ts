/**
 * Counts a change of what hangs on an object (its configuration items, its content) as a change of the object: its
 * version grows, so that a decision taken on what was there before is refused as stale.
 */
export function touch(aggregate: { updatedAt: Date }): void {
  aggregate.updatedAt = new Date();
}
