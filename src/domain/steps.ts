/**
 * Work as large as the data, in small steps: a generator that yields between them. The caller decides whether it
 * goes on at once or lets others have their turn. The steps themselves are pure.
 */
export type Steps<T> = Generator<void, T>;

/** Runs all steps without interruption. For little work, and where nobody waits. */
export function atOnce<T>(steps: Steps<T>): T {
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
  }
}

/** How many elements of a list are looked at in one step. */
const PER_STEP = 200;

/** Steps through a list of any length, to another one. */
export function* eachOf<T, U>(list: readonly T[], change: (one: T) => U): Steps<U[]> {
  const changed: U[] = [];
  for (const one of list) {
    if (changed.length % PER_STEP === 0) yield;
    changed.push(change(one));
  }
  return changed;
}
