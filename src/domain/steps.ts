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
